"""A centre for tests of signing in: the real application on a folder of its own, phones beside it, and its clock in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from litestar.testing import TestClient

from server.app import create_app
from server.auth import invitations, people
from server.ingest import new_id
from server.settings import Settings
from server.store import records
from sync.drafts import Draft
from tests.passkeys import Authenticator, InstallKey

ORIGIN = "https://site.example.com"
T = TypeVar("T")


class Phone:
    """One browser profile: cookies, an install key, and who is signed in."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.key = InstallKey()
        self.client = door.new_client()
        self.user = ""

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"Origin": ORIGIN, "Accept-Language": "en", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.request("PUT", path, body)

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self.request("PATCH", path, body)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)

    def enrol(self, token: str, **change: Any) -> httpx.Response:
        """Use an invitation as a phone does; `change` spoils parts of the claim."""
        body = self.key.claim(self.door.centre.id, token, invitation=token)
        answer = self.post("/api/enrol", body | change)
        if answer.status_code == 201:
            self.user = answer.json()["user"]["id"]
        return answer

    def invite(self, name: str, role: str = "engineer", **more: Any) -> dict[str, Any]:
        """Invite as an administrator; the answer with its `token`."""
        answer = self.post("/api/people", {"name": name, "role": role, **more})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return made | {"token": made["link"].partition("#")[2]}

    def sign_in_by_pin(self, pin: str, user: str = "", **change: Any) -> httpx.Response:
        challenge = self.post("/api/sign-in/pin/challenge", {"install": self.key.id})
        if challenge.status_code != 200:
            return challenge
        text = challenge.json()["challenge"]
        body = {
            "install": self.key.id,
            "user": user or self.user,
            "pin": pin,
            "challenge": text,
            "proof": self.key.prove("sitebook-sign-in-1", self.door.centre.id, text),
        }
        return self.post("/api/sign-in/pin", body | change)

    def add_passkey(self, name: str = "Mine", authenticator: Authenticator | None = None) -> Authenticator:
        authenticator = authenticator or Authenticator(ORIGIN)
        options = self.post("/api/passkeys/options").json()["options"]
        answer = self.post("/api/passkeys", {"name": name, "credential": authenticator.create(options)})
        assert answer.status_code == 201, answer.text
        return authenticator

    def sign_in_by_passkey(self, authenticator: Authenticator, **change: Any) -> httpx.Response:
        options = self.post("/api/sign-in/passkey/options").json()["options"]
        credential = authenticator.get(options)
        body = self.key.claim(self.door.centre.id, options["challenge"], credential=credential)
        answer = self.post("/api/sign-in/passkey", body | change)
        if answer.status_code == 200:
            self.user = answer.json()["user"]["id"]
        return answer


class Door:
    """The running centre. `now` is its clock, which stands until `pass_time`."""

    def __init__(self, folder: Path) -> None:
        self.app = create_app(Settings(data=folder / "data", origin=ORIGIN))
        self.centre = self.app.centre
        self.now = 1_800_000_000_000
        self.centre.ingest.clock = lambda: self.now
        self._main = TestClient(cast(Any, self.app), base_url=ORIGIN)
        self._main.__enter__()
        self._open = True

    def close(self) -> None:
        """Shut the centre down."""
        if self._open:
            self._open = False
            self._main.__exit__(None, None, None)

    def new_client(self) -> TestClient[Any]:
        """A client with cookies of its own, on the one running application."""
        client = TestClient(cast(Any, self.app), base_url=ORIGIN)
        client.blocking_portal = self._main.blocking_portal
        return client

    def pass_time(self, ms: int) -> None:
        self.now += ms

    def first_link(self) -> invitations.Made | None:
        auth = self.centre.auth
        return self.centre.writer.submit(lambda conn: people.first_administrator(conn, auth)).result()

    def phone(self) -> Phone:
        return Phone(self)

    def administrator(self) -> Phone:
        """The first administrator, enrolled by the printed link."""
        made = self.first_link()
        assert made is not None
        phone = self.phone()
        assert phone.enrol(made.token).status_code == 201
        return phone

    def administrator_again(self, phone: Phone, pin: str) -> Phone:
        """The same administrator, signed in again."""
        assert phone.sign_in_by_pin(pin).status_code == 200
        return phone

    def settle(self) -> None:
        """Return when the writer has done everything that was asked before."""
        self.centre.writer.submit(lambda conn: None).result()

    def make_sites(self, count: int) -> list[str]:
        """Sites of one customer; their ids."""
        customer, *sites = [new_id(self.now) for _ in range(count + 1)]
        drafts = [
            Draft(kind="customer", record=customer, values={"name": "Customer"}),
            *(Draft(kind="site", record=site, values={"customer": customer, "name": "Site"}) for site in sites),
        ]
        self.centre.writer.submit(lambda conn: self.centre.ingest.demand(conn, drafts)).result()
        return sites

    def person(self, administrator: Phone, role: str, **more: Any) -> Phone:
        """Somebody invited and enrolled."""
        phone = self.phone()
        answer = phone.enrol(administrator.invite(f"A {role}", role=role, **more)["token"])
        assert answer.status_code == 201, answer.text
        return phone

    def record(self, id: str) -> records.Record:
        found = records.get(self.centre.reader(), id)
        assert found is not None
        return found

    def records(self, kind: str) -> list[records.Record]:
        return records.all_of(self.centre.reader(), kind)

    def events(self) -> list[str]:
        """The audit trail's events, oldest first."""
        return [row[0] for row in self.centre.reader().execute("SELECT event FROM audit ORDER BY n")]

    def at_once(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: call(), calls))


@contextmanager
def open_door(folder: Path) -> Iterator[Door]:
    """A centre that is shut down at the end."""
    door = Door(folder)
    try:
        yield door
    finally:
        door.close()
