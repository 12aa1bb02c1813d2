"""What stands over the cards of other stories, and over what else repeats on a page, in eight languages."""

from syndicate.extract.lexicon.words import any_of

# Over the cards of other stories …
RELATED = any_of(
    (r"(?:.{0,30} )?related(?: .{0,40})?",
        r"(?:see|read|watch|listen|you (?:may|might|will)|people)(?: .{0,20})? also(?: .{0,20})?",
        r"(?:also|more) (?:from|in|on|by|about|like|read|of)\b.{0,40}", r"read (?:more|next|also)",
        r"(?:most|top|trending|popular|latest|recent|recommended|suggested|featured|editors?[’']s?"
        r"|further|other|more|today[’']s|don[’']t miss|must)(?: .{0,20})? (?:stories|story|news"
        r"|articles|reads?|reading|picks|headlines|posts|viewed|popular|read|shared|coverage|items)",
        r"recommended(?: .{0,30})?", r"trending(?: .{0,20})?", r"up next", r"keep reading",
        r"what to read next", r"most popular(?: .{0,20})?", r"don[’']t miss", r"around the web",
        r"(?:sponsored|promoted)(?: .{0,30})?", r"background", r"next (?:story|article|up)"),
    (r"mehr zum thema", r"(?:lesen sie|lesen|siehe|das konnte sie) auch(?: .{0,30})?",
        r"(?:weitere|ahnliche|verwandte|aktuelle|neueste|meistgelesene"
        r"|beliebte)(?:.{0,20})? (?:artikel|themen|beitrage|meldungen|nachrichten|texte)",
        r"(?:am )?meist(?:gelesen|geklickt)\w*(?: .{0,20})?", r"zum thema", r"auch interessant",
        r"das konnte sie(?: .{0,30})? interessieren", r"mehr (?:aus|von|uber)\b.{0,30}",
        r"empfehlungen(?: .{0,20})?", r"passend dazu"),
    (r"(?:a )?(?:lire|voir|decouvrir) (?:aussi|egalement|ensuite)(?: .{0,30})?",
        r"sur le meme (?:sujet|theme)",
        r"(?:articles?|sujets|contenus) (?:lies?|associes?|similaires?|connexes|recommandes)",
        r"(?:les )?plus (?:lus?|populaires|vus|partages)(?: .{0,20})?", r"(?:dans|de) la meme rubrique",
        r"a la une", r"nos recommandations", r"vous aimerez (?:aussi|peut-etre)", r"derniers articles"),
    (r"(?:lea|lee|leer|ver|vea|te puede|le puede) (?:tambien|interesar)(?: .{0,30})?",
        r"(?:noticias|articulos|contenidos?|notas|temas) (?:relacionad[oa]s|similares"
        r"|recomendad[oa]s|destacad[oa]s)",
        r"relacionad[oa]s?", r"(?:lo )?mas (?:leido|visto|popular|leidas|vistas)s?(?: .{0,20})?",
        r"mas (?:sobre|en|de)\b.{0,30}", r"recomendad[oa]s?(?: .{0,20})?", r"ultimas noticias",
        r"tambien te puede interesar"),
    (
        r"(?:مطالب|خبرهای|اخبار|مقالات|گزارش های|نوشته های) (?:مرتبط|مشابه|پیشنهادی|دیگر|بیشتر"
        r"|برگزیده|پربازدید|پیشین)(?: .{0,20})?",
        r"(?:مرتبط|پربازدید|پربیننده|پرخواننده|پیشنهادی)\w*(?: .{0,20})?",
        r"بیشتر (?:بخوانید|بدانید|درباره .{0,30})", r"(?:همچنین )?بخوانید",
        r"در همین (?:زمینه|رابطه|باره|موضوع)", r"(?:آخرین|تازه ترین) (?:خبرها|اخبار|مطالب)"),
    (r"[إا]قر[أاؤئء]*(?:وا?|ي)? (?:أيضا|ايضا)(?: .{0,20})?",
        r"(?:مقالات|مواضيع|موضوعات|أخبار|مواد|قصص) (?:ذات صلة|متعلقة|مرتبطة|مشابهة|أخرى)",
        r"(?:مواضيع )?ذات صلة", r"(?:ال)?[أا]كثر (?:قراءة|مشاهدة|شعبية|تداولا)",
        r"قد (?:يعجبك|يهمك)(?: .{0,20})?", r"المزيد (?:من|عن|حول) .{0,30}", r"آخر (?:الأخبار|الأنباء)",
        r"شاهد أيضا"),
    (
        r"(?:читаите|смотрите|по теме|вам может быть|вас может)(?: .{0,20})?(?: также| еще"
        r"| интересно| понравиться| заинтересовать)",
        r"(?:материалы )?по теме",
        r"(?:похожие|связанные|другие|рекомендуемые|популярные|последние|свежие"
        r"|главные)(?: .{0,10})? (?:новости|статьи|материалы|публикации|записи)",
        r"(?:самое )?(?:читаемое|популярное|обсуждаемое)(?: .{0,20})?", r"рекомендуем(?: .{0,20})?",
        r"еще (?:по теме|новости)", r"в тему"),
    (
        r"(?:.{0,20} )?(?:ilgili|benzer|diger|onerilen|populer|son|guncel|one cikan) (?:haber\w*"
        r"|yaz[ıi]lar|icerik\w*|makale\w*|konular)",
        r"(?:bunlar|sunlar)[ıi] da (?:okuyun|oku)\w*", r"ilginizi cekebilir\w*(?: .{0,20})?",
        r"(?:en )?cok (?:okunan|izlenen|konu[sş]ulan)\w*(?: .{0,20})?", r"son dakika", r"onerilenler"),
)  # fmt: skip
RELATED_STEMS = (
    *("relat", "also", "more", "most", "trending", "popular", "latest", "recent", "recommend", "suggest",
        "featured"),
    *("editor", "next", "keep", "miss", "around the web", "sponsored", "promoted", "background",
        "further", "other "),
    *("top ", "today", "must", "thema", "auch", "weitere", "ähnlich", "verwandt", "aktuell", "neueste",
        "meist", "beliebt"),
    *("mehr ", "empfehl", "passend", "interessieren", "aussi", "également", "ensuite", "même", "liés",
        "lié", "associé"),
    *("similaire", "connexe", "recommand", "plus lu", "plus pop", "plus vu", "plus partag", "à la une",
        "aimerez"),
    *("dernier", "también", "tambien", "interesar", "relacionad", "similar", "recomendad", "destacad",
        "más ", "mas "),
    *("últimas", "ultimas", "مرتبط", "مشابه", "پیشنهاد", "دیگر", "بیشتر", "برگزیده", "پربازدید",
        "پربیننده", "پرخواننده"),
    *("بخوانید", "همین", "آخرین", "تازه", "أيضا", "أيضًا", "ايضا", "صلة", "متعلق", "أخرى", "أكثر", "اكثر",
        "قد ي", "المزيد", "آخر"),
    *("такж", "по теме", "похож", "связан", "другие", "рекоменду", "популярн", "последн", "свежие",
        "главные", "читаем"),
    *("обсужда", "ещё", "еще", "в тему", "ilgili", "benzer", "diğer", "önerilen", "popüler", "son ",
        "güncel", "öne çık", "okuyun"),
    *("ilginizi", "çok "),
)  # fmt: skip
# … over what else repeats: comments, people, dates, pictures, weather, prices, recipes.
OTHERS = any_of(
    (
        r"(?:.{0,30} )?(?:comments?|replies|discussion|reviews?|letters|feedback|opinions?"
        r"|conversation)(?: .{0,20})?",
        r"(?:.{0,20} )?(?:authors?|contributors?|staff|team|writers?|people|columnists?|editors"
        r"|reporters)(?: .{0,20})?",
        r"(?:.{0,20} )?(?:events?|calendar|what[’']s on|listings|jobs|classifieds|obituaries"
        r"|photos?|pictures|gallery|galleries|videos?|weather|forecast|tides|markets?|prices|stocks"
        r"|recipes?|ingredients|method|instructions|directions|faq|questions|tags|topics|categories"
        r"|sections|archives?|contact|services|navigation|menu)(?: .{0,20})?"),
    (r"(?:.{0,20} )?(?:leser)?(?:kommentare?|meinungen|zuschriften|leserbriefe|bewertungen)(?: .{0,20})?",
        r"(?:.{0,20} )?(?:autoren|autorinnen|mitarbeiter|team|redaktion|veranstaltungen|termine"
        r"|fotos|bilder|galerie|wetter|markte|borse|rezepte?|zutaten|zubereitung|fragen)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:commentaires?|reactions|avis|auteurs|equipe|redaction|agenda|evenements"
        r"|photos|galerie|meteo|marches|bourse|recettes?|ingredients|preparation|questions)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:comentarios?|opiniones|autores|equipo|redaccion|agenda|eventos|fotos"
        r"|galeria|tiempo|mercados|bolsa|recetas?|ingredientes|preparacion|preguntas)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:نظرات?|دیدگاه(?:ها|ها)?|نظرها|نویسندگان|تیم|رویدادها|تقویم|عکس ها|گالری"
        r"|آب و هوا|بازار|قیمت ها|دستور پخت|مواد لازم|طرز تهیه|پرسش ها)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:(?:ال)?تعليقات|(?:ال)?آراء|(?:ال)?كتاب|فريق .{0,20}|فعاليات|صور"
        r"|معرض .{0,20}|(?:ال)?طقس|(?:ال)?أسواق|أسعار|وصفات|(?:ال)?مقادير|طريقة التحضير)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:комментари\w+|отзывы|мнения|обсуждение|авторы|редакция|команда|афиша"
        r"|события|фото\w*|галерея|погода|рынки|курсы?|рецепты?|ингредиенты|приготовление"
        r"|вопросы)(?: .{0,20})?"),
    (
        r"(?:.{0,20} )?(?:yorumlar\w*|gorusler|yazarlar\w*|ekip|kunye|etkinlikler|takvim|foto\w*"
        r"|galeri|hava durumu|piyasalar|borsa|tarif\w*|malzemeler|yap[ıi]l[ıi][sş][ıi]"
        r"|sorular)(?: .{0,20})?"),
)  # fmt: skip
