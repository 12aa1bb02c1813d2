"""Where things lie on the disk."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where everything we write lives, below `data`; published files below `shared` where there is such a
    folder, which several machines may have in common.
    """

    data: Path
    shared: Path | None = None

    @property
    def published(self) -> Path:
        """The folder of what is published, and of what that is made with."""
        return self.shared or self.data

    @property
    def key(self) -> Path:
        """The token keys; private."""
        return self.data / "secret.key"

    @property
    def public(self) -> Path:
        """What nginx may serve."""
        return self.published / "public"

    @property
    def partners(self) -> Path:
        """What partners get; private."""
        return self.published / "partners"

    @property
    def mailbox(self) -> Path:
        """The local mailbox, one file per mail."""
        return self.data / "mailbox"

    @property
    def media(self) -> Path:
        """Lead images."""
        return self.published / "media"

    @property
    def raw(self) -> Path:
        """Pages as they were collected."""
        return self.data / "raw"

    @property
    def uploads(self) -> Path:
        """What stands in the storage that published files are uploaded to."""
        return self.published / "uploads.json"

    @property
    def journal(self) -> Path:
        """What senders note between two commits."""
        return self.data / "journal"

    @property
    def archive(self) -> Path:
        """What became of whom in issues of long ago; private."""
        return self.data / "archive"

    @property
    def bounces(self) -> Path:
        """Mails that came back; private."""
        return self.data / "bounces"
