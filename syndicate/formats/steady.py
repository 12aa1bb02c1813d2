"""Files that may be damaged, inside a ZIP too: they are read as far as they go, and raise nothing."""

import lzma
import zipfile
import zlib
from io import BufferedIOBase
from typing import IO, cast

# Damage shows when bytes are unpacked, or when their end was reached: less is lost with small steps.
STEP = 4_096
_DAMAGE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class SteadyFile:
    """A file, or one inside a ZIP, that ends where it cannot be read on; `fault` says why it did."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = cast(BufferedIOBase, file)
        self.fault = ""

    def seek(self, offset: int) -> None:
        """Go to that byte."""
        self.fault = ""
        try:
            self._file.seek(offset)
        except _DAMAGE as error:
            self.fault = f"it cannot be read: {error}"

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end alone."""
        parts: list[bytes] = []
        try:
            while size > 0 and not self.fault and (part := self._file.read1(min(size, STEP))):
                parts.append(part)
                size -= len(part)
        except _DAMAGE as error:
            self.fault = f"it cannot be read on: {error}"
        return b"".join(parts)

    def close(self) -> None:
        """Let go of it."""
        self._file.close()
