"""Lead images (requirement M11): shrunk, stripped of metadata, kept by the hash of what they became."""

import hashlib
import io
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from syndicate.errors import StorageFull, Unreadable
from syndicate.model.item import Image

MAX_WIDTH = 1200
MAX_PIXELS = 40_000_000
MIN_SIDE = 16
_READ = ("JPEG", "PNG", "WEBP")
_TYPES = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png")}

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """An image as we keep it: re-encoded, so that nothing but its pixels is left."""

    data: bytes
    media_type: str
    suffix: str
    width: int
    height: int


def shrink(data: bytes) -> Shrunk:
    """At most MAX_WIDTH pixels wide, upright, as JPEG, or PNG where it was one or is transparent.

    Raises Unreadable for what is no JPEG, PNG or WebP, for bombs, and for pixels that only count readers.
    """
    try:
        with Pillow.open(io.BytesIO(data), formats=_READ) as opened:
            _check_size(opened.size)
            opened.draft("RGB", (MAX_WIDTH, MAX_WIDTH * 4))
            kept = "PNG" if opened.format == "PNG" or opened.has_transparency_data else "JPEG"
            # transpose first: the orientation lies in the metadata that goes.
            return _encoded(ImageOps.exif_transpose(opened), kept)
    except UnidentifiedImageError as error:
        raise Unreadable("it is no JPEG, PNG or WebP image") from error
    except (OSError, SyntaxError, ValueError, EOFError, Pillow.DecompressionBombError) as error:
        raise Unreadable(f"the image is damaged: {error}") from error


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise Unreadable(f"the image has {width} × {height} pixels, at most {MAX_PIXELS:,} are read")
    if min(width, height) < MIN_SIDE:
        raise Unreadable(f"the image is only {width} × {height} pixels")


def _encoded(image: Pillow.Image, kept: str) -> Shrunk:
    if kept == "PNG":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    else:
        image = image.convert("RGB")
    if image.width > MAX_WIDTH:
        height = max(1, round(image.height * MAX_WIDTH / image.width))
        image = image.resize((MAX_WIDTH, height), Pillow.Resampling.LANCZOS)
    bare = Pillow.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, kept, optimize=True, **({"quality": 82} if kept == "JPEG" else {}))
    media_type, suffix = _TYPES[kept]
    return Shrunk(
        data=out.getvalue(), media_type=media_type, suffix=suffix, width=bare.width, height=bare.height
    )


def keep(image: Image, shrunk: Shrunk, *, folder: Path) -> Image:
    """Write the file, unless its like is there, and fill in what is now known of the image."""
    name = hashlib.sha256(shrunk.data).hexdigest()[:40] + shrunk.suffix
    write_once(folder / name, shrunk.data, mode=0o644)
    return replace(
        image,
        media=name,
        media_type=shrunk.media_type,
        width=shrunk.width,
        height=shrunk.height,
        size=len(shrunk.data),
    )


def is_whole(path: Path) -> bool:
    """Whether a file of ours is there. None is written empty: such a one lost its bytes in a crash."""
    return path.is_file() and path.stat().st_size > 0


def write_once(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file whose name tells its content, atomically, and to last. Raises StorageFull."""
    if is_whole(path):
        return
    try:
        fresh = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        _stage_and_move(path, data, mode=mode)
        # A row that names the file is committed next, and must not outlive it when the machine goes down.
        for folder in (path.parent, path.parent.parent) if fresh else (path.parent,):
            _sync_folder(folder)
    except OSError as error:
        raise StorageFull(f"{path} could not be written: {error.strerror}") from error


def _stage_and_move(path: Path, data: bytes, *, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
