"""Rules for Media RSS, https://www.rssboard.org/media-rss, wherever it stands."""

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import MEDIA, Around, Part

COUNTED = ("fileSize", "height", "width", "channels")
MEASURED = ("bitrate", "duration", "framerate", "samplingrate")
MEDIUMS = names("image audio video document executable")
EXPRESSIONS = names("sample full nonstop")


@rule(
    "media-group",
    ERROR,
    f"{specs.MEDIA}media-group",
    demands="A media:group holds at least two media:content of the same thing.",
    mend="Take <media:group> out, and leave its one <media:content> in the item.",
)
def group(part: Part, around: Around) -> Broken:
    """A group is a choice."""
    for element in part.named.get(f"{MEDIA}group", ()):
        if (count := len(element.findall(f"{MEDIA}content"))) < 2:
            yield element, f"<media:group> holds {count or 'no'} media:content"


@rule(
    "media-content",
    ERROR,
    f"{specs.MEDIA}media-content",
    demands="media:content has a url or a player, whole numbers for sizes, and a medium that is known.",
    mend="Write medium='image', audio, video, document or executable; leave out what is unknown.",
)
def content(part: Part, around: Around) -> Broken:
    """Readers pass over it."""
    for element in part.named.get(f"{MEDIA}content", ()):
        if not element.get("url") and element.find(f"{MEDIA}player") is None:
            yield element, "<media:content> has neither url nor player"
        for name in COUNTED:
            value = element.get(name, "0")
            if not (value.isascii() and value.isdecimal()):
                yield element, f"the {name} of <media:content> is {value[:40]!r}"
        for name in MEASURED:
            if not element.get(name, "0").replace(".", "", 1).isdecimal():
                yield element, f"the {name} of <media:content> is {element.get(name)[:40]!r}"
        for name, known in (("medium", MEDIUMS), ("expression", EXPRESSIONS)):
            if element.get(name) and element.get(name) not in known:
                yield element, f"the {name} of <media:content> is {element.get(name)[:40]!r}"


@rule(
    "media-thumbnail",
    ERROR,
    f"{specs.MEDIA}media-thumbnails",
    demands="media:thumbnail has a url, and whole numbers for its width and height.",
    mend="Add the url; write sizes without px.",
)
def thumbnail(part: Part, around: Around) -> Broken:
    """Readers pass over it."""
    for element in part.named.get(f"{MEDIA}thumbnail", ()):
        if not element.get("url"):
            yield element, "<media:thumbnail> has no url"
        for name in ("height", "width"):
            if not element.get(name, "0").isdecimal():
                yield element, f"the {name} of <media:thumbnail> is {element.get(name)[:40]!r}"


@rule(
    "media-text-type",
    ERROR,
    f"{specs.MEDIA}media-title",
    demands="The type of media:title and media:description is plain or html.",
    mend="Write type='plain' or type='html'.",
)
def text_type(part: Part, around: Around) -> Broken:
    """By it readers know whether to show tags."""
    for name in ("title", "description", "text"):
        for element in part.named.get(f"{MEDIA}{name}", ()):
            if element.get("type", "plain") not in ("plain", "html"):
                yield element, f"the type of <media:{name}> is {element.get('type')[:40]!r}"


@rule(
    "media-adult",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DeprecatedMediaAdult.html",
    demands="media:rating instead of media:adult.",
    mend="Write <media:rating scheme='urn:simple'>adult</media:rating>.",
)
def adult(part: Part, around: Around) -> Broken:
    """It was replaced in 2007."""
    for element in part.named.get(f"{MEDIA}adult", ()):
        yield element, "there is a <media:adult>"


MEDIA_RULES = (group, content, thumbnail, text_type, adult)
