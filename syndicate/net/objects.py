"""Objects in S3-compatible storage; obstore signs, connects and retries.

Its connections are its own: the address guard (requirement C3) looks at the endpoint before they are made,
not at the address that is dialled in the end.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from syndicate.errors import UploadFailed, UploadRefused
from syndicate.model.site import StorageSettings
from syndicate.net.guard import Guard, refusal

T = TypeVar("T")

EXTRA = (
    "uploads need the extra s3; install it: pip install 'syndicate[s3]' (in a checkout: uv sync --extra s3)"
)
CODE = re.compile(r"<Code>(\w+)</Code>")
# One object, tried again and again; the job itself comes back later still.
RETRIES = 4
PATIENCE = timedelta(seconds=60)
CONNECTING = timedelta(seconds=10)
# What S3 takes in one request.
MOST_DELETED = 1000

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as it stands in the storage; `tag` is its entity tag there."""

    data: bytes
    tag: str
    modified: datetime


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class ObjectStorage:
    """One bucket below one prefix. Raises UploadRefused where the library is not installed.

    `patience` is how long one request may take, tries and all.
    """

    def __init__(
        self,
        settings: StorageSettings,
        *,
        allow_hosts: Sequence[str] = (),
        resolver: Resolve = resolve,
        patience: timedelta = PATIENCE,
    ) -> None:
        place = urlsplit(settings.url)
        self.bucket, self.prefix = place.netloc, place.path.strip("/")
        self.endpoint = settings.endpoint or f"https://s3.{settings.region}.amazonaws.com"
        self._guard, self._resolve = Guard(allow_hosts), resolver
        self._obstore, self._store = _opened(settings, self, patience)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix} at {self.endpoint}".replace("/ at", " at")

    async def admit(self) -> None:
        """Look at the endpoint's addresses. Raises UploadRefused for one that is not public, UploadFailed."""
        parts = urlsplit(self.endpoint)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if self._guard.excepts(host, port):
            return
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise UploadFailed(
                f"{self.endpoint}: {host} has no address: {error.strerror or error}"
            ) from error
        for address in addresses:
            if why := refusal(address):
                raise UploadRefused(
                    f"{self.endpoint}: {why}; if it is yours, name it in fetch.allow_hosts: "
                    f'"{parts.netloc.rpartition("@")[2]}"'
                )

    async def put(self, name: str, data: bytes, *, headers: Mapping[str, str]) -> None:
        """Replace an object; it is visible whole or not at all. Raises UploadFailed, UploadRefused."""
        await self._try(self._obstore.put_async(self._store, name, data, attributes=dict(headers)))

    async def get(self, name: str, *, known: Found | None = None) -> Found | None:
        """An object, `known` itself while that still stands there, None where there is none.

        Raises UploadFailed, UploadRefused.
        """
        return await self._try(self._get(name, known), what="read")

    async def _get(self, name: str, known: Found | None) -> Found | None:
        asked = {"if_none_match": known.tag} if known and known.tag else None
        try:
            answer = await self._obstore.get_async(self._store, name, options=asked)
            data = bytes(await answer.bytes_async())
        except self._obstore.exceptions.NotModifiedError:
            return known
        except FileNotFoundError:
            return None
        meta = answer.meta
        return Found(data=data, tag=meta["e_tag"] or "", modified=meta["last_modified"])

    async def list(self, folder: str) -> set[str]:
        """The names of the objects in a folder, `media/ferry.png`. Raises UploadFailed, UploadRefused."""
        return await self._try(self._list(folder), what="list what is")

    async def _list(self, folder: str) -> set[str]:
        found: set[str] = set()
        async for some in self._obstore.list(self._store, prefix=folder):
            found.update(one["path"] for one in some)
        return found

    async def delete(self, names: Sequence[str]) -> None:
        """Take objects away; those that are not there are no fault. Raises UploadFailed, UploadRefused."""
        for at in range(0, len(names), MOST_DELETED):
            await self._try(self._obstore.delete_async(self._store, list(names[at : at + MOST_DELETED])))

    async def _try(self, doing: Awaitable[T], *, what: str = "write") -> T:
        try:
            return await doing
        except FileNotFoundError as error:
            raise UploadRefused(
                f"{self}: there is no bucket {self.bucket!r}; make it, or correct storage.url"
            ) from error
        except self._refusals() as error:
            said = CODE.search(str(error))
            why = f" ({said[1]})" if said else ""
            raise UploadRefused(
                f"{self}: we may not {what} there{why}; see to storage.access_key_id, "
                f"storage.secret_access_key and what the key is allowed to do"
            ) from error
        except self._obstore.exceptions.BaseError as error:
            # How often it tried, and the following lines, are for those who mend the library.
            why = str(error).splitlines()[0].rpartition(" - ")[2].strip()
            raise UploadFailed(
                f"{self}: no answer that would do ({why}); see whether it runs, and whether "
                f"storage.endpoint is right"
            ) from error

    def _refusals(self) -> tuple[type[Exception], ...]:
        known = self._obstore.exceptions
        return known.PermissionDeniedError, known.UnauthenticatedError


def _opened(settings: StorageSettings, place: ObjectStorage, patience: timedelta) -> tuple[Any, Any]:
    try:
        import obstore
        from obstore.store import S3Store
    except ImportError as error:
        raise UploadRefused(EXTRA) from error
    keys: dict[str, Any] = {
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key,
    }
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        # The environment's AWS_ENDPOINT_URL_S3 would lead past the guard.
        endpoint=place.endpoint,
        aws_endpoint_url_s3=place.endpoint,
        region=settings.region,
        client_options={
            "timeout": patience,
            "connect_timeout": min(patience, CONNECTING),
            "allow_http": place.endpoint.startswith("http://"),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": patience},
        **(keys if settings.access_key_id else {}),
    )
    return obstore, store
