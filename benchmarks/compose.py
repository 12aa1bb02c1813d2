"""From a recipient to a letter of 20 KB, in CPU time: against Python's email package, in the same run."""

import itertools
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.row import Row, Skipped
from syndicate.audience.tokens import Keyring
from syndicate.deliver.dkim import Signer
from syndicate.deliver.letters import Letters
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import Recipient
from syndicate.model.newsletter import Issue
from syndicate.model.site import Site
from syndicate.model.slots import slots
from syndicate.templating import Templates
from tests.builders import a_newsletter, an_issue

ROUNDS = 5
LETTERS = 4_000
SIZE = 20_000
SITE = Site(name="Harbour Courier", base_url="https://news.courier.example")
NEWSLETTER = a_newsletter()
ENGLISH = "The ferry sailed at dawn, and it carried forty passengers to the northern islands. "
PERSIAN = "کشتی سپیده‌دم راهی جزیره‌های شمالی شد و چهل مسافر داشت. "
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = "0123456789abcdef" * 2

Compose = Callable[[Recipient], object]


def measure() -> list[Row | Skipped]:
    """Unsigned, with a name in encoded words, Persian in base64, and signed with RSA-2048."""
    english, persian = an_issue_of(ENGLISH, SIZE), an_issue_of(PERSIAN, SIZE * 3 // 4)
    signer = Signer(domain="courier.example", selector="s1", key=RSA)
    return [
        _row("a letter of 20 KB, unsigned", _ours(english), _by_python(english), to="Mina Vale"),
        _row("the same, its name in Persian", _ours(english), _by_python(english), to="مینا ویل"),
        _row("a letter in Persian (base64)", _ours(persian), _by_python(persian), to="مینا ویل"),
        _row(
            "a letter signed with RSA-2048",
            _ours(english, signer),
            _signature,
            to="Mina Vale",
            against="the signature alone",
        ),
    ]


def an_issue_of(words: str, size: int) -> Issue:
    """An issue whose two parts have so many octets together, with the slots that the shipped one has."""
    own = slots(KEY)
    count = size // len((words * 5).encode())
    foot = f"For {own['address']}.\n{own['preferences_url']}\n{own['unsubscribe_url']}\n"
    text = (words * 2 + "\n") * (count * 5 // 8) + foot
    links = f'<a href="{own["preferences_url"]}">…</a> <a href="{own["unsubscribe_url"]}">…</a>'
    html = f"<p>{words * 4}</p>\n" * (count * 15 // 16) + f"<p>For {own['address']}. {links}</p>\n"
    return an_issue(text=text, html=html, slot_key=KEY)


def _row(name: str, ours: Compose, theirs: Compose, *, to: str, against: str = "email package") -> Row:
    mine = [_cost(ours, LETTERS, name=to) for _ in range(ROUNDS)]
    other = [_cost(theirs, LETTERS // 40, name=to) for _ in range(ROUNDS)]
    return Row(
        name=name,
        ours=statistics.median(mine),
        reference=statistics.median(other),
        unit="µs of CPU a letter",
        against=against,
        digits=1,
    )


def _cost(compose: Compose, count: int, *, name: str) -> float:
    recipients = [
        Recipient(subscriber_id=number, address=f"reader{number}@readers.example", name=name)
        for number in range(1, 101)
    ]
    begun = time.process_time()
    for recipient in itertools.islice(itertools.cycle(recipients), count):
        compose(recipient)
    return (time.process_time() - begun) / count * 1e6


def _ours(issue: Issue, *signers: Signer) -> Compose:
    letters = Letters(
        catalogue=Catalogue(site=SITE, newsletters={NEWSLETTER.name: NEWSLETTER}),
        keyring=Keyring(current=b"k" * 32),
        templates=Templates(),
        now=lambda: datetime.now(UTC),
        signers=signers,
    )
    return letters.issue(issue)


def _by_python(issue: Issue) -> Compose:
    def compose(recipient: Recipient) -> bytes:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(NEWSLETTER.sender.name, addr_spec=NEWSLETTER.sender.address)
        message["To"] = Address(recipient.name, addr_spec=recipient.address)
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{recipient.subscriber_id}@courier.example>"
        message["Subject"] = issue.subject
        message["List-Unsubscribe"] = f"<https://courier.example/unsubscribe/{recipient.subscriber_id}>"
        message.set_content(issue.text)
        message.add_alternative(issue.html, subtype="html")
        return message.as_bytes()

    return compose


def _signature(recipient: Recipient) -> bytes:
    return RSA.sign(recipient.address.encode() * 30, padding.PKCS1v15(), SHA256())
