import pytest

from syndicate.audience.addresses import read_address
from syndicate.errors import BadAddress


def test_the_case_before_the_at_is_kept_but_makes_no_other_person() -> None:
    address = read_address("Mina.Vale@Example.ORG")
    assert (address.written, address.key) == ("Mina.Vale@example.org", "mina.vale@example.org")


def test_a_domain_in_another_script_goes_to_punycode() -> None:
    assert read_address("mina@bücher.example").domain == "xn--bcher-kva.example"


def test_the_joiner_in_a_persian_domain_is_kept() -> None:
    assert read_address("mina@نامه\u200cای.example").domain == "xn--mgba3gch31f060k.example"


@pytest.mark.parametrize(
    "text", ["  mina@example.org\n", "\u200fmina@example.org\u200e", "\ufeffmina@example.org"]
)
def test_what_pasting_brings_along_is_taken_off(text: str) -> None:
    assert read_address(text).written == "mina@example.org"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("mina", "one @"),
        ("a@b@c.example", "one @"),
        ("@example.org", "before the @"),
        ("mina@", "after the @"),
        ("mina@localhost", "no dot"),
        ("mina@127.0.0.1", "number"),
        ("mina@[127.0.0.1]", "no domain"),
        ("mina@exa mple.org", "no domain"),
        ("mina@-example.org", "no domain"),
        ("mina@example..org", "no domain"),
        (".mina@example.org", "misplaced dot"),
        ("mi na@example.org", "space"),
        ("mina\r\nBcc: x@example.org", "space"),
        ("mína@example.org", "unaccented"),
        ("a" * 65 + "@example.org", "64"),
        ("a@" + "b" * 64 + ".example", "no domain"),
        ("a" * 60 + "@" + ("b" * 60 + ".") * 4 + "example", "254"),
        ("Mina <mina@example.org>", "space"),
    ],
)
def test_a_bad_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadAddress, match=reason):
        read_address(text)
