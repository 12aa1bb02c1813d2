"""What pages say around briefs in eight languages, as folded patterns."""

from syndicate.extract.lexicon.words import any_of

# The link under a brief.
MORE = any_of(
    (
        r"(?:(?:read|see|find out|learn|view|get|click for|for) )?more(?: here| details"
        r"| information| info)?",
        r"(?:the )?full (?:story|text|report|item|article)",
        r"read(?: on| full story| the full story| it| the rest| article| the article| the story"
        r"| story| in full)?",
        r"whole story", r"continue(?: reading)?", r"(?:full )?details", r"in full", r"more on this"),
    (r"(?:noch )?mehr(?: lesen| dazu| erfahren| informationen| infos)?", r"weiter(?: ?lesen)?",
        r"zum (?:artikel|beitrag|text)", r"(?:hier )?(?:lesen sie )?(?:mehr|weiter)",
        r"ganzer (?:artikel|text)", r"(?:zur )?(?:ganzen )?meldung", r"ausfuhrlich"),
    (r"(?:(?:lire|en savoir|voir|en lire) )?plus", r"(?:lire )?la suite", r"lire(?: l[’']article)?",
        r"suite", r"lire (?:en entier|la depeche)", r"en detail"),
    (r"(?:(?:leer|ver|saber|lea) )?mas(?: informacion| detalles)?",
        r"(?:seguir|sigue|siga|continuar) leyendo", r"ampliar",
        r"leer(?: noticia| todo| nota| completo)?", r"nota completa", r"texto completo"),
    (r"(?:اطلاعات |جزئیات |برای خواندن )?بیشتر(?: بخوانید| بخوان| بدانید)?",
        r"ادامه(?: مطلب| خبر| متن| گزارش)?", r"مشروح(?: خبر| گزارش)?", r"جزئیات(?: بیشتر| خبر)?",
        r"متن کامل(?: خبر)?", r"مطالعه بیشتر", r"بخوانید"),
    (r"(?:ال)?مزيد", r"[إا]?قر[أاؤئء]*(?:وا?|ي)? (?:المزيد|أكثر)", r"[إا]قر[أاؤئ]",
        r"لل?مزيد(?: من التفاصيل)?", r"(?:ال)?تفاصيل(?: أكثر)?", r"(?:ال)?تتمة(?: الخبر)?",
        r"قراءة المزيد", r"تابع(?: القراءة)?",
        r"طالع المزيد", r"[أا]كثر", r"النص الكامل"),
    (r"(?:читать |узнать )?(?:подробнее|далее|дальше|еще|больше)",
        r"(?:читать )?(?:полностью|весь текст)", r"читать(?: статью| новость)?", r"подробно(?:сти)?",
        r"полныи текст", r"продолжение"),
    (r"devam[ıi]?(?:n[ıi])?(?: oku\w*| icin)?", r"(?:daha )?fazla(?:s[ıi])?(?: oku| bilgi| icin)?",
        r"detay(?:lar|l[ıi])?(?: icin| oku)?", r"ayr[ıi]nt[ıi](?:lar|l[ıi]|lar[ıi])?(?: icin)?",
        r"okumaya devam(?: et\w*)?", r"haberin devam[ıi]", r"tamam[ıi](?:n[ıi])?(?: oku\w*)?", r"oku"),
    (r"leggi tutto", r"continua", r"leia mais", r"mais", r"lees (?:meer|verder)", r"meer", r"wiecej",
        r"czytaj (?:wiecej|dalej)", r"las mer", r"laes mere", r"les mer", r"lue lisaa", r"مزید", r"زیاتر",
        r"עוד", r"更多", r"続きを読む", r"더보기", r"докладніше", r"детальніше"),
)  # fmt: skip
# Signs and pictures that stand for the word.
ARROWS = frozenset("»›→⇒➔➜➡▶►⟶↗…«‹←⇐◀◄⟵↖+")
# Links that repeat under things that are no briefs.
ACTIONS = any_of(
    (r"repl(?:y|ies)(?: to .{0,30})?",
        r"(?:share|like|report|flag|delete|edit|quote|permalink|print|save|follow|tweet|retweet"
        r"|upvote|downvote|helpful|e?-?mail|link)s?",
        r"comments?(?: \d+)?", r"\d+ (?:comments?|likes|replies)",
        r"(?:add|buy|order|book|shop|download|play|watch|listen)(?: now| to cart| here)?"),
    (r"antworten", r"teilen", r"melden", r"kommentieren", r"gefallt mir", r"kaufen", r"drucken"),
    (r"repondre", r"partager", r"signaler", r"commenter", r"j[’']aime", r"acheter", r"imprimer"),
    (r"responder", r"compartir", r"denunciar", r"comentar", r"me gusta", r"comprar", r"imprimir"),
    (r"پاسخ(?: دادن)?", r"اشتراک(?: گذاری)?", r"پسندیدن", r"گزارش تخلف", r"خرید", r"چاپ"),
    (r"رد", r"الرد", r"مشاركة", r"شارك", r"[إا]عجاب", r"تبليغ", r"شراء", r"طباعة"),
    (r"ответить", r"поделиться", r"пожаловаться", r"нравится", r"комментировать", r"купить", r"печать"),
    (r"yan[ıi]tla", r"cevapla", r"payla[sş]", r"begen", r"[sş]ikayet et", r"yorum yap", r"sat[ıi]n al",
        r"yazd[ıi]r"),
)  # fmt: skip
# A heading over briefs …
IN_BRIEF = any_of(
    (r".{0,40} in (?:brief|short|a nutshell)", r"in (?:brief|short|a nutshell).{0,30}",
        r"(?:.{1,30} )?briefs", r"(?:.{0,20} )?news ?briefs?",
        r"(?:news|world|daily|local|national|regional|business|sports?|politics) brief(?:s|ing)?",
        r"brief(?:ly)? noted", r"briefly.{0,20}", r"brief (?:news|items|notes|reports)",
        r"at a glance.{0,20}", r".{0,30} at a glance", r"news ?bites?", r"news (?:in )?shorts?",
        r"short (?:news|items|takes)", r"shorts", r"(?:the )?(?:.{0,20} )?round-?up",
        r"(?:news )?(?:digest|snippets|nuggets|flashes|ticker|flash)",
        r"quick (?:news|reads?|hits|takes)", r"(?:other )?news in (?:a few )?(?:lines|sentences|words)"),
    (r".{0,40} kurz(?: und (?:bundig|knapp)| notiert| gemeldet| gefasst| gesagt| berichtet)?",
        r"kurz(?: und (?:bundig|knapp)| notiert| gemeldet| gefasst| berichtet| .{0,30})?",
        r"kurz ?(?:meldungen|nachrichten|notizen|notiert|news|berichte)(?: .{0,30})?",
        r"(?:.{1,30} )?in kurze", r"(?:.{1,30} )?(?:kurzmeldungen|kurznachrichten)",
        r"(?:.{1,30} )?auf (?:einen|einem) blick", r"meldungen(?: .{0,20})?",
        r"(?:.{1,30} )?im uberblick", r"in wenigen worten", r"nachrichten ?ticker"),
    (r".{0,40}en bref", r"en bref.{0,30}", r"(?:les )?breves(?: .{0,30})?", r"l[’']essentiel en bref",
        r"(?:.{1,30} )?en (?:quelques mots|deux mots|bref|un clin d[’']œil|resume)",
        r"(?:.{0,20} )?(?:infos|nouvelles|actualites) (?:breves|en bref|express|flash)",
        r"(?:.{0,20} )?en un coup d[’'](?:œil|oeil)", r"flash(?: infos?)?"),
    (r".{0,40}en breve", r"en breve.{0,30}", r"breves.{0,30}", r".{0,30} en corto",
        r"(?:noticias|notas|informaciones|notas informativas) (?:breves|cortas|rapidas)(?: .{0,20})?",
        r"(?:.{1,30} )?(?:en pocas palabras|de un vistazo|en resumen|en titulares|al vuelo)",
        r"(?:.{1,30} )?breves", r"apuntes", r"flashes"),
    (r".{0,40}در (?:یک نگاه|چند جمله|چند خط|چند کلمه)", r".{0,30}به (?:اختصار|کوتاهی|صورت خلاصه)",
        r".{0,30} (?:کوتاه|در یک نگاه|در خلاصه)", r"کوتاه.{0,30}",
        r"(?:خبرهای|اخبار|خبر های|گزیده) کوتاه.{0,20}", r"خبر ?کوتاه",
        r"خلاصه (?:خبرها|اخبار|خبر).{0,20}", r"(?:گزیده|مختصر) (?:خبرها|اخبار).{0,20}",
        r"در چند (?:جمله|خط|کلمه)"),
    (r".{0,40}(?:باختصار|بإيجاز|في سطور|في عجالة|في إيجاز|في كلمات|في لمحة|في دقيقة|بشكل موجز)",
        r"(?:(?:ال)?[أا]خبار|(?:ال)?أنباء) (?:ال)?(?:موجزة|قصيرة|مختصرة|سريعة|متفرقة)(?: .{0,20})?",
        r"(?:ال)?موجز(?: .{0,30})?", r"مختصرات(?: .{0,20})?", r"ملخص (?:الأخبار|الأنباء)", r"لمحة سريعة",
        r"باختصار.{0,20}", r"سريعا"),
    (
        r"(?:.{1,40} )?(?:коротко|кратко|вкратце|в двух словах|одной строкои|в нескольких строках"
        r"|накоротке)",
        r"(?:коротко|кратко|вкратце|одной строкои)(?: о .{0,30}| .{0,30})?",
        r"(?:краткие|короткие) (?:новости|сообщения|известия)(?: .{0,20})?",
        r"(?:новости|события) (?:кратко|коротко|вкратце|одной строкои|дня коротко)",
        r"(?:новостнои )?даиджест", r"сводка (?:новостеи)?"),
    (r"(?:.{1,40} )?k[ıi]sa(?:ca|[ -]k[ıi]sa| haberler?| notlar| turu)?", r"k[ıi]saca.{0,30}",
        r"k[ıi]sa[ -]k[ıi]sa.{0,30}", r"k[ıi]sa (?:haber\w*|not\w*)(?: .{0,20})?",
        r"(?:.{1,30} )?(?:ozet(?:le|i)?|bir bak[ıi][sş]ta)", r"haber (?:ozet\w*|turu)",
        r"(?:gunun )?ozeti"),
)  # fmt: skip
# Pieces of words one of which stands in every such heading: in lower case, with and without marks.
IN_BRIEF_STEMS = (
    *("brief", "short", "nutshell", "glance", "bites", "round", "digest", "snippet", "nugget", "flash",
        "ticker", "quick"),
    *("in a few", "in lines", "in sentences", "in words", "kurz", "kürze", "blick", "meldungen",
        "überblick", "worten"),
    *("bref", "brève", "breve", "quelques mots", "deux mots", "coup d", "clin d", "résumé", "resume",
        "express"),
    *("corto", "corta", "rápida", "pocas", "vistazo", "titulares", "vuelo", "apuntes"),
    *("نگاه", "جمله", "خط", "کلمه", "اختصار", "کوتاه", "خلاصه", "گزیده", "مختصر", "كوتاه"),
    *("إيجاز", "ايجاز", "سطور", "عجالة", "كلمات", "لمحة", "دقيقة", "موجز", "قصير", "سريع", "متفرق", "ملخص"),
    *("корот", "кратк", "вкратце", "кратце", "словах", "строк", "дайджест", "сводка"),
    *("kısa", "kisa", "özet", "ozet", "bakış", "turu", "notlar"),
)  # fmt: skip
