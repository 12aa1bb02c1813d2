"""Front matter is taken off Markdown as texts; a fault in it has a line."""

import pytest

from syndicate.formats.front_matter import FrontMatterFault, split_front_matter


def test_names_lose_their_case_and_values_stay_as_written() -> None:
    found = split_front_matter("---\nTitle: Yes\nDate: 2019-05-03\nno: off\n---\nText\n")
    assert (found.first("title"), found.first("date"), found.first("no")) == ("Yes", "2019-05-03", "off")
    assert found.text == "Text\n"


def test_lists_and_tables_give_texts() -> None:
    found = split_front_matter("---\nauthor: [a, {name: b}, '']\nimage: {src: /i.png}\nnone:\n---\n")
    assert found.texts("authors", "author") == ("a", "b")
    assert found.first("image") == "/i.png"
    assert found.texts("none") == ()


def test_toml_times_keep_their_zone() -> None:
    found = split_front_matter(
        "+++\ndate = 2019-05-03T08:11:12+02:00\nday = 2019-05-03\ntags = ['a', 'b']\n+++\nText"
    )
    assert (found.first("date"), found.first("day")) == ("2019-05-03T08:11:12+02:00", "2019-05-03")
    assert found.texts("tags") == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "Text",
        "",
        "---\n\nText between rules\n\n---\n",
        "---\n- a\n- b\n---\nText",
        "-----\ntitle: x\n-----\n",
        "+ a",
    ],
)
def test_a_text_without_front_matter_is_all_text(text: str) -> None:
    assert split_front_matter(text).text == text


@pytest.mark.parametrize(
    "text", ["---\n---\nText", "---\r\ntitle: x\r\n---\r\nText", "\ufeff---\ntitle: x\n...\nText"]
)
def test_front_matter_ends_where_it_says(text: str) -> None:
    assert split_front_matter(text).text == "Text"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: a\ntags: [b\n---\n", 3),
        ("---\ntitle: a: b\n---\n", 2),
        ("---\ntitle: a\n\tx: y\n---\n", 3),
        ("+++\ntitle = 'a'\ndate = soon\n+++\n", 3),
        ("+++\ntitle = 'a'\ntitle = 'b'\n+++\n", 3),
        ("---\ntitle: a\n\nText without an end", 1),
        ("---\n" + "[" * 5000 + "\n---\n", 1),
        ("---\na: " + "x" * 70_000 + "\n---\n", 1),
    ],
)
def test_a_fault_has_a_line(text: str, line: int) -> None:
    with pytest.raises(FrontMatterFault) as caught:
        split_front_matter(text)
    assert caught.value.line == line


def test_no_objects_are_made() -> None:
    found = split_front_matter("---\ntitle: !!python/object/apply:os.system ['true']\n---\n")
    assert found.first("title") == "true"


@pytest.mark.parametrize(
    ("said", "draft"),
    [
        ("draft: true", True),
        ("draft: yes", True),
        ("published: false", True),
        ("draft: false", False),
        ("a: b", False),
    ],
)
def test_a_draft_is_told(said: str, draft: bool) -> None:
    assert split_front_matter(f"---\n{said}\n---\n").is_draft is draft


@pytest.mark.parametrize(
    ("inside", "told", "line"),
    [
        ("title: a: b", 'a value with ": " in it has to stand in quotes', 2),
        ("title: a\ntags: [b\ndate: 2019", "a list or table in brackets is not closed", 3),
        ("title: a\n\tx: y", "a tab stands where only spaces can", 3),
        ('title: a\nby: "b\nx: y', "a quote is not closed", 3),
        ("title: a\nnothing\nx: y", 'a name has no ":" behind it', 3),
        ("title: @b", "a value that begins with a sign has to stand in quotes", 2),
        ("title: *b", 'a value that begins with "*" has to stand in quotes', 2),
        ("title: a\n b: c\n- d", "", 3),
    ],
)
def test_a_fault_of_yaml_is_told_in_our_words_where_it_begins(inside: str, told: str, line: int) -> None:
    with pytest.raises(FrontMatterFault, match="the front matter") as caught:
        split_front_matter(f"---\n{inside}\n---\nText")
    assert told in str(caught.value)
    assert caught.value.line == line


def test_names_are_told_with_their_lines() -> None:
    found = split_front_matter("---\ntitle: a\n\n'Last mod': 2019\n---\n")
    assert found.lines == {"title": 2, "last mod": 4}
