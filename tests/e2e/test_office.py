"""What the office does in its browser reaches the centre and every other browser, and its tables say what they show."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.steps import cut_sheet, query, wait_for
from tests.e2e.support import DESKTOP, Centre, enrol

LIVE_MS = 20_000


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Centre]) -> Centre:
    """The demo customer on a centre of its own."""
    return make_server(demo=True)


@pytest.fixture
def open_office(new_context: NewContext, demo: Centre) -> Callable[..., Page]:
    """Enrols a person of the office in a browser of their own, in English, with the demo's data fetched."""

    def open_one(name: str, role: str = "dispatcher", **options: Any) -> Page:
        context: BrowserContext = new_context(**(DESKTOP | {"base_url": demo.origin} | options))
        made = demo.cli_json("invite", "--name", name, "--role", role, "--all-sites")
        page = enrol(context, made["link"])
        page.goto("/office/rounds")
        expect(page.get_by_text("办公楼壹号栋 · 11 月巡检")).to_be_visible(timeout=LIVE_MS)
        return page

    return open_one


def test_a_round_started_in_the_office_appears_elsewhere_and_leaves_when_cancelled(
    demo: Centre, open_office: Callable[..., Page]
) -> None:
    page, other = open_office("Ann"), open_office("Ben")
    page.goto("/office/rounds?new=1")
    page.get_by_label("Site").select_option(label="车辆管理所")
    page.get_by_role("checkbox", name="业务楼").check()
    page.get_by_label("Title").fill("夜间巡检")
    page.get_by_role("checkbox", name=re.compile("李伟")).check()
    page.get_by_role("button", name="Start and send to the phones").click()
    expect(page.get_by_role("heading", level=1, name="夜间巡检")).to_be_visible()

    row = other.get_by_role("row").filter(has_text="夜间巡检")
    expect(row).to_contain_text("in progress", timeout=LIVE_MS)
    expect(row).to_contain_text("0/80")

    page.get_by_role("button", name="Cancel round").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel round").click()
    expect(row).to_contain_text("cancelled", timeout=LIVE_MS)
    (kept,) = query(demo, "SELECT doc FROM records WHERE kind = 'round' AND doc ->> 'title' = '夜间巡检'")
    assert '"status":"cancelled"' in kept["doc"].replace(" ", "")


def test_an_export_holds_exactly_the_rows_and_columns_seen_with_formulas_as_text(
    open_office: Callable[..., Page],
) -> None:
    page = open_office("Cara")
    page.goto("/office/assets?new=1")
    panel = page.get_by_role("complementary", name="Register an asset")
    panel.get_by_role("combobox", name="Site").select_option(label="支队机关")
    panel.get_by_role("textbox", name="Code").fill("ZZ-1")
    panel.get_by_role("textbox", name="Name").fill("=HYPERLINK(1)")
    panel.get_by_role("button", name="Save").click()
    expect(page.get_by_role("complementary", name="ZZ-1")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("zz-1")
    expect(page.get_by_text(re.compile(r"^1 of 401 rows$"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export this view").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert rows[0] == page.get_by_role("columnheader").all_inner_texts()[1:]
    assert [row[:2] for row in rows[1:]] == [["ZZ-1", "'=HYPERLINK(1)"]]


def test_the_keys_move_select_and_open_and_back_returns_to_the_same_rows(open_office: Callable[..., Page]) -> None:
    page = open_office("Dan")
    page.goto("/office/assets?q=D010201")
    expect(page.get_by_role("row").filter(has_text="D010201-001")).to_be_visible()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="D010201-002")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("complementary")).to_have_count(0)
    expect(page.get_by_label("Filter")).to_have_value("D010201")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find anything").fill("D040101-001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="D040101-001")).to_be_visible()


def test_labels_print_once_for_each_chosen_asset_and_again_only_for_a_reason(
    demo: Centre, open_office: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_office("Eve")
    page.goto("/office/assets?q=D010203")
    expect(page.get_by_role("row").filter(has_text="D010203-001")).to_be_visible()
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Print labels").click()
    make = page.get_by_role("button", name=re.compile("^Make PDF, 9 labels"))
    with page.expect_download(timeout=30_000) as download:
        make.click()
    download.value.save_as(tmp_path / "labels.pdf")
    assert len(cut_sheet(tmp_path / "labels.pdf", tmp_path)) == 9
    wait_for(lambda: query(demo, "SELECT 1 FROM records WHERE kind = 'label' AND doc ->> 'printed_at' IS NOT NULL"))

    reason = page.get_by_label("Reason for printing again")
    expect(reason).to_be_visible(timeout=LIVE_MS)
    expect(make).to_be_disabled()
    reason.fill("fell off")
    expect(make).to_be_enabled()


def test_who_may_not_plan_sees_no_way_to_start_a_round(open_office: Callable[..., Page]) -> None:
    page = open_office("Finn", role="storekeeper")
    expect(page.get_by_role("link", name="Start a round")).to_have_count(0)
    page.goto("/office/rounds?new=1")
    expect(page.get_by_text("This page is not for your role")).to_be_visible()
