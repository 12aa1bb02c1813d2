"""`syndicate item`."""

import click

from syndicate.app import App
from syndicate.cli.main import DONE, Group, Options
from syndicate.cli.session import answer, moment, run_app
from syndicate.errors import NotFound
from syndicate.model.item import Timestamp
from syndicate.publish.pages import ItemPage, item_page


@click.group(cls=Group)
def item() -> None:
    """Items, as they are stored.

    \b
    Example:
      syndicate item show 6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11
    """


@item.command()
@click.argument("item_id")
@click.pass_obj
def show(options: Options, item_id: str) -> int:
    """Show one item by the id that feeds and pages give it, with or without urn:uuid:."""

    async def work(app: App) -> tuple[ItemPage, str]:
        found = await item_page(app.db, app.catalogue, item_id.removeprefix("urn:uuid:"))
        if found is None:
            raise NotFound(f"there is no item {item_id}; the id is the last part of its page's address")
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone))
    return DONE


def _tell(page: ItemPage, zone: str) -> None:
    entry = page.entry
    lines = {
        "headline": entry.title,
        "state": "withdrawn" if page.withdrawn else "live",
        "kind": entry.kind,
        "by": ", ".join(entry.authors),
        "credit": entry.credit,
        "published": _stated(entry.published, zone),
        "captured": moment(entry.captured, zone),
        "section": entry.section,
        "language": entry.language,
        "source": entry.source_title,
        "original": entry.original_url,
        "page": entry.page_url,
        "licence": entry.licence,
        "notice": entry.notice.text if entry.notice else "",
    }
    for name, value in lines.items():
        if value:
            click.echo(f"{name + ':':<11}{value}")
    click.echo()
    click.echo(entry.summary)


def _stated(at: Timestamp | None, zone: str) -> str:
    return moment(at.instant, zone, day_only=at.day_only) if at else ""
