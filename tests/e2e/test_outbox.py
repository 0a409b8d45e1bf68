"""What a person sees of delivery, of conflicts and of their own device: nothing waits unseen, nothing is lost unsaid."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.support import ROOT, Centre, axe

PIN = "739164"
PHOTO = ROOT / "server" / "demo" / "photos" / "fan.jpg"


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Centre]) -> Centre:
    """A centre with the demo customer, for this file."""
    return make_server(demo=True)


def find(centre: Centre, sql: str, *values: str) -> str:
    conn = sqlite3.connect(f"file:{centre.data / 'sitebook.db'}?mode=ro", uri=True)
    try:
        return str(conn.execute(sql, values).fetchone()[0])
    finally:
        conn.close()


def phone_of(name: str, centre: Centre, make_phone: Callable[..., BrowserContext]) -> Page:
    """An enrolled phone of an engineer of the demo. Without the service worker, so that a test may stand in for the network."""
    user = find(centre, "SELECT id FROM records WHERE kind = 'user' AND doc ->> 'name' = ?", name)
    page = make_phone(base_url=centre.origin, service_workers="block").new_page()
    page.goto(centre.cli_json("invite", "--user", user)["link"])
    page.get_by_role("button", name="登记并开始").click()
    page.get_by_label(re.compile("^新 PIN")).fill(PIN)
    page.get_by_label(re.compile("^再输一次")).fill(PIN)
    page.get_by_role("button", name="设置 PIN").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name=re.compile("^开始工作")).click()
    expect(page.get_by_role("heading", name="今日", level=1)).to_be_visible()
    return page


def asset_at(centre: Centre, position: int) -> str:
    return find(
        centre,
        "SELECT id FROM records WHERE kind = 'asset' AND doc ->> 'code' LIKE 'D03%' ORDER BY doc ->> 'code' LIMIT 1 OFFSET ?",
        str(position),
    )


def rename(page: Page, asset: str, name: str) -> None:
    page.goto(f"/asset/{asset}")
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name=re.compile("^修改|^改")).first.click()
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="存到本机").click()
    expect(page.get_by_text("已存本机").first).to_be_visible()


def test_a_photo_waits_is_tried_again_and_is_delivered_before_anybody_may_sign_out(
    demo: Centre, make_phone: Callable[..., BrowserContext]
) -> None:
    page = phone_of("李伟", demo, make_phone)
    asset = asset_at(demo, 0)
    page.goto(f"/asset/{asset}")
    expect(page.get_by_role("button", name="更多")).to_be_enabled()
    page.context.route("**/api/sync*", lambda route: route.abort())
    page.get_by_label(re.compile("^选照片")).set_input_files(PHOTO)
    expect(page.get_by_text("照片已存本机")).to_be_visible(timeout=15_000)

    page.goto("/outbox")
    expect(page.get_by_role("heading", name="全部已存本机，等信号")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("0/1 张已确认")).to_be_visible()
    assert axe(page) == []
    page.goto("/device")
    expect(page.get_by_role("button", name="退出登录")).to_be_disabled()

    # The record gets through, the picture does not.
    def busy(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body='{"code": "busy"}')

    page.context.route("**/api/blobs/**", busy)
    page.context.unroute("**/api/sync*")
    page.goto("/outbox")
    expect(page.get_by_text("原因：服务器正忙")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("1 重试中")).to_be_visible()
    assert axe(page) == []

    # The button tries at once. Afterwards the phone goes on by itself, so it may deliver before anybody taps again.
    with page.expect_request("**/api/blobs/**"):
        page.get_by_role("button", name="现在再试").click()
    page.context.unroute("**/api/blobs/**")
    expect(page.get_by_role("heading", name="全部已送达")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1/1 张已确认")).to_be_visible()
    page.goto("/device")
    expect(page.get_by_role("button", name="退出登录")).to_be_enabled()


def test_both_values_of_a_conflict_are_shown_to_the_person_who_wrote_one(
    demo: Centre, make_phone: Callable[..., BrowserContext]
) -> None:
    asset = asset_at(demo, 1)
    mine = phone_of("李伟", demo, make_phone)
    mine.goto(f"/asset/{asset}")
    expect(mine.get_by_role("button", name="更多")).to_be_enabled()
    mine.context.route("**/api/sync*", lambda route: route.abort())
    rename(mine, asset, "机柜甲")

    theirs = phone_of("赵雷", demo, make_phone)
    rename(theirs, asset, "机柜乙")
    theirs.goto("/outbox")
    expect(theirs.get_by_role("heading", name="全部已送达")).to_be_visible(timeout=15_000)

    mine.context.unroute("**/api/sync*")
    mine.goto("/outbox")
    told = mine.get_by_text(re.compile("名称：现在是“机柜甲”（您），另一个是“机柜乙”（赵雷）"))
    expect(told).to_be_visible(timeout=15_000)
    assert axe(mine) == []


def test_a_session_on_another_phone_is_ended_from_the_device_page(
    demo: Centre, make_phone: Callable[..., BrowserContext]
) -> None:
    lost = phone_of("李伟", demo, make_phone)
    kept = phone_of("李伟", demo, make_phone)
    kept.goto("/device")
    ends = kept.get_by_role("button", name=re.compile("^结束 "))
    expect(ends.first).to_be_visible()
    assert axe(kept) == []
    before = ends.count()
    ends.first.click()  # the list stands in the order of use: the other phone was enrolled last before this one
    kept.get_by_role("dialog").get_by_role("button", name="结束").click()
    expect(ends).to_have_count(before - 1)
    lost.goto("/device")
    expect(lost.get_by_text("登录已过期，重新登录后才能看。本机内容不受影响。")).to_be_visible(timeout=15_000)


def test_the_lock_hides_everything_and_opens_by_pin_without_a_network(
    demo: Centre, make_phone: Callable[..., BrowserContext]
) -> None:
    page = phone_of("赵雷", demo, make_phone)
    page.goto("/settings")
    page.get_by_role("button", name="锁定屏幕，或换人").click()
    expect(page.get_by_role("heading", name="屏幕已锁定")).to_be_visible()
    page.goto("/settings")
    expect(page.get_by_role("heading", name="屏幕已锁定")).to_be_visible()
    expect(page.get_by_text("赵雷")).to_have_count(0)
    assert axe(page) == []
    page.context.route("**/api/**", lambda route: route.abort())
    page.goto("/")
    page.get_by_label(re.compile("PIN$")).fill(PIN)
    page.get_by_role("button", name="解锁").click()
    expect(page.get_by_role("heading", name="今日", level=1)).to_be_visible()
