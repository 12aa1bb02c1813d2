"""The operator's word on an item: correct it, withdraw it, bring it back; one transaction each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What the operator's word needs."""

    db: Database
    catalogue: Catalogue
    now: Callable[[], datetime]
    enqueue: Enqueue = nobody_waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a correction puts in the place of what stands there; None leaves a field as it is.

    `body` is HTML or plain text with blank lines between paragraphs. `silent` corrections move `updated`, and
    no reader is shown their note.
    """

    headline: str | None = None
    summary: str | None = None
    body: str | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What became of one item, or would. `done` is False where it stood so already.

    `feeds` are those that hold it or may show it, `partners` those that get one of them, `stopped` the
    unfinished issues that wait for `issue recompile`, `unstopped` those that go on with the former words.
    """

    item_id: str
    title: str
    done: bool
    feeds: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    unstopped: tuple[str, ...] = ()


async def correct_item(editing: Editing, item_id: str, *, note: str, change: Wording) -> Effect:
    """Correct an item: a new revision, `updated` moved, every output told. Raises NotFound, OwnFault."""
    raise NotImplementedError


async def withdraw_item(editing: Editing, item_id: str, *, note: str) -> Effect:
    """Withdraw an item from every output; it keeps its id and its keys. Raises NotFound, OwnFault."""
    raise NotImplementedError


async def restore_item(editing: Editing, item_id: str, *, note: str) -> Effect:
    """Bring a withdrawn item back under its id. Raises NotFound, OwnFault."""
    raise NotImplementedError
