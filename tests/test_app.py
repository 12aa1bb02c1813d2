"""What the composition root adds to the parts it wires."""

from pathlib import Path

import pytest

from syndicate.app import Post, open_app
from syndicate.config import load
from syndicate.deliver.dkim import new_key
from syndicate.deliver.letters import Letters
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
