"""The pictures of the guide: `python -m tests.e2e.shots` walks a demo centre and writes docs/screenshots/.

One picture per screen: `<screen>-phone-zh.png` (390 × 844) and `<screen>-office-en.png` (1,440 × 900), with a palette, so
that the whole folder stays small. Nothing on them is arranged: they show what a person sees who does the same.
"""

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.e2e.screens import (
    DEMO_PHOTOS,
    Things,
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
from tests.e2e.steps import cut_label
from tests.e2e.support import DESKTOP, PHONE, ROOT, Camera, Centre, browser_flags, find_chromium, wait_for_shell

COLOURS = 128

REGISTER = [
    ["序号", "楼栋", "房间", "设备名称", "品牌", "型号", "序列号", "使用人", "购置日期"],
    ["1", "办公楼壹号栋", "0201", "台式电脑", "联想", "启天M437", "PF3A1K0X", "周强", "2024.3.5"],
    ["2", "办公楼壹号栋", "0201", "显示器", "惠普", "P24 G5", "CNK21704QX", "周强", "2024年3月"],
    ["3", "办公楼壹号栋", "0202", "打印机", "联想", "M7650DNF", "VNB4Z7GS02", "王强", "20240305"],
    ["4", "办公楼壹号栋", "0202", "打印机", "联想", "M7650DNF", "VNB4Z7GS02", "王强", "去年"],
    ["5", "办公楼贰号栋", "0105", "交换机", "华为", "S5735", "无", "", "45356"],
    ["6", "办公楼贰号栋", "", "UPS", "山特", "C3KS", "看不清", "", ""],
]
"""A register as customers keep them: a serial twice, one missing, dates in four ways, a place left out."""


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


def walk_phone(context: BrowserContext, link: str, things: Things, album: Album) -> Page:
    """An engineer's day on the phone; it ends without a network, everything still on the phone."""
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
    page.get_by_text(f"{things.code} 已存本机").wait_for()
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

    page.goto(f"/asset/{things.todo}")
    settle(page)
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name=re.compile("^修改")).click()
    page.get_by_label(re.compile("^序列")).fill("PF2XHE01D1")
    album.take(page, "edit-phone-zh")
    page.get_by_role("button", name="存到本机").click()
    page.get_by_role("dialog").wait_for(state="hidden")
    return page


def walk_office(context: BrowserContext, link: str, things: Things, album: Album) -> Page:
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
        if name == "signed-round":
            page.get_by_role("button", name="Service report · English").click()
            page.get_by_role("link", name=re.compile("^FWBG")).wait_for(timeout=30_000)
            page.get_by_text("1 document made").wait_for()
            page.get_by_role("button", name="Close").last.click()
        page.wait_for_load_state("networkidle")
        settle(page)
        album.take(page, f"{name}-office-en")
        if name == "import":
            preview_register(page)
            album.take(page, "import-preview-office-en")
    return page


def show_conflict(office: Page, phone: Page, things: Things, album: Album) -> None:
    """Office and phone changed one field without seeing each other's change; the phone comes back last."""
    visit(office, f"/office/assets/{things.todo}")
    office.get_by_role("link", name="Change", exact=True).click()
    office.get_by_label(re.compile("^Serial number")).fill("PF2XHE0IDJ")
    office.get_by_role("button", name="Save", exact=True).click()
    office.get_by_text("Saved").first.wait_for()
    phone.context.set_offline(False)
    inbox = office.get_by_role("navigation").get_by_role("link", name=re.compile("^Inbox.*[0-9]"))
    inbox.wait_for(timeout=30_000)
    visit(office, "/office/inbox")
    office.get_by_role("row").nth(1).click()
    for message in ("Saved", "All delivered"):
        office.get_by_text(message, exact=True).wait_for(state="hidden")
    settle(office)
    album.take(office, "inbox-office-en")


def preview_register(page: Page) -> None:
    """A clerk's small register, dropped and checked."""
    table = "\n".join(",".join(row) for row in REGISTER).encode("gb18030")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "设备清单.csv", "mimeType": "text/csv", "buffer": table}
    )
    check = page.get_by_role("button", name="Check, writing nothing")
    check.wait_for(timeout=30_000)
    page.get_by_label("Name of the new customer").fill("江城市邮政局")
    page.get_by_label("Name of the new site").fill("邮政大厦")
    check.click()
    page.get_by_role("button", name=re.compile(r"^Import [\d,]+ rows")).wait_for(timeout=60_000)
    page.evaluate("() => document.querySelector('main .body')?.scrollTo(0, 0)")


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
        desktop = browser.new_context(**(DESKTOP | dict[str, Any](base_url=centre.origin)))
        office = walk_office(desktop, manager, things, album)
        camera.show(desk_with_labels(centre, things, folder))
        agent = f"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{browser.version} Mobile Safari/537.36"
        phone = browser.new_context(
            **(PHONE | dict[str, Any](base_url=centre.origin, device_scale_factor=1, user_agent=agent))
        )
        show_conflict(office, walk_phone(phone, engineer, things, album), things, album)
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
