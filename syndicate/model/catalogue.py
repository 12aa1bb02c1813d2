"""The named things of one publisher, as use cases get them instead of the whole configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syndicate.model.feed import Feed
from syndicate.model.hosts import bare_host, host_of
from syndicate.model.hub import HUB_PATH, Hub
from syndicate.model.item import Provenance
from syndicate.model.links import absolute
from syndicate.model.newsletter import Newsletter
from syndicate.model.partner import Partner
from syndicate.model.site import Site
from syndicate.model.source import Archived, OldSite, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The site and what it names; every mapping is keyed by the thing's own name."""

    site: Site = field(default_factory=Site)
    hub: Hub = field(default_factory=Hub)
    old_sites: Mapping[str, OldSite] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    # Those that are published elsewhere by now.
    moved: Mapping[str, Feed] = field(default_factory=dict)
    newsletters: Mapping[str, Newsletter] = field(default_factory=dict)
    partners: Mapping[str, Partner] = field(default_factory=dict)

    # Whether published files are uploaded to storage too.
    uploads: bool = False
    # Whether a cache is told what changed.
    purges: bool = False

    @property
    def hub_url(self) -> str:
        """The hub that our feeds advertise (W3C WebSub, section 4); empty where there is none."""
        if self.hub.is_own:
            return absolute(self.site.base_url, HUB_PATH)
        return self.hub.url if self.hub.is_outside else ""

    def is_archived(self, origin: Provenance, *, stated: bool) -> bool:
        """Whether what comes from there carries the archive notice (requirement N2).

        The source's setting decides; where it leaves that to the pages, what one of them `stated` when it
        was collected, or an old site's host.
        """
        source = self.sources.get(origin.source)
        if source is not None and source.archived is not Archived.AUTO:
            return source.archived is Archived.YES
        return stated or self.old_site_at(origin.original_url) is not None

    def old_site_at(self, url: str) -> OldSite | None:
        """The old site on whose hosts the URL stands."""
        host = host_of(url)
        named = (site for site in self.old_sites.values() if host in map(bare_host, site.hosts))
        return next(named, None) if host else None
