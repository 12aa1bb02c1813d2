"""The plan past these machines: its document is what the simulation says, and the simulation adds up."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import scale
from benchmarks.figures import FIGURES, Basis, value

ROOT = Path(__file__).parent.parent


def test_the_document_holds_what_the_simulation_says() -> None:
    text = scale.DOCUMENT.read_text("utf-8")
    assert scale.markdown() in text
    assert scale.written(text) == text


def test_the_picture_is_what_the_simulation_says() -> None:
    picture = scale.picture()
    assert scale.IMAGE.read_text("utf-8") == picture
    assert ElementTree.fromstring(picture).tag.endswith("svg")


@pytest.mark.parametrize("readers", scale.AUDIENCES)
def test_everybody_is_written_to_in_time(readers: int) -> None:
    made = scale.plan(readers)
    assert made.creating + readers / made.rate == pytest.approx(made.minutes * 60)
    each = value("cores") * value("busy") * 1e6 / value("sender")
    assert made.sender_nodes * each >= made.rate
    assert (made.sender_nodes - 1) * each < made.rate
    assert made.relays * value("postfix") * value("busy") >= made.rate


def test_what_breaks_next_is_not_broken_yet_and_comes_later_for_more_readers() -> None:
    first = [scale.plan(readers).first for readers in scale.AUDIENCES]
    for readers in (one for one in scale.AUDIENCES if one <= 50_000_000):
        assert scale.plan(readers).used <= 1
    assert [one.rate for one in first] == sorted(one.rate for one in first)


def test_past_every_limit_the_lowest_is_named() -> None:
    beyond = scale.plan(300_000_000, minutes=25)
    assert beyond.used > 1
    assert beyond.first.rate <= beyond.rate


def test_what_cannot_even_be_created_in_time_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 5 minutes"):
        scale.plan(100_000_000, minutes=5)


def test_readers_a_minute_grow_with_nodes_until_something_there_is_one_of_is_used_up() -> None:
    rates = [rate for _, rate in scale.curve("", signed=False, most=100).points]
    assert rates[1] == pytest.approx(2 * rates[0])
    assert rates[-1] == rates[-2] == pytest.approx(scale.ceilings()[0].rate * 60)


def test_a_cdn_asks_as_often_as_its_copies_age_however_many_read() -> None:
    found = scale.feeds()
    assert found.origin == pytest.approx(value("urls") * value("edges") / value("max_age"))
    assert 0 < found.hits < 1


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_says_where_it_comes_from(name: str) -> None:
    figure = FIGURES[name]
    assert figure.where
    assert (figure.basis is Basis.ASSUMED) == figure.where.startswith(("ours", "kumomta.com"))
    for suite in re.findall(r"python -m benchmarks (\w+)", figure.where):
        assert figure.basis is Basis.MEASURED
        assert (ROOT / "benchmarks" / f"{suite}.py").exists()


@pytest.mark.parametrize("name", ["sender", "server", "log", "ending"])
def test_what_costs_less_lets_more_leave(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [one.rate for one in scale.ceilings()], scale.curve("", signed=False).points
    monkeypatch.setitem(FIGURES, name, replace(FIGURES[name], value=value(name) / 2))
    after = [one.rate for one in scale.ceilings()], scale.curve("", signed=False).points
    assert after != before
    assert sum(after[0]) >= sum(before[0])
