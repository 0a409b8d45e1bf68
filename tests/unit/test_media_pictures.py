import io
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from server.errors import Problem
from server.media import decoder as decoder_module
from server.media.blobs import Blobs
from server.media.decoder import Decoder
from server.media.pixels import Picture, Refusal
from server.media.verify import PRINT, SCREEN, THUMB, Pictures
from server.media.watermark import Caption, burn, caption

# What becomes of every file of the shared folder of photos: media type by content, and size as people see it.
OUTCOMES: dict[str, tuple[str, int, int]] = {
    "DSCN0010.jpg": ("image/jpeg", 640, 480),
    "DSCN0021.jpg": ("image/jpeg", 640, 480),
    "HMD_Nokia_8.3_5G.jpg": ("image/jpeg", 4608, 1976),
    "iphone_13_pro_max.HEIC": ("image/heic", 3024, 4032),
    "iphone_hdr_YES.jpg": ("image/jpeg", 3264, 2448),
    "landscape_3.jpg": ("image/jpeg", 600, 450),
    "landscape_6.jpg": ("image/jpeg", 600, 450),
    "landscape_8.jpg": ("image/jpeg", 600, 450),
    "portrait_5.jpg": ("image/jpeg", 450, 600),
    # Their pixels are whole; only their metadata is broken, which is ignored.
    "damaged/image00971.jpg": ("image/jpeg", 636, 227),
    "damaged/image01088.jpg": ("image/jpeg", 425, 120),
    "damaged/image01137.jpg": ("image/jpeg", 88, 64),
}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, reserve_bytes=0)


@pytest.fixture
def pictures(tmp_path: Path, blobs: Blobs, decoder: Decoder) -> Pictures:
    return Pictures(tmp_path, blobs, decoder)


def png(width: int, height: int, *, data: bytes = bytes(100)) -> bytes:
    """A PNG whose header says any size, however few pixels follow."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def jpeg(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, **options)
    return out.getvalue()


def grey(width: int, height: int, shade: int = 128) -> Image.Image:
    return Image.new("RGB", (width, height), (shade, shade, shade))


def corner(image: Image.Image) -> str:
    """Which corner is white in a black picture with one white corner."""
    small = image.convert("L").resize((2, 2), Image.Resampling.BOX)
    pixels: dict[str, Any] = {
        name: small.getpixel(at) for name, at in (("NW", (0, 0)), ("NE", (1, 0)), ("SW", (0, 1)), ("SE", (1, 1)))
    }
    return max(pixels, key=lambda name: pixels[name])


def test_every_shared_photo_has_its_outcome(pictures: Pictures, blobs: Blobs, shared_data: Path) -> None:
    folder = shared_data / "photos"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    assert [str(path.relative_to(folder)) for path in found] == sorted(OUTCOMES)
    for path in found:
        sha256 = blobs.put(path.read_bytes())
        mime, width, height = OUTCOMES[str(path.relative_to(folder))]
        assert pictures.verify(sha256) == Picture(mime=mime, width=width, height=height), path.name
        for edge in (THUMB, SCREEN):
            with Image.open(pictures.plain(sha256, edge)) as image:
                assert image.format == "JPEG"
                assert max(image.size) == min(edge, max(width, height))
                # Upright: within rounding of the shape people see.
                assert abs(image.width / image.height - width / height) < 0.03
                assert not image.getexif()
                assert set(image.info) <= {
                    "jfif",
                    "jfif_version",
                    "jfif_unit",
                    "jfif_density",
                    "progressive",
                    "progression",
                }


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(1, "NW"), (2, "NE"), (3, "SE"), (4, "SW"), (5, "NW"), (6, "NE"), (7, "SE"), (8, "SW")],
)
def test_each_orientation_is_turned_upright(pictures: Pictures, blobs: Blobs, orientation: int, expected: str) -> None:
    image = Image.new("RGB", (600, 400), "black")
    ImageDraw.Draw(image).rectangle((0, 0, 200, 150), fill="white")
    exif = Image.Exif()
    exif[0x0112] = orientation
    sha256 = blobs.put(jpeg(image, exif=exif))
    outcome = pictures.verify(sha256)
    assert isinstance(outcome, Picture)
    assert (outcome.width, outcome.height) == ((400, 600) if orientation >= 5 else (600, 400))
    with Image.open(pictures.plain(sha256, THUMB)) as thumb:
        assert corner(thumb) == expected


def test_bad_orientation_is_ignored(pictures: Pictures, blobs: Blobs) -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    outcome = pictures.verify(blobs.put(jpeg(grey(60, 40), exif=exif)))
    assert outcome == Picture(mime="image/jpeg", width=60, height=40)
    broken = jpeg(grey(60, 40), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    assert pictures.verify(blobs.put(broken)) == Picture(mime="image/jpeg", width=60, height=40)


def test_colour_profiles_that_cannot_be_read_are_ignored(pictures: Pictures, blobs: Blobs) -> None:
    content = jpeg(grey(60, 40), icc_profile=b"\0" * 200)
    assert isinstance(pictures.verify(blobs.put(content)), Picture)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_pixels_becomes_a_jpeg(pictures: Pictures, blobs: Blobs, mode: str) -> None:
    out = io.BytesIO()
    image = Image.new("RGBA", (64, 32), (250, 10, 10, 128)).convert("RGB" if mode == "CMYK" else "RGBA")
    image = image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode)
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    sha256 = blobs.put(out.getvalue())
    assert isinstance(pictures.verify(sha256), Picture)
    with Image.open(pictures.plain(sha256, THUMB)) as thumb:
        assert (thumb.mode, thumb.size) == ("RGB", (64, 32))


def refused(pictures: Pictures, blobs: Blobs, content: bytes) -> str:
    outcome = pictures.verify(blobs.put(content))
    assert isinstance(outcome, Refusal)
    return outcome.reason


def test_a_bomb_is_refused_before_a_pixel_is_decoded(pictures: Pictures, blobs: Blobs) -> None:
    assert refused(pictures, blobs, png(30_000, 30_000)) == "too_many_pixels"
    assert refused(pictures, blobs, png(9_000, 9_000)) == "too_many_pixels"
    assert refused(pictures, blobs, png(40_000, 10)) == "too_many_pixels"


def test_a_truncated_photo_is_refused_and_leaves_no_thumbnail(
    pictures: Pictures, blobs: Blobs, shared_data: Path, tmp_path: Path
) -> None:
    for name in ("HMD_Nokia_8.3_5G.jpg", "iphone_13_pro_max.HEIC"):
        content = (shared_data / "photos" / name).read_bytes()
        for part in (600, len(content) // 2, len(content) - 500):
            assert refused(pictures, blobs, content[:part]) == "truncated", (name, part)
    assert not [path for path in (tmp_path / "derived").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_an_image"),
        (b"<html><script>alert(1)</script></html>", "not_an_image"),
        (b"=cmd|' /C calc'!A0", "not_an_image"),
        (b"%PDF-1.7\n%%EOF", "not_an_image"),
        (b"GIF89a\1\0\1\0\0\0\0;", "format"),
        (b"II*\0\x08\0\0\0\0\0\0\0", "format"),
        (b"\xff\xd8\xff" + bytes(5000), "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(
    pictures: Pictures, blobs: Blobs, content: bytes, reason: str
) -> None:
    assert refused(pictures, blobs, content) == reason


def test_pixels_that_cannot_be_decoded_are_refused(pictures: Pictures, blobs: Blobs, shared_data: Path) -> None:
    content = bytearray((shared_data / "photos" / "HMD_Nokia_8.3_5G.jpg").read_bytes())
    content[20_000::97] = bytes(byte ^ 0x5A for byte in content[20_000::97])
    assert refused(pictures, blobs, bytes(content)) == "damaged"


def test_a_refused_photo_says_so_when_it_is_asked_for(pictures: Pictures, blobs: Blobs) -> None:
    sha256 = blobs.put(b"no picture")
    with pytest.raises(Problem, match="photo_refused"):
        pictures.plain(sha256, THUMB)
    with pytest.raises(Problem, match="blob_unknown"):
        pictures.verify("0" * 64)


def test_derivatives_can_be_thrown_away(pictures: Pictures, blobs: Blobs, tmp_path: Path) -> None:
    sha256 = blobs.put(jpeg(grey(2000, 1000)))
    first = pictures.marked(sha256, PRINT, Caption(clock="14:32")).read_bytes()
    shutil.rmtree(tmp_path / "derived")
    assert pictures.marked(sha256, PRINT, Caption(clock="14:32")).read_bytes() == first


def test_a_decoder_that_dies_or_hangs_refuses_the_photo_and_is_replaced(
    tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = blobs.path(blobs.put(jpeg(grey(60, 40))))
    popen = decoder_module.subprocess.Popen
    scripts = ["import sys; sys.stdin.readline()", "import sys, threading; threading.Event().wait()"]

    def broken(command: list[str], **options: Any) -> Any:
        return popen([sys.executable, "-c", scripts.pop()] if scripts else command, **options)

    monkeypatch.setattr(decoder_module.subprocess, "Popen", broken)
    decoder = Decoder(timeout_s=2.0)
    try:
        for _ in range(2):
            outcome = decoder.derive(source, [])
            assert isinstance(outcome, Refusal)
            assert outcome.reason == "decoder"
        assert decoder.derive(source, []) == Picture(mime="image/jpeg", width=60, height=40)
    finally:
        decoder.close()


def test_a_disk_that_cannot_take_the_thumbnail_is_not_the_photos_fault(
    decoder: Decoder, blobs: Blobs, tmp_path: Path
) -> None:
    source = blobs.path(blobs.put(jpeg(grey(60, 40))))
    with pytest.raises(OSError, match="No such file"):
        decoder.derive(source, [(THUMB, tmp_path / "nowhere" / "320.jpg")])


# --- watermark -------------------------------------------------------------------------------------------------------

WORDS = caption(
    at=1_763_735_520_000,
    tz="Asia/Shanghai",
    place="市交警支队 / 01号楼 / 0210",
    code="D010210-009",
    engineer="张敏",
    lang="zh",
)


def test_a_caption_tells_time_in_the_zone_of_the_site() -> None:
    assert (WORDS.clock, WORDS.date) == ("22:32", "2025-11-21 星期五")
    assert WORDS.engineer == "工程师 张敏"
    english = caption(at=1_763_735_520_000, tz="Europe/London", place="", code="", engineer="Ann", lang="en")
    assert (english.clock, english.date, english.engineer) == ("14:32", "2025-11-21 Fri", "Engineer: Ann")
    assert caption(at=0, tz="No/Where", place="", code="", engineer="", lang="en").clock == "00:00"
    assert caption(at=None, tz="UTC", place="", code="X", engineer="", lang="zh") == Caption(code="X")
    assert caption(at=9_007_199_254_740_991, tz="UTC", place="", code="", engineer="", lang="zh") == Caption()


@pytest.mark.parametrize("shade", [0, 60, 128, 200, 255])
@pytest.mark.parametrize("edge", [THUMB, PRINT, SCREEN])
def test_a_watermark_is_readable_on_light_and_dark_pictures(shade: int, edge: int) -> None:
    """WCAG contrast of the text to the plate behind it is at least 4.5 on every shade."""
    marked = burn(grey(edge, edge * 3 // 4, shade), WORDS).convert("L")
    plain = grey(edge, edge * 3 // 4, shade).convert("L")
    changed = Image.composite(Image.new("L", marked.size, 255), Image.new("L", marked.size), marked)
    assert changed.getbbox()
    left, bottom = max(4, edge // 60), marked.height - max(4, edge // 60)
    strip = marked.crop((0, bottom - marked.height // 4, marked.width // 2, bottom))
    histogram = strip.histogram()
    ink = max(value for value in range(256) if histogram[value] > 20)
    plate = strip.getpixel((left + 8, strip.height // 2))
    assert isinstance(plate, int)

    def luminance(value: float) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    lighter, darker = sorted((luminance(ink), luminance(plate)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert marked.getpixel((marked.width - 1, 0)) == plain.getpixel((0, 0))


def test_each_text_shows_in_the_watermark() -> None:
    base = grey(1600, 1200)
    seen = [burn(base, WORDS).tobytes()]
    for change in (
        {"clock": "22:33"},
        {"date": "2025-11-22"},
        {"code": "D010210-010"},
        {"place": "别处"},
        {"engineer": "李"},
    ):
        other = Caption(**{**{f: getattr(WORDS, f) for f in WORDS.__struct_fields__}, **change})
        assert other.key() != WORDS.key()
        seen.append(burn(base, other).tobytes())
    assert len(set(seen)) == len(seen)


def test_a_watermark_never_alters_evidence_or_plain_pictures(pictures: Pictures, blobs: Blobs) -> None:
    content = jpeg(grey(2048, 1536, 200))
    sha256 = blobs.put(content)
    before = pictures.plain(sha256, SCREEN).read_bytes()
    marked = pictures.marked(sha256, SCREEN, WORDS)
    assert marked.read_bytes() != before
    assert pictures.plain(sha256, SCREEN).read_bytes() == before
    assert blobs.read(sha256) == content
    assert pictures.marked(sha256, SCREEN, WORDS) == marked


def test_very_long_odd_and_hostile_texts_fit(pictures: Pictures, blobs: Blobs) -> None:
    sha256 = blobs.put(jpeg(grey(300, 900)))
    words = Caption(
        clock="14:32",
        date="2025-11-21",
        code="W" * 200,
        place="长" * 10_000 + "<script>\n\0‮😀𬭸",
        engineer="=HYPERLINK(1)" * 50,
    )
    for edge in (THUMB, PRINT, SCREEN):
        with Image.open(pictures.marked(sha256, edge, words)) as image:
            assert image.size == (min(300, edge * 300 // 900 + 1), min(900, edge)) or max(image.size) == min(900, edge)
    assert burn(grey(20, 20), WORDS).size == (20, 20)
