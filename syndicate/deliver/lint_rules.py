"""The rules for messages, M1 to M12: ours keep all of them, anyone's the common ones."""

from syndicate.formats.lint import Severity
from syndicate.formats.lint.finding import Rule

ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT
RFC = "https://www.rfc-editor.org/rfc/rfc"

MAIL_RULES = {
    rule.name: rule
    for rule in (
        Rule(
            name="M1",
            severity=ERROR,
            spec=f"{RFC}5322#section-3.6",
            demands="One each of From, To, Subject, Date, Message-ID, MIME-Version; in From and To one "
            "mailbox.",
            mend="Write each field once. A mail to many goes to each of them apart.",
            why="Large providers refuse mail without them, and show no To of many.",
        ),
        Rule(
            name="M2",
            severity=HINT,
            spec=f"{RFC}5322#section-3.6.4",
            demands="The Message-ID is a keyed hash at From's domain.",
            mend="Make it of what stays equal on a retry, so that the receiver can see doubles.",
            why="A bounce that quotes it leads back to the delivery.",
        ),
        Rule(
            name="M3",
            severity=WARNING,
            spec=f"{RFC}5322#section-2.1.1",
            demands="CRLF alone, ASCII alone, header lines of 78 octets and body lines of 900 at most.",
            mend="Encode texts as quoted-printable or base64; fold long fields.",
            why="A relay that wraps a line breaks the signature.",
        ),
        Rule(
            name="M4",
            severity=WARNING,
            spec=f"{RFC}8058#section-3.1",
            demands="List-Unsubscribe has an https address without the reader's; List-Unsubscribe-Post says "
            "One-Click.",
            mend="List-Unsubscribe: <https://…/opaque>, and List-Unsubscribe-Post: List-Unsubscribe="
            "One-Click.",
            why="Gmail and Yahoo demand it of whoever writes to many.",
        ),
        Rule(
            name="M5",
            severity=WARNING,
            spec=f"{RFC}6376#section-5.4",
            demands="DKIM by rsa-sha256, aligned with From, over all fields that count, without l=.",
            mend="Sign as From's domain; name From, To, Subject, Date, Message-ID and the list's fields in "
            "h=.",
            why="What is not signed can be changed on the way.",
        ),
        Rule(
            name="M6",
            severity=HINT,
            spec=f"{RFC}2919#section-3",
            demands="An issue has List-Id, List-Archive, Archived-At, Feedback-ID and Precedence: bulk, each "
            "once; a notice mail has none of them, and Auto-Submitted: auto-generated.",
            mend="Add the field, or take it out.",
            why="Mail programs sort by them, and answering machines keep still.",
        ),
        Rule(
            name="M7",
            severity=HINT,
            spec=f"{RFC}7489#section-3.1.2",
            demands="The envelope sender's domain is From's, or lies below it.",
            mend="Let bounces go to an address below your own domain.",
            why="SPF counts for DMARC only so.",
        ),
        Rule(
            name="M8",
            severity=HINT,
            spec=f"{RFC}2046#section-5.1.4",
            demands="Text and HTML as alternatives, with the same links, the archive notice and the "
            "ways out.",
            mend="Make both parts of one text.",
            why="Some read the one, some the other.",
        ),
        Rule(
            name="M9",
            severity=HINT,
            spec="https://github.com/hteumeuleu/email-bugs/issues/41",
            demands="At most 90 kB of HTML, 100 kB encoded.",
            mend="Shorten the teasers, and link to the web copy.",
            why="Gmail clips a message near 102 kB, and with it the link to unsubscribe.",
        ),
        Rule(
            name="M10",
            severity=HINT,
            spec=f"{RFC}2045#section-6",
            demands="Quoted-printable for mostly Latin text, base64 for other.",
            mend="Choose what is shorter.",
            why="Persian in quoted-printable is twice as long.",
        ),
        Rule(
            name="M11",
            severity=HINT,
            spec="https://www.caniemail.com/",
            demands="No script, form, frame, remote style, data: address or tracking pixel; images of "
            "one's own "
            "site, with width, height and alt; links absolute, one's own by https.",
            mend="Leave it out; put pictures on your own host.",
            why="Mail programs take it out, and filters take it for spam.",
        ),
        Rule(
            name="M12",
            severity=HINT,
            spec="https://www.w3.org/TR/WCAG21/#contrast-minimum",
            demands="lang and dir on the wrapper and on every cell, left and right instead of start and end, "
            "role=presentation on tables, enough contrast.",
            mend="Add the attributes; choose a darker ink.",
            why="Gmail drops <body>; screen readers and right-to-left readers need the rest.",
        ),
    )
}
