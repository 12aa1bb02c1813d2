"""Which entries of a full subscription document are closed into archive documents."""

from syndicate.publish.closing import Placed, close


def placed(*sizes: int) -> list[Placed]:
    """Entries named by their place, oldest first; one of size 0 shows nothing."""
    return [Placed(entry_id=str(place), sizes=(size, 1) if size else ()) for place, size in enumerate(sizes)]


def test_what_has_room_stays() -> None:
    assert close(placed(1, 1, 1), most=3, room=(10, 10)) == []


def test_the_oldest_half_of_what_is_taken_goes() -> None:
    assert close(placed(*[1] * 5), most=4, room=(99, 99)) == [["0", "1"]]


def test_many_that_come_at_once_make_several_documents() -> None:
    closed = close(placed(*[1] * 11), most=4, room=(99, 99))
    assert closed == [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"]]


def test_a_document_takes_fewer_where_they_would_not_fit() -> None:
    assert close(placed(6, 6, 1, 1, 1), most=4, room=(10, 99)) == [["0"]]


def test_too_many_bytes_close_entries_too() -> None:
    assert close(placed(4, 4, 4), most=50, room=(10, 99)) == [["0", "1"]]


def test_without_a_number_the_room_alone_counts() -> None:
    assert close(placed(*[1] * 60), most=None, room=(99, 99)) == []
    assert close(placed(*[1] * 60), most=None, room=(50, 99)) == [[str(n) for n in range(30)]]


def test_what_is_not_shown_goes_with_its_neighbours_and_is_not_counted() -> None:
    assert close(placed(0, 1, 0, 1, 1), most=2, room=(99, 99)) == [["0", "1", "2"]]
    assert close(placed(0, 0, 0, 1), most=2, room=(99, 99)) == []


def test_a_feed_of_one_entry_keeps_the_newest() -> None:
    assert close(placed(1, 1, 1), most=1, room=(99, 99)) == [["0"], ["1"]]
