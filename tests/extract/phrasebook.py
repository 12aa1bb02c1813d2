"""Invented news in eight languages, from which the layouts of pages are filled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What a page of one language says. `notice` names courier.example; `stale` does not."""

    headline: str
    body: tuple[str, str, str]
    heading: str
    briefs: tuple[str, str, str, str]
    more: str
    place: str
    notice: str
    stale: str
    onward: str


PHRASES = {
    "en": Phrases(
        headline="Ferry keeps sailing late",
        body=(
            "The last boat of the day will sail all winter after commuters on both shores "
            "asked for more thought.",
            "The company said on Thursday that it had counted passengers for three weeks and "
            "found the boat fuller.",
            "A public meeting about the summer timetable will be held in the customs house "
            "in February this time.",
        ),
        heading="Harbour in Brief",
        briefs=(
            "The swing bridge will open ten minutes later than usual on Sunday mornings.",
            "Volunteers have cleared two tonnes of kelp from the slipway.",
            "The fog bell has been taken ashore for casting repairs this week.",
            "A young seal that slept on the marina steps has swum away, “in good health”.",
        ),
        more="More",
        place="Old Harbour",
        notice="You are viewing a page from the old site of the Harbour Courier, which is no longer updated. "
        "Visit courier.example for today’s news.",
        stale="You are viewing a page from the old site of the Harbour Courier, which is no longer updated.",
        onward="Go to our new site",
    ),
    "fa": Phrases(
        headline="قایق دیروقت همچنان می‌رود",
        body=(
            "آخرین قایق روز سراسر زمستان به راه می‌افتد، زیرا مسافران هر دو ساحل از شرکت "
            "خواسته بودند دوباره فکر کند.",
            "شرکت روز پنجشنبه گفت سه هفته مسافران را شمرده و دیده که قایق پرتر از آن است که می‌پنداشت.",
            "نشستی همگانی دربارهٔ برنامهٔ تابستان ماه آینده در ساختمان گمرک برگزار می‌شود و "
            "همه می‌توانند بیایند.",
        ),
        heading="بندر در یک نگاه",
        briefs=(
            "پل گردان یکشنبه‌ها ده دقیقه دیرتر از همیشه باز خواهد شد.",
            "داوطلبان دو تُن جلبک را از سرسرهٔ قایق‌ها پاک کردند.",
            "زنگ مه را این هفته برای تعمیر به ساحل آورده‌اند.",
            "فُک جوانی که روی پله‌های اسکله خوابیده بود شنا کرد و رفت.",
        ),
        more="بیشتر",
        place="بندر کهنه",
        notice="این صفحه از سایت قدیمی پیک بندر است که دیگر به‌روز نمی‌شود. برای خبرهای تازه به "
        "courier.example بروید.",
        stale="این صفحه از سایت قدیمی پیک بندر است که دیگر به‌روز نمی‌شود.",
        onward="به سایت جدید بروید",
    ),
    "ar": Phrases(
        headline="العبّارة تواصل رحلتها المتأخرة",
        body=(
            "سيبحر آخر قارب في اليوم طوال الشتاء بعدما طلب الركاب على الضفتين من الشركة أن تعيد التفكير.",
            "قالت الشركة يوم الخميس إنها أحصت الركاب ثلاثة أسابيع ووجدت القارب أكثر ازدحامًا مما ظنّت.",
            "سيُعقد اجتماع عام حول جدول الصيف في دار الجمارك في شهر شباط المقبل والدعوة مفتوحة للجميع.",
        ),
        heading="الميناء في سطور",
        briefs=(
            "سيُفتح الجسر الدوّار متأخرًا عشر دقائق عن موعده صباح كل أحد.",
            "أزال متطوعون طنين من الأعشاب البحرية عن منحدر القوارب.",
            "نُقل جرس الضباب إلى الشاطئ هذا الأسبوع لإصلاح شقّ فيه.",
            "سبح فقمٌ صغير كان ينام على درج المرسى مبتعدًا وهو بصحة جيدة.",
        ),
        more="المزيد",
        place="الميناء القديم",
        notice="أنت تتصفح صفحة من الموقع القديم لبريد الميناء ولم يعد يتم تحديثه. تفضل بزيارة "
        "courier.example للأخبار.",
        stale="أنت تتصفح صفحة من الموقع القديم لبريد الميناء ولم يعد يتم تحديثه.",
        onward="انتقل إلى الموقع الجديد",
    ),
    "de": Phrases(
        headline="Fähre fährt weiter spät",
        body=(
            "Das letzte Boot des Tages fährt den ganzen Winter, nachdem Pendler an beiden "
            "Ufern darum gebeten hatten.",
            "Die Gesellschaft hatte drei Wochen lang die Fahrgäste gezählt und das Boot "
            "voller gefunden als gedacht.",
            "Über den Sommerfahrplan wird im Februar bei einer öffentlichen Sitzung im alten "
            "Zollhaus beraten werden.",
        ),
        heading="Hafen kurz notiert",
        briefs=(
            "Die Drehbrücke öffnet sonntags künftig zehn Minuten später als bisher.",
            "Freiwillige haben zwei Tonnen Tang von der Slipanlage geräumt.",
            "Die Nebelglocke ist in dieser Woche zur Reparatur an Land gebracht worden.",
            "Ein junger Seehund, der auf den Stufen schlief, ist wieder davongeschwommen.",
        ),
        more="Mehr",
        place="Alter Hafen",
        notice="Sie sehen eine Seite der alten Website des Hafenboten, die nicht mehr aktualisiert wird. "
        "Besuchen Sie courier.example für neue Nachrichten.",
        stale="Sie sehen eine Seite der alten Website des Hafenboten, die nicht mehr aktualisiert wird.",
        onward="Zur neuen Website",
    ),
    "fr": Phrases(
        headline="Le bac tardif continue",
        body=(
            "Le dernier bateau de la journée partira tout l’hiver, car les voyageurs des "
            "deux rives l’ont demandé.",
            "La compagnie a compté les passagers pendant trois semaines et trouvé le bateau "
            "plus plein que prévu.",
            "Une réunion publique sur l’horaire d’été se tiendra en février à l’ancienne "
            "douane, ouverte à tous.",
        ),
        heading="Le port en bref",
        briefs=(
            "Le pont tournant ouvrira dix minutes plus tard le dimanche matin.",
            "Des bénévoles ont retiré deux tonnes de varech de la cale.",
            "La cloche de brume a été descendue à terre cette semaine pour réparation.",
            "Un jeune phoque qui dormait sur les marches est reparti en bonne santé.",
        ),
        more="Lire la suite",
        place="Vieux-Port",
        notice="Vous consultez une page de l’ancien site du Courrier du port, qui n’est plus mis à jour. "
        "Rendez-vous sur courier.example pour l’actualité.",
        stale="Vous consultez une page de l’ancien site du Courrier du port, qui n’est plus mis à jour.",
        onward="Aller au nouveau site",
    ),
    "es": Phrases(
        headline="El barco tardío sigue",
        body=(
            "El último barco del día zarpará todo el invierno porque los viajeros de ambas "
            "orillas lo pidieron.",
            "La compañía contó a los pasajeros durante tres semanas y halló el barco más "
            "lleno de lo que creía.",
            "En febrero habrá una reunión pública sobre el horario de verano en la aduana, "
            "abierta a los vecinos.",
        ),
        heading="El puerto en breve",
        briefs=(
            "El puente giratorio abrirá diez minutos más tarde los domingos por la mañana.",
            "Unos voluntarios han retirado dos toneladas de algas de la rampa.",
            "La campana de niebla fue llevada a tierra esta semana para repararla.",
            "Una foca joven que dormía en los escalones se fue nadando con buena salud.",
        ),
        more="Leer más",
        place="Puerto Viejo",
        notice="Está viendo una página del antiguo sitio del Correo del Puerto, que ya no se actualiza. "
        "Visite courier.example para leer las noticias.",
        stale="Está viendo una página del antiguo sitio del Correo del Puerto, que ya no se actualiza.",
        onward="Ir al nuevo sitio",
    ),
    "ru": Phrases(
        headline="Поздний паром остаётся",
        body=(
            "Последний паром будет ходить всю зиму, потому что об этом попросили пассажиры с обоих берегов.",
            "Компания три недели считала пассажиров и обнаружила, что судно заполнено "
            "больше, чем она думала.",
            "Открытое собрание о летнем расписании пройдёт в феврале в здании таможни, прийти сможет каждый.",
        ),
        heading="Порт коротко",
        briefs=(
            "Разводной мост по воскресеньям будет открываться на десять минут позже.",
            "Добровольцы убрали с причала две тонны морской капусты.",
            "Туманный колокол на этой неделе сняли и увезли на берег в ремонт.",
            "Молодой тюлень, спавший на ступенях пристани, уплыл в добром здравии.",
        ),
        more="Подробнее",
        place="Старый порт",
        notice="Вы просматриваете страницу старого сайта «Портового курьера», который больше не обновляется. "
        "Читайте новости на courier.example.",
        stale="Вы просматриваете страницу старого сайта «Портового курьера», который больше не обновляется.",
        onward="Перейти на новый сайт",
    ),
    "tr": Phrases(
        headline="Geç vapur sürüyor",
        body=(
            "Günün son vapuru, iki kıyıdaki yolcular yeniden düşünülmesini istediği için "
            "bütün kış sefer yapacak.",
            "Şirket üç hafta boyunca yolcuları saydığını ve vapuru sandığından daha dolu bulduğunu söyledi.",
            "Yaz tarifesiyle ilgili halka açık toplantı şubat ayında eski gümrük binasında "
            "yapılacak, herkes gelebilir.",
        ),
        heading="Limandan kısa kısa",
        briefs=(
            "Döner köprü pazar sabahları on dakika daha geç açılacak.",
            "Gönüllüler kızaktan iki ton deniz yosunu temizledi.",
            "Sis çanı bu hafta onarım için kıyıya indirildi.",
            "İskelenin basamaklarında uyuyan genç fok sağlıkla yüzüp gitti.",
        ),
        more="Devamı",
        place="Eski Liman",
        notice="Liman Postası’nın artık güncellenmeyen eski sitesinden bir sayfayı görüntülüyorsunuz. "
        "Haberler için courier.example adresini ziyaret edin.",
        stale="Liman Postası’nın artık güncellenmeyen eski sitesinden bir sayfayı görüntülüyorsunuz.",
        onward="Yeni sitemize gidin",
    ),
}
