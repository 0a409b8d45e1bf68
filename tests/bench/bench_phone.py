"""The phone in Chromium with 6,500 real assets in its store: cold start, search, bootstrap, save, scan; and the shell's size.

Throttling is Chromium's own (CDP `Emulation.setCPUThrottlingRate` 4), which slows the page's main thread; the browser's own
processes (IndexedDB, storage, the disk) and workers run at full speed. Cold start and scan run the shipped build and its screens;
bootstrap, search and save call the engine of a build that differs only in a second entry (`phone/engine.ts`).
"""

import gzip
import json
import os
import random
import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from server.centre import open_centre
from server.exchange.options import Options
from server.ingest import CENTRE_USER, new_id
from server.settings import Settings
from server.store.records import all_of
from sync.drafts import Draft
from tests.bench.served import folder
from tests.e2e.support import PHONE, ROOT, Camera, Centre, browser_flags, find_chromium, wait_for_shell

REGISTER = ROOT.parent / "shared" / "data" / "register" / "客户资产清单.xlsx"
REPORT = ROOT / "build" / "phone-shell.json"
ASSETS = 6_500
IN_ROUND = 300
SLOWDOWN = 4
STARTS = 7
SCANS = 9
SAVES = 200
PIN = "739164"

Figures = dict[str, dict[str, object]]

ENGINE = """async (entry) => { await import(entry); await globalThis.engine.start(); }"""

WATCH_START = """() => {
  // Once the card is in the page, the frame that paints it; no polling, which would force a layout each frame.
  const observer = new MutationObserver(() => {
    const button = document.querySelector("article a[href*='/round/']");
    if (!button) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      if (button.getBoundingClientRect().height > 0) globalThis.shownAt = performance.now();
    }));
  });
  observer.observe(document, { childList: true, subtree: true });
}"""

WATCH_SCAN = """() => {
  // The first frame that shows the label: its middle is no longer the plain background.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = (video) => video.requestVideoFrameCallback((now) => {
    context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2 - 60, 60, 120, 0, 0, 1, 1);
    const [level] = context.getImageData(0, 0, 1, 1).data;
    globalThis.firstLevel ??= level;
    if (Math.abs(level - globalThis.firstLevel) > 40) globalThis.labelAt ??= now;
    else seen(video);
  });
  const look = () => {
    const video = document.querySelector("video");
    if (video && !video.dataset.watched && video.videoWidth) { video.dataset.watched = "yes"; seen(video); }
    if (globalThis.labelAt && location.pathname !== "/scan" && document.querySelector("h1")?.textContent.includes(globalThis.wanted))
      globalThis.openAt ??= performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""

BOOTSTRAP = """async (link) => {
  const begin = performance.now();
  await engine.identity.enrol(link, "Bench");
  await engine.sync.now();
  const took = performance.now() - begin;
  return { took, assets: engine.store.all("asset").length, problem: engine.sync.status.problem ?? null };
}"""

SEARCH = """(queries) => {
  engine.store.search("x");
  const took = [];
  let found = 0;
  for (const query of queries) {
    const begin = performance.now();
    const hits = engine.store.search(query, 10_000).length;
    took.push(performance.now() - begin);
    found += hits > 0;
  }
  return { took, found };
}"""

SAVE = """async ([count, asset, round, checklist]) => {
  const { act, newId, store } = engine;
  const assets = store.all("asset").slice(0, count);
  const site = store.get("asset", asset).site;
  const results = Array.from({ length: 12 }, (_, index) => ({ item: `i${index}`, answer: "pass", state: "normal" }));
  const took = [];
  for (const { id } of assets) {
    await engine.sync.now(); // the round that the act before has started is over, as it is when people work
    const begin = performance.now();
    await act([{ kind: "inspection", record: newId(), values: {
      site, round, asset: id, checklist, outcome: "done", results, started_at: 1763600000000, finished_at: 1763600060000,
    } }]);
    took.push(performance.now() - begin);
  }
  return took;
}"""


class Seeded:
    """A centre with the register of 6,500 assets, a checklist and a round of 300 for one engineer, not yet started."""

    def __init__(self, data: Path, static: Path) -> None:
        self.centre = Centre(data, {"SITEBOOK_STATIC_DIR": str(static)})
        self.centre.cli("init", "--company", "安信运维", "--hotline", "400-820-8820")
        self._write(self._import)
        made = self.centre.cli_json("invite", "--name", "李伟", "--role", "engineer", "--all-sites")
        self.user: str = made["user"]
        self._write(self._plan)

    def _write(self, job: Callable[[Any], None]) -> None:
        centre = open_centre(Settings(data=self.centre.data, port=self.centre.port))
        try:
            job(centre)
        finally:
            centre.close()

    def _import(self, centre: Any) -> None:
        preview = centre.imports.take(REGISTER, name=REGISTER.name, user=CENTRE_USER)
        centre.imports.plan(preview.id, options=Options(customer_name=preview.options.customer_name, site_name="支队"))
        centre.imports.run_here(preview.id, user=CENTRE_USER, show=lambda done, total: None)

    def _plan(self, centre: Any) -> None:
        assets = all_of(centre.reader(), "asset")
        assert len(assets) == ASSETS, len(assets)
        self.assets = [(asset.id, asset.doc) for asset in assets]
        chosen = [asset for asset in assets if asset.doc.get("category")][:IN_ROUND]
        self.checklist, self.round = new_id(), new_id()
        self.site: str = chosen[0].doc["site"]
        items = [
            {"id": f"i{n}", "type": "check", "title": {"zh": f"检查项 {n + 1}", "en": f"Item {n + 1}"}}
            for n in range(12)
        ]
        categories = sorted({asset.doc["category"] for asset in chosen})
        drafts = [
            Draft(
                kind="checklist",
                record=self.checklist,
                values={"title": {"zh": "例行检查", "en": "Routine"}, "items": items, "status": "published"},
            ),
            Draft(
                kind="round",
                record=self.round,
                values={
                    "site": self.site,
                    "title": "11 月巡检",
                    "assets": [asset.id for asset in chosen],
                    "assignments": [{"category": one, "checklist": self.checklist} for one in categories],
                    "people": [self.user],
                    "status": ("", "active"),
                },
            ),
        ]
        centre.writer.submit(lambda conn: centre.ingest.demand(conn, drafts)).result()

    def link(self) -> str:
        """A fresh invitation for the engineer."""
        return self.centre.cli_json("invite", "--user", self.user)["link"]


@contextmanager
def browser(play: Playwright, profile: Path, camera: Camera) -> Iterator[BrowserContext]:
    """Chromium on a profile folder: closing it and opening it again is closing and opening the app."""
    context = play.chromium.launch_persistent_context(
        str(profile), executable_path=find_chromium(), args=browser_flags(camera.path), headless=True, **PHONE
    )
    try:
        yield context
    finally:
        context.close()


def slow(page: Page, rate: float = SLOWDOWN) -> None:
    """Throttle the page from now on."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def enrol(context: BrowserContext, seeded: Seeded) -> None:
    """An engineer opens the invitation, sets a PIN, and stands on Today with the whole store and shell on the phone."""
    page = context.new_page()
    page.goto(seeded.link())
    page.get_by_role("button", name="登记并开始").click()
    page.get_by_label(re.compile("^新 PIN")).fill(PIN)
    page.get_by_label(re.compile("^再输一次")).fill(PIN)
    page.get_by_role("button", name="设置 PIN").click()
    page.get_by_role("button", name=re.compile("^下一步$")).click()
    page.get_by_role("button", name=re.compile("^开始工作")).click()
    page.locator("article").first.wait_for(timeout=60_000)
    wait_for_shell(page)
    page.wait_for_function(HAS_ALL, arg=ASSETS, timeout=60_000)
    page.close()


HAS_ALL = """async (count) => {
  const db = await new Promise((resolve) => (indexedDB.open("sitebook-cache").onsuccess = ({ target }) => resolve(target.result)));
  const get = (store, key) => new Promise((resolve) => (db.transaction(store).objectStore(store).get(key).onsuccess = ({ target }) => resolve(target.result)));
  const [rows, complete] = [await get("meta", "rows"), await get("meta", "complete")];
  db.close();
  return rows >= count && complete === true;
}"""


def build(out: Path, *command: str | Path) -> None:
    """Run a build of the app in pwa/."""
    tools = os.environ | {"PATH": f"{ROOT / '.venv' / 'node'}{os.pathsep}{os.environ['PATH']}", "CI": "true"}
    done = subprocess.run(command, cwd=ROOT / "pwa", env=tools, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (out / "index.html").is_file()


def shell(out: Path) -> Figures:
    """Builds the app as it ships into `out`: what the first screen needs, and all that the phone stores, without the scanner's wasm."""
    build(
        out, "node", "node_modules/vite/bin/vite.js", "build", "--outDir", out, "--emptyOutDir", "--logLevel", "error"
    )
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    names = [name for name in report["files"] if not name.endswith(".wasm")]
    whole = sum(len(gzip.compress((out / name).read_bytes(), 9)) for name in names)
    return {
        "phone_shell": {"value": round(report["gzip_bytes"] / 1000, 1), "unit": "KB"},
        "phone_offline": {"value": round(whole / 1000, 1), "unit": "KB", "files": len(names)},
    }


def cold_starts(play: Playwright, profile: Path, camera: Camera, origin: str, rate: float) -> list[float]:
    """ms from navigation to Today's round card on the screen: the browser begun anew each time, no server, no network."""
    took: list[float] = []
    for _ in range(STARTS):
        with browser(play, profile, camera) as context:
            context.set_offline(True)
            page = context.new_page()
            page.add_init_script(f"({WATCH_START})()")
            slow(page, rate)
            page.goto(f"{origin}/", wait_until="commit")
            page.wait_for_function("() => globalThis.shownAt", timeout=60_000)
            took.append(page.evaluate("() => globalThis.shownAt"))
    return took


def scans(play: Playwright, profile: Path, camera: Camera, seeded: Seeded, place: Path, rate: float) -> list[float]:
    """ms from the first camera frame with the label to its asset on the screen. The camera sees a wall, then the label."""
    wall = Image.new("RGB", camera.size, "#b8bcc0")
    asset, doc = next((id, doc) for id, doc in seeded.assets if doc.get("code") and doc["site"] == seeded.site)
    view = wall.copy()
    label = cut_label(seeded.centre, asset, doc["site"], place)
    label.thumbnail((int(camera.size[0] * 0.6), int(camera.size[1] * 0.6)))
    view.paste(label, ((view.width - label.width) // 2, (view.height - label.height) // 2))
    took: list[float] = []
    for _ in range(SCANS):
        camera.show(wall, view, seconds=3)
        with browser(play, profile, camera) as context:
            page = context.new_page()
            page.add_init_script(f"globalThis.wanted = {json.dumps(doc['code'])}; ({WATCH_SCAN})()")
            slow(page, rate)
            page.goto(f"{seeded.centre.origin}/scan")
            page.wait_for_function("() => globalThis.openAt", timeout=30_000)
            took.append(page.evaluate("() => globalThis.openAt - globalThis.labelAt"))
    return took


def cut_label(centre: Centre, asset: str, site: str, place: Path) -> Image.Image:
    """The asset's label as the centre prints it, at 200 dpi."""
    sheet = place / "label.pdf"
    centre.cli("labels", "--site", site, "--asset", asset, "--out", str(sheet), "--reason", "bench")
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", sheet, place / "label"], check=True)
    page = Image.open(place / "label.png").convert("L")
    box = page.point(lambda level: 255 if level < 128 else 0).getbbox()  # pyright: ignore[reportOperatorIssue]
    assert box is not None
    return page.crop((box[0] - 20, box[1] - 20, box[2] + 20, box[3] + 20)).convert("RGB")


def queries(seeded: Seeded) -> list[str]:
    """What people type: codes, serials, names, people, places; each from its first letter on; and two words."""
    chance = random.Random(6_500)
    found: list[str] = []
    for _, doc in chance.sample(seeded.assets, 60):
        texts = [
            doc.get(field) for field in ("code", "serial", "name", "model", "manufacturer", "person", "department")
        ]
        text = chance.choice([text for text in texts if text])
        found.extend(text[:length] for length in range(1, min(len(text), 10) + 1))
        if doc.get("manufacturer") and doc.get("person"):
            found.append(f"{doc['manufacturer']} {doc['person']}")
    found += ["1", "0", "d", "p", "电", "机", "室", "a", "联", "交"] * 3 + ["没有这个", "zzzz", "打印机 3", "电脑 王"]
    return found


def engine_figures(play: Playwright, place: Path, camera: Camera, seeded: Seeded) -> Figures:
    """Bootstrap, search and save, through the engine itself."""
    built = place / "built"
    here = Path(__file__).parent / "phone"
    build(built, "node", here / "build.mjs", built, here / "engine.ts")
    entry = f"/assets/{next((built / 'assets').glob('engine-*.js')).name}"
    centre = Centre(seeded.centre.data, {"SITEBOOK_STATIC_DIR": str(built)})
    centre.port, centre.origin = seeded.centre.port, seeded.centre.origin
    bootstraps: list[float] = []
    found: dict[str, Any] = {}
    saves: list[float] = []
    centre.start()
    try:
        for run in range(3):
            link = seeded.link()
            with browser(play, place / f"profile-{run}", camera) as context:
                page = context.new_page()
                page.goto(f"{centre.origin}/settings")
                page.evaluate(ENGINE, entry)
                slow(page)
                answer = page.evaluate(BOOTSTRAP, link)
                assert answer["assets"] == ASSETS, answer
                bootstraps.append(answer["took"])
                if run == 2:
                    found = page.evaluate(SEARCH, queries(seeded))
                    centre.kill()
                    saves = page.evaluate(SAVE, [SAVES, seeded.assets[0][0], seeded.round, seeded.checklist])
    finally:
        if centre.running:
            centre.stop()
    took = found["took"]
    return {
        "phone_bootstrap": figure(statistics.median(bootstraps) / 1000, "s", bootstraps, scale=1000),
        "phone_search": {
            "value": round(percentile(took, 95), 1),
            "unit": "ms",
            "median": round(statistics.median(took), 1),
            "longest": round(max(took), 1),
            "queries": len(took),
            "with_results": found["found"],
            "slowdown": SLOWDOWN,
        },
        "phone_save": {
            "value": round(percentile(saves, 95), 1),
            "unit": "ms",
            "median": round(statistics.median(saves), 1),
            "longest": round(max(saves), 1),
            "acts": len(saves),
            "slowdown": SLOWDOWN,
        },
    }


def percentile(values: list[float], share: int) -> float:
    """The value that `share` of a hundred do not exceed."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


def figure(
    value: float, unit: str, runs: list[float], *, scale: float = 1, rate: float = SLOWDOWN
) -> dict[str, object]:
    """A median with the spread of its runs."""
    return {
        "value": round(value, 2 if unit == "s" else None),
        "unit": unit,
        "least": round(min(runs) / scale, 2),
        "most": round(max(runs) / scale, 2),
        "runs": len(runs),
        "slowdown": rate,
    }


def run() -> Figures:
    """All figures of the phone."""
    with folder() as place, sync_playwright() as play:
        found = shell(place / "shipped")
        seeded = Seeded(place / "data", place / "shipped")
        camera = Camera(place / "view.mjpeg")
        found |= engine_figures(play, place, camera, seeded)
        profile = Path(tempfile.mkdtemp(prefix="profile-", dir=place))
        seeded.centre.start()
        try:
            with browser(play, profile, camera) as context:
                enrol(context, seeded)
            seen = scans(play, profile, camera, seeded, place, 1)
            found["phone_scan"] = figure(statistics.median(seen), "ms", seen, rate=1)
        finally:
            seeded.centre.kill()
        starts = cold_starts(play, profile, camera, seeded.centre.origin, SLOWDOWN)
        found["phone_cold_start"] = figure(statistics.median(starts), "ms", starts)
    return found
