"""What merge derives for people to look at: conflicts and parked ops. Never written by an op; rebuilt from the log."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from sync.model.fields import Id, Instant, Kind, Line, Text, field


class Side(Struct, frozen=True, kw_only=True):
    """One person's value in a conflict: the op (first 9 bytes of its hash), its author, and the value as JSON text."""

    op: str
    user: str
    value: str
    at: Instant


class Conflict(Struct, frozen=True, kw_only=True):
    """Two values of one field, neither author having seen the other's; or two records that claim one key."""

    kind: Annotated[Line | None, field("种类", "Record kind")] = None
    record: Annotated[Id | None, field("记录", "Record")] = None
    path: Annotated[Line | None, field("字段", "Field")] = None
    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    winner: Annotated[Side | None, field("现值", "Current")] = None
    losers: Annotated[list[Side] | None, field("另值", "Other values")] = None
    claim: Annotated[Line | None, field("争用", "Claimed key")] = None
    others: Annotated[list[Id] | None, field("其他记录", "Other records")] = None
    status: Annotated[Literal["open", "settled"] | None, field("状态", "Status")] = None


class Parked(Struct, frozen=True, kw_only=True):
    """An op that was kept but not applied, and why."""

    install: Annotated[Line | None, field("安装号", "Install")] = None
    n: Annotated[int | None, field("序号", "Number")] = None
    op: Annotated[Line | None, field("操作", "Op")] = None
    user: Annotated[Id | None, field("人员", "Person", ref="user")] = None
    kind: Annotated[Line | None, field("种类", "Record kind")] = None
    record: Annotated[Id | None, field("记录", "Record")] = None
    verdict: Annotated[Line | None, field("裁定", "Verdict")] = None
    code: Annotated[Line | None, field("原因", "Reason")] = None
    detail: Annotated[Text | None, field("说明", "Detail")] = None
    arrived_at: Annotated[Instant | None, field("到达", "Arrived")] = None


def conflict_scopes(doc: dict[str, Any]) -> tuple[str, ...]:
    office = f"office:{doc['site']}" if doc.get("site") else "office"
    people = {side["user"] for side in [doc.get("winner"), *(doc.get("losers") or ())] if side}
    return (office, *sorted(f"user:{user}" for user in people))


def parked_scopes(doc: dict[str, Any]) -> tuple[str, ...]:
    return ("office", f"user:{doc['user']}") if doc.get("user") else ("office",)


KINDS = (
    Kind(name="conflict", zh="冲突", en="Conflict", struct=Conflict, scopes=conflict_scopes, derived=True),
    Kind(name="parked", zh="搁置", en="Parked", struct=Parked, scopes=parked_scopes, derived=True),
)
