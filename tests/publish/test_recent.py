"""What was made lately is not made again."""

from concurrent.futures import ThreadPoolExecutor

from syndicate.publish.recent import Recent


def test_what_was_used_longest_ago_is_made_again() -> None:
    recent, made = Recent[str](2), []

    def find(key: str) -> str:
        return recent.find(key, lambda: made.append(key) or key)

    for key in "abacab":
        assert find(key) == key
    assert "".join(made) == "abcb"


def test_threads_that_ask_at_once_get_their_own() -> None:
    recent = Recent[str](2)
    with ThreadPoolExecutor(4) as threads:
        asked = [f"{n % 5}" for n in range(4_000)]
        found = list(threads.map(lambda key: recent.find(key, lambda: key), asked))
    assert found == asked
