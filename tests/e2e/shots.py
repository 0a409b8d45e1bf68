"""The pictures of the guide: `python -m tests.e2e.shots` walks a demo centre and writes docs/screenshots/.

One picture per screen: `<screen>-phone-zh.png` (390 × 844) and `<screen>-office-en.png` (1,440 × 900), with a palette, so
that the whole folder stays small. Nothing on them is arranged: they show what a person sees who does the same.
"""

import io
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.e2e.screens import (
    DEMO_PHOTOS,
    Things,
    cut_label,
    draw_name,
    fill_pins,
    find_things,
    give_results,
    name_signer,
    office_screens,
    other_build,
    phone_screens,
    settle,
    visit,
)
from tests.e2e.support import DESKTOP, PHONE, ROOT, Camera, Centre, browser_flags, find_chromium, wait_for_shell

COLOURS = 128


class Album:
    """The folder that the pictures go to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        """The page as it stands, without the blinking caret."""
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
        few.save(self.folder / f"{name}.png", optimize=True)
        print(name, flush=True)


def desk_with_labels(centre: Centre, things: Things, folder: Path) -> Image.Image:
    """What the camera sees: two computers' labels, one above the other."""
    view = Image.open(DEMO_PHOTOS / "pc.jpg").convert("RGB").resize((1280, 720))
    for index, asset in enumerate((things.todo, things.faulty)):
        label = cut_label(centre, asset, folder)
        label.thumbnail((430, 240))
        view.paste(label, ((view.width - label.width) // 2, 90 + index * 280))
    return view


def enrol_phone(context: BrowserContext, link: str, album: Album) -> Page:
    """Enrolment, a picture of each step; ends on Today with the app stored for offline."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="登记并开始").wait_for()
    album.take(page, "enrol-phone-zh")
    page.get_by_role("button", name="登记并开始").click()
    page.get_by_label(re.compile("^新 PIN")).wait_for()
    fill_pins(page)
    album.take(page, "ways-in-phone-zh")
    page.get_by_role("button", name="设置 PIN").click()
    page.get_by_role("button", name=re.compile("^下一步$")).click()
    page.get_by_role("button", name=re.compile("^开始工作")).click()
    wait_for_shell(page)
    page.get_by_role("link", name=re.compile("^继续")).first.wait_for(timeout=20_000)
    return page


def walk_phone(context: BrowserContext, link: str, things: Things, album: Album) -> None:
    """An engineer's day on the phone."""
    page = enrol_phone(context, link, album)
    settle(page)
    album.take(page, "today-phone-zh")
    screens = phone_screens(things)
    for name in ("search", "label", "asset", "round", "inspected", "signed", "settings", "device", "signin"):
        page.goto(screens[name])
        settle(page)
        album.take(page, f"{name}-phone-zh")

    # Of two labels in view the phone asks which one; one alone would be followed at once.
    page.goto(screens["scan"])
    page.get_by_text("看到几个标签").wait_for(timeout=20_000)
    album.take(page, "scan-phone-zh")

    context.set_offline(True)
    page.goto(screens["inspect"])
    settle(page)
    give_results(page)
    page.locator("#item-fan").scroll_into_view_if_needed()
    album.take(page, "inspect-phone-zh")
    page.locator("#item-dust").get_by_role("radio", name="少").click()
    page.get_by_role("button", name=re.compile("其余")).click()
    page.get_by_role("button", name=re.compile("^下一台")).click()
    page.get_by_text("已存本机").wait_for()
    page.goto(screens["outbox"])
    settle(page)
    album.take(page, "outbox-phone-zh")

    page.goto(screens["summary"])
    settle(page)
    name_signer(page)
    page.evaluate("() => window.scrollTo(0, 0)")
    album.take(page, "summary-phone-zh")
    page.get_by_role("button", name=re.compile("请张敏签字")).click()
    draw_name(page)
    album.take(page, "sign-phone-zh")
    page.get_by_role("button", name="张敏签字确认").click()
    page.get_by_role("heading", name="已签字，谢谢").wait_for(timeout=20_000)
    page.evaluate("() => window.scrollTo(0, 0)")
    album.take(page, "copy-phone-zh")
    context.set_offline(False)


def walk_office(context: BrowserContext, link: str, things: Things, album: Album) -> None:
    """Every office screen, opened by the manager."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Enrol and begin").wait_for()
    album.take(page, "enrol-office-en")
    page.get_by_role("button", name="Enrol and begin").click()
    fill_pins(page)
    page.get_by_role("button", name="Set the PIN").click()
    page.get_by_role("button", name=re.compile("^Next$")).click()
    page.get_by_role("button", name=re.compile("^Start work")).click()
    wait_for_shell(page)
    for name, address in office_screens(things).items():
        visit(page, address)
        page.wait_for_load_state("networkidle")
        settle(page)
        album.take(page, f"{name}-office-en")


def run(play: Playwright, folder: Path, album: Album) -> None:
    """Starts a demo centre and walks both."""
    centre = Centre(folder / "data", other_build())
    centre.cli("init", "--demo")
    centre.start()
    camera = Camera(folder / "view.mjpeg")
    browser = play.chromium.launch(executable_path=find_chromium(), args=browser_flags(camera.path), headless=True)
    try:
        things = find_things(centre)
        manager = centre.cli_json("invite", "--name", "Zheng Lan", "--role", "manager", "--all-sites")["link"]
        engineer = centre.cli_json("invite", "--user", things.user)["link"]
        desktop = browser.new_context(**(DESKTOP | {"base_url": centre.origin}))
        walk_office(desktop, manager, things, album)
        desktop.close()
        camera.show(desk_with_labels(centre, things, folder))
        phone = browser.new_context(**(PHONE | {"base_url": centre.origin, "device_scale_factor": 1}))
        walk_phone(phone, engineer, things, album)
    finally:
        browser.close()
        centre.stop()


def main() -> None:
    """Writes all pictures, to docs/screenshots or the folder named."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    with tempfile.TemporaryDirectory(prefix="sitebook-shots-") as folder, sync_playwright() as play:
        run(play, Path(folder), Album(target))


if __name__ == "__main__":
    main()
