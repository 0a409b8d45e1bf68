"""The photo worker that ships, on real and on broken files."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.support import Centre
from tests.e2e.workers import Answer, connect, packed, sheet

PREPARE = """async (text) => {
  const bytesOf = async (blob) => {
    let binary = "";
    for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte);
    return btoa(binary);
  };
  const answer = await ask({ file: fileOf(text) });
  if (!answer.ok) return answer;
  const { blob, thumb, ...photo } = answer.photo;
  return { ok: true, photo: { ...photo, bytes: await bytesOf(blob), thumb: thumb && await bytesOf(thumb) } };
}"""

# What becomes of each shared file: size of the evidence as people see it, and whether it goes as it is.
OUTCOMES: dict[str, tuple[int, int] | None] = {
    "DSCN0010.jpg": (640, 480),
    "DSCN0021.jpg": (640, 480),
    "HMD_Nokia_8.3_5G.jpg": (2048, 878),
    "damaged/image00971.jpg": (636, 227),
    "damaged/image01088.jpg": (425, 120),
    "damaged/image01137.jpg": (88, 64),
    "iphone_13_pro_max.HEIC": None,
    "iphone_hdr_YES.jpg": (2048, 1536),
    "landscape_3.jpg": (600, 450),
    "landscape_6.jpg": (600, 450),
    "landscape_8.jpg": (600, 450),
    "portrait_5.jpg": (450, 600),
}


@pytest.fixture
def camera_roll(page: Page, server: Centre) -> Page:
    connect(page, server.origin, "photoWorker")
    return page


def prepare(page: Page, content: bytes) -> Answer:
    return page.evaluate(PREPARE, packed(content))


def test_every_shared_photo_becomes_evidence(camera_roll: Page, shared_data: Path) -> None:
    folder = shared_data / "photos"
    found = sheet(folder)
    assert [str(path.relative_to(folder)) for path in found] == sorted(OUTCOMES)
    for path in found:
        answer = prepare(camera_roll, path.read_bytes())
        assert answer["ok"], f"{path.name}: {answer}"
        photo: dict[str, Any] = answer["photo"]
        content = base64.b64decode(photo["bytes"])
        assert photo["sha256"] == hashlib.sha256(content).hexdigest()
        assert photo["size"] == len(content)
        expected = OUTCOMES[str(path.relative_to(folder))]
        if expected is None:
            assert content == path.read_bytes()
            assert (photo["mime"], photo["passedOn"]) == ("image/heic", True)
            assert not photo.get("thumb")
            continue
        assert (photo["mime"], photo["passedOn"]) == ("image/jpeg", False)
        assert (photo["width"], photo["height"]) == expected
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size) == ("JPEG", expected)
            assert not image.getexif()
            assert b"Exif" not in content[:4000]
        with Image.open(io.BytesIO(base64.b64decode(photo["thumb"]))) as thumb:
            assert max(thumb.size) == min(320, max(expected))


def test_time_and_position_are_read_into_the_op_and_stripped_from_the_bytes(
    camera_roll: Page, shared_data: Path
) -> None:
    photo = prepare(camera_roll, (shared_data / "photos" / "HMD_Nokia_8.3_5G.jpg").read_bytes())["photo"]
    assert photo["takenAt"] == 1_660_475_551_000  # 2022-08-14 14:12:31 +03:00
    assert photo["position"] == {"lat": "60.146706", "lon": "24.906772"}
    heic = prepare(camera_roll, (shared_data / "photos" / "iphone_13_pro_max.HEIC").read_bytes())["photo"]
    assert heic["takenAt"] == 1_645_012_541_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_turned_upright(camera_roll: Page, orientation: int) -> None:
    """A picture whose upper left corner, as people see it, is white."""
    upright = Image.new("RGB", (60, 40), "black")
    upright.paste("white", (0, 0, 20, 14))
    back = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in back.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=95, exif=exif)
    photo = prepare(camera_roll, out.getvalue())["photo"]
    assert (photo["width"], photo["height"]) == (60, 40)
    with Image.open(io.BytesIO(base64.b64decode(photo["bytes"]))) as image:
        grey = image.convert("L")
        assert int(grey.getpixel((5, 5))) > 200  # type: ignore[arg-type]
        assert all(int(grey.getpixel(at)) < 60 for at in ((55, 5), (5, 35), (55, 35)))  # type: ignore[arg-type]


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_bad_input_is_refused_with_a_reason_and_the_worker_goes_on(camera_roll: Page, shared_data: Path) -> None:
    whole = (shared_data / "photos" / "HMD_Nokia_8.3_5G.jpg").read_bytes()
    cases = {
        "empty": b"",
        "not_an_image": b"=cmd|' /C calc'!A0",
        "format": b"GIF89a\1\0\1\0\0\0\0;",
        "damaged": whole[: len(whole) // 2],
        "too_many_pixels": png_header(30_000, 30_000),
    }
    for reason, content in cases.items():
        answer = prepare(camera_roll, content)
        assert (answer["ok"], answer.get("reason")) == (False, reason)
    big = camera_roll.evaluate("async () => await ask({ file: new Blob([new Uint8Array(50_000_001)]) })")
    assert (big["ok"], big["reason"]) == (False, "too_large")
    assert prepare(camera_roll, whole)["ok"]


def test_a_burst_of_photos_is_prepared_in_order(camera_roll: Page, shared_data: Path) -> None:
    content = (shared_data / "photos" / "iphone_hdr_YES.jpg").read_bytes()
    script = """async (text) => {
      const began = performance.now();
      const all = await Promise.all(Array.from({ length: 6 }, () => ask({ file: fileOf(text) })));
      return { ids: all.map((answer) => answer.id), ok: all.every((answer) => answer.ok), ms: performance.now() - began };
    }"""
    answer = camera_roll.evaluate(script, packed(content))
    print(f"8-megapixel photo: {answer['ms'] / 6:.0f} ms each")
    assert answer["ok"]
    assert answer["ids"] == sorted(answer["ids"])
