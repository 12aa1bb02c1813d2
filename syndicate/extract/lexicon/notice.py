"""What archive notices say in eight languages, as folded patterns."""

from syndicate.extract.lexicon.words import any_of

# Words with which a notice speaks to the reader …
READER = any_of(
    (
        r"you(?: a|’|')re (?:now |currently )?(?:viewing|reading|looking|browsing|visiting|seeing|on|in)",
        r"you (?:now )?see (?:a|an|this|the)",
        r"you have (?:reached|come to|landed on)",
    ),
    (
        r"sie (?:sehen|lesen|befinden sich|betrachten|besuchen|sind (?:hier )?auf)",
        r"hier (?:sehen|lesen) sie",
    ),
    r"vous (?:consultez|lisez|etes|voyez|visitez|regardez|parcourez|vous trouvez)",
    (
        r"esta(?:s)? (?:viendo|leyendo|visitando|consultando|navegando)",
        r"usted (?:ve|esta|visita|se encuentra|lee)",
        r"(?:se encuentra|te encuentras|estas|esta) en (?:el|la|una?) (?:sitio|pagina|web|version)",
    ),
    r"شما (?:در حال|اکنون|هم ?اکنون|صفحه|یک صفحه|دارید|در (?:سایت|وب ?سایت|نسخه|بایگانی|آرشیو)"
    r"|به (?:سایت|نسخه))",
    (
        r"[أا]نت(?:م)? (?:تشاهد|تتصفح|تقرأ|الآن|تشاهدون|تتصفحون|تقرؤون|تزور|تطالع)",
        r"(?:تتصفح|تشاهد|تقرأ|تتصفحون|تشاهدون) (?:الآن|حاليا|صفحة|نسخة|الموقع|موقع|الصفحة|محتوى)",
    ),
    (
        r"вы (?:сеичас )?(?:просматриваете|читаете|видите|находитесь|посетили|смотрите|попали)",
        r"перед вами",
    ),
    (
        r"(?:goruntul[ue]\w+|okudugunuz|bulundugunuz|bakt[ıi]g[ıi]n[ıi]z"
        r"|gezdiginiz) (?:bu )?(?:sayfa|site|haber|icerik|makale)",
        r"[sş]u ?an(?:da)? .{0,60}(?:goruntuluyorsunuz|okuyorsunuz|bulunuyorsunuz|geziyorsunuz"
        r"|gormektesiniz)",
        r"(?:site|sayfa)\w* .{0,40}(?:goruntuluyorsunuz|okuyorsunuz|bulunuyorsunuz|geziyorsunuz"
        r"|gormektesiniz)",
        r"(?:site|sayfa)\w* .{0,40}(?:bakiyorsunuz|bak[ıi]yorsunuz)",
    ),
)
# … or of the page that it stands on, …
HERE = any_of(
    (
        r"this (?:is )?(?:web ?)?(?:page|article|story|content|(?:web ?)?site|edition|archive"
        r"|version|blog|portal)",
        r"this (?:old|archived?|former) (?:web ?)?(?:page|site|version|edition)",
        r"this is (?:a page|(?:an?|the|our) (?:\w+ )?(?:archived?|old|former|previous))",
        r"(?:these pages|the pages? (?:you are|below|here)|the (?:article|page) below"
        r"|the content (?:here|below))",
        r"archived (?:page|content|article|version|copy|(?:web ?)?site|edition)",
        r"our (?:old|former|new|previous) (?:web ?)?site",
        r"we(?: have|’ve|'ve) moved",
    ),
    (
        r"dies(?:e|er|es|en|em)? (?:(?:alte|archivierte|fruhere)[rns]? )?"
        r"(?:seiten?|artikel|(?:web|internet)(?:seite|site|auftritt|angebot)|inhalt\w*|version"
        r"|ausgabe|angebot"
        r"|archiv|beitrag)",
        r"dies (?:ist|sind)",
        r"archivierte[rns]? (?:seite|fassung|version|artikel|inhalt\w*|website)",
        r"unsere[rn]? (?:alte|fruhere|neue)[nrs]? (?:web|internet)?(?:seite|site)",
    ),
    (
        r"(?:cette|ces) (?:ancienne |anciennes )?(?:pages?|versions?|archives?|edition)",
        r"ce (?:site|contenu|portail|blog)",
        r"cet (?:article|ancien site|ancien)",
        r"(?:page|article|contenu|version|site) archivee?s?",
        r"notre (?:ancien|nouveau) site",
    ),
    (
        r"est[ae]s? (?:antigu[oa] |viej[oa] )?(?:paginas?|sitio|articulo|contenidos?|web|version"
        r"|edicion|portal)",
        r"(?:pagina|articulo|contenido|version|sitio) archivad[oa]s?",
        r"nuestr[oa] (?:antigu[oa]|viej[oa]|anterior|nuev[oa]) (?:sitio|pagina|web)",
    ),
    (
        r"این (?:یک )?(?:صفحه|سایت|وب ?سایت|وب ?گاه|تارنما|مطلب|نسخه|پایگاه|محتوا|مقاله|خبر|گزارش"
        r"|بخش|آرشیو|پورتال)",
        r"(?:صفحه|مطلب|نسخه|محتوا) (?:ای )?(?:از|بایگانی|آرشیو)",
        r"(?:سایت|وب ?سایت) (?:قدیمی?|جدید) ما",
    ),
    (
        r"هذه? (?:هي |هو )?(?:الصفحات|الصفحة|النسخة|صفحة|نسخة|المادة|المقالة|البوابة|المدونة)",
        r"هذا (?:هو )?(?:الموقع|المحتوى|المقال|الأرشيف|الارشيف|موقع|الخبر|أرشيف)",
        r"(?:صفحة|نسخة|مادة) (?:مؤرشفة|من (?:ال)?موقع)",
        r"موقعنا (?:القديم|الجديد|السابق)",
    ),
    (
        r"эт(?:от|а|о|и|ои|ом|их|у) (?:(?:старая|архивная|старыи|архивныи) )?"
        r"(?:страниц\w+|саит\w*|стать\w+|материал\w*|верси\w+|раздел\w*|портал\w*|архив\w*|публикаци\w+)",
        r"(?:страница|статья|материал|версия) (?:из архива|наход\w+ в архиве|архива|старого)",
        r"(?:данныи|данная|настоящии) (?:саит|страница|материал|статья|раздел|портал|версия)",
        r"(?:наш|нашего) (?:старыи|старого|новыи|прежнии) саита?",
    ),
    (
        r"bu (?:bir )?(?:eski |ar[sş]iv )?(?:sayfa\w*|site\w*|web sitesi|internet sitesi|makale\w*|icerik\w*"
        r"|haber\w*|surum\w*|ar[sş]iv\w*|yaz[ıi])",
        r"(?:eski|yeni) sitemiz\w*",
    ),
)
# … and with which it says that it is kept up no longer …
LEFT = any_of(
    (
        r"(?:no longer|not) (?:being )?(?:actively |regularly )?(?:updated|maintained)(?: any ?more)?",
        r"(?:will|does|is|are) (?:not|no longer) (?:be(?:ing)? )?(?:updated|maintained"
        r"|receive (?:any )?updates)",
        r"(?:isn|aren|won)(?:’|')t (?:be )?(?:being )?(?:updated|maintained)",
        r"(?:has |have )?(?:stopped|ceased) (?:updating|being updated|publi\w+)",
        r"(?:has|have) been (?:now )?(?:archived|retired|frozen)",
        r"(?:is|are|was) (?:now )?(?:archived|frozen)",
        r"archived (?:page|content|article|version|copy|(?:web ?)?site|edition)",
        r"(?:has |have |’ve |'ve |now )?moved to",
        r"kept (?:here |online )?(?:only )?(?:as an archive|for (?:the )?(?:record|archive))",
    ),
    (
        r"nicht (?:mehr|langer|weiter) (?:aktualisiert|gepflegt|weitergefuhrt|betreut|fortgefuhrt)",
        r"archivierte[rns]? (?:seite|fassung|version|artikel|inhalt\w*|website)",
        r"archiviert",
        r"(?:ist|sind) (?:jetzt |nun )?umgezogen",
    ),
    (
        r"n(?:’|')?e?(?:st|sont|sera|seront)? ?(?:est |sont )?plus (?:ete )?"
        r"(?:mise?s? a jour|actualisee?s?|alimentee?s?|maintenue?s?|tenue?s? a jour)",
        r"(?:est|sont|ete) (?:desormais )?archivee?s?",
        r"(?:page|article|contenu|version|site) archivee?s?",
        r"(?:a cesse|cesse) d(?:’|')etre (?:mise? a jour|actualisee?)",
        r"a demenage",
    ),
    (
        r"(?:ya )?no se (?:actualizan?|mantienen?)(?: mas)?",
        r"ya no (?:es|esta|sera) (?:actualizad[oa]|mantenid[oa])",
        r"(?:ha dejado|dejo) de actualizarse",
        r"(?:pagina|articulo|contenido|version|sitio) archivad[oa]s?",
        r"(?:esta|ha sido|fue|estan) archivad[oa]s?",
        r"(?:se ha|nos hemos) (?:mudado|trasladado) a",
    ),
    (
        r"(?:دیگر )?(?:به ?روز|بروز|روزآمد) ?(?:رسانی )?(?:نمی|نخواهد|نیست|نشده)",
        r"به ?روز ?رسانی (?:آن |این \w+ )?(?:نمی|متوقف)",
        r"(?:بایگانی|آرشیو) (?:شده|است)",
        r"آرشیوی",
    ),
    (
        r"و?ل[ما] (?:يعد |تعد )?(?:الموقع |الصفحة )?(?:يتم |يجري )?(?:يحدث|تحدث|محدثا|محدثة|تحديثه"
        r"|تحديثها|تحديث)",
        r"و?لا (?:يتم |يجري )?(?:تحديث\w*|يحدث|تحدث)",
        r"(?:ال)?مؤرشفة?",
        r"(?:متوقف عن التحديث|توقف تحديث\w*|توقف عن التحديث)",
    ),
    (
        r"(?:больше|более|уже) не (?:обновля\w+|поддержива\w+|ведется)",
        r"не (?:обновля\w+|поддержива\w+)(?: (?:больше|более))?",
        r"(?:перенесен\w*|помещен\w*|наход\w+|сохранен\w*|хран\w+) в архив\w*",
        r"(?:переехал\w*|перенесен\w*|переместил\w*) на",
        r"архивн(?:ая|ыи|ую|ои) (?:страниц\w+|верси\w+|стать\w+|материал\w*|копи\w+)",
    ),
    (
        r"(?:art[ıi]k )?guncellen?m(?:iyor|emekte|eyecek|ez|emektedir)\w*",
        r"(?:guncellemesi|guncellenmesi) (?:durdu\w*|sona er\w+)",
        r"ar[sş]ivlen\w+",
        r"ar[sş]iv(?:e kald[ıi]r[ıi]l\w+|den|idir)",
        r"(?:adresine |sitesine )?ta[sş][ıi]nd[ıi]\w*",
    ),
)
# … or calls itself the old one, which may be said of other things too.
OLD = any_of(
    r"(?:old|former|previous|archived?) (?:version of (?:the |our |this )?)?(?:\w+ ){0,3}(?:web ?)?site",
    r"(?:alten?|fruheren?|ehemaligen?|vorherigen?|archivierten?) "
    r"(?:\w+-?)?(?:web|internet)?(?:seiten?|site|auftritts?|angebots?|ausgabe)",
    r"ancien(?:ne)?s? (?:site|version|page|portail|edition)s?",
    (
        r"(?:antigu[oa]|viej[oa]|anterior) (?:sitio|pagina|web|version|portal)",
        r"(?:sitio|pagina|version|web) (?:web )?(?:antigu[oa]|anterior|viej[oa])",
    ),
    r"(?:سایت|وب ?سایت|وب ?گاه|تارنمای|نسخه|پایگاه|پورتال|صفحه)(?: ی| های| خبری)? (?:قدیمی?|پیشین|سابق)",
    r"(?:موقع|الموقع|النسخة|موقعنا|نسخة|موقعها|البوابة|الصفحة) (?:\w+ )?(?:القديمة?|السابقة?)",
    (
        r"(?:старо\w+|прежн\w+|бывш\w+|архивн\w+) (?:верси\w+ )?(?:саит\w*|верси\w+|страниц\w+|портал\w*)",
        r"стары[ие] саит\w*",
    ),
    r"eski (?:\w+ ){0,3}(?:web |internet )?(?:site\w*|sayfa\w*|surum\w*)",
)
# Pieces of words one of which stands in every notice: in lower case, with and without marks.
NOTICE_STEMS = (
    *(
        "no longer",
        "not updated",
        "not being",
        "not be ",
        "not maintained",
        "n’t be",
        "n't be",
        "not actively",
    ),
    *(
        "stopped",
        "ceased",
        "old ",
        "former",
        "previous",
        "archiv",
        "moved to",
        "frozen",
        "retired",
        "as an arch",
    ),
    *("nicht mehr", "nicht läng", "nicht weiter", "alte", "frühere", "ehemalig", "vorherig", "umgezogen"),
    *(
        "plus mis",
        "plus actual",
        "plus alim",
        "plus maint",
        "plus tenu",
        "plus été",
        "ancien",
        "déménagé",
        "cessé",
    ),
    *(
        "no se act",
        "no se mant",
        "ya no ",
        "actualizarse",
        "antigu",
        "viej",
        "anterior",
        "mudado a",
        "trasladado a",
    ),
    *("روز", "قدیم", "قديم", "پیشین", "سابق", "بایگانی", "آرشیو", "بايگاني", "آرشيو"),
    *("تحديث", "حدث", "يُحد", "تُحد", "حدّث", "السابق", "مؤرشف", "محدّث", "لم يعد", "لم تعد", "مُحد"),
    *("обновля", "поддержива", "стар", "прежн", "бывш", "архив", "переехал", "перенес", "переместил"),
    *("güncel", "guncel", "eski", "arşiv", "arsiv", "taşın", "tasin", "taşin"),
)
# Those of them that say "old" of many things, and what they say it of in a notice.
OLD_STEMS = frozenset({
    "old ", "former", "previous", "alte", "frühere", "ehemalig", "vorherig", "ancien", "antigu", "viej",
    "anterior", "قدیم", "قديم", "پیشین", "سابق", "السابق", "стар", "прежн", "бывш", "eski",
})  # fmt: skip
OLD_THINGS = (
    *("site", "seite", "page", "version", "versión", "portal", "portail", "página", "pagina", "sitio", "web"),
    *("edition", "édition", "angebot", "auftritt", "ausgabe", "sayfa", "sürüm", "surum"),
    *("сайт", "страниц", "верси", "портал", "سایت", "گاه", "تارنما", "نسخه", "پورتال", "صفحه"),
    *("موقع", "نسخة", "بوابة", "صفحة"),
)
# With these an article tells what others said: it is no notice.
REPORTED = any_of(
    (
        r"sa(?:id|ys)",
        r"told",
        r"wrote",
        r"reads?",
        r"according to",
        r"announced",
        r"reported",
        r"explained",
        r"added",
        r"asked",
    ),
    (
        r"sagte\w*",
        r"hei(?:ss|ß)t es",
        r"teilte\w*",
        r"erklarte\w*",
        r"laut",
        r"zufolge",
        r"schrieb\w*",
        r"steht",
    ),
    (r"a (?:dit|declare|indique|explique|annonce|ecrit)", r"selon", r"dit", r"affirme", r"peut-on lire"),
    (r"dijo", r"dice", r"segun", r"anuncio", r"explico", r"informo", r"escribio", r"afirmo", r"se lee"),
    (r"گفت\w*", r"به گفته", r"اعلام کرد\w*", r"نوشت\w*", r"افزود", r"گزارش داد"),
    (r"و?قال\w*", r"و?أعلن\w*", r"بحسب", r"وفقا ل\w*", r"و?كتب\w*", r"و?أضاف\w*", r"و?ذكر\w*"),
    (r"сказал\w*", r"сообщил\w*", r"заявил\w*", r"по словам", r"написал\w*", r"гласит", r"объявил\w*"),
    (
        r"dedi",
        r"soyledi",
        r"ac[ıi]klad[ıi]",
        r"yazd[ıi]",
        r"belirtti",
        r"duyurdu",
        r"gore",
        r"yaz[ıi]yor(?:du)?",
    ),
)
# A live report that has ended, or a browser, is no site.
OF_OTHERS = any_of(
    (
        r"live (?:blog|page|coverage|story|feed|updates?)",
        r"(?:your |version of your )?browser",
        r"liveticker",
        r"navigateur",
        r"navegador",
        r"مرورگر",
        r"متصفح",
        r"браузер\w*",
        r"taray[ıi]c[ıi]\w*",
    ),
)
# What leads to the new site …
ONWARD = any_of(
    (r"(?:please )?(?:visit|go to|see|use|continue (?:to|at|on)|head to|find us at|now at|switch to)",
        r"new (?:\w+ )?(?:web ?)?site"),
    (r"current (?:web ?)?site", r"moved to", r"latest (?:news|stories)", r"today(?:’|')?s news",
        r"new home", r"live site"),
    (r"besuchen sie", r"neue[rns]? (?:\w+ )?(?:web|internet)?(?:seite|site|auftritt|adresse)",
        r"aktuelle\w*", r"(?:gehen sie )?(?:auf|zur|unter)"),
    (r"visite[zr]", r"rendez-vous", r"consultez", r"nouve(?:au|lle) (?:site|version|adresse|page)",
        r"(?:aller|retrouvez|allez|accede[zr])"),
    (r"visite", r"visita", r"vaya a", r"nuev[oa] (?:sitio|pagina|web|version|direccion)", r"ir al?",
        r"consulte"),
    (r"(?:دیدن|بازدید|مراجعه|دسترسی|رجوع)",
        r"(?:سایت|وب ?سایت|وب ?گاه|تارنمای|نسخه|نشانی|آدرس)(?: ی)? (?:جدید|تازه|نو)",
        r"به (?:سایت|نشانی|آدرس)"),
    (r"(?:ل?زيارة|زوروا|قم بزيارة|تفضل\w*|انتقل\w*|الذهاب|اذهب)",
        r"(?:ال)?(?:موقع|نسخة|عنوان|موقعنا)\w* (?:ال)?جديدة?", r"على (?:الموقع|العنوان)"),
    (r"посетите", r"переидите", r"перешли", r"заходите",
        r"нов(?:ыи|ая|ого|ом|ую|ои) (?:саит\w*|верси\w+|адрес\w*|страниц\w+)", r"читаите", r"доступен",
        r"на саите"),
    (r"yeni (?:\w+ )?(?:web |internet )?(?:site\w*|adres\w*|sayfa\w*|surum\w*)", r"ziyaret edin\w*",
        r"(?:gidin|icin|adresin\w+)"),
)  # fmt: skip
# … and what only explains.
EXPLAINS = any_of(
    (r"why", r"what (?:is|does|this)", r"(?:learn|read|find out|know) more", r"more information",
        r"about (?:the|this|our) archive", r"faq", r"help"),
    (r"warum", r"was (?:ist|bedeutet|heißt)", r"mehr (?:dazu|erfahren|information\w*)",
        r"uber (?:das|unser) archiv", r"hilfe"),
    (r"pourquoi", r"en savoir plus", r"qu(?:’|')est-ce", r"a propos", r"aide"),
    (r"por que", r"saber mas", r"mas informacion", r"que (?:es|significa)", r"acerca de",
        r"sobre (?:el|este) archivo"),
    (r"چرا", r"(?:اطلاعات )?بیشتر(?: بدانید)?", r"درباره", r"راهنما"),
    (r"لماذا", r"(?:اعرف |لمعرفة )?المزيد", r"ما (?:هو|معنى)", r"حول", r"عن الأرشيف"),
    (r"почему", r"подробнее", r"что (?:это|такое|значит)", r"об? архиве", r"справка"),
    (r"neden", r"nicin", r"daha fazla(?: bilgi)?", r"ar[sş]iv hakk[ıi]nda", r"hakk[ıi]nda", r"yard[ıi]m"),
)  # fmt: skip
# What a line may say that many pages of a host show, to be taken for its notice.
WEAKLY_STALE = any_of(
    (r"archiv\w*", r"old (?:\w+ )?(?:web ?)?site", r"new (?:\w+ )?(?:web ?)?site",
        r"(?:has |have )?moved", r"closed", r"no longer"),
    (r"neue[rns]? (?:web|internet)?(?:seite|site|adresse)", r"umgezogen", r"eingestellt", r"nouveau site",
        r"ancien site", r"ferme"),
    (r"nuev[oa] (?:sitio|web|pagina)", r"archivo", r"آرشیو\w*", r"بایگانی\w*",
        r"(?:سایت|نشانی|آدرس) جدید", r"متوقف"),
    (r"[أا]رشيف\w*", r"(?:ال)?موقع\w* (?:ال)?(?:جديد|قديم)", r"архив\w*", r"нов\w+ саит\w*",
        r"переехал\w*", r"закрыт\w*"),
    (r"ar[sş]iv\w*", r"yeni site\w*", r"ta[sş][ıi]nd[ıi]\w*", r"kapand[ıi]\w*"),
)  # fmt: skip
# Pieces of words one of which stands in every such line: in lower case, with and without marks.
WEAK_STEMS = (
    *("archiv", "old ", "new ", "moved", "closed", "no longer", "neue", "umgezogen", "eingestellt"),
    *("nouveau", "ancien", "fermé", "ferme", "nuev", "آرشیو", "آرشيو", "بایگان", "بايگان", "جدید", "جديد"),
    *("متوقف", "رشيف", "رشیف", "قديم", "قدیم", "архив", "нов", "переехал", "закрыт"),
    *("arşiv", "arsiv", "yeni site", "yeni̇ site", "taşın", "tasin", "kapand"),
)
