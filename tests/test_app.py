"""What the composition root adds to the parts it wires."""

from syndicate.app import Post
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
