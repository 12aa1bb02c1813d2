"""The names in a byline, without its "By", the writers' offices, their addresses, and the site's own name."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from syndicate.extract.metadata.date_lines import WEEKDAYS
from syndicate.extract.tree import count_words
from syndicate.formats.dates import read_date
from syndicate.formats.html import plain
from syndicate.formats.months import fold

MAX_NAMES = 12
NAME_WORDS = 7
NAME_LETTERS = 80
LONGEST = 600

_OPENERS = (
    r"by|written by|reported by|story by|words by|text by|text|author|von|text von|autor(?:in)?"
    r"|verfasst von|par|ecrit par"
    r"|auteure?|por|escrito por|redaccion|autora|di|de notre correspondante?|door|yazan|haber|yazar"
    r"|haberi yazan"
    r"|автор(?:ы|ка)?|текст|подготовил[аи]?|נכתב על ידי|מאת"
    r"|نویسنده|نوشته|به قلم|نگارش|گزارشگر|خبرنگار|گزارش|تهیه و تنظیم|بقلم|کتب|کتبت|الکاتب|تحریر|اعداد|مراسل"
)
OPENER = re.compile(rf"^\W*(?:{_OPENERS})(?:\s*[::]\s*|\s+)")
# "By" of these needs a colon after it, being part of names, places or sentences too.
COLON_ONLY = re.compile(r"^\W*(?:di|de|redaccion|haber|текст|text)\s+")
ROLES = (
    r"(?:senior |chief |deputy |assistant |staff |special |political |foreign |science |sports? |business "
    r"|city "
    r"|news |health |education |crime |environment |transport |economics? |european? |lead |contributing "
    r"|managing "
    r"|executive |harbou?r |guest |features? )*"
    r"(?:writer|reporter|correspondent|editor(?:-in-chief|ial assistant)?|columnist|contributor|journalist"
    r"|critic"
    r"|producer|photographer|freelancer?|intern|anchor|bureau chief|commentator|analyst)s?"
    r"|staff|special to .{2,40}|for .{2,40}|.{0,30} staff|the editors"
    r"|(?:\w*)(?:korrespondent(?:in)?|redakteur(?:in)?|reporter(?:in)?|volontar(?:in)?|redaktion|autor(?:in)?)"
    r"|(?:grand )?(?:journaliste|correspondante?|envoyee? speciale?|redact(?:eur|rice)(?: en chef)?)"
    r"|corresponsal|periodista|redactora?(?: jefe)?|enviad[oa] especial|redaccion|reporter[oa]"
    r"|خبرنگار|گزارشگر|سردبیر|دبیر|نویسنده|روزنامه ?نگار|تحریریه|عکاس|خبرنگار \w+|هییت تحریریه"
    r"|(?:ال)?مراسله?|محرره?|(?:ال)?کاتبه?|صحفیه?|(?:ال)?تحریر|هییه التحریر|مراسلنا|اسره التحریر"
    r"|(?:специальный |собственный |главный )?(?:корреспондент|редактор|журналист|обозреватель|репортер)"
    r"|редакция"
    r"|(?:\w+ )?(?:muhabiri?|editoru?|yazari?|gazeteci|temsilcisi)"
)
ROLE = re.compile(rf"(?:{ROLES})(?:\s+(?:in|for|at|of|en|à|a|aus|fur|pour|para|در|في|в)\s.*)?")
# What follows it is where the writer writes from.
OF_A_PLACE = re.compile(
    r"correspond|korrespondent|corresponsal|envoye|enviad|مراسل|خبرنگار|корреспондент|muhabir|bureau|temsilci"
)
ROLE_AT_END = re.compile(rf"\s+[-–—(]?\s*(?:{ROLES})\)?$")
NOBODY = re.compile(
    r"(?:web ?)?admin(?:istrator)?|editor|staff|webmaster|user|guest|unknown|anonymous|null|none|undefined"
    r"|n/?a"
    r"|redaction|redaktion|redaccion|root|author|system|default|test|by|news|home|desk"
    r"|(?:posted|published|updated|written|share|comments?|print|email|subscribe|follow"
    r"|read more|read|min read)\b.*"
    rf"|{WEEKDAYS}"
)
ORGANISATION = re.compile(
    r"\b(?:news(?:room|paper)?|press|agency|agencies|associated|staff|desk|team|editors|bureau|radio|tv"
    r"|television|media|network|times|courier|gazette|herald|tribune|journal|correspondents"
    r"|agentur|zeitung|redaktion|presse|dienst|agence|redaction|agencia|redaccion|diario|periodico|noticias"
    r"|agenzia|ajans[i]?|haber|gazetesi|агентство|редакция|новости|тасс|риа)\b|خبرگزاری|روزنامه|تحریریه|وکاله|صحیفه"
)
ADDRESS = re.compile(r"<?\S+@\S+\.\S+>?|(?:https?:)?//\S+|www\.\S+|(?<!\w)@\w+", re.IGNORECASE)
WRAPPED = re.compile(r"^\s*\(([^()]+)\)\s*$")
ASIDE = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]")
_HARD = (
    r"\s*(?:[;؛|｜•·\n]|\s/\s|\s[–—-]\s|&|\+|\s(?:and|und|et|и|та|ve|with|avec|و)\s"
    r"|\s(?{}:y|e|i|mit|con)\s(?=\s*[^\W\d_][^\s,;]*\s+[^\W\d_]))\s*"
)
# In "Ortega y Gasset" and "Kwon Mit Lee" they are parts of a name.
HARD = re.compile(_HARD.format("-i"), re.IGNORECASE)
SHOUTED_HARD = re.compile(_HARD.format(""), re.IGNORECASE)
PARTICLES = re.compile(
    r"(?:(?:van|von|vom|zu|der|den|de|del|della|da|dos|di|du|la|le|al|el|bin|ibn|ben|ter|ten)\s+|(?:al|el)-|[dl]['’])*"
)
COMMA = re.compile(r"\s*[,،]\s*")
SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d|dr|esq|obe|mbe|r\.?n)\.?", re.IGNORECASE)
PLACE_AFTER = re.compile(
    r"(?<=\w)\s+(?:in|for|from|at|aus|fur|für|à|pour|depuis|en|desde|para|در|از|из|reports?|reporting)\s+\S.*$"
)
PERSIAN_LETTERS = re.compile("[پچژگکی]")
ATTACHED_AND = re.compile(r"(?<=\w)\s+و(?=\w{3,}\s+\w)")
GIVEN = re.compile(r"[^\W\d_]+[.]?(?:[\s-][^\W\d_]+[.]?)?")
EDGES = " \t.,،:|·•-–—()[]<>\"'“”«»*/\u200e\u200f"


def authors_in(text: str, *, listed: bool = False) -> tuple[str, ...]:
    """The names in a byline. `listed` tells that it may be as a catalogue has it: "Smith, John"."""
    folded: dict[str, str] = {}
    for name in islice(_names(text[:LONGEST], listed), MAX_NAMES):
        key = fold(name)
        # Of two spellings the one that does not shout.
        if key not in folded or folded[key].isupper():
            folded[key] = name
    return tuple(folded.values())


def persons_of(names: Iterable[str], *, sites: Iterable[str]) -> tuple[str, ...]:
    """The names without the site's own, each once; organisations only where nobody else wrote."""
    own = {_bare(site) for site in sites}
    unique: dict[str, str] = {}
    for name in names:
        if _bare(name) not in own and _bare(re.sub(r"(?i)\s+staff$", "", name)) not in own:
            key = fold(name)
            unique[key] = name if key not in unique or unique[key].isupper() else unique[key]
    people = tuple(name for name in unique.values() if not is_organisation(name))
    return (people or tuple(unique.values()))[:MAX_NAMES]


def is_organisation(name: str) -> bool:
    """Whether the name has a word that no person's has."""
    return bool(ORGANISATION.search(fold(name)))


def is_byline(text: str) -> bool:
    """Whether a line opens as a byline does."""
    folded = fold(text[:80])
    opened = OPENER.match(folded)
    if not opened or COLON_ONLY.match(folded):
        return False
    # A sentence may open so too: "By late evening …".
    name = _without_opener(text[:80])
    return _is_capital(name[:1]) or _is_capital(PARTICLES.sub("", name, count=1)[:1])


def _is_capital(letter: str) -> bool:
    """Whether it is no small letter; in scripts without capitals each letter is its own."""
    return letter == letter.title()


def _names(text: str, listed: bool) -> Iterator[str]:
    bare = ASIDE.sub("", WRAPPED.sub(r"\1", ADDRESS.sub(" ", " ".join(plain(text).split()))))
    for part in _parts(_without_opener(bare)):
        yield from (kept for name in _of_part(part, listed) if (kept := _tidy(name)))


def _without_opener(text: str) -> str:
    """The text after its "By". Folding keeps no positions, so the words are counted off."""
    text = text.lstrip(EDGES)
    for _ in range(2):
        folded = fold(text[:80])
        opened = OPENER.match(folded)
        if not opened or (COLON_ONLY.match(folded)):
            break
        words = len(opened[0].replace(":", " ").split())
        rest = re.match(rf"(?:[^\s:]+[\s:]+){{{words}}}", text)
        if rest is None:
            break
        text = text[rest.end() :].lstrip(EDGES)
    return text


def _parts(text: str) -> list[str]:
    parts = (SHOUTED_HARD if text.isupper() else HARD).split(text)
    if PERSIAN_LETTERS.search(text):
        return parts
    # Arabic writes "and" as one word with the name after it; a name may begin with that letter too.
    return [
        piece for part in parts for piece in (ATTACHED_AND.split(part) if count_words(part) >= 4 else [part])
    ]


def _of_part(part: str, listed: bool) -> Iterator[str]:
    pieces = [piece for piece in COMMA.split(part) if piece.strip(EDGES)]
    if listed and len(pieces) == 2 and _is_inverted(*pieces):
        yield f"{pieces[1]} {pieces[0]}"
        return
    after_role = ""
    for number, piece in enumerate(pieces):
        folded = fold(piece.strip(EDGES))
        if number and SUFFIX.fullmatch(folded):
            continue
        is_role = bool(ROLE.fullmatch(folded))
        last = number == len(pieces) - 1
        if not is_role and not (after_role and last and OF_A_PLACE.search(after_role)):
            yield piece
        after_role = folded if is_role else ""


def _is_inverted(family: str, given: str) -> bool:
    """Whether this is a family name and a given one after it, not two names or a name and an office."""
    plain_words = family.isalpha() or re.fullmatch(
        r"(?:van|von|de|di|al|el|bin) [^\W\d_]+", family, re.IGNORECASE
    )
    return bool(plain_words) and bool(GIVEN.fullmatch(given)) and not ROLE.fullmatch(fold(given))


def _tidy(name: str) -> str:
    name = " ".join(name.split())
    name = PLACE_AFTER.sub("", name) if count_words(name) > 2 else name
    name = name.strip(EDGES)
    offices = ROLE_AT_END.search(fold(name)) if count_words(name) > 2 else None
    if offices and count_words(offices[0]) < count_words(name) - 1:
        name = " ".join(name.split()[: -count_words(offices[0])]).strip(EDGES)
    return name if _is_name(name) else ""


def _is_name(name: str) -> bool:
    folded = fold(name)
    if (
        not 0 < count_words(name) <= NAME_WORDS
        or len(name) > NAME_LETTERS
        or not re.search(r"[^\W\d_]{2}", name)
    ):
        return False
    if re.search(r"\d", folded) or NOBODY.fullmatch(folded) or ROLE.fullmatch(folded):
        return False
    return read_date(name) is None


def _bare(name: str) -> str:
    folded = re.sub(r"^(?:the|der|die|das|le|la|el)\s+", "", fold(name))
    return re.sub(r"[\W_]+", "", re.sub(r"\.(?:com|org|net|example)$", "", folded))
