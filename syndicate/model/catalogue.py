"""The named things of one publisher, as use cases get them instead of the whole configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syndicate.model.feed import Feed
from syndicate.model.newsletter import Newsletter
from syndicate.model.site import Site
from syndicate.model.source import OldSite, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The site and what it names; every mapping is keyed by the thing's own name."""

    site: Site = field(default_factory=Site)
    old_sites: Mapping[str, OldSite] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    newsletters: Mapping[str, Newsletter] = field(default_factory=dict)
