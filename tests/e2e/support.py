"""What browser tests use: a real centre in a process of its own, a camera fed with pictures, and axe."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import BrowserContext, Page

ROOT: Final = Path(__file__).resolve().parents[2]
AXE: Final = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
SITEBOOK: Final = Path(sys.executable).with_name("sitebook")

PIN: Final = "739164"

PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "permissions": ["camera", "geolocation"],
    "geolocation": {"latitude": 30.593, "longitude": 114.305, "accuracy": 12},
}
DESKTOP: Final[dict[str, Any]] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Asia/Shanghai",
}


def find_chromium() -> str:
    """The machine's own Chromium. Fails the test where there is none: a browser test is never skipped silently."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.fail("no Chromium on this machine: run `make browser`")


def browser_flags(camera: Path) -> list[str]:
    """Command line of a browser that asks nobody, calls nobody, and sees the frames of `camera`."""
    return [
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]


class Camera:
    """The picture in front of every fake camera of the browser: concatenated JPEGs, read when a camera is opened.

    Show a picture before the page opens the camera; a camera that is already open keeps the picture it opened with.
    """

    def __init__(self, path: Path, size: tuple[int, int] = (1280, 720)) -> None:
        self.path = path
        self.size = size
        self.show(Image.new("RGB", size, "#777777"))

    def show(self, *pictures: Image.Image, seconds: float = 1.0, background: str = "#8a8f94") -> None:
        """The pictures one after another, `seconds` each at 30 frames, for ever; fitted into the frame."""
        with self.path.open("wb") as file:
            for picture in pictures:
                frame = ImageOps.pad(picture.convert("RGB"), self.size, color=background)
                buffer = BytesIO()
                frame.save(buffer, "JPEG", quality=92, subsampling="4:2:0")
                for _ in range(max(1, round(seconds * 30))):
                    file.write(buffer.getvalue())


class Centre:
    """`sitebook serve` on a data folder of its own. Its address stays the same over a kill and a restart.

    `settings` are environment variables for it and for its command line, e.g. `{"SITEBOOK_STATIC_DIR": "…"}`.
    """

    def __init__(self, data: Path, settings: dict[str, str] | None = None) -> None:
        self.data = data
        self._settings = settings or {}
        self.port = _free_port()
        self.origin = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data.with_suffix(".log")

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What the server printed so far, over all its starts."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self, timeout_s: float = 30) -> None:
        """Starts the process and returns when it is ready. Fails the test with the log if it ends or stays silent."""
        assert not self.running, "the server runs already"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [SITEBOOK, "serve", "--data", self.data, "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd=self.data.parent,
            )
        for _ in range(round(timeout_s / 0.05)):
            if self._ready():
                return
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(0.05)
                pytest.fail(f"sitebook serve ended with {code}:\n{self.log}")
        self.kill()
        pytest.fail(f"sitebook serve was not ready within {timeout_s} s:\n{self.log}")

    def stop(self) -> None:
        """Ends the process as an operator would, and fails the test if it does not end within 10 s."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the process as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kills it if it runs, and starts it again on the same data and port."""
        if self.running:
            self.kill()
        self.start()

    def cli(self, verb: str, *arguments: str) -> str:
        """Runs `sitebook VERB --data DIR ARGUMENTS…` and returns what it printed; fails the test if it failed."""
        done = subprocess.run(
            [SITEBOOK, verb, "--data", self.data, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"sitebook {verb} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def cli_json(self, verb: str, *arguments: str) -> Any:
        """Like `cli`, with `--json`; the decoded answer."""
        return json.loads(self.cli(verb, *arguments, "--json"))

    def _environment(self) -> dict[str, str]:
        """The test's environment without settings of an installation on this machine."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SITEBOOK_")}
        return inherited | {"SITEBOOK_PORT": str(self.port)} | self._settings

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            pytest.fail(f"sitebook serve did not end within 10 s of {number.name}:\n{self.log}")


def wait_for_shell(page: Page) -> None:
    """Returns when the page's service worker is active and holds the whole phone app: from then on it works offline."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def enrol(context: BrowserContext, link: str) -> Page:
    """A person opens the invitation on a new device, sets a PIN, and stands on Today with the app stored for offline."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name=re.compile("登记并开始|Enrol and begin")).click()
    page.get_by_label(re.compile("^(新 PIN|New PIN)")).fill(PIN)
    page.get_by_label(re.compile("^(再输一次|Once more)")).fill(PIN)
    page.get_by_role("button", name=re.compile("设置 PIN|Set the PIN")).click()
    page.get_by_role("button", name=re.compile("^(下一步|Next)$")).click()
    page.get_by_role("button", name=re.compile("^(开始工作|Start work)")).click()
    wait_for_shell(page)
    return page


def axe(page: Page, *rules: str) -> list[str]:
    """Accessibility violations of the page as it stands, one line each: rule, what is wrong, where. `rules`: only these."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run `make setup-dev`")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(
        """async (rules) => {
            const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
            const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
            return violations.flatMap(({ id, help, nodes }) =>
                nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.failureSummary}`));
        }""",
        list(rules),
    )
    return list(violations)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
