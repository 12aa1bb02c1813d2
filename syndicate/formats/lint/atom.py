"""Rules for Atom (RFC 4287), of a feed and of its entries alike."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import canonical_fault, is_mailbox, url_fault
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import ATOM, Around, Kind, Part, local, text_of

ENTRY_ELEMENTS = names(
    "author category content contributor id link published rights source summary title updated"
)
FEED_ELEMENTS = names(
    "author category contributor entry generator icon id link logo rights subtitle title updated"
)
INNER = names("name uri email")
ONCE = names("content generator icon id logo published rights source subtitle summary title updated")
# https://www.iana.org/assignments/link-relations: those that a feed has a use for.
RELATIONS = names(
    "about acl alternate amphtml appendix archives author blocked-by bookmark canonical chapter cite- "
    "as collection contents copyright create-form current describedby describes disclosure duplicate "
    "edit edit-form edit-media enclosure external first glossary help hosts hub icon index item last "
    "latest-version license linkset memento monitor next next-archive nofollow original payment "
    "pingback preconnect predecessor-version prefetch preload prev prev-archive preview previous "
    "privacy-policy profile publication related replies restconf ruleinput search section self "
    "service service-desc service-doc sponsored start status stylesheet subsection successor-version "
    "sunset tag terms-of-service timegate timemap type up version-history via webmention working-copy "
    "working-copy-of"
)
HISTORY = names("current first last next next-archive prev-archive previous")


def links(part: Part) -> Iterator[tuple[Any, str]]:
    """The links, with what each relates to."""
    for element in part.all(f"{ATOM}link"):
        yield (
            element,
            element.get("rel", "alternate").removeprefix("http://www.iana.org/assignments/relation/"),
        )


@rule(
    "atom-required",
    ERROR,
    f"{specs.ATOM}4.1",
    demands="A feed and an entry have an id, a title and updated.",
    mend="Add what is missing; updated is the last change of the content, never the time of the request.",
)
def required(part: Part, around: Around) -> Broken:
    """Readers cannot keep an entry without them."""
    for name in ("id", "title", "updated"):
        found = part.children.get(ATOM + name)
        if not found:
            yield part.element, f"it has no <{name}>"
        elif name != "title" and not text_of(found[0]):
            yield found[0], f"its <{name}> is empty"


@rule(
    "atom-once",
    ERROR,
    f"{specs.ATOM}4.1",
    demands="What may stand once stands once.",
    mend="Keep one of them.",
)
def once(part: Part, around: Around) -> Broken:
    """Which one a reader takes is chance."""
    for name in sorted(ONCE):
        found = part.children.get(ATOM + name, ())
        if len(found) > 1:
            yield found[1], f"it has {len(found)} <{name}>"


@rule(
    "atom-element",
    ERROR,
    f"{specs.ATOM}6.4",
    demands="Elements in Atom's namespace are those of Atom; elements without a namespace have no place.",
    mend="Correct the name, move the element, or give it a namespace of its own.",
)
def element_unknown(part: Part, around: Around) -> Broken:
    """Readers do not see it."""
    known = FEED_ELEMENTS if part.element.tag == f"{ATOM}feed" else ENTRY_ELEMENTS
    for tag, found in part.children.items():
        space, _, name = tag.rpartition("}")
        if not space or (f"{space}}}" == ATOM and name not in known):
            near = next((each for each in known if each.lower() == name.lower()), "")
            hint = f"; did you mean {near}?" if near and near != name else ""
            yield found[0], f"<{name}> has no place here{hint}" + ("" if space else "; it has no namespace")


@rule(
    "atom-author",
    ERROR,
    f"{specs.ATOM}4.1.2",
    demands="The feed has an author, or every entry has one, or its source.",
    mend="Add <author><name>…</name></author> to the feed.",
)
def author(part: Part, around: Around) -> Broken:
    """Atom asks for somebody who answers for the text."""
    if around.authored or f"{ATOM}author" in part.children:
        return
    if not any(source.find(f"{ATOM}author") is not None for source in part.all(f"{ATOM}source")):
        yield part.element, "neither it nor the feed has an author"


@rule(
    "own-author",
    ERROR,
    specs.OWN,
    demands="Of ours: the feed itself has an author.",
    mend="Write the publisher's name, or the feed's.",
)
def own_author(part: Part, around: Around) -> Broken:
    """Then no entry needs one."""
    if around.ours and f"{ATOM}author" not in part.children:
        yield part.element, "the feed has no author"


@rule(
    "atom-id",
    ERROR,
    f"{specs.ATOM}4.2.6",
    demands="An id is an absolute IRI.",
    mend="Use urn:uuid: and a UUID that is made once, or a tag: of your domain.",
)
def identity(part: Part, around: Around) -> Broken:
    """Ids are compared letter by letter, all over the world."""
    for element in part.all(f"{ATOM}id"):
        value = text_of(element)
        if value and (fault := url_fault(value)):
            yield element, f"the id {value[:200]!r} {fault}"


@rule(
    "atom-id-canonical",
    WARNING,
    f"{specs.ATOM}4.2.6",
    demands="An id is spelt the way that everybody would spell it.",
    mend="Write scheme and host in small letters, no port that goes without saying, and a / behind the host."
    " But do not change an id that is out already.",
)
def canonical(part: Part, around: Around) -> Broken:
    """A reader that tidies addresses takes it for another."""
    for element in part.all(f"{ATOM}id"):
        value = text_of(element)
        if value and not url_fault(value) and (fault := canonical_fault(value)):
            yield element, f"the id {value[:200]!r} {fault}"


@rule(
    "atom-blanks",
    ERROR,
    f"{specs.ATOM}2",
    demands="No blanks around ids, dates and addresses.",
    mend="Write <id>urn:…</id> on one line.",
)
def blanks(part: Part, around: Around) -> Broken:
    """To Atom they are part of the value."""
    for name in ("id", "updated", "published", "icon", "logo", "uri", "email"):
        for element in part.named.get(ATOM + name, ()):
            if element.text and element.text != element.text.strip():
                yield element, f"blanks stand around the text of <{name}>"


@rule(
    "atom-link",
    ERROR,
    f"{specs.ATOM}4.2.7",
    demands="A link has an href, and its length is a number of bytes.",
    mend="Write <link rel='…' href='https://…'/>; leave out a length that is not known.",
)
def link(part: Part, around: Around) -> Broken:
    """It leads nowhere."""
    for element in part.named.get(f"{ATOM}link", ()):
        if not element.get("href"):
            yield element, "a link has no href"
        length = element.get("length", "0")
        if not (length.isascii() and length.isdecimal()):
            yield element, f"the length of a link is {length[:40]!r}"


@rule(
    "atom-link-relation",
    WARNING,
    "https://www.iana.org/assignments/link-relations/link-relations.xhtml",
    demands="rel is a registered name, or an address of your own.",
    mend="Correct the name, or write an IRI that says what you mean.",
)
def relation(part: Part, around: Around) -> Broken:
    """Readers pass over it."""
    for element in part.named.get(f"{ATOM}link", ()):
        rel = element.get("rel")
        if rel is not None and rel not in RELATIONS and (":" not in rel or url_fault(rel)):
            yield element, f"nobody registered the relation {rel[:80]!r}" if rel else "rel is empty"


@rule(
    "atom-link-text",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/AtomLinkNotEmpty.html",
    demands="Atom's link says all in its attributes.",
    mend="Write <link href='…'/> instead of <link>…</link>.",
)
def link_text(part: Part, around: Around) -> Broken:
    """The address between the tags, as RSS has it, is not seen."""
    for element in part.named.get(f"{ATOM}link", ()):
        if text_of(element):
            yield element, "there is text in a link"


@rule(
    "atom-alternate",
    ERROR,
    f"{specs.ATOM}4.1.1",
    demands="No two alternate links of the same type and language.",
    mend="Keep one; give the others their type or hreflang, or another rel such as related.",
)
def alternates(part: Part, around: Around) -> Broken:
    """Which of them is the story's page?"""
    told: Counter[tuple[str, str]] = Counter()
    for element, rel in links(part):
        if rel == "alternate":
            key = (element.get("type", ""), element.get("hreflang", ""))
            told[key] += 1
            if told[key] == 2:
                yield (
                    element,
                    f"there are two alternates of type {key[0] or 'none'} and language {key[1] or 'none'}",
                )


@rule(
    "atom-history-entry",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/FeedHistoryRelInEntry.html",
    demands="Links from document to document of a feed stand in the feed, not in an entry.",
    mend="Move the link up.",
)
def history_in_entry(part: Part, around: Around) -> Broken:
    """Readers look for it there."""
    for element, rel in links(part):
        if rel in HISTORY:
            yield element, f"an entry has a link rel={rel}"


@rule(
    "atom-person",
    ERROR,
    f"{specs.ATOM}3.2",
    demands="A person has one name, and perhaps an address (uri) and an e-mail address.",
    mend="Write <author><name>Mina Vale</name></author>.",
)
def person(part: Part, around: Around) -> Broken:
    """Readers show the name."""
    for element in chain(part.named.get(f"{ATOM}author", ()), part.named.get(f"{ATOM}contributor", ())):
        found = element.findall(f"{ATOM}name")
        if len(found) != 1 or not text_of(found[0]):
            yield element, f"<{local(element)}> has {'no name' if len(found) < 2 else 'several names'}"
        mail = (element.findtext(f"{ATOM}email") or "").strip()
        if mail and not is_mailbox(mail):
            yield element, f"the e-mail address of <{local(element)}> is {mail[:80]!r}"
        for child in element:
            space, _, name = str(child.tag).rpartition("}")
            if f"{space}}}" == ATOM and name not in INNER:
                yield child, f"<{name}> has no place in <{local(element)}>"


@rule(
    "atom-category",
    ERROR,
    f"{specs.ATOM}4.2.2",
    demands="A category has a term.",
    mend="Write <category term='Islands'/>.",
)
def category(part: Part, around: Around) -> Broken:
    """The text between the tags, as RSS has it, is not seen."""
    for element in part.all(f"{ATOM}category"):
        if not element.get("term"):
            yield element, "a category has no term"


@rule(
    "atom-self",
    WARNING,
    f"{specs.ATOM}4.1.1",
    demands="The feed says where it is: one link rel='self'.",
    mend="Add <link rel='self' type='application/atom+xml' href='https://…'/>.",
)
def self_missing(part: Part, around: Around) -> Broken:
    """A reader that has the file alone could not subscribe."""
    found = [element for element, rel in links(part) if rel == "self"]
    if around.kind is not Kind.ENTRY and len(found) != 1:
        yield part.element, f"the feed has {len(found) or 'no'} link rel=self"


@rule(
    "atom-order",
    HINT,
    f"{specs.ATOM}4.1.1",
    demands="What belongs to the feed stands before the first entry.",
    mend="Move it up; readers that read as they go then know what they have.",
)
def order(part: Part, around: Around) -> Broken:
    """Atom leaves the order free; some readers do not."""
    seen = False
    for child in part.element:
        if child.tag == f"{ATOM}entry":
            seen = True
        elif seen and str(child.tag).startswith(ATOM):
            yield child, f"<{local(child)}> stands behind an entry"
            return


BOTH = (
    required, once, element_unknown, identity, canonical, blanks, link, relation, link_text, alternates,
    person, category,
)  # fmt: skip
FRAME = (*BOTH, own_author, self_missing, order)
ENTRY = (*BOTH, author, history_in_entry)
