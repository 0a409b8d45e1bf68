"""Every screen of phone and office: accessible, in both languages, in every theme, on narrow windows, empty and full."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.screens import (
    EMPTY_OFFICE,
    EMPTY_PHONE,
    Things,
    find_things,
    give_results,
    office_screens,
    other_build,
    phone_screens,
    settle,
    visit,
)
from tests.e2e.support import DESKTOP, PHONE, PIN, Camera, Centre, axe, enrol

CALM: dict[str, Any] = {"device_scale_factor": 1, "reduced_motion": "reduce"}
PHONE_WIDTH = {"width": 390, "height": 844}
NARROW_PHONE = {"width": 360, "height": 740}
NARROW_OFFICE = {"width": 1024, "height": 768}
MISSING = re.compile(
    r"undefined|\[object |\bNaN\b|\{(?!(?:customer|site|category|building|floor|room|rack)\})\w+\}|\bnull\b|没有这个页面|There is no such page"
)
"""Traces of a text or a page that nobody gave; the parts of a number pattern are written in braces on purpose."""
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
GIVEN = {"中文", "语言", "的设备", "的安卓手机", "管理员"}
"""Chinese in an English app: the name of the other language, of a device enrolled in Chinese, of the first administrator."""
OF_THEME = ("color-contrast", "link-in-text-block")
"""The rules whose outcome a theme can change."""

SHOW_THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"
TOO_WIDE = """() => [document.scrollingElement, ...document.querySelectorAll("main, main .body, main .content")]
    .filter((part) => part.scrollWidth > part.clientWidth + 1)
    .map((part) => `${part.tagName}.${part.className}: ${part.scrollWidth} > ${part.clientWidth}`)"""
WORDS = """() => {
    const hidden = [...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")]
        .flatMap((node) => ["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute(name) ?? ""));
    return [document.title, document.body.innerText, ...hidden].join("\\n");
}"""
FOCUSED = """() => {
    const node = document.activeElement;
    const named = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.innerText ?? "");
    const labels = [...(node.labels ?? [])].map((label) => label.innerText);
    return [node.getAttribute("aria-label") ?? "", ...named, ...labels, node.innerText ?? ""].join(" ").trim();
}"""

Visit = tuple[Page, list[str]]


def watch(page: Page) -> list[str]:
    """Everything the page complains about from now on."""
    troubles: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(f"{page.url}: {message.text} ({message.location.get('url')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    return troubles


def speak(page: Page, language: str) -> None:
    """The page again, in this language."""
    page.evaluate("(language) => localStorage.setItem('sitebook.language', language)", language)
    page.reload()
    settle(page)
    assert page.evaluate("() => document.documentElement.lang") == language


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus bears this name; fails where Tab does not lead there."""
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = str(page.evaluate(FOCUSED))
        if re.search(name, focused):
            return
        seen.append(focused[:40])
    pytest.fail(f"Tab does not reach “{name}”; it went over {seen}")


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Centre]) -> Centre:
    """A centre with the demo customer, for this file."""
    return make_server(demo=True, settings=other_build())


@pytest.fixture(scope="module")
def things(demo: Centre) -> Things:
    """What the demo customer holds."""
    return find_things(demo)


@pytest.fixture(scope="module")
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser profiles that live as long as this file's tests."""
    contexts: list[BrowserContext] = []

    def make(centre: Centre, kind: dict[str, Any], **options: Any) -> BrowserContext:
        context = browser.new_context(**(kind | CALM | dict[str, Any](base_url=centre.origin) | options))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def engineer(open_context: Callable[..., BrowserContext], demo: Centre, things: Things) -> Visit:
    """The demo's engineer on a phone in Chinese, everything downloaded; and what the page complained about."""
    page = enrol(open_context(demo, PHONE), demo.cli_json("invite", "--user", things.user)["link"])
    troubles = watch(page)
    expect(page.get_by_role("link", name=re.compile("^继续")).first).to_be_visible(timeout=20_000)
    return page, troubles


@pytest.fixture(scope="module")
def manager(open_context: Callable[..., BrowserContext], demo: Centre) -> Visit:
    """A manager in the office, in English; and what the page complained about."""
    link = demo.cli_json("invite", "--name", "Zheng Lan", "--role", "manager", "--all-sites")["link"]
    page = enrol(open_context(demo, DESKTOP), link)
    troubles = watch(page)
    page.goto("/office")
    expect(page.get_by_role("navigation").get_by_role("link", name=re.compile("Assets.*400"))).to_be_visible(
        timeout=20_000
    )
    return page, troubles


def faults(page: Page, name: str, themes: tuple[str, ...]) -> list[str]:
    """What is wrong with the screen as it stands, in each theme; ends in the first of them."""
    found: list[str] = []
    for theme in reversed(themes):
        page.evaluate(SHOW_THEME, theme)
        rules = () if theme == themes[0] else OF_THEME
        found += [f"{name}, {theme}: {line}" for line in axe(page, *rules)]
    words = str(page.evaluate(WORDS))
    found += [f"{name}: missing text “{gap}”" for gap in MISSING.findall(words)]
    return found


def narrow_faults(page: Page, name: str, narrow: dict[str, int], usual: dict[str, int]) -> list[str]:
    """What is wider than a narrow window."""
    page.set_viewport_size(narrow)  # pyright: ignore[reportArgumentType]
    settle(page)
    found = [f"{name} at {narrow['width']} px: {line}" for line in page.evaluate(TOO_WIDE)]
    page.set_viewport_size(usual)  # pyright: ignore[reportArgumentType]
    return found


def test_every_phone_screen_is_accessible_in_every_theme_and_fits_360_px(engineer: Visit, things: Things) -> None:
    page, troubles = engineer
    found: list[str] = []
    for name, address in phone_screens(things).items():
        visit(page, address)
        found += faults(page, name, ("light", "dark", "sun"))
        found += narrow_faults(page, name, NARROW_PHONE, PHONE_WIDTH)
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)


def test_a_half_filled_inspection_is_accessible_in_every_theme(engineer: Visit, things: Things) -> None:
    page, _ = engineer
    visit(page, phone_screens(things)["inspect"])
    give_results(page)
    found = faults(page, "inspect", ("light", "dark", "sun"))
    found += narrow_faults(page, "inspect", NARROW_PHONE, PHONE_WIDTH)
    page.get_by_role("button", name=re.compile("^下一台")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += faults(page, "what is missing", ("light", "dark", "sun"))
    page.keyboard.press("Escape")
    assert not found, "\n".join(found)


def test_every_phone_screen_speaks_english(engineer: Visit, things: Things) -> None:
    page, troubles = engineer
    speak(page, "en")
    found: list[str] = []
    for name, address in phone_screens(things).items():
        visit(page, address)
        found += [f"{name}: missing text “{gap}”" for gap in MISSING.findall(page.evaluate(WORDS))]
        found += narrow_faults(page, name, NARROW_PHONE, PHONE_WIDTH)
    speak(page, "zh-CN")
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)


def test_every_office_screen_is_accessible_in_light_and_dark_and_fits_1024_px(manager: Visit, things: Things) -> None:
    page, troubles = manager
    found: list[str] = []
    for name, address in office_screens(things).items():
        visit(page, address)
        found += faults(page, name, ("light", "dark"))
        found += narrow_faults(page, name, NARROW_OFFICE, DESKTOP["viewport"])
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)


def test_every_office_screen_speaks_chinese(manager: Visit, things: Things) -> None:
    page, troubles = manager
    speak(page, "zh-CN")
    found: list[str] = []
    for name, address in office_screens(things).items():
        visit(page, address)
        found += [f"{name}: missing text “{gap}”" for gap in MISSING.findall(page.evaluate(WORDS))]
        found += narrow_faults(page, name, NARROW_OFFICE, DESKTOP["viewport"])
    speak(page, "en")
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)


def test_an_empty_installation_says_on_every_screen_what_belongs_there(
    open_context: Callable[..., BrowserContext], make_server: Callable[..., Centre]
) -> None:
    centre = make_server(settings=other_build())
    invite = ("invite", "--all-sites", "--role")
    found: list[str] = []
    phone = enrol(open_context(centre, PHONE), centre.cli_json(*invite, "engineer", "--name", "Li")["link"])
    office = enrol(open_context(centre, DESKTOP), centre.cli_json(*invite, "administrator", "--name", "Lan")["link"])
    for page, screens, full in (
        (phone, EMPTY_PHONE, {"scan", "settings", "device", "outbox"}),
        (office, EMPTY_OFFICE, {"people", "settings", "import"}),
    ):
        troubles = watch(page)
        for language in ("zh-CN", "en"):
            speak(page, language)
            for name, address in screens.items():
                visit(page, address)
                where = f"{name}, {language}"
                found += [f"{where}: {line}" for line in axe(page)]
                if name not in full and page.locator("main .empty, main .failed").count() == 0:
                    found.append(f"{where}: no empty state")
                words = str(page.evaluate(WORDS))
                found += [f"{where}: missing text “{gap}”" for gap in MISSING.findall(words)]
                chinese = set(CHINESE.findall(words)) - GIVEN
                if language == "en":
                    found += [f"{where}: “{text}” in Chinese" for text in chinese]
                elif not chinese:
                    found.append(f"{where}: nothing in Chinese")
        found += troubles
    assert not found, "\n".join(found)


def test_a_device_is_enrolled_by_keyboard_alone(open_context: Callable[..., BrowserContext], demo: Centre) -> None:
    page = open_context(demo, PHONE).new_page()
    troubles = watch(page)
    page.goto(demo.cli_json("invite", "--name", "王芳", "--role", "engineer", "--all-sites")["link"])
    expect(page.get_by_role("button", name="登记并开始")).to_be_visible()
    found = faults(page, "invitation", ("light", "dark", "sun"))
    tab_to(page, "登记并开始")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="设置 PIN")).to_be_visible()
    found += faults(page, "ways in", ("light", "dark", "sun"))
    tab_to(page, "^新 PIN")
    page.keyboard.type(PIN)
    tab_to(page, "^再输一次")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("PIN 已设置")).to_be_visible()
    tab_to(page, "下一步")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="开始工作")).to_be_visible()
    found += faults(page, "ready", ("light", "dark", "sun"))
    tab_to(page, "开始工作")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)


def test_a_code_is_typed_into_the_scanner_by_keyboard_alone(engineer: Visit, things: Things, camera: Camera) -> None:
    page, _ = engineer
    visit(page, phone_screens(things)["scan"])
    tab_to(page, "^输编码")
    page.keyboard.press("Enter")
    expect(page.get_by_label("设备编码或标签码")).to_be_focused()
    found = faults(page, "type the code", ("light", "dark", "sun"))
    page.keyboard.type("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有编码是“nothing”的设备。")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type(things.code.lower())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/inspect/{things.todo}"))
    expect(page.get_by_role("heading", name=things.code)).to_be_visible()
    assert not found, "\n".join(found)


def test_a_customer_signs_by_keyboard_alone(engineer: Visit, things: Things) -> None:
    page, troubles = engineer
    visit(page, phone_screens(things)["summary"])
    tab_to(page, "^其余记为未检")
    page.keyboard.press("Enter")
    expect(page.get_by_label("为什么没检")).to_be_visible()
    found = faults(page, "skip the rest", ("light", "dark", "sun"))
    if not page.get_by_label("为什么没检").evaluate("(field) => field === document.activeElement"):
        tab_to(page, "^为什么没检")
    page.keyboard.insert_text("房间上锁")
    tab_to(page, "记为未检$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    tab_to(page, "^签字人姓名")
    page.keyboard.insert_text("张敏")
    tab_to(page, "请张敏签字")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="请核对，并签字确认")).to_be_visible(timeout=20_000)
    found += faults(page, "sign", ("light", "dark", "sun"))
    found += narrow_faults(page, "sign", NARROW_PHONE, PHONE_WIDTH)
    tab_to(page, "^全部结果")
    page.keyboard.press("Enter")
    found += faults(page, "all results", ("light",))
    page.keyboard.press("Enter")
    tab_to(page, "^改为键入姓名")
    page.keyboard.press("Enter")
    tab_to(page, "^键入您的姓名")
    page.keyboard.insert_text("张敏")
    tab_to(page, "^张敏签字确认")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="已签字，谢谢")).to_be_visible(timeout=20_000)
    found += faults(page, "signed", ("light", "dark", "sun"))
    found += narrow_faults(page, "signed", NARROW_PHONE, PHONE_WIDTH)
    tab_to(page, "我是工程师")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已由张敏签字")).to_be_visible()
    assert not found, "\n".join(found)
    assert not troubles, "\n".join(troubles)
