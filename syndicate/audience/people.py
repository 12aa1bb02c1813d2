"""What every use case about people works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from syndicate.audience.tokens import Keyring
from syndicate.errors import NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.model.newsletter import Newsletter
from syndicate.model.site import WebSettings
from syndicate.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Database, named things, keys and clock. `limits` caps sign-ups; `enqueue` makes the outbox due."""

    db: Database
    catalogue: Catalogue
    keyring: Keyring
    now: Callable[[], datetime]
    limits: WebSettings = field(default_factory=WebSettings)
    enqueue: Enqueue = nobody_waits

    def newsletter(self, name: str) -> Newsletter:
        """The newsletter of this name. Raises NotFound, naming those that exist."""
        found = self.catalogue.newsletters.get(name)
        if found is None:
            known = ", ".join(sorted(self.catalogue.newsletters)) or "none"
            raise NotFound(f"there is no newsletter {name!r}; there are: {known}")
        return found
