"""The built wheel, installed in a fresh environment far from the checkout, does the demo's job."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and give its output; its error text is the failure."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SYNDICATE_", "PYTHON"))}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; the locked dependencies come from beside it."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        pytest.skip("uv is not in .venv: .venv/bin/python -m pip install uv")
    run(uv, "build", "--wheel", "--quiet", "--out-dir", folder / "dist", ROOT, cwd=folder)
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    wheel = next((folder / "dist").glob("*.whl"))
    python = folder / "venv" / "bin" / "python"
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--no-deps",
        "-r",
        ROOT / "requirements.lock",
        cwd=folder,
    )
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel, cwd=folder)
    return folder / "venv" / "bin" / "syndicate"


@pytest.mark.timeout(300)
def test_the_wheel_does_the_main_job_far_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    config = run(
        installed.parent / "python",
        "-c",
        "from syndicate.templating import shipped; print(shipped('config'))",
        cwd=tmp_path,
    )
    shipped = Path(config.strip())
    assert ROOT not in shipped.parents
    people = shipped / "samples" / "subscribers.csv"
    run(
        installed,
        "-c",
        shipped / "syndicate.toml",
        "subscribers",
        "import",
        people,
        "--consent",
        "test",
        cwd=tmp_path,
    )
    report = json.loads(
        run(installed, "-c", shipped / "syndicate.toml", "run", "--once", "--json", cwd=tmp_path)
    )
    assert report
    assert list((tmp_path / "var" / "public" / "feeds").glob("*.rss"))
    assert len(list((tmp_path / "var" / "mailbox").glob("*.eml"))) == 4
