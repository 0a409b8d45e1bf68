"""The app's frame in a real browser: offline, updates, languages, themes, whatever screens it has."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.support import ROOT, Centre, axe, enrol, wait_for_shell

STATIC = ROOT / "server" / "static"
NOWHERE = "/there/is/no/such/page"


@pytest.fixture
def troubles() -> list[str]:
    """Everything a watched page complained about."""
    return []


def watch(page: Page, troubles: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(str(error)))


def test_first_visit_breaks_no_rule_of_the_security_policy(phone: BrowserContext, troubles: list[str]) -> None:
    page = phone.new_page()
    watch(page, troubles)
    page.goto(NOWHERE)
    wait_for_shell(page)
    expect(page.locator("main")).to_contain_text("没有这个页面")
    assert [text for text in troubles if "Content Security Policy" in text or "Error:" in text] == []


def test_every_address_opens_while_the_centre_is_dead(phone: BrowserContext, server: Centre) -> None:
    page = phone.new_page()
    page.goto(NOWHERE)
    wait_for_shell(page)
    server.kill()
    try:
        for address in ("/", "/scan", "/a/7q2mx4k9pt3v", "/A/7Q2MX4K9PT3V", "/round/r1/inspect/a1?from=scan", NOWHERE):
            answer = page.goto(address)
            assert answer is not None
            assert answer.from_service_worker, address
            expect(page.locator("main")).not_to_be_empty()
    finally:
        server.start()


def test_the_centres_own_pages_are_never_answered_from_the_phone(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(NOWHERE)
    wait_for_shell(page)
    for address in ("/healthz", "/api/openapi.json", "/V/7Q2MX4K9PT3V", "/a/7Q2MX4K9PT3V?public"):
        answer = page.goto(address)
        assert answer is not None
        assert not answer.from_service_worker, address


def test_a_new_version_waits_until_the_person_agrees(
    make_server: Callable[..., Centre], make_phone: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    static = tmp_path / "static"
    shutil.copytree(STATIC, static)
    server = make_server(settings={"SITEBOOK_STATIC_DIR": str(static)})
    page = make_phone(server.origin).new_page()
    page.goto(NOWHERE)
    wait_for_shell(page)
    offer = page.get_by_role("complementary", name="新版本已备好")
    page.evaluate("() => { window.halfFilled = true; }")

    worker = static / "sw.js"
    worker.write_text(re.sub(r"[0-9a-f]{16}", "0123456789abcdef", worker.read_text(), count=1))
    index = static / "index.html"
    index.write_text(index.read_text().replace("<title>Sitebook", "<title>Sitebook 2"))
    page.evaluate("() => navigator.serviceWorker.getRegistration().then((found) => found.update())")
    expect(offer).to_be_visible()
    assert page.evaluate("() => window.halfFilled"), "the page was reloaded without asking"
    page.get_by_role("button", name="稍后").click()
    expect(offer).to_be_hidden()

    page.reload()
    assert page.evaluate("() => document.querySelector('title').textContent").startswith("Sitebook")
    assert "Sitebook 2" not in page.content(), "the new version took over without asking"
    page.get_by_role("button", name="现在更新").click()
    page.wait_for_function("() => document.title.startsWith('Sitebook 2')")
    expect(offer).to_be_hidden()


def test_the_office_is_stored_once_somebody_opened_it(phone: BrowserContext, server: Centre) -> None:
    invitation = server.cli_json("invite", "--name", "郑岚", "--role", "manager", "--all-sites")
    page = enrol(phone, invitation["link"])
    stored = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
        (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)))).flat()"""
    files = set(page.evaluate(stored))
    assert "/index.html" in files
    assert not [file for file in files if file.startswith("/icons/") and file.endswith(".png")]
    built = {f"/assets/{path.name}" for path in (STATIC / "assets").iterdir()}
    office = built - files
    if not office:
        pytest.fail("the build has no office part, or the phone stores all of it")
    page.goto("/office/rounds")
    expect(page.get_by_role("navigation").get_by_role("link", name="巡检")).to_be_visible()
    page.wait_for_function(
        f"async (office) => (await ({stored})()).some((file) => office.includes(file))", arg=list(office)
    )


def test_the_language_is_the_browsers_until_one_is_chosen(make_phone: Callable[..., BrowserContext]) -> None:
    page = make_phone(locale="en-GB").new_page()
    page.goto(NOWHERE)
    expect(page.get_by_role("heading")).to_have_text("There is no such page")
    assert page.evaluate("() => document.documentElement.lang") == "en"
    page.evaluate("() => localStorage.setItem('sitebook.language', 'zh-CN')")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("没有这个页面")


@pytest.mark.parametrize("theme", ["light", "dark", "sun"])
def test_the_frame_is_accessible_in_every_theme(phone: BrowserContext, theme: str) -> None:
    page = phone.new_page()
    page.add_init_script(f"localStorage.setItem('sitebook.theme', '{theme}')")
    page.goto(NOWHERE)
    expect(page.get_by_role("heading")).to_be_visible()
    assert page.evaluate("() => document.documentElement.dataset.theme") == theme
    assert axe(page) == []


def test_the_app_can_be_installed(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(NOWHERE)
    wait_for_shell(page)
    session = phone.new_cdp_session(page)
    assert session.send("Page.getAppManifest").get("errors") == []
    found = {error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert found <= {"in-incognito"}, "a test's browser profile is a private one; nothing else may stand in the way"


def test_a_keyboard_reaches_the_content_first(desktop: BrowserContext) -> None:
    page = desktop.new_page()
    page.goto(NOWHERE)
    expect(page.get_by_role("heading")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
