"""What `syndicate check` says of published files, on disk or in the storage, and of the cache in front."""

from collections.abc import AsyncIterator

from syndicate.app import App
from syndicate.cli.findings import Finding
from syndicate.errors import SyndicateError
from syndicate.publish.purging import try_cache
from syndicate.publish.uploading import try_storage
from syndicate.web.serving import shelf_of


async def look_at_files(app: App) -> AsyncIterator[Finding]:
    """Feeds, storage and cache, as far as they are configured."""
    serves = app.config.settings.storage.serves
    for name in app.catalogue.feeds:
        yield await _shelved(app, name) if serves else _filed(app, name)
    if app.catalogue.uploads:
        yield await _storage(app)
    if app.catalogue.purges:
        yield await _cache(app)


def _filed(app: App, name: str) -> Finding:
    there = (app.paths.public / "feeds" / f"{name}.rss").is_file()
    return Finding(what=f"feed {name}", told="published" if there else "not published yet: syndicate publish")


async def _shelved(app: App, name: str) -> Finding:
    try:
        shelf = shelf_of(app)
        found = await shelf.read(f"feeds/{name}.rss") if shelf else None
    except SyndicateError as error:
        return Finding(what=f"feed {name}", told=str(error), remedy="the web answers 503: see [storage]")
    there = "in the storage" if found else "not in the storage yet: syndicate publish --upload"
    return Finding(what=f"feed {name}", told=there)


async def _storage(app: App) -> Finding:
    try:
        return Finding(what="storage", told=await try_storage(app.uploading))
    except SyndicateError as error:
        remedy = "see [storage] in the configuration; feeds are published here all the same"
        return Finding(what="storage", told=str(error), remedy=remedy)


async def _cache(app: App) -> Finding:
    try:
        await try_cache(app.purging)
    except SyndicateError as error:
        remedy = "see [purge] in the configuration; until then readers wait for a feed's ttl"
        return Finding(what="cache", told=str(error), remedy=remedy)
    return Finding(what="cache", told=f"{app.config.settings.purge.url} lets us purge")
