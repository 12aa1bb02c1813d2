"""What error pages say in eight languages, as patterns on folded text."""

import re

from syndicate.extract.lexicon.words import any_of

CODE = r"(?:4(?:0[0134568]|1[0-8]|2[269]|51)|5(?:0[0-9]|11|2[0-9]))"

# What names an error whatever else a page says, as a whole heading or a whole part of one …
NAMED = any_of(
    rf"(?:http )?(?:status )?(?:error|fehler|erreur|hata|ошибка|خطای|خطا|الخطا"
    rf"|خطأ)(?: code)?\s*:?\s*(?:http )?{CODE}",
    rf"(?:http )?{CODE} (?:error|fehler|erreur|hatas[ıi]|ошибка)",
    rf"(?:(?:http|error|fehler|erreur|hata|ошибка|خطای) )?{CODE}[^\w]+(?:page |file |the page )?"
    r"(?:not found|gone|forbidden|bad gateway|(?:internal )?server error|gateway time-?out"
    r"|too many requests"
    r"|service (?:temporarily )?unavailable|access denied|unauthori[sz]ed|page|error|permanently removed"
    r"|(?:seite )?nicht gefunden|(?:page )?(?:introuvable|non trouvee)|(?:pagina )?no encontrad[ao]"
    r"|(?:страница )?не наидена|(?:sayfa )?bulunamad[ıi]|(?:صفحه )?(?:پیدا|یافت) نشد"
    r"|(?:الصفحة )?غير موجودة?)",
    rf"{CODE}",
    (
        r"not found",
        r"(?:sorry,? )?(?:the |this |that )?(?:requested |web ?)*(?:page|file|document|article|story|url)"
        r" (?:(?:you requested |you are looking for |you were looking for )?"
        r"(?:(?:was|is|could|can|cannot|has) ?)?(?:not |n.t )?(?:be )?(?:been )?found|not found"
        r"|(?:does not|doesn.t|no longer) exists?)",
        r"(?:internal )?server error",
        r"bad gateway",
        r"gateway time-?(?:d )?out",
        r"service temporarily unavailable",
        r"checking your browser(?: before accessing .{1,60})?",
        r"checking if the site connection is secure",
        r"verify(?:ing)? (?:that )?you are (?:a )?human",
        r"too many requests",
        r"database (?:connection )?error",
        r"error establishing a database connection",
        r"this account has been suspended",
    ),
    (
        r"(?:die )?(?:angeforderte |gesuchte )?(?:web)?(?:seite|datei) (?:wurde "
        r"|konnte )?nicht gefunden(?: werden)?",
        r"(?:die )?(?:angeforderte |gesuchte )?seite existiert nicht(?: mehr)?",
        r"interner (?:server-?fehler|fehler des servers)",
        r"(?:dienst|service) (?:ist )?(?:derzeit |zurzeit |vorubergehend )?nicht (?:verfugbar|erreichbar)",
        r"ihr browser wird (?:uber)?pruft",
    ),
    (
        r"(?:la )?page (?:demandee )?(?:est )?(?:introuvable|non trouvee|n.a pas ete trouvee"
        r"|n.existe (?:pas|plus))",
        r"erreur (?:interne )?du serveur",
        r"service (?:temporairement |momentanement )?(?:indisponible|non disponible)",
        r"verification de votre navigateur",
    ),
    (
        r"(?:la )?pagina (?:solicitada )?(?:no (?:ha sido |fue )?encontrad[ao]"
        r"|no (?:se )?(?:encuentra|existe)"
        r"|no se ha encontrado)",
        r"pagina nao encontrada",
        r"error (?:interno )?del servidor",
        r"servicio (?:temporalmente )?no disponible",
        r"(?:comprobando|verificando) (?:su|tu) navegador",
    ),
    (
        r"(?:запрашиваемая |запрошенная |такая )?страница не (?:наидена|существует)",
        r"(?:внутренняя )?ошибка сервера",
        r"(?:сервис|служба|саит) (?:временно )?недоступ(?:ен|на)",
        r"проверка (?:вашего )?браузера",
    ),
    (
        r"(?:arad[ıi]g[ıi]n[ıi]z |istenen )?sayfa (?:bulunamad[ıi]|mevcut degil)",
        r"(?:dahili )?sunucu hatas[ıi]",
        r"(?:hizmet|servis) (?:su anda |gecici olarak )?kullan[ıi]lam[ıi]yor",
        r"taray[ıi]c[ıi]n[ıi]z (?:kontrol ediliyor|denetleniyor)",
    ),
    (
        r"(?:این )?صفحه (?:ی )?(?:مورد نظر |درخواستی )?(?:شما )?(?:پیدا|یافت) نشد",
        r"(?:این )?صفحه (?:ی )?(?:مورد نظر |درخواستی )?(?:شما )?وجود ندارد",
        r"خطای (?:داخلی )?سرور",
        r"(?:سرویس|سرور|خدمات) (?:موقتا )?در دسترس نیست",
        r"(?:در حال )?بررسی مرورگر(?: شما)?",
    ),
    (
        r"(?:عذرا )?(?:الصفحة|هذه الصفحة) (?:المطلوبة |التي تبحث عنها )?غير موجودة",
        r"لم يتم العثور على (?:هذه )?الصفحة",
        r"خطأ (?:داخلي )?في (?:ال)?خادم",
        r"(?:الخدمة|الموقع) غير (?:متوفرة?|متاحة?)(?: حاليا| مؤقتا)?",
        r"(?:جاري?|يجري) (?:التحقق من|فحص) (?:المتصفح|متصفحك)",
    ),
)
# … and what may be a headline too: it needs a page that says hardly anything else.
MAY_BE_NAMED = any_of(
    (r"error", r"forbidden", r"access (?:denied|forbidden)", r"service unavailable", r"unauthori[sz]ed"),
    (
        r"oops",
        r"just a moment",
        r"attention required",
        r"one moment,? please",
        r"are you (?:a )?(?:human|robot)",
    ),
    (
        r"gone",
        r"request rejected",
        r"(?:site |down )?(?:under |for |in )?maintenance",
        r"captcha",
        r"security check",
    ),
    (
        r"nicht gefunden",
        r"zugriff (?:verweigert|untersagt)",
        r"fehler",
        r"wartungsarbeiten",
        r"zutritt verboten",
    ),
    (r"introuvable", r"acces (?:refuse|interdit)", r"erreur", r"en maintenance"),
    (r"no encontrad[ao]", r"acceso (?:denegado|prohibido)", r"en mantenimiento"),
    (r"доступ (?:запрещен|закрыт|ограничен)", r"ошибка", r"не наидено"),
    (r"erisim (?:engellendi|reddedildi|yasak)", r"bulunamad[ıi]", r"hata"),
    (r"دسترسی (?:غیر ?مجاز|ممنوع|محدود|رد شد)", r"(?:پیدا|یافت) نشد", r"خطا"),
    (r"(?:تم رفض الوصول|الوصول (?:مرفوض|ممنوع))", r"غير موجود", r"خطأ"),
)
# What such pages say, at the beginning of a line.
SAID = any_of(
    (
        r"(?:sorry,? |oops,? |we.re sorry,? (?:but )?)?the (?:requested |web ?)*(?:url|page|file"
        r"|document|resource|address)"
        r"(?: .{1,80})? (?:was|is|could|can|has|does|may|might)(?: ?not|n.t| have)? (?:be |been |longer )?"
        r"(?:found|exist|moved|removed|deleted|available|located)",
        r"the page (?:that )?you (?:are|were|requested|have)",
        r"(?:sorry|unfortunately|oops),? (?:but )?(?:we (?:could|can).{0,4} ?(?:not )?find"
        r"|this page|that page|the page|an error)",
        r"we (?:could|can)(?: ?not|n.t) find (?:the|that|this|what)",
        r"the server (?:encountered|is temporarily|was unable|could not|cannot|returned"
        r"|is (?:currently )?unavailable)",
        r"your client does not have permission",
        r"you (?:don.t|do not) have (?:permission|authori[sz]ation) to (?:access|view)",
        r"you are not (?:authori[sz]ed|allowed) to (?:access|view)",
        r"(?:this process is automatic|checking your browser|please (?:enable"
        r"|turn on) (?:javascript|cookies))",
        r"(?:enable javascript and cookies|verify(?:ing)? (?:that )?you are|please (?:verify"
        r"|complete the security check))",
        r"the (?:web ?site|service|site) (?:is (?:currently |temporarily )?(?:down|unavailable"
        r"|undergoing)|you are)",
        r"(?:additionally, )?an? (?:internal |unexpected |\d{3} )*error (?:has )?occurred",
        r"(?:more information about this error|please contact the (?:server|site|web) ?administrator)",
    ),
    (
        r"(?:leider |entschuldigung,? )?(?:die|diese) (?:von ihnen )?(?:angeforderte|gesuchte"
        r"|aufgerufene|gewunschte)"
        r"[snr]? (?:web)?(?:seite|url|datei|adresse)",
        r"(?:die|diese) seite,? die sie (?:suchen|gesucht|aufrufen|angefordert)",
        r"sie (?:haben keine|sind nicht) (?:berecht\w+|zugriff|befugt|autorisiert)",
        r"(?:der|auf dem) server (?:ist|hat|konnte|kann) .{0,60}(?:fehler|uberlastet|nicht)",
        r"bitte (?:warten sie|aktivieren sie javascript)",
    ),
    (
        r"(?:desole,? |nous sommes desoles,? )?(?:mais )?la page (?:que vous|demandee|a laquelle)",
        r"vous n.(?:avez|etes) pas (?:les droits|l.autorisation|la permission|autorise)",
        r"le serveur (?:a rencontre|est temporairement|n.a pas pu|ne peut)",
        r"veuillez (?:patienter|activer javascript)",
    ),
    (
        r"(?:lo sentimos,? )?(?:pero )?la pagina (?:que (?:busca|buscas|ha|has|esta|intenta)|solicitada)",
        r"(?:usted )?no (?:tiene|tienes) (?:permisos?|autorizacion)",
        r"el servidor (?:encontro|ha encontrado|no pudo|no puede|no esta)",
        r"(?:por favor,? )?(?:espere|habilite javascript|active javascript)",
    ),
    (
        r"(?:к сожалению,? |извините,? )?(?:запрашиваемая|запрошенная|такая|эта"
        r"|данная)?(?: вами)? ?страница"
        r"(?:,? котор\w+ вы)?.{0,40} (?:не |была |удалена)",
        r"у вас нет (?:прав|доступа|разрешения)",
        r"(?:сервер (?:временно|не|обнаружил|столкнулся)|на сервере произошла)",
        r"(?:пожалуиста,? )?(?:подождите|включите javascript)",
    ),
    (
        r"(?:uzgunuz,? )?(?:arad[ıi]g[ıi]n[ıi]z|istediginiz|ulasmak istediginiz"
        r"|talep ettiginiz) (?:sayfa|adres)",
        r"bu sayfaya erisim (?:yetkiniz|izniniz)",
        r"sunucu (?:gecici|bir|isteginizi|su anda)",
        r"lutfen (?:bekleyin|javascript)",
    ),
    (
        r"(?:متاسفانه |با عرض پوزش |متاسفیم )?،? ?(?:صفحه|آدرس|نشانی)(?: ای"
        r"| ی)?(?: که)? (?:مورد نظر|درخواستی|به دنبال|دنبال|درخواست)",
        r"شما (?:اجازه|مجوز|مجاز|دسترسی)",
        r"(?:سرور|سرویس دهنده) (?:با|موقتا|در حال حاضر|قادر)",
        r"لطفا (?:صبر کنید|شکیبا|جاوا ?اسکریپت)",
    ),
    (
        r"(?:عذرا|نعتذر|عفوا)?،? ?(?:الصفحة|هذه الصفحة|العنوان) (?:المطلوبة?|التي|الذي|غير)",
        r"(?:ليس لديك|لا تملك|ليست لديك) (?:إذن|صلاحية|الصلاحية|تصريح)",
        r"(?:واجه|تعذر على|لا يستطيع) الخادم",
        r"(?:يرجى|الرجاء) (?:الانتظار|تفعيل)",
    ),
)
# How servers sign what they send themselves: whole lines.
SIGNED = re.compile(
    r"(?:apache(?:/[\w.]+)?(?: \([\w /.-]+\))?(?: [\w/.-]+){0,8} server at \S+ port \d+"
    r"|(?:nginx|openresty|lighttpd|tengine|varnish cache server|microsoft-iis|iis|cloudflare"
    r"|squid)(?:/[\w.]+)?"
    r"(?: \([\w ]+\))?"
    r"|(?:cloudflare )?ray id:? .{4,80}|guru meditation:?.{0,60}|reference #[\w.]{8,}"
    r"|incapsula incident id:? .+)"
)


# What tells a missing page from a server that fails, of what was read so.
OF_MISSING = re.compile(
    r"404|410|found|exist|gone|removed|moved|deleted|looking for|gefunden|gesucht|introuvable"
    r"|trouvee|recherchez"
    r"|encontrad|encuentra|busca|наиден|существует|удален|bulunamad|mevcut|aradig|یافت|پیدا|وجود"
    r"|موجود|العثور|تبحث"
)
