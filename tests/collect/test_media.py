"""Lead images are shrunk, stripped and refused where they are none."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from syndicate.collect.media import MAX_WIDTH, keep, shrink
from syndicate.errors import StorageFull, Unreadable
from syndicate.model.item import Image


def picture(size: tuple[int, int] = (60, 40), form: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    out = io.BytesIO()
    Pillow.new(mode, size, (200, 40, 40, 90)[: len(mode)]).save(out, form, **save)
    return out.getvalue()


def opened(data: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("form", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
        ("JPEG", "CMYK", "image/jpeg"),
    ],
)
def test_an_image_becomes_jpeg_or_png(form: str, mode: str, media_type: str) -> None:
    found = shrink(picture(form=form, mode=mode))
    assert (found.media_type, found.width, found.height) == (media_type, 60, 40)
    assert opened(found.data).size == (60, 40)


def test_a_wide_image_is_resized_in_proportion() -> None:
    found = shrink(picture((3000, 2000)))
    assert (found.width, found.height) == (MAX_WIDTH, 800)


def test_a_small_image_is_not_blown_up() -> None:
    assert shrink(picture((300, 200))).width == 300


def test_place_camera_and_thumbnail_are_gone_and_the_image_is_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Camera Company"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    data = picture(exif=exif)
    assert b"Secret Camera" in data
    found = shrink(data)
    assert (found.width, found.height) == (40, 60)
    assert b"Secret Camera" not in found.data
    assert not opened(found.data).getexif()


def test_texts_of_a_png_are_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "somebody private")
    found = shrink(picture(form="PNG", pnginfo=info))
    assert b"somebody" not in found.data


def a_png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (2_000_000, 21)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="pixels"):
        shrink(a_png_that_claims(*size))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not found</html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0",
        picture()[:100],
        picture(form="PNG")[:60],
        picture(form="GIF", mode="L"),
    ],
)
def test_what_is_no_image_of_ours_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        shrink(data)


def test_a_counting_pixel_is_no_lead_image() -> None:
    with pytest.raises(Unreadable, match="only 1 × 1"):
        shrink(picture((1, 1)))


def test_equal_images_are_one_file_and_its_size_is_told(tmp_path: Path) -> None:
    shrunk = shrink(picture())
    one = keep(Image(url="https://c.example/1.jpg", alt="A pier"), shrunk, folder=tmp_path / "media")
    two = keep(Image(url="https://c.example/2.jpg"), shrunk, folder=tmp_path / "media")
    (file,) = (tmp_path / "media").iterdir()
    assert one.media == two.media == file.name
    assert (one.alt, one.size, one.width) == ("A pier", file.stat().st_size, 60)
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    with pytest.raises(StorageFull, match="media"):
        keep(Image(url="x"), shrink(picture()), folder=tmp_path / "media")
