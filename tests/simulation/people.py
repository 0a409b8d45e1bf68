"""What people do on phones: acts drawn from what the phone shows, over few records and few values, so that they meet."""

from random import Random
from typing import Any

from tests.simulation.phone import Act, Phone

CODES = ("D010210-001", "D010210-002", "D010210-003")
TOKENS = ("ABCDEFGH1234", "ABCDEFGH5678")
WORDS = ("核心交换机", "台式机", "P\"r'int\\er", "", "🖨")
EDITED = (
    "name",
    "serial",
    "serial",
    "serial",
    "serial",
    "asset_tag",
    "note",
    "model",
    "code",
    "tokens",
    "site",
    "space",
)
STATES = ("planned", "active", "finished", "signed", "cancelled")


def new_id(rng: Random) -> str:
    """A UUIDv7 without a clock, so that a wrong one cannot change what happens."""
    raw = f"{rng.getrandbits(128):032x}"
    return f"{raw[:8]}-{raw[8:12]}-7{raw[13:16]}-{'89ab'[rng.randrange(4)]}{raw[17:20]}-{raw[20:]}"


class People:
    """Acts of one world. `sites`: site -> customer; `users`: everybody's ids."""

    def __init__(self, rng: Random, sites: dict[str, str], users: list[str]) -> None:
        self.rng, self.sites, self.users = rng, sites, users

    def shown(self, phone: Phone, kind: str) -> list[str]:
        """Ids of a kind that the phone shows, own new ones too."""
        found = [id for id, held in phone.held().items() if held.row["k"] == kind]
        found += [
            item.record for item in phone.mine().values() if item.kind == kind and item.record not in phone.held()
        ]
        return found

    def site(self, phone: Phone) -> str:
        """Mostly a site that the phone shows."""
        seen = self.shown(phone, "site")
        return self.rng.choice(seen) if seen and self.rng.random() < 0.93 else self.rng.choice(list(self.sites))

    def some(self, phone: Phone, kind: str) -> str | None:
        """One shown record."""
        found = self.shown(phone, kind)
        return self.rng.choice(found) if found else None

    def acts(self, phone: Phone) -> list[Act]:
        """What somebody does next; more than one act belong together."""
        if self.rng.random() < 0.15:
            return [act for _ in range(self.rng.randint(2, 3)) for act in self.one(phone)]
        return self.one(phone)

    def one(self, phone: Phone) -> list[Act]:
        """One act."""
        roll = self.rng.random()
        table = (
            (0.16, self.new_asset), (0.50, self.edit_asset), (0.55, self.new_round), (0.66, self.edit_round),
            (0.76, self.inspect), (0.81, self.photo), (0.84, self.space), (0.87, self.delete), (0.91, self.people),
            (0.94, self.place), (1.0, self.strange),
        )  # fmt: skip
        act = next(make for limit, make in table if roll <= limit)(phone)
        return [act] if act is not None else [self.new_asset(phone)]

    def new_asset(self, phone: Phone) -> Act:
        """A new asset, with a code that others may choose too."""
        site = self.site(phone)
        values: dict[str, Any] = {"site": site, "customer": self.sites[site], "name": self.rng.choice(WORDS)}
        if self.rng.random() < 0.4:
            values["code"] = self.rng.choice(CODES)
        if self.rng.random() < 0.3:
            values["tokens"] = {"add": [self.rng.choice(TOKENS)]}
        if self.rng.random() < 0.3 and (space := self.some(phone, "space")):
            values["space"] = space
        return Act("asset", new_id(self.rng), values)

    def edit_asset(self, phone: Phone) -> Act | None:
        """Change an asset, mostly one whose form has been open for a while."""
        record = self.edited(phone, "asset")
        if record is None:
            return None
        values: dict[str, Any] = {}
        for _ in range(self.rng.randint(1, 3)):
            field = self.rng.choice(EDITED)
            if field == "tokens":
                values[field] = {self.rng.choice(("add", "del")): [self.rng.choice(TOKENS)]}
            elif field == "site":
                if self.rng.random() < 0.3:
                    values[field] = self.site(phone)
            elif field == "space":
                values[field] = self.some(phone, "space")
            elif field == "code":
                values[field] = self.rng.choice((*CODES, None))
            else:
                values[field] = self.rng.choice((*WORDS[:3], *CODES, None))
        return Act("asset", record, values or {"note": "x"}, phone.seen.get(record))

    def edited(self, phone: Phone, kind: str) -> str | None:
        """A record to edit: mostly one whose form is open."""
        found = self.shown(phone, kind)
        forms = [record for record in phone.seen if record in found]
        if forms and self.rng.random() < 0.7:
            return self.rng.choice(forms)
        return self.rng.choice(found[:2]) if found else None

    def new_round(self, phone: Phone) -> Act | None:
        """A round over some of the assets."""
        assets = self.shown(phone, "asset")[:4]
        if not assets:
            return None
        values = {
            "site": self.site(phone),
            "title": "11 月",
            "assets": assets,
            "status": ["", self.rng.choice(STATES[:2])],
        }
        return Act("round", new_id(self.rng), values)

    def edit_round(self, phone: Phone) -> Act | None:
        """Move a round on, not always legally."""
        record = self.edited(phone, "round")
        view = phone.view(record) if record else None
        if record is None or view is None:
            return None
        values: dict[str, Any] = {"status": [view.values.get("status") or "", self.rng.choice(STATES)]}
        if self.rng.random() < 0.3:
            values["note"] = self.rng.choice(WORDS)
        if self.rng.random() < 0.2:
            values["due_on"] = self.rng.choice(("2026-11-30", "2026-12-01"))
        return Act("round", record, values, phone.seen.get(record))

    def inspect(self, phone: Phone) -> Act | None:
        """An inspection, or a correction of one."""
        own = self.edited(phone, "inspection")
        if own and self.rng.random() < 0.3:
            return Act("inspection", own, {"reason": self.rng.choice(WORDS[:3])}, phone.seen.get(own))
        round_, asset = self.some(phone, "round"), self.some(phone, "asset")
        if round_ is None or asset is None:
            return None
        values = {"site": self.site(phone), "round": round_, "asset": asset, "outcome": "skipped", "reason": "锁着"}
        return Act("inspection", new_id(self.rng), values)

    def photo(self, phone: Phone) -> Act:
        """A photo is an op at capture."""
        blob = f"{self.rng.getrandbits(256):064x}"
        values = {"site": self.site(phone), "blob": blob, "mime": "image/jpeg", "size": 7}
        return Act("photo", new_id(self.rng), values, None, [blob])

    def space(self, phone: Phone) -> Act:
        """A room."""
        return Act(
            "space", new_id(self.rng), {"site": self.site(phone), "type": "room", "name": self.rng.choice(WORDS)}
        )

    def delete(self, phone: Phone) -> Act | None:
        """Delete something."""
        kind = self.rng.choice(("asset", "photo", "space"))
        record = self.edited(phone, kind)
        return Act(f"{kind}.delete", record, {}) if record else None

    def people(self, phone: Phone) -> Act | None:
        """Change what a person may do; most may not."""
        return Act("user", self.rng.choice(self.users), self.grant())

    def grant(self) -> dict[str, Any]:
        """A change of somebody's sites or role."""
        if self.rng.random() < 0.8:
            return {"sites": {self.rng.choice(("add", "del")): [self.rng.choice(list(self.sites))]}}
        return {"role": self.rng.choice(("engineer", "manager", "viewer"))}

    def place(self, phone: Phone) -> Act | None:
        """Rename a site or a customer."""
        site = self.edited(phone, "site")
        return (
            Act("site", site, {"name": self.rng.choice(WORDS[:3]), "note": "n"}, phone.seen.get(site)) if site else None
        )

    def strange(self, phone: Phone) -> Act:
        """What a broken or hostile app would send."""
        site = self.site(phone)
        return self.rng.choice((
            Act("spaceship", new_id(self.rng), {"name": "x"}),
            Act("asset", new_id(self.rng), {"site": site, "colour": "red"}),
            Act("asset", new_id(self.rng), {"site": site, "value": "1,5"}),
            Act("asset", new_id(self.rng), {"name": "no site"}),
            Act("asset", new_id(self.rng), {"site": site, "space": new_id(self.rng)}),
            Act("asset", new_id(self.rng), {"site": site, "tokens": {"add": 5}}),
            Act("conflict", new_id(self.rng), {"status": "settled"}),
            Act("photo", new_id(self.rng), {"site": site, "blob": "0" * 64, "mime": "image/png", "size": 1, "arrived_at": 1}),
        ))  # fmt: skip


__all__ = ["People", "new_id"]
