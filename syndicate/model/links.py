"""The paths of our own pages, so that feeds, mails, pages and routes agree on them."""

from urllib.parse import quote

from syndicate.model.feed import Format


def absolute(base_url: str, path: str) -> str:
    """Join a path of ours to the site's base URL."""
    return base_url.rstrip("/") + path


def feed_path(name: str, form: Format) -> str:
    """A feed's file, `/feeds/NAME.rss` and so on."""
    return f"/feeds/{quote(name)}.{form.value}"


def archive_path(name: str, number: int, form: Format) -> str:
    """An archive document of a feed, counted from 1, the oldest: `/feeds/NAME/3.rss`."""
    return f"/feeds/{quote(name)}/{number}.{form.value}"


def partner_path(partner: str, feed: str, form: Format) -> str:
    """A feed as a partner gets it, `/partners/NAME/FEED.rss`; it holds no token."""
    return f"/partners/{quote(partner)}/{quote(feed)}.{form.value}"


def item_path(item_id: str) -> str:
    """An item's page."""
    return f"/items/{item_id}"


def issue_path(newsletter: str, number: int) -> str:
    """An issue's web copy."""
    return f"/newsletters/{quote(newsletter)}/{number}"


def newsletter_path(newsletter: str) -> str:
    """A newsletter's page: what it is, its issues, the sign-up."""
    return f"/newsletters/{quote(newsletter)}"


def media_path(name: str) -> str:
    """A file of the media store."""
    return f"/media/{quote(name)}"


def confirm_path(token: str) -> str:
    """The link in a confirmation mail."""
    return f"/confirm/{token}"


def unsubscribe_path(token: str) -> str:
    """The one-click target of RFC 8058, and the page with the button."""
    return f"/unsubscribe/{token}"


def preferences_path(token: str) -> str:
    """One subscriber's newsletters."""
    return f"/preferences/{token}"
