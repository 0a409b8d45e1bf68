"""Steps that several browser tests take."""

import io
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import zxingcpp
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect

from tests.e2e.support import Centre


def cut_label(centre: Centre, asset: str, folder: Path) -> Image.Image:
    """The asset's label, cut from a sheet printed by the centre: 200 dpi."""
    sheet = folder / "label.pdf"
    site = query(centre, "SELECT doc ->> 'site' AS site FROM records WHERE id = ?", asset)[0]["site"]
    centre.cli("labels", "--site", site, "--asset", asset, "--out", str(sheet), "--lang", "zh", "--reason", "补打")
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", sheet, folder / "label"], check=True)
    page = Image.open(folder / "label.png").convert("L")
    box = ImageOps.invert(page).point([0] * 128 + [255] * 128).getbbox()
    assert box is not None
    return page.crop((box[0] - 20, box[1] - 20, box[2] + 20, box[3] + 20)).convert("RGB")


def query(centre: Centre, sql: str, *values: str) -> list[sqlite3.Row]:
    conn = sqlite3.connect(f"file:{centre.data / 'sitebook.db'}?mode=ro", uri=True)
    conn.row_factory = sqlite3.Row
    try:
        return conn.execute(sql, values).fetchall()
    finally:
        conn.close()


def cut_sheet(sheet: Path, folder: Path, page: int = 1) -> dict[str, Image.Image]:
    """The labels of a sheet by token, each cut out around its code, at 200 dpi."""
    subprocess.run(
        ["pdftoppm", "-r", "200", "-png", "-singlefile", "-f", str(page), sheet, folder / "sheet"], check=True
    )
    picture = Image.open(folder / "sheet.png").convert("RGB")
    found: dict[str, Image.Image] = {}
    for code in zxingcpp.read_barcodes(picture):
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        xs, ys = [point.x for point in corners], [point.y for point in corners]
        box = (min(xs) - 25, min(ys) - 25, max(xs) + 25, max(ys) + 25)
        found[code.text.rpartition("/")[2]] = picture.crop(box)
    return found


def sign_by_hand(page: Page, name: str) -> str:
    """Draw on the pad, sign, and read the customer's copy link from the QR on the screen."""
    pad = page.locator("canvas")
    expect(pad).to_be_visible(timeout=15_000)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for start in (0.2, 0.45, 0.7):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + 20)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(box["x"] + box["width"] * start + step * 4, box["y"] + 20 + step * 8)
        page.mouse.up()
    page.get_by_role("button", name=f"{name}签字确认").click()
    expect(page.get_by_text("已签字，谢谢")).to_be_visible(timeout=15_000)
    seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return next(code.text for code in seen if "/C/" in code.text.upper())


def wait_for(found: Callable[[], list[sqlite3.Row]], timeout_s: float = 30) -> list[sqlite3.Row]:
    """Ask until there is something; fails the test when there is nothing in time."""
    end = time.monotonic() + timeout_s
    while not (rows := found()):
        assert time.monotonic() < end, "it did not arrive in time"
        threading.Event().wait(0.1)
    return rows
