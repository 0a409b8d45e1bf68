"""Every screen of the app by name, and how to come to it: what the pictures of the guide and the tests of all screens share."""

import math
import os
import re
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.e2e.steps import query
from tests.e2e.support import PIN, ROOT, Centre

DEMO_PHOTOS = ROOT / "server" / "demo" / "photos"


@dataclass(frozen=True, kw_only=True)
class Things:
    """Ids of what the demo customer holds, as addresses need them."""

    active: str
    """a half-done round"""
    signed: str
    todo: str
    """a computer of that round that nobody inspected yet"""
    faulty: str
    """an asset of that round with something abnormal and a photo of it"""
    token: str
    """the label of `faulty`"""
    code: str
    """the code of `todo`"""
    site: str
    user: str
    """the engineer whose rounds these are"""
    checklist: str


def other_build() -> dict[str, str]:
    """Settings of a centre that serves the build named by SITEBOOK_STATIC_DIR; nothing where the usual one is meant."""
    return {name: value for name, value in os.environ.items() if name == "SITEBOOK_STATIC_DIR"}


def find_things(centre: Centre) -> Things:
    """What the demo customer of this centre holds."""
    active, signed = (
        query(
            centre, "SELECT id, doc ->> 'site' AS site FROM records WHERE kind = 'round' AND doc ->> 'status' = ?", s
        )[0]
        for s in ("active", "signed")
    )
    todo = query(
        centre,
        "SELECT a.id, a.doc ->> 'code' AS code FROM records r, json_each(r.doc, '$.assets') e "
        "JOIN records a ON a.id = e.value JOIN records c ON c.id = a.doc ->> 'category' "
        "WHERE r.id = ?1 AND c.doc ->> 'key' = 'pc' AND NOT EXISTS "
        "(SELECT 1 FROM records i WHERE i.kind = 'inspection' AND i.doc ->> 'round' = ?1 AND i.doc ->> 'asset' = a.id) "
        "ORDER BY e.key LIMIT 1",
        active["id"],
    )[0]
    faulty = query(
        centre,
        "SELECT a.id, a.doc ->> '$.tokens[0]' AS token FROM records i JOIN records a ON a.id = i.doc ->> 'asset', "
        "json_each(i.doc, '$.results') e WHERE i.kind = 'inspection' AND i.doc ->> 'round' = ? "
        "AND e.value ->> 'state' = 'abnormal' AND e.value ->> '$.photos[0]' IS NOT NULL ORDER BY i.id LIMIT 1",
        active["id"],
    )[0]
    return Things(
        active=active["id"],
        signed=signed["id"],
        todo=todo["id"],
        code=todo["code"],
        faulty=faulty["id"],
        token=faulty["token"],
        site=active["site"],
        user=query(centre, "SELECT id FROM records WHERE kind = 'user' AND doc ->> 'name' = '李伟'")[0]["id"],
        checklist=query(
            centre,
            "SELECT id FROM records WHERE kind = 'checklist' AND doc ->> 'status' = 'published' ORDER BY id LIMIT 1",
        )[0]["id"],
    )


def phone_screens(things: Things) -> dict[str, str]:
    """Name -> address of every phone screen that an engineer who is in can open, with the demo's things on it."""
    return {
        "today": "/",
        "scan": f"/scan?round={things.active}",
        "search": "/search?q=D0102",
        "label": "/a/7Q2MX4K9PT3V",
        "asset": f"/asset/{things.faulty}",
        "round": f"/round/{things.active}",
        "inspect": f"/round/{things.active}/inspect/{things.todo}",
        "inspected": f"/round/{things.active}/inspect/{things.faulty}",
        "summary": f"/round/{things.active}/summary",
        "signed": f"/round/{things.signed}/summary",
        "outbox": "/outbox",
        "device": "/device",
        "settings": "/settings",
        "signin": "/signin",
    }


EMPTY_PHONE = {
    "today": "/",
    "scan": "/scan",
    "search": "/search?q=D0102",
    "label": "/a/7Q2MX4K9PT3V",
    "asset": "/asset/nothing",
    "round": "/round/nothing",
    "inspect": "/round/nothing/inspect/nothing",
    "summary": "/round/nothing/summary",
    "sign": "/round/nothing/sign",
    "outbox": "/outbox",
    "device": "/device",
    "settings": "/settings",
}
"""What the phone's screens are on an installation without anything, addresses of things that do not exist among them."""


def office_screens(things: Things) -> dict[str, str]:
    """Name -> address of every office screen, with the demo's things on it."""
    return {
        "today": "/office",
        "sites": "/office/sites",
        "site": f"/office/sites/{things.site}",
        "assets": "/office/assets",
        "asset": f"/office/assets/{things.faulty}",
        "rounds": "/office/rounds",
        "start-round": "/office/rounds?new=1",
        "round": f"/office/rounds/{things.active}",
        "signed-round": f"/office/rounds/{things.signed}",
        "labels": "/office/labels",
        "checklists": "/office/checklists",
        "checklist": f"/office/checklists/{things.checklist}",
        "import": "/office/import",
        "people": "/office/people",
        "person": f"/office/people/{things.user}",
        "documents": "/office/documents",
        "inbox": "/office/inbox",
        "settings": "/office/settings",
    }


EMPTY_OFFICE = {
    "today": "/office",
    "sites": "/office/sites",
    "assets": "/office/assets",
    "rounds": "/office/rounds",
    "start-round": "/office/rounds?new=1",
    "labels": "/office/labels",
    "checklists": "/office/checklists",
    "import": "/office/import",
    "people": "/office/people",
    "documents": "/office/documents",
    "inbox": "/office/inbox",
    "settings": "/office/settings",
}

SETTLED = """() => {
    const main = document.querySelector("main");
    if (!main || !main.innerText.trim() || main.querySelector(".skeleton")) return false;
    return [...document.querySelectorAll("main img")].every((image) => image.complete);
}"""


def settle(page: Page) -> None:
    """Returns when the screen shows what it will: something, nothing loading, every picture there."""
    page.wait_for_function(SETTLED, timeout=20_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def visit(page: Page, address: str) -> None:
    """Follows an address inside the running app, as a link does, or opens the app there; returns when it has settled."""
    if page.url.startswith("http") and page.evaluate(
        "() => 'serviceWorker' in navigator && !!document.querySelector('main')"
    ):
        page.evaluate(
            """(address) => {
                const link = Object.assign(document.createElement("a"), { href: address });
                document.body.append(link);
                link.click();
                link.remove();
            }""",
            address,
        )
        page.wait_for_function("(address) => location.pathname + location.search === address", arg=address)
    else:
        page.goto(address)
    settle(page)


def give_results(page: Page) -> None:
    """On the inspect screen of a computer: the fan abnormal with a photo, figures typed; the rest still open."""
    page.locator("#item-case_temp").get_by_role("textbox").fill("43")
    page.locator("#item-patches").get_by_role("textbox").fill("0")
    fan = page.locator("#item-fan")
    fan.get_by_role("radio", name=re.compile("异常|Abnormal")).check()
    fan.get_by_role("radio", name=re.compile("一般|Medium")).check()
    fan.get_by_role("textbox").first.fill("间歇异响，开机约 5 分钟后明显")
    fan.get_by_label(re.compile("^(选照片|Choose a photo)")).set_input_files(DEMO_PHOTOS / "fan.jpg")
    fan.get_by_text(re.compile("已拍 1 张|1 photo")).wait_for(timeout=15_000)


def name_signer(page: Page) -> None:
    """On the summary of a half-done round: the rest is recorded as not inspected, Zhang Min is to sign."""
    page.get_by_role("button", name=re.compile("其余记为未检|Record the rest")).click()
    page.get_by_label(re.compile("为什么没检|Why not inspected")).fill("房间上锁")
    page.get_by_role("button", name=re.compile("^(把 .* 台记为未检|Record [0-9,]+ as)")).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_label(re.compile("签字人姓名|Name of the signer")).fill("张敏")
    page.get_by_label(re.compile("部门或职务|Department or role")).fill("事故处理科")


def draw_name(page: Page) -> None:
    """Strokes on the pad, as a finger writes."""
    pad = page.locator("canvas")
    pad.wait_for(timeout=20_000)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for stroke in range(5):
        x, y = box["x"] + 40 + stroke * 55, box["y"] + 55 + (stroke % 2) * 20
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(20):
            page.mouse.move(x + step * 2.2, y + 42 * math.sin(step / 3.5 + stroke * 1.3))
        page.mouse.up()


def fill_pins(page: Page) -> None:
    """On the second step of enrolment."""
    page.get_by_label(re.compile("^(新 PIN|New PIN)")).fill(PIN)
    page.get_by_label(re.compile("^(再输一次|Once more)")).fill(PIN)
