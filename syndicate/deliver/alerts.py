"""Alerts: mails to the operator about what nobody else can mend. They go through the outbox."""

from typing import Any

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import keyed_hash
from syndicate.deliver.sending import Sending
from syndicate.errors import BadAddress
from syndicate.model import links
from syndicate.model.delivery import NoticeKind, NoticeMail
from syndicate.model.job import Job
from syndicate.store import messages
from syndicate.store.batches import Progress

# Commands and logs speak English, and the reason is quoted from them.
LANGUAGE = "en"


def add_pause_alert(conn: Any, sending: Sending, progress: Progress, *, reason: str) -> bool:
    """Tell site.contact that an issue is paused for a fault of ours, once for each reason.

    False when it has been told, and when there is nobody to tell: the contact is no address, or the
    newsletter in whose name we would write is gone.
    """
    site, newsletter = sending.catalogue.site, sending.catalogue.newsletters.get(progress.newsletter)
    try:
        address = read_address(site.contact).written
    except BadAddress:
        return False
    if newsletter is None:
        return False
    name = f"{progress.newsletter}/{progress.number}"
    mail = NoticeMail(
        kind=NoticeKind.ALERT,
        dedupe_key=f"alert:{progress.id}:{keyed_hash(sending.keyring, 'pause', reason)}",
        address=address,
        newsletter=newsletter.name,
        language=LANGUAGE,
        data={
            "matter": f"issue {progress.number} of {newsletter.title} is paused",
            "what": f"Nothing more of it is sent. The reason: {reason}",
            "remedy": f"mend that, then run: syndicate issue resume {name}",
            "url": links.absolute(site.base_url, links.issue_path(newsletter.name, progress.number)),
        },
        created=sending.now(),
    )
    added = messages.add_message(conn, mail)
    if added:
        sending.enqueue(conn, Job(name="outbox.send", key="outbox.send"))
    return added
