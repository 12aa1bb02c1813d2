"""What pages say in six languages, as folded patterns: notices, credits, briefs, bylines.

Patterns are matched against `fold`ed text: lower case, no accents, no joiners, shared Arabic letters.
"""

import re
from collections.abc import Iterable

from syndicate.formats.months import fold


def _any_of(*patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern of all the alternatives, each bounded by words."""
    alternatives = "|".join(fold(pattern) for group in patterns for pattern in group)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


# Words with which a notice speaks of the page that it stands on …
HERE = _any_of(
    (
        r"you(?: a|’|')re (?:now |currently )?(?:viewing|reading|looking|browsing|visiting|seeing|on)",
        r"you (?:now )?see (?:a|an|this|the)",
        r"this (?:page|article|story|content|(?:web)?site|edition|archive|version|blog)",
        r"this is (?:a page|(?:an?|the) (?:archived?|old|former))",
        r"archived (?:page|content|article|version|copy|site)",
        r"our (?:old|former|new) (?:web)?site",
        r"we have moved",
    ),
    (
        r"sie (?:sehen|lesen|befinden sich|betrachten|besuchen)",
        r"dies(?:e|er|es|en|em)? (?:seite|artikel|(?:web|internet)(?:seite|site|auftritt)|inhalt\w*|version)",
        r"dies ist",
        r"archivierte[rns]? (?:seite|fassung|version|artikel)",
    ),
    (
        r"vous (?:consultez|lisez|etes|voyez|visitez|regardez)",
        r"cette (?:page|version)",
        r"ce (?:site|contenu)",
        r"cet article",
    ),
    (
        r"esta(?:s)? (?:viendo|leyendo|visitando|consultando)",
        r"usted (?:ve|esta|visita)",
        r"est[ae] (?:pagina|sitio|articulo|contenido|web|version)",
    ),
    (
        r"این (?:صفحه|سایت|وب ?سایت|تارنما|مطلب|نسخه|پایگاه|محتوا)",
        r"شما (?:در حال|اکنون|هم اکنون|صفحه|یک صفحه|دارید)",
    ),
    (
        r"هذه (?:الصفحة|النسخة|صفحة)",
        r"هذا (?:الموقع|المحتوى|المقال|الأرشيف|موقع)",
        r"[أا]نت(?:م)? (?:تشاهد|تتصفح|تقرأ|الآن|تشاهدون|تتصفحون|تقرؤون)",
        r"تتصفح",
    ),
)
# … and with which it says that the site lives no more.
STALE = _any_of(
    (
        r"(?:no longer|not) (?:being )?(?:actively )?(?:updated|maintained)(?: any ?more)?",
        r"(?:will|does) (?:not|no longer) (?:be updated|receive (?:any )?updates)",
        r"(?:has )?stopped (?:updating|being updated)",
        r"(?:old|former|previous|archived?) (?:version of (?:the |our |this )?)?(?:web)?site",
        r"(?:has been|is|was) (?:now )?archived",
        r"archived (?:page|content|article|version|copy|site)",
        r"(?:has|have) moved to",
    ),
    (
        r"nicht (?:mehr|langer) (?:aktualisiert|gepflegt|weitergefuhrt|betreut)",
        r"(?:alten?|fruheren?|ehemaligen?|archivierten?) (?:web|internet)?(?:seite|site|auftritt|auftritts)",
        r"archivierte[rns]? (?:seite|fassung|version|artikel)",
        r"archiviert",
    ),
    (
        r"n(?:’|')?e?(?:st|sont|sera)? ?(?:est |sont )?plus (?:mise?s? a jour|actualisee?s?|alimentee?s?)",
        r"ancien(?:ne)? (?:site|version|page)",
        r"archivee?s?",
    ),
    (
        r"(?:ya )?no se (?:actualiza|mantiene)(?: mas)?",
        r"ha dejado de actualizarse",
        r"(?:antigu[oa]|viej[oa]|anterior) (?:sitio|pagina|web|version)",
        r"sitio (?:web )?(?:antiguo|anterior|viejo)",
        r"archivad[oa]",
    ),
    (
        r"(?:دیگر )?(?:به روز|بروز|روزآمد) ?(?:رسانی )?(?:نمی|نخواهد|نیست)",
        r"به روز رسانی نمی|به روزرسانی نمی|بروزرسانی نمی",
        r"(?:سایت|وب ?سایت|تارنمای|نسخه|پایگاه) قدیمی?",
        r"(?:بایگانی|آرشیو) شده",
        r"آرشیوی",
    ),
    (
        r"ل[ما] (?:يعد |تعد )?(?:يتم )?(?:يحدث|تحدث|تحديثه|تحديثها|تحديث)",
        r"(?:موقع|الموقع|النسخة|موقعنا|نسخة|موقعها) القديمة?",
        r"مؤرشفة?",
        r"متوقف عن التحديث",
    ),
)
# The link under a brief, in the words of the languages that we know.
MORE = _any_of(
    (
        r"(?:read |see |find out |learn |view )?more(?: here| details| information)?",
        r"read(?: on| full story| the full story)?",
    ),
    (r"(?:full|whole) story", r"continue(?: reading)?", r"details", r"in full"),
    (r"mehr(?: lesen| dazu| erfahren)?", r"weiter(?: ?lesen)?", r"zum artikel", r"lesen sie mehr"),
    (r"(?:lire |en savoir |voir )?plus", r"lire la suite", r"la suite", r"suite"),
    (r"(?:leer |ver |saber )?mas", r"seguir leyendo", r"sigue leyendo", r"ampliar"),
    (r"بیشتر(?: بخوانید)?", r"ادامه(?: مطلب| خبر)?", r"مشروح(?: خبر)?", r"جزئیات(?: بیشتر)?", r"متن کامل"),
    (r"devami?", r"devamini oku", r"подробнее", r"далее", r"leggi tutto", r"continua", r"leia mais", r"mais"),
    (r"lees meer", r"meer", r"wiecej", r"las mer", r"مزید", r"زیاتر", r"نور", r"עוד", r"更多", r"続きを読む"),
    (r"المزيد", r"[إا]?قر[أاؤ]وا? المزيد", r"للمزيد", r"التفاصيل", r"التتمة", r"تتمة"),
)
# Links that repeat under things that are no briefs.
ACTIONS = _any_of(
    (
        r"reply",
        r"share",
        r"like",
        r"report",
        r"delete",
        r"edit",
        r"comments?",
        r"permalink",
        r"print",
        r"e?-?mail",
    ),
    (
        r"antworten",
        r"teilen",
        r"repondre",
        r"partager",
        r"responder",
        r"compartir",
        r"پاسخ",
        r"اشتراک",
        r"رد",
        r"مشاركة",
    ),
)
IN_BRIEF = _any_of(
    (
        r".{0,40} in brief",
        r"in brief.{0,30}",
        r"(?:news|world|daily|local) briefs?",
        r"briefs",
        r"briefly.{0,20}",
    ),
    (
        r"in short",
        r"news in short",
        r"at a glance.{0,20}",
        r".{0,30} at a glance",
        r"news ?bites?",
        r"roundup",
        r"round-up",
    ),
    (
        r".{0,30}kurz(?: und bundig| notiert| gemeldet)?",
        r"kurzmeldungen",
        r"kurznachrichten",
        r"kurz .{0,30}",
        r"auf einen blick",
    ),
    (r".{0,40}en bref", r"en bref.{0,30}", r"breves", r"l’essentiel en bref"),
    (r".{0,40}en breve", r"en breve.{0,30}", r"breves.{0,30}", r".{0,30} en corto"),
    (
        r".{0,40}در یک نگاه",
        r".{0,30}به اختصار",
        r"کوتاه.{0,30}",
        r".{0,30} کوتاه",
        r"خبرهای کوتاه",
        r"در چند جمله",
    ),
    (
        r".{0,40}(?:باختصار|بإيجاز|في سطور|في عجالة)",
        r"(?:[أا]خبار )?(?:موجزة|قصيرة)",
        r"(?:ال)?موجز(?: .{0,30})?",
        r"في إيجاز",
    ),
)
# A credit line begins so …
CREDIT = _any_of(
    (
        r"with (?:additional |further |extra |some )?"
        r"(?:reporting|reports?|information|input|contributions?|files|materials?) (?:by|from|of)",
        r"with (?:wire|agency|agencies)",
        r"(?:additional |further |extra )?reporting (?:by|from)",
        r"based on (?:reporting|reports) (?:by|from)",
        r"sources?\s*:",
    ),
    (
        r"mit (?:material|informationen|berichten|agenturmaterial|angaben|inhalten) (?:von|vom|der|des)",
        r"unter mitarbeit von",
        r"mitarbeit\s*:",
        r"quellen?\s*:",
    ),
    (
        r"avec (?:des |les |l’|l')?(?:informations?|contributions?|depeches?|reportages?|aide)"
        r" (?:de|du|des|d’|d')",
        r"avec (?:l’|l')?(?:afp|reuters|ap|agences?)",
    ),
    (r"con (?:informacion|informaciones|reportes?|datos|aportes) (?:de|del)", r"fuentes?\s*:"),
    (
        r"با (?:گزارش|گزارشی|گزارش های|گزارش هایی|همکاری|استفاده از گزارش\w*|استفاده از گزارش های)",
        r"گزارش (?:تکمیلی )?از\s*:",
        r"منابع?\s*:",
    ),
    (
        r"(?:بمشاركة|بمساهمة|بالاستناد إلى|مع تقارير من|شارك في|ساهم في)",
        r"(?:المصدر|المصادر)\s*:",
    ),
)
CREDIT_AT_END = re.compile(r"contributed (?:reporting )?to this (?:report|story|article)\.?$")
# … and a byline so.
BYLINE = re.compile(
    r"^(?:by|written by|reported by|text|author|von|text von|autor(?:in)?|par|auteur|por|autora?"
    r"|نویسنده|نوشته(?:ٔ)?|نگارش|گزارشگر|خبرنگار|بقلم|كتب|كتبت|الكاتب|تحرير)(?:\s*:\s*|\s+)",
    re.IGNORECASE,
)
AND = re.compile(r"\s*(?:,|،|;|؛|\||/|&|\s(?:and|und|et|y|e)\s|\sو\s?(?=\w))\s*")
# What stands under an article and is about its writer or the paper.
PROMOTION = _any_of(
    (
        r"can be reached (?:at|by|on)",
        r"send tips to",
        r"follow (?:him|her|them|us) on",
        r"sign up (?:for|to) our",
    ),
    (r"is an? (?:\w+ )?(?:reporter|writer|editor|columnist|correspondent) (?:for|with|at)", r"click here to"),
    (r"join our (?:commenting )?(?:forum|newsletter)", r"all rights reserved", r"copyright ©?"),
)
OUTER_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the whole text, folded and without its outer signs, is what the pattern says."""
    return bool(pattern.fullmatch(OUTER_SIGNS.sub("", fold(text))))


def opens(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the text, folded, begins with the pattern."""
    return bool(pattern.match(fold(text).lstrip()))


def contains(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the pattern stands anywhere in the text, folded."""
    return bool(pattern.search(fold(text)))
