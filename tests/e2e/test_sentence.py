"""The main job, end to end, from an empty installation: register, labels, phone, round, signature, document."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.support import DESKTOP, Camera, Centre, enrol


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


def choose_room(page: Page) -> None:
    """In a tree of spaces: the first room of the first floor of the first building."""
    for _ in range(2):
        page.locator("button.twist[aria-expanded=false]").first.click()
    page.locator("ul ul ul input[type=checkbox]").first.check()


def print_labels(page: Page, folder: Path) -> Path:
    """Labels for one room as a PDF."""
    page.goto("/office/labels")
    choose_room(page)
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
    assert sheet.read_bytes().startswith(b"%PDF")
    phone_link = invite(office, "李伟")
    assert "/enrol#" in phone_link
