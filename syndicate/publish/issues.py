"""Issues by the names that people give them: `daily` for the latest, `daily/3`, or `3` where one has it."""

from syndicate.errors import NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.newsletter import Issue
from syndicate.store import issues
from syndicate.store.connection import Connection
from syndicate.store.database import Database


async def list_issues(db: Database, newsletter: str = "") -> list[Issue]:
    """The issues of a newsletter or of all, newest first, without renderings and items."""
    return await db.read(issues.list_issues, newsletter)


async def latest_issue(db: Database, newsletter: str) -> Issue | None:
    """The newest issue, whatever became of it."""
    return await db.read(issues.latest_issue, newsletter)


async def next_number(db: Database, newsletter: str) -> int:
    """The number that the newsletter's next issue will have."""
    return await db.read(issues.next_number, newsletter)


async def find_issue(db: Database, catalogue: Catalogue, name: str) -> Issue:
    """The issue that a name means, whole. Raises NotFound, which says what there is."""
    return await db.read(_find, catalogue, name=name)


def _find(conn: Connection, catalogue: Catalogue, *, name: str) -> Issue:
    newsletter, _, number = name.rpartition("/")
    if name.isdecimal():
        return _by_number(conn, int(name))
    if newsletter and number.isdecimal():
        found = issues.find_issue_by_number(conn, newsletter, int(number))
    else:
        found = issues.latest_issue(conn, name)
    if found is None:
        raise NotFound(_none(conn, catalogue, name=name))
    return found


def _none(conn: Connection, catalogue: Catalogue, *, name: str) -> str:
    """What there is in place of an issue that nobody knows."""
    newsletter = name.rpartition("/")[0] or name
    if newsletter not in catalogue.newsletters:
        known = ", ".join(sorted(catalogue.newsletters)) or "none"
        return f"there is no newsletter {newsletter!r}; say NEWSLETTER or NEWSLETTER/NUMBER, of: {known}"
    latest = issues.latest_issue(conn, newsletter)
    if latest is None:
        return f"{newsletter} has no issue yet: syndicate issue send {newsletter} makes the first one"
    return f"there is no issue {name!r}; the latest of {newsletter} is {newsletter}/{latest.number}"


def _by_number(conn: Connection, number: int) -> Issue:
    having = [one for one in issues.list_issues(conn) if one.number == number]
    if len(having) != 1:
        names = ", ".join(f"{one.newsletter}/{number}" for one in having)
        raise NotFound(
            f"several newsletters have a number {number}: {names}"
            if having
            else f"there is no issue {number}"
        )
    found = issues.find_issue(conn, having[0].id)
    assert found is not None
    return found
