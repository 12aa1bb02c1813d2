"""What the composition root adds to the parts it wires."""

from pathlib import Path

import pytest

from syndicate.app import Post, open_app
from syndicate.config import load
from syndicate.deliver.dkim import new_key
from syndicate.deliver.letters import Letters
from syndicate.errors import StorageFull
from syndicate.model.job import Job
from syndicate.store import jobs
from syndicate.store.database import Database
from tests.builders import NOON


def test_who_runs_jobs_is_woken_when_there_is_one_to_see(db: Database) -> None:
    due = []
    post = Post(lambda: NOON)
    post.wake = lambda: due.append(db.read_now(jobs.next_due))
    db.write_now(post, Job(name="sweep", key="sweep"))
    assert due == [NOON]


@pytest.mark.parametrize("signs", [False, True])
async def test_mail_is_signed_unless_the_relay_signs_it_itself(tmp_path: Path, signs: bool) -> None:
    (tmp_path / "dkim.pem").write_bytes(new_key("rsa"))
    path = tmp_path / "syndicate.toml"
    path.write_text(
        f'data_dir = "{tmp_path}/var"\n[site]\nname = "Harbour Courier"\nbase_url = "https://courier.example"\n'
        f'[relay]\nhost = "smtp.courier.example"\nsigns = {"true" if signs else "false"}\n'
        f'[dkim]\nkey_file = "{tmp_path}/dkim.pem"\ndomain = "courier.example"\nselector = "s1"\n'
    )
    async with open_app(load(path, environ={}), now=lambda: NOON) as app:
        letters = app.sending.compositor
        assert isinstance(letters, Letters)
        assert bool(letters.signers) is not signs


def with_folder(tmp_path: Path, folder: Path) -> Path:
    path = tmp_path / "syndicate.toml"
    path.write_text(
        f'data_dir = "{tmp_path}/var"\n[site]\nname = "Harbour Courier"\nbase_url = "https://courier.example"\n'
        f'[storage]\nfolder = "{folder}"\n'
    )
    return path


async def test_what_machines_share_lies_in_the_shared_folder_and_nothing_else(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    async with open_app(load(with_folder(tmp_path, shared), environ={}), now=lambda: NOON) as app:
        assert app.publishing.public_dir == app.hubbing.public_dir == shared / "public"
        assert app.partnering.partners_dir == app.gate.partners_dir == shared / "partners"
        assert app.collecting.media_dir == app.preflighting.media_dir == shared / "media"
        assert app.uploading.record == shared / "uploads.json"
        assert app.sending.journal_dir == tmp_path / "var" / "journal"
        assert app.publishing.turns is app.partnering.turns is app.uploading.turns is app.purging.turns
    assert (tmp_path / "var" / "secret.key").is_file()


async def test_a_shared_folder_that_is_not_mounted_is_told_and_not_made(tmp_path: Path) -> None:
    config = load(with_folder(tmp_path, tmp_path / "shared"), environ={})
    with pytest.raises(StorageFull, match=r"storage\.folder .*shared is not there: mount it"):
        async with open_app(config, now=lambda: NOON):
            pass
    assert not (tmp_path / "shared").exists()
