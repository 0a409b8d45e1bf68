"""Every operation of the API under generated requests, right ones and wrong ones: nothing breaks, and every answer is as
the description says. The time is bounded; what is generated is the same in every run."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.ingest import new_id
from server.security import CSP, HEADERS
from sync.drafts import Draft
from tests.door import ORIGIN, Door, Phone, open_door

EXAMPLES = 20
SECONDS = 40
SAFE = " !#$%&'()*+,-./:;<=>?@[]^_`{|}~\""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = frozenset(("watchChanges",))
"""Operations whose answers do not end; their own tests read them."""


@schemathesis.serializer("application/x-ndjson", "application/offset+octet-stream")
def write_bytes(ctx: Any, value: Any) -> bytes:
    """Bodies that are no JSON, as they are."""
    return value if isinstance(value, bytes) else str(getattr(value, "data", value)).encode("utf-8", "replace")


class Caller:
    """An administrator who comes in again when an operation has signed them out."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.stranger = door.phone()
        self.phone = door.administrator()
        self.second = door.person(self.phone, "administrator", all_sites=True)

    def come_in(self) -> Phone:
        if self.phone.get("/api/session").status_code != 200:
            link = self.door.first_link() or self._fresh()
            self.phone = self.door.phone()
            assert self.phone.enrol(link.token).status_code == 201
        return self.phone

    def _fresh(self) -> Any:
        from server.auth import invitations

        auth, user = self.door.centre.auth, self.second.user
        return self.door.centre.writer.submit(
            lambda conn: invitations.create(conn, auth, user=user, role="administrator", created_by=None)
        ).result()


def furnish(door: Door, caller: Caller) -> list[str]:
    """Records of several kinds; ids for paths to hit."""
    site, customer, asset, space, round_ = (new_id() for _ in range(5))
    drafts = [
        Draft(kind="customer", record=customer, values={"name": "江城交警"}),
        Draft(kind="site", record=site, values={"customer": customer, "name": "支队", "tz": "Asia/Shanghai"}),
        Draft(kind="space", record=space, values={"site": site, "type": "room", "name": "0210"}),
        Draft(kind="asset", record=asset, values={"site": site, "space": space, "code": "D010210-009", "name": "=1+1"}),
        Draft(kind="round", record=round_, values={"site": site, "title": "十一月", "assets": [asset]}),
    ]
    door.centre.writer.submit(lambda conn: door.centre.ingest.write(conn, drafts)).result()
    made = caller.phone.post("/api/imports", files={"file": ("a.csv", "设备类别,型号\n台式机,M437\n".encode())})
    token = caller.phone.post("/api/tokens", {"name": "script", "scopes": ["read:*"]}).json()["id"]
    return [site, customer, asset, f"{asset}.png", f"{asset}.svg", round_, made.json()["id"], token, caller.second.user,
            caller.second.key.id]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, Caller, list[str]]]:
    with open_door(tmp_path_factory.mktemp("fuzz")) as door:
        generous(door)
        caller = Caller(door)
        yield door, caller, furnish(door, caller)


def generous(door: Door) -> None:
    """Hundreds of requests from one address are meant here."""
    for name in ("invitation", "sign_in", "page"):
        getattr(door.centre.limits, name).wait_s = lambda key, cost=1: 0.0


def request(phone: Phone, case: Any, known: list[str], pick: int) -> httpx.Response | None:
    """Send a generated request, sometimes to a record that is there; None for what no client can put on the wire."""
    if case.path_parameters and pick:
        case.path_parameters = {name: known[pick % len(known)] for name in case.path_parameters}
    sent = case.as_transport_kwargs(base_url=ORIGIN)
    parts = {name: sent.get(name) for name in ("method", "url", "params", "data", "json", "files")}
    headers = {
        name: quote(value, safe=SAFE) if isinstance(value, str) else value
        for name, value in (sent.get("headers") or {}).items()
    }
    try:
        ready = requests.Request(**parts, headers=headers | {"Origin": ORIGIN, "Accept-Language": "en"}).prepare()
    except (requests.RequestException, UnicodeError, ValueError, TypeError):
        return None
    body: Any = ready.body.encode() if isinstance(ready.body, str) else ready.body or b""
    return phone.client.request(
        ready.method or "", ready.url or "", headers=dict[str, Any](ready.headers), content=body
    )


def judge(answer: httpx.Response, case: Any) -> None:
    case.validate_response(answer, checks=CHECKS)
    assert answer.headers["content-security-policy"].endswith(CSP)
    for name, value in HEADERS.items():
        # Private pages tell other sites even less.
        assert answer.headers[name] in ((value, "no-referrer") if name == "referrer-policy" else (value,))
    if answer.status_code >= 400 and answer.request.url.path.startswith("/api/") and case.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def attempt(operation: Any, examples: int, send: Callable[[Any, int], httpx.Response | None], known: int) -> None:
    """Generated requests of one operation, each answer judged. Raises what the checks found."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @given(case=operation.as_strategy(), pick=st.integers(0, known))
    def run(case: Any, pick: int) -> None:
        answer = send(case, pick)
        if answer is not None:
            judge(answer, case)

    run()


@pytest.mark.parametrize("who", ["administrator", "stranger"])
def test_no_generated_request_breaks_anything(world: tuple[Door, Caller, list[str]], who: str) -> None:
    door, caller, known = world
    schema = schemathesis.openapi.from_dict(caller.stranger.get("/api/openapi.json").json())
    until = time.monotonic() + SECONDS / 2
    failures: list[str] = []
    asked: Counter[str] = Counter()

    def send(case: Any, pick: int) -> httpx.Response | None:
        # On a slow machine the last operations get fewer requests, none gets none.
        if asked[case.operation.label] and time.monotonic() > until:
            return None
        phone = caller.come_in() if who == "administrator" else caller.stranger
        if who == "stranger":
            phone.client.cookies.clear()
        answer = request(phone, case, known, pick)
        asked[case.operation.label] += answer is not None
        return answer

    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # pyright: ignore
    operations = [op for op in operations if op.definition.raw["operationId"] not in ENDLESS]
    for operation in operations:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                attempt(operation, EXAMPLES if who == "administrator" else EXAMPLES // 3, send, len(known))
        except (AssertionError, FailureGroup, ExceptionGroup) as error:
            causes = getattr(error, "exceptions", [error])
            failures.extend(f"{operation.label}: {str(cause)[:1500]}" for cause in causes)
    door.settle()
    assert not failures, "\n\n".join(failures)
    assert {op.label for op in operations} == {label for label, times in asked.items() if times}
