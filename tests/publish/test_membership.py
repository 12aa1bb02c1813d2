"""Who enters a feed, who leaves it, and what the guard says of it."""

from typing import Any

from syndicate.model.item import ItemState
from syndicate.publish.guard import loss, read_shown, reason
from syndicate.publish.membership import Step, step, without_losses
from syndicate.store.feed_entries import Change, Member
from tests.builders import NOON


def a_member(name: str = "a", **change: Any) -> Member:
    return Member(name, name, 1, 0, None, 1, ItemState.LIVE, False, NOON, None, "")._replace(**change)


def a_change(name: str = "a", *, held: tuple[int, ...] = (), **change: Any) -> Change:
    places = tuple((name, document) for document in held)
    return Change(1, True, places, name, 2, ItemState.LIVE, False, NOON, None, "")._replace(**change)


def decided(*changes: Change, members: tuple[Member, ...] = (), **change: Any) -> Step:
    return step(members, changes, last_position=7, **change)


def test_what_the_rule_takes_enters_at_the_next_positions() -> None:
    found = decided(a_change("a"), a_change("b"))
    assert [(one.entry_id, one.position) for one in found.enter] == [("a", 8), ("b", 9)]
    assert found.seen == {"a": 1, "b": 1}


def test_what_the_rule_takes_no_more_leaves_the_subscription_document_alone() -> None:
    members = (a_member("a"),)
    assert [
        one.entry_id for one in decided(a_change("a", held=(0,), takes=False), members=members).leave
    ] == ["a"]
    stays = decided(a_change("b", held=(3,), takes=False), members=members)
    assert (stays.leave, stays.rewritten) == ((), frozenset({3}))


def test_a_withdrawn_entry_stays_and_is_known_as_such() -> None:
    gone = a_change("a", held=(0,), takes=False, state=ItemState.WITHDRAWN, withdrawn=NOON)
    found = decided(gone, members=(a_member("a"),))
    assert (found.leave, [one.live for one in found.members]) == ((), [False])


def test_a_changed_entry_is_known_by_its_new_stamp() -> None:
    [member] = decided(a_change("a", held=(0,)), members=(a_member("a"),)).members
    assert (member.stamp, member.position) == (2, 1)


def test_a_frozen_feed_shuts_out_what_is_new() -> None:
    found = decided(a_change("a"), takes_new=False)
    assert (found.enter, found.shut_out) == ((), 1)


def test_nobody_enters_or_leaves_a_feed_of_replays_by_its_rule() -> None:
    found = decided(
        a_change("a"), a_change("b", held=(0,), takes=False), members=(a_member("b"),), by_rule=False
    )
    assert (found.enter, found.leave) == ((), ())


def test_of_a_held_feed_only_withdrawals_are_seen_to() -> None:
    gone = a_change("b", state=ItemState.WITHDRAWN, withdrawn=NOON)
    assert without_losses([a_change("a"), gone]) == [gone]


def test_half_of_the_entries_is_too_much_to_lose() -> None:
    shown = {name: name.upper() for name in "abcd"}
    assert not loss(shown, {"a", "b", "c"}).halves
    found = loss(shown, {"a", "b"})
    assert (found.halves, found.gone) == (True, {"c": "C", "d": "D"})
    assert "only 2 would be left of 4" in reason(found, feed="all")
    assert "nothing is left of 4" in reason(loss(shown, ()), feed="all")


def test_a_feed_that_showed_nothing_loses_nothing() -> None:
    assert not loss({}, ()).halves


def test_what_a_file_shows_is_read_and_garbage_shows_nothing() -> None:
    assert read_shown(b'{"items": [{"id": "urn:uuid:a", "title": "A"}, {"id": "urn:uuid:b"}]}') == {
        "a": "A",
        "b": "",
    }
    assert [read_shown(bad) for bad in (b"", b"[]", b'{"items": 3}', b'{"items": [3]}', b"\xff")] == [{}] * 5
