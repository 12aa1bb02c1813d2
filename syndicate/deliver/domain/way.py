"""Tries the way to a relay once; nothing is sent."""

import ssl
from datetime import UTC, datetime

from syndicate.deliver.domain.transport import WayFacts
from syndicate.deliver.smtp import show_way
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Relay


async def look_at_way(relay: Relay) -> WayFacts:
    """What the connection showed, or why there was none."""
    try:
        offers_starttls, until = await show_way(relay)
    except SenderFault as error:
        return WayFacts(refused=str(error))
    except RelayUnavailable as error:
        return WayFacts(failed=str(error))
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if until else None
    return WayFacts(expires=expires, offers_starttls=offers_starttls)
