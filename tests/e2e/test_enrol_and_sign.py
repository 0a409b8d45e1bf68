"""Coming in and signing, in a real browser against a real centre: invitation, passkey, PIN, statement, strokes, copy."""

import json
import math
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.e2e.support import Centre, axe

PIN = "193748"
FULL = """() => {
    window.roomyPut = IDBObjectStore.prototype.put;
    window.roomyAdd = IDBObjectStore.prototype.add;
    const full = () => { throw new DOMException("no room", "QuotaExceededError"); };
    IDBObjectStore.prototype.put = full;
    IDBObjectStore.prototype.add = full;
}"""
ROOM = """() => {
    IDBObjectStore.prototype.put = window.roomyPut;
    IDBObjectStore.prototype.add = window.roomyAdd;
}"""
KEPT = """(key) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("sitebook-outbox");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const asking = opening.result.transaction("drafts").objectStore("drafts").get(key);
        asking.onsuccess = () => resolve(asking.result);
    };
})"""


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Centre]) -> Centre:
    """A centre with the demo customer, shared by the tests of this file."""
    return make_server(demo=True)


@pytest.fixture
def page(make_phone: Callable[..., BrowserContext], demo: Centre) -> Page:
    """A phone that nobody has used yet, with a passkey authenticator."""
    page = make_phone(demo.origin).new_page()
    add_authenticator(page)
    return page


def add_authenticator(page: Page) -> tuple[CDPSession, str]:
    """A phone's own passkeys: always present, always verified."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def invite(centre: Centre, name: str) -> str:
    """The one-time link of a new engineer."""
    return str(centre.cli_json("invite", "--name", name, "--role", "engineer", "--all-sites")["link"])


def enrol(page: Page, link: str, *, passkey: bool = False, pin: str | None = PIN) -> None:
    """From the link to Today."""
    page.goto(link)
    page.get_by_role("button", name="登记并开始").click()
    expect(page.get_by_role("button", name="下一步")).to_be_disabled()
    if passkey:
        page.get_by_role("button", name="添加通行密钥").click()
        expect(page.get_by_text("通行密钥已添加")).to_be_visible()
    if pin:
        page.get_by_label("新 PIN").fill(pin)
        page.get_by_label("再输一次").fill(pin)
        page.get_by_role("button", name="设置 PIN").click()
        expect(page.get_by_text("PIN 已设置")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="开始工作").click()
    expect(page).to_have_url(re.compile(r"/$"))


def find_round(page: Page, centre: Centre, status: str) -> str:
    """The address of the demo's round with this status, once the phone holds it."""
    with closing(sqlite3.connect(f"file:{centre.data}/sitebook.db?mode=ro", uri=True)) as conn:
        (round,) = conn.execute(
            "SELECT id FROM records WHERE kind = 'round' AND doc ->> 'status' = ?", (status,)
        ).fetchone()
    page.goto(f"/round/{round}/summary")
    expect(page.get_by_role("button", name="其余记为未检")).to_be_visible(timeout=30_000)
    return f"/round/{round}"


def skip_rest(page: Page, reason: str) -> None:
    """Everything not inspected gets this reason."""
    page.get_by_role("button", name="其余记为未检").click()
    page.get_by_label("为什么没检").fill(reason)
    page.get_by_role("button", name=re.compile("^把 .* 台记为未检")).click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def draw(page: Page) -> None:
    """A signature of three strokes."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for stroke in range(3):
        x, y = box["x"] + 50 + stroke * 90, box["y"] + 90
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(24):
            page.mouse.move(x + step * 2.5, y + 40 * math.sin(step / 4 + stroke))
        page.mouse.up()


def test_an_invitation_works_once_and_says_why_not_again(page: Page, make_phone: Any, demo: Centre) -> None:
    link = invite(demo, "李伟")
    page.goto(link)
    expect(page.get_by_role("heading", name="李伟，欢迎")).to_be_visible()
    expect(page.get_by_text("工程师身份")).to_be_visible()
    assert axe(page) == []
    enrol(page, link, passkey=True)
    assert "#" not in page.url

    other = make_phone(demo.origin, locale="en-GB").new_page()
    other.goto(link)
    expect(other.get_by_text("This invitation was used already")).to_be_visible()
    other.goto(link[:-3] + "AAA")
    expect(other.get_by_text("This invitation is not known here")).to_be_visible()
    assert axe(other) == []


def test_without_a_network_the_invitation_is_kept_for_another_try(page: Page, demo: Centre) -> None:
    link = invite(demo, "王芳")
    page.goto("/enrol")
    expect(page.get_by_label("邀请链接")).to_be_visible()
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_label("邀请链接").fill("https://example.com/")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("此邀请属于另一个地址")).to_be_visible()
    page.get_by_label("邀请链接").fill(link)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    page.unroute("**/api/**")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="王芳，欢迎")).to_be_visible()


def test_ten_wrong_pins_lock_it_and_the_passkey_still_opens(page: Page, demo: Centre) -> None:
    enrol(page, invite(demo, "赵强"), passkey=True)
    page.goto("/signin")
    for left in (9, 8, 7, 6, 5, 4, 3, 2, 1):
        page.get_by_label("赵强的 PIN").fill("555123")
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_text(f"还可以试 {left} 次")).to_be_visible()
    page.get_by_label("赵强的 PIN").fill("555123")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("怎样重新进来")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_passkey_enrols_a_new_browser(make_phone: Any, demo: Centre) -> None:
    first = make_phone(demo.origin).new_page()
    session, authenticator = add_authenticator(first)
    enrol(first, invite(demo, "孙丽"), passkey=True, pin=None)
    credentials = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]

    second = make_phone(demo.origin).new_page()
    session, authenticator = add_authenticator(second)
    for credential in credentials:
        session.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": credential})
    second.goto("/")
    expect(second).to_have_url(re.compile("/enrol"))
    second.get_by_role("link", name="用通行密钥登录").click()
    second.get_by_role("button", name="用通行密钥登录").click()
    expect(second).to_have_url(re.compile(r"/$"))


def test_a_customer_signs_by_hand_what_the_centre_then_finds_matching(page: Page, demo: Centre) -> None:
    enrol(page, invite(demo, "李伟"))
    address = find_round(page, demo, "active")
    skip_rest(page, "房间装修")
    assert axe(page) == []
    page.get_by_label("签字人姓名").fill("张敏")
    page.get_by_role("button", name=re.compile("请张敏签字")).click()
    expect(page.get_by_role("heading", name="请核对，并签字确认")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Please check, then sign")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="张敏签字确认").click()
    expect(page.get_by_text("请先签名。")).to_be_visible()
    draw(page)
    page.evaluate(FULL)
    page.get_by_role("button", name="张敏签字确认").click()
    expect(page.get_by_text("手机空间不足")).to_be_visible()
    page.evaluate(ROOM)
    page.get_by_role("button", name="张敏签字确认").click()  # the strokes are still there
    expect(page.get_by_role("heading", name="已签字，谢谢")).to_be_visible()
    expect(page.get_by_role("img", name="副本链接的二维码")).to_be_visible()
    assert axe(page) == []

    token = page.evaluate(KEPT, f"copy:{address.removeprefix('/round/')}")["value"]["token"]
    expect(page.get_by_text("已送达")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="我是工程师，继续").click()
    expect(page.get_by_text("中心已核对，与记录一致")).to_be_visible(timeout=60_000)
    assert page.get_by_role("link", name="修改").count() == 0, "what was signed can't be corrected unseen"
    copy = page.context.new_page()
    answer = copy.goto(f"/C/{token}")
    assert answer is not None
    assert answer.status == 200
    expect(copy.get_by_text("张敏").first).to_be_visible()


def test_a_name_typed_offline_signs_and_survives_a_reload(page: Page, demo: Centre) -> None:
    enrol(page, invite(demo, "周涛"))
    address = find_round(page, demo, "planned")
    skip_rest(page, "停电")
    page.get_by_label("不在场").check()
    page.get_by_role("button", name=re.compile("客户不在场")).click()
    expect(page.get_by_text("请写明原因")).to_be_visible()
    page.get_by_label("为什么没有人签字").fill("开会")
    page.get_by_role("button", name=re.compile("客户不在场")).click()
    expect(page).to_have_url(re.compile(address + "$"))

    # Absent today, the customer signs another day: by typing, without a network.
    page.goto(f"{address}/summary")
    expect(page.get_by_text("客户不在场，没有签字")).to_be_visible()
    page.get_by_label("签字人姓名").fill("Zhou Qiang")
    page.get_by_role("button", name=re.compile("请Zhou Qiang签字")).click()
    page.get_by_role("button", name="改为键入姓名").click()
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_label("键入您的姓名，作为签名").fill("Zhou")
    page.get_by_role("button", name="Zhou Qiang签字确认").click()
    expect(page.get_by_text("请键入与签字人相同的姓名")).to_be_visible()
    page.get_by_label("键入您的姓名，作为签名").fill("zhou qiang")
    page.get_by_role("button", name="Zhou Qiang签字确认").click()
    expect(page.get_by_role("heading", name="已签字，谢谢")).to_be_visible()
    before = json.dumps(page.evaluate(KEPT, f"copy:{address.removeprefix('/round/')}"))
    page.reload()
    expect(page.get_by_role("heading", name="已签字，谢谢")).to_be_visible()
    expect(page.get_by_text("已存本机")).to_be_visible()
    assert json.dumps(page.evaluate(KEPT, f"copy:{address.removeprefix('/round/')}")) == before
    page.unroute("**/api/**")
