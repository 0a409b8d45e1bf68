"""The main job, end to end, from an empty installation: register, labels, phone, round, signature, document."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pypdf
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.steps import cut_sheet, query, sign_by_hand, wait_for
from tests.e2e.support import DESKTOP, PHONE, Camera, Centre, enrol

PHOTOS = ("landscape_6.jpg", "portrait_5.jpg", "DSCN0010.jpg", "iphone_hdr_YES.jpg")
"""Real camera files: turned, mirrored, with a position."""
ROOM = "0101"


def import_register(page: Page, file: Path) -> None:
    """Drop the clerk's spreadsheet, answer what is asked, look at the outcome, import."""
    page.goto("/office/import")
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name="Check, writing nothing").wait_for(timeout=30_000)
    for field in page.get_by_label("Name of the new site").all():
        field.fill("Traffic police")
    page.get_by_role("button", name="Check, writing nothing").click()
    run = page.get_by_role("button", name=re.compile(r"^Import [\d,]+ rows"))
    run.wait_for(timeout=60_000)
    run.click()
    expect(page.get_by_text("imported").first).to_be_visible(timeout=120_000)
    expect(page.get_by_role("link", name=re.compile(r"Assets\s*6,500"))).to_be_visible(timeout=30_000)


def choose_room(page: Page, room: str) -> None:
    """In a tree of spaces: open every branch on the way to the first room of that name, and tick it."""
    wanted = page.locator("ul ul ul").get_by_role("checkbox", name=room, exact=True)
    while not wanted.count():
        page.locator("button.twist[aria-expanded=false]").first.click()
    wanted.first.check()


def print_labels(page: Page, folder: Path) -> Path:
    """Labels for one room as a PDF."""
    page.goto("/office/labels")
    choose_room(page, ROOM)
    with page.expect_download() as waited:
        page.get_by_role("button", name=re.compile("^Make PDF")).click()
    sheet = folder / "labels.pdf"
    waited.value.save_as(sheet)
    return sheet


def invite(page: Page, name: str) -> str:
    """An engineer for all sites; the link that the office shows once."""
    page.goto("/office/people")
    page.get_by_role("button", name="Invite a person").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Role").select_option("engineer")
    form.get_by_label(re.compile("^All sites")).check()
    form.get_by_role("button", name="Make the invitation").click()
    link = page.locator("p.link").inner_text(timeout=10_000)
    page.get_by_role("button", name="Close").last.click()
    return link


def make_checklist(page: Page) -> None:
    """Three items: a look, a figure with its range, a picture every time; published, for every category."""
    page.goto("/office/checklists/new")
    page.get_by_label("Title (Chinese)").fill("首次巡检")
    page.get_by_label("Title (English)").fill("First inspection")
    for box in page.locator(".categories input").all():
        box.check()
    page.get_by_role("button", name="Add: Normal or abnormal").click()
    page.get_by_label("What to check (Chinese)").fill("电源指示灯")
    page.get_by_label("What to check (English)").fill("Power light")
    page.get_by_role("button", name="Add: Figure").click()
    page.get_by_label("What to check (Chinese)").fill("机箱温度")
    page.get_by_label("Unit").fill("°C")
    page.get_by_label("Normal from").fill("10")
    page.get_by_label("Normal to").fill("70")
    page.get_by_role("button", name="Add: Normal or abnormal").click()
    page.get_by_label("What to check (Chinese)").fill("外观")
    page.get_by_label("Photo").select_option("always")
    page.get_by_role("button", name="Publish version 1").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("Version 1 published")).to_be_visible()


def start_round(page: Page) -> None:
    """A round of one room for whoever holds the site."""
    page.goto("/office/rounds?start")
    if not page.get_by_role("button", name="Start and send to the phones").count():
        page.goto("/office/rounds")
        page.get_by_role("link", name="Start a round").or_(
            page.get_by_role("button", name="Start a round")
        ).first.click()
    choose_room(page, ROOM)
    page.get_by_label("Title").fill("第一次巡检")
    page.get_by_role("button", name="Start and send to the phones").click()
    expect(page.get_by_text("1 round started")).to_be_visible()


def inspect(page: Page, *, abnormal: bool, photo: Path) -> None:
    """Answer the three items; the picture is asked for every time."""
    light = page.get_by_role("region", name="电源指示灯")
    light.get_by_role("radio", name="异常" if abnormal else "正常").click()
    if abnormal:
        light.get_by_role("radio", name="严重").click()
        light.get_by_role("textbox").first.fill("不亮，=HYPERLINK(1)")
        light.get_by_label(re.compile("^(选照片|拍照)")).last.set_input_files(photo)
        expect(light.get_by_text("已拍 1 张")).to_be_visible(timeout=15_000)
    page.get_by_role("region", name="机箱温度").get_by_role("textbox").fill("36.5")
    look = page.get_by_role("region", name="外观")
    look.get_by_label(re.compile("^(选照片|拍照)")).last.set_input_files(photo)
    expect(look.get_by_text("已拍 1 张")).to_be_visible(timeout=15_000)
    look.get_by_role("radio", name="正常").click()
    expect(page.get_by_role("button", name=re.compile("^(下一台|完成)$"))).to_be_visible()


def test_from_an_empty_machine_to_a_signed_record(
    make_server: Callable[..., Centre],
    new_context: Callable[..., BrowserContext],
    camera: Camera,
    shared_data: Path,
    tmp_path: Path,
    screenshots: Path,
) -> None:
    centre = make_server()
    desktop = new_context(**(DESKTOP | {"base_url": centre.origin}))
    link = re.findall(r"http://\S+/enrol#\S+", centre.log)[-1]
    office = enrol(desktop, link)
    import_register(office, shared_data / "register" / "客户资产清单.xlsx")
    office.screenshot(path=screenshots / "import-desktop-en.png")
    sheet = print_labels(office, tmp_path)
    labels = cut_sheet(sheet, tmp_path)
    make_checklist(office)
    phone_link = invite(office, "李伟")
    start_round(office)
    office.screenshot(path=screenshots / "round-desktop-en.png")

    phone = new_context(**(PHONE | {"base_url": centre.origin}))
    page = enrol(phone, phone_link)
    expect(page.get_by_text("第一次巡检")).to_be_visible(timeout=60_000)
    round_id, assets = query(
        centre, "SELECT id, doc ->> 'assets' FROM records WHERE kind = 'round' AND doc ->> 'title' = '第一次巡检'"
    )[0]
    tokens = [
        json.loads(query(centre, "SELECT doc ->> 'tokens' AS tokens FROM records WHERE id = ?", asset)[0]["tokens"])[0]
        for asset in json.loads(assets)
    ]
    assert set(tokens) <= set(labels), "a label for each asset of the round"

    # Down in the cellar.
    phone.set_offline(True)
    centre.kill()
    for number, token in enumerate(tokens):
        camera.show(labels[token])
        page.goto(f"/scan?round={round_id}")
        expect(page.get_by_role("region", name="电源指示灯")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("已扫码到场")).to_be_visible()
        inspect(page, abnormal=number == 0, photo=shared_data / "photos" / PHOTOS[number % len(PHOTOS)])
        if number == 0:
            # The phone is put away in the middle of it.
            page.reload()
            light = page.get_by_role("region", name="电源指示灯")
            expect(light.get_by_role("textbox").first).to_have_value("不亮，=HYPERLINK(1)")
        inspected = page.url
        page.get_by_role("button", name=re.compile("^(下一台|完成)")).click()
        page.wait_for_url(lambda url, inspected=inspected: url.partition("?")[0] != inspected.partition("?")[0])
    page.goto(f"/round/{round_id}/summary")
    page.get_by_label("签字人姓名").fill("张敏")
    page.get_by_role("button", name=re.compile("请张敏签字")).click()
    copy = sign_by_hand(page, "张敏")

    # Up again: everything arrives, the office and another phone see it.
    centre.start()
    phone.set_offline(False)
    page.get_by_role("button", name="我是工程师，继续").click()
    verdict = wait_for(
        lambda: query(
            centre, "SELECT doc ->> 'verified' FROM records WHERE kind = 'signature' AND doc ->> 'verified' > ''"
        )
    )
    assert [row[0] for row in verdict] == ["match"]
    wait_for(
        lambda: query(
            centre,
            "SELECT 1 WHERE (SELECT count(*) FROM records WHERE kind = 'photo' AND doc ->> 'arrived_at' > 0) = CAST(? AS INTEGER)",
            str(len(tokens) + 1),
        )
    )
    assert query(centre, "SELECT verdict, code, detail FROM ops WHERE verdict NOT IN ('applied', 'noop')") == []
    second = enrol(
        new_context(**(PHONE | {"base_url": centre.origin})),
        centre.cli_json("invite", "--name", "赵雷", "--role", "engineer", "--all-sites")["link"],
    )
    second.goto(f"/round/{round_id}")
    expect(second.get_by_text("已签字").first).to_be_visible(timeout=60_000)
    office.goto(f"/office/rounds/{round_id}")
    expect(office.get_by_text("Signed by 张敏")).to_be_visible(timeout=30_000)
    expect(office.get_by_text("matches the records")).to_be_visible()
    office.screenshot(path=screenshots / "signed-desktop-en.png")

    # The customer, without an account.
    door = new_context(**(PHONE | {"base_url": centre.origin})).new_page()
    door.goto(copy)
    link = door.get_by_role("link", name=re.compile("PDF")).first
    answer = door.request.get(str(link.evaluate("a => a.href")))
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(answer.body())).pages)
    flat = re.sub(r"\s+", "", text)
    for word in ("不亮，=HYPERLINK(1)", "张敏", "李伟", "36.5", "严重", "10–70"):
        assert word in flat, f"{word} is not in the document"
    assert centre.cli_json("verify")["faults"] == []
