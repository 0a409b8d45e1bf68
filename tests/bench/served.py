"""What the sync and phone benchmarks share: a served centre in a process of its own, and an install that speaks HTTP to it."""

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from server.ingest import new_id
from sync.chain import b64
from sync.ops import Op
from sync.wire import MAX_BYTES, MAX_OPS, write_op
from tests.e2e.support import Centre
from tests.install import TestInstall

ROOM_FOR_HEAD = 4_096
"""Bytes of a request that head and signature may take."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one run, removed afterwards."""
    made = Path(tempfile.mkdtemp(prefix="sitebook-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def cpu_s(centre: Centre) -> float:
    """CPU seconds that the server has used so far, which other work on the machine hardly changes (Linux)."""
    pid = (centre.data / "lock").read_text(encoding="ascii").strip()
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(data: Path) -> Iterator[Centre]:
    """An empty centre on `data`, initialised and serving."""
    centre = Centre(data)
    centre.cli("init")
    centre.start()
    try:
        yield centre
    finally:
        centre.stop()


def invite(centre: Centre, name: str, role: str = "administrator") -> str:
    """The link of an invitation for somebody with all sites."""
    return centre.cli_json("invite", "--name", name, "--role", role, "--all-sites")["link"]


class HttpInstall:
    """An enrolled install with its session: `author` makes ops and requests, `send` posts them gzipped and counts bytes."""

    def __init__(self, centre: Centre) -> None:
        self.client = httpx.Client(base_url=centre.origin, timeout=120, headers={"Origin": centre.origin})
        token = invite(centre, "Bench").partition("#")[2]
        name = self.client.post("/api/invitations/inspect", json={"token": token}).json()["centre"]
        self.author = TestInstall(name, user="")
        given = f"sitebook-enrol-1\n{name}\n{self.author.id}\n{token}".encode()
        answer = self.client.post(
            "/api/enrol",
            json={
                "install": self.author.id,
                "spki": b64(self.author.spki),
                "proof": self.author.signature(given),
                "device": {"name": "Bench", "platform": "Python"},
                "invitation": token,
            },
        )
        assert answer.status_code == 201, answer.text
        self.author.user = answer.json()["user"]["id"]
        # Browsers send a Secure cookie to http://localhost; httpx has to be told.
        self.client.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]

    def send(self, body: bytes) -> bytes:
        """POST a body that is gzipped already; the decoded answer."""
        answer = self.client.post("/api/sync", content=body, headers=HEADERS)
        assert answer.status_code == 200, answer.text
        return answer.content

    def fetch(self, body: bytes) -> tuple[bytes, int]:
        """Like `send`; the answer and its size on the wire."""
        with self.client.stream("POST", "/api/sync", content=body, headers=HEADERS) as answer:
            content = answer.read()
            assert answer.status_code == 200, content
            return content, answer.num_bytes_downloaded

    def push(self, ops: list[Op]) -> None:
        """Hand in ops, as many requests as they take."""
        for part in parts(ops):
            self.author.take(self.send(zipped(self.author.request(part))))

    def pull(self) -> None:
        """Pull until nothing more comes."""
        more = True
        while more:
            more = self.author.take(self.send(zipped(self.author.request([], pull=True))))["more"]

    def found(self) -> tuple[str, str, str]:
        """Make a customer, a site and a room on it; their ids."""
        customer, site, room = new_id(), new_id(), new_id()
        author = self.author
        self.push(
            [
                author.act("customer", customer, {"name": "江城交警"}),
                author.act("site", site, {"customer": customer, "name": "壹号栋", "tz": "Asia/Shanghai"}),
                author.act("space", room, {"site": site, "type": "room", "name": "0210"}),
            ]
        )
        return customer, site, room

    def close(self) -> None:
        """Let go of the connection."""
        self.client.close()


HEADERS = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}


def zipped(body: bytes) -> bytes:
    """As the browser's CompressionStream does: zlib's default level."""
    return gzip.compress(body, 6)


def parts(ops: list[Op]) -> Iterator[list[Op]]:
    """Ops in requests of at most 1,000 and 1 MB."""
    part: list[Op] = []
    size = 0
    for op in ops:
        length = len(write_op(op)) + 1
        if part and (len(part) == MAX_OPS or size + length > MAX_BYTES - ROOM_FOR_HEAD):
            yield part
            part, size = [], 0
        part.append(op)
        size += length
    if part:
        yield part


def asset(number: int, customer: str, site: str) -> dict[str, Any]:
    """Values of one asset as a register has them, 212 bytes of payload: two references and a claimed code among them."""
    return {
        "customer": customer,
        "site": site,
        "code": f"D010210-{number:05}",
        "name": "台式电脑",
        "model": "启天M437",
        "serial": f"PF{number * 7_919 % 9_999_991:07}",
        "status": "in_service",
    }
