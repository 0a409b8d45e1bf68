"""Picture bytes → pixels → smaller JPEGs. Pure: no store, no network; runs in the decoder's process (`decoder.py`).

Nothing of the source but its pixels reaches a derivative: EXIF, XMP, comments and thumbnails are left behind.
"""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import pillow_heif
from PIL import Image, ImageCms

# Without the thumbnails inside the file: what people see must come from the pixels that are the evidence.
pillow_heif.register_heif_opener(thumbnails=False)  # pyright: ignore[reportUnknownMemberType]

FORMATS: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
}
"""Pillow's name of each format we take -> its media type. MPO is a JPEG with further pictures behind the first."""
OPENED: Final = [name for name in FORMATS if name != "MPO"]  # the JPEG reader opens those
MAX_PIXELS: Final = 120_000_000
"""Largest picture, in pixels; above it is a bomb or a poster, not a photo of a switch."""
MAX_PIXELS_AT_ONCE: Final = 64_000_000
"""The same for formats that cannot be decoded at a reduced size (all but JPEG)."""
MAX_EDGE: Final = 30_000
QUALITY: Final = 82

Image.MAX_IMAGE_PIXELS = MAX_PIXELS

Reason = Literal["empty", "not_an_image", "format", "too_many_pixels", "truncated", "damaged", "decoder"]
"""Why a photo is refused:

empty            no bytes
not_an_image     no format we know begins like this
format           a picture, of a format we don't take
too_many_pixels  more pixels than `MAX_PIXELS`
truncated        the bytes end too early
damaged          the pixels cannot be decoded
decoder          decoding took too long, too much memory, or ended the decoder
"""


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag="picture"):
    """A picture that could be decoded: its media type by content and its size as people see it (upright), in pixels."""

    mime: str
    width: int
    height: int


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """A picture that could not; `detail` is for the log."""

    reason: Reason
    detail: str = ""


def derive(source: Path, targets: Sequence[tuple[int, Path]]) -> Picture | Refusal:
    """Decode `source` once and write, per `(long edge in px, path)`, an upright JPEG no larger than that edge.

    Dimensions are read before pixels. Never raises for bad bytes; a target that cannot be written is an OSError.
    """
    if source.stat().st_size == 0:
        return Refusal(reason="empty")
    if ends_inside_a_box(source):
        return Refusal(reason="truncated", detail="the file ends inside a box")
    image: Image.Image | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(source, formats=OPENED)
            refusal = check_dimensions(image)
            if refusal:
                return refusal
            mime, size = FORMATS[str(image.format)], image.size
            largest = max((edge for edge, _ in targets), default=1)
            turned = orientation(image) >= 5
            image.draft("RGB", (largest, largest))
            image.load()
            upright = upright_rgb(image, largest)
    except Exception as error:
        # Whatever a hostile file raises inside the decoder means the same: these bytes are no picture to us.
        return explain(error, source, opened=image is not None)
    for edge, path in sorted(targets, key=lambda target: -target[0]):
        upright = shrink(upright, edge)
        path.write_bytes(encode(upright))
    width, height = (size[1], size[0]) if turned else size
    return Picture(mime=mime, width=width, height=height)


def check_dimensions(image: Image.Image) -> Refusal | None:
    """Refuse by the header's dimensions, before a pixel is decoded."""
    width, height = image.size
    limit = MAX_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS_AT_ONCE
    if width * height > limit or max(width, height) > MAX_EDGE:
        return Refusal(reason="too_many_pixels", detail=f"{width}×{height}")
    return None


def orientation(image: Image.Image) -> int:
    """EXIF orientation 1–8; 1 where there is none or it cannot be read (bad metadata is ignored)."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


_TURN: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_rgb(image: Image.Image, edge: int) -> Image.Image:
    """Pixels only: shrunk to at most `edge`, in sRGB, on white where transparent, turned as the camera was held."""
    turn = _TURN.get(orientation(image))
    profile: Any = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = shrink(image.convert("RGBA"), edge)
        small = Image.new("RGB", rgba.size, "white")
        small.paste(rgba, mask=rgba.getchannel("A"))
    else:
        small = shrink(image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB"), edge)
    if profile:
        small = to_srgb(small, profile)
    small = small.convert("RGB")
    return small.transpose(turn) if turn is not None else small


SRGB: Any = ImageCms.createProfile("sRGB")  # pyright: ignore


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as meant; a profile that cannot be read is ignored."""
    try:
        meant: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, meant, SRGB, outputMode="RGB")
    except Exception:
        return image
    return converted or image


def shrink(image: Image.Image, edge: int) -> Image.Image:
    """At most `edge` px on the long side; never enlarged."""
    if max(image.size) <= edge:
        return image
    smaller = image.copy()
    smaller.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return smaller


def encode(image: Image.Image) -> bytes:
    """JPEG without any metadata."""
    out = io.BytesIO()
    image.info.clear()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def explain(error: Exception, source: Path, *, opened: bool) -> Refusal:
    """What went wrong, as a reason."""
    detail = f"{type(error).__name__}: {error}"[:200]
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return Refusal(reason="too_many_pixels", detail=detail)
    if isinstance(error, MemoryError):
        return Refusal(reason="decoder", detail=detail)
    text = str(error).lower()
    if "truncated" in text or "end of file" in text or "unexpected end" in text or isinstance(error, EOFError):
        return Refusal(reason="truncated", detail=detail)
    return Refusal(reason="damaged" if opened else begins_like(source), detail=detail)


OURS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
OTHERS: Final = (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"8BPS", b"\0\0\1\0", b"\0\0\0\x0cjP", b"\xff\x0a")
HEIF_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def head_of(source: Path) -> bytes:
    with source.open("rb") as file:
        return file.read(16)


def begins_like(source: Path) -> Literal["damaged", "format", "not_an_image"]:
    """What to call bytes that no decoder took: by how they begin."""
    head = head_of(source)
    if head.startswith(OURS) or head[8:12] in (*HEIF_BRANDS, b"WEBP"):
        return "damaged"
    return "format" if head.startswith(OTHERS) or head[4:8] == b"ftyp" else "not_an_image"


def ends_inside_a_box(source: Path) -> bool:
    """Whether a HEIF or AVIF file (ISO 14496-12: boxes of size, type, content) is cut short.

    Its decoder shows grey tiles for missing ones and reports nothing.
    """
    if head_of(source)[4:8] != b"ftyp":
        return False
    total, at = source.stat().st_size, 0
    with source.open("rb") as file:
        while at < total:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 0:  # to the end of the file
                return False
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if size < 8 or at + size > total:
                return True
            at += size
    return False
