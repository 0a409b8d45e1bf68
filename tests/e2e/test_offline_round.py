"""A phone's day in the cellar: scan, inspect, photograph, sign with no network and no server; then everything arrives."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.steps import cut_label, query, sign_by_hand, wait_for
from tests.e2e.support import ROOT, Camera, Centre, enrol

DEMO = ROOT / "server" / "demo" / "photos"


def answer_all(page: Page, *, photo: Path) -> None:
    """On the inspect screen: the fan is abnormal with a photo, the temperature is typed, the rest is normal."""
    page.locator("#item-case_temp").get_by_role("textbox").fill("43")
    page.locator("#item-patches").get_by_role("textbox").fill("0")
    page.locator("#item-dust").get_by_role("radio", name="少").click()
    fan = page.locator("#item-fan")
    fan.get_by_role("radio", name="异常").check()
    fan.get_by_role("radio", name="一般").check()
    fan.get_by_role("textbox").first.fill("间歇异响")
    fan.get_by_label(re.compile("^选照片")).set_input_files(photo)
    expect(fan.get_by_text("已拍 1 张")).to_be_visible(timeout=15_000)


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Centre]) -> Centre:
    """A centre with the demo customer, for this file."""
    return make_server(demo=True)


def test_a_round_is_walked_signed_and_merged_with_the_network_off(
    demo: Centre, camera: Camera, make_phone: Callable[..., BrowserContext], tmp_path: Path, screenshots: Path
) -> None:
    rows = query(demo, "SELECT id, doc FROM records WHERE kind = 'round' AND doc ->> 'status' = 'active'")
    round_id = rows[0]["id"]
    inspected = {
        row[0]
        for row in query(
            demo, "SELECT doc ->> 'asset' FROM records WHERE kind = 'inspection' AND doc ->> 'round' = ?", round_id
        )
    }
    todo = [
        row["asset"]
        for row in query(
            demo,
            "SELECT e.value AS asset FROM records r, json_each(r.doc, '$.assets') e JOIN records a ON a.id = e.value "
            "JOIN records c ON c.id = a.doc ->> 'category' WHERE r.id = ? AND c.doc ->> 'key' = 'pc'",
            round_id,
        )
        if row["asset"] not in inspected
    ]
    asset = todo[0]
    code = query(demo, "SELECT doc ->> 'code' AS code FROM records WHERE id = ?", asset)[0]["code"]
    camera.show(cut_label(demo, asset, tmp_path))
    user = query(demo, "SELECT id FROM records WHERE kind = 'user' AND doc ->> 'name' = '李伟'")[0]["id"]
    phone = make_phone(base_url=demo.origin)
    page = enrol(phone, demo.cli_json("invite", "--user", user)["link"])
    expect(page.get_by_role("link", name=re.compile("^继续"))).to_be_visible(timeout=15_000)

    # Down in the cellar: no network, and the centre dies as well.
    phone.set_offline(True)
    demo.kill()
    page.reload()
    page.get_by_role("link", name=re.compile("^继续")).first.click()
    page.wait_for_url("**/round/**")
    expect(page.get_by_role("heading", level=1, name=re.compile("办公楼壹号栋"))).to_be_visible()
    page.get_by_role("link", name="扫码").click()
    expect(page.get_by_role("heading", name=code)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("已扫码到场")).to_be_visible()
    answer_all(page, photo=DEMO / "fan.jpg")

    # The phone is put away in the middle of it.
    page.reload()
    expect(page.locator("#item-fan").get_by_role("textbox").first).to_have_value("间歇异响")
    expect(page.locator("#item-fan").get_by_text("已拍 1 张")).to_be_visible()
    page.get_by_role("button", name=re.compile("其余")).click()
    page.get_by_role("button", name=re.compile("^下一台")).click()
    expect(page.get_by_text(f"{code} 已存本机")).to_be_visible()

    # The rest cannot be reached today; the customer signs for what there is.
    page.goto(f"/round/{round_id}/summary")
    page.get_by_role("button", name="其余记为未检").click()
    page.get_by_label("为什么没检").fill("房间上锁")
    page.get_by_role("button", name=re.compile("记为未检$")).last.click()
    page.get_by_label("签字人姓名").fill("张敏")
    page.get_by_label("部门或职务").fill("事故处理科")
    page.get_by_role("button", name=re.compile("请张敏签字")).click()
    copy = sign_by_hand(page, "张敏")
    page.screenshot(path=screenshots / "signed-phone-zh.png")

    # Up again.
    demo.start()
    phone.set_offline(False)
    page.get_by_role("button", name="我是工程师，继续").click()
    verdict = wait_for(
        lambda: query(
            demo,
            "SELECT doc ->> 'verified' FROM records WHERE kind = 'signature' AND doc ->> 'round' = ? "
            "AND doc ->> 'verified' IS NOT NULL",
            round_id,
        )
    )
    assert [row[0] for row in verdict] == ["match"]
    arrived = wait_for(
        lambda: query(
            demo,
            "SELECT id FROM records WHERE kind = 'photo' AND doc ->> 'asset' = ? AND doc ->> 'arrived_at' IS NOT NULL",
            asset,
        )
    )
    assert len(arrived) == 1
    parked = query(demo, "SELECT n, code, detail FROM ops WHERE verdict NOT IN ('applied', 'noop')")
    assert [tuple(row) for row in parked] == []
    expect(page.get_by_text("项待送达")).to_have_count(0, timeout=15_000)

    # A second phone sees it.
    second = query(demo, "SELECT id FROM records WHERE kind = 'user' AND doc ->> 'name' = '赵雷'")[0]["id"]
    other = enrol(make_phone(base_url=demo.origin), demo.cli_json("invite", "--user", second)["link"])
    expect(other.get_by_role("link", name=re.compile("办公楼壹号栋 · .*已签字")).first).to_be_visible(timeout=15_000)
    other.goto(f"/round/{round_id}/inspect/{asset}")
    expect(other.locator("#item-fan")).to_contain_text("间歇异响", timeout=15_000)

    # The customer, with their own phone and no account, reads the record that was signed.
    customer = make_phone(base_url=demo.origin)
    door = customer.new_page()
    door.goto(copy)
    expect(door.get_by_text("张敏").first).to_be_visible()
    link = door.get_by_role("link", name=re.compile("PDF")).first
    answer = customer.request.get(str(link.evaluate("a => a.href")))
    assert answer.headers["content-type"] == "application/pdf"
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(answer.body())).pages)
    flat = re.sub(r"\s+", "", text)
    for word in (code, "间歇异响", "张敏", "房间上锁", "江城市公安局交通警察支队", "李伟"):
        assert word in flat, f"{word} is not in the document"
    stated = query(
        demo, "SELECT doc ->> 'statement' FROM records WHERE kind = 'signature' AND doc ->> 'round' = ?", round_id
    )[0][0]
    assert stated[:16] in flat.lower(), "the statement's hash is printed"
    token = re.search(r"/V/([0-9A-Z]{12})", flat)
    if token is None:
        row = query(
            demo, "SELECT doc ->> 'token' FROM records WHERE kind = 'document' AND doc ->> 'round' = ?", round_id
        )
        address = f"/V/{row[0][0]}"
    else:
        address = f"/V/{token[1]}"
    door.goto(address)
    expect(door.get_by_text(re.compile("服务报告|巡检记录"))).not_to_have_count(0)
    assert demo.cli_json("verify")["faults"] == []
