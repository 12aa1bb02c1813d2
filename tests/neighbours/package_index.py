"""Source packages whose own test data we measure ourselves by; they are no part of this repository."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / ".cache"
FETCH = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")


def source_package(package: str, archive: str, *, sha256: str) -> Path:
    """The archive, fetched unless it is here; a skip that names the one command where it cannot be."""
    path = CACHE / archive
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            command = [sys.executable, *FETCH, package, "-d", folder]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                told = " ".join((".venv/bin/python", *FETCH, package, "-d", "tests/.cache"))
                pytest.skip(f"{package} is not here: {told}")
            os.replace(Path(folder) / archive, path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return path
