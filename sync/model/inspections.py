"""Preventive inspection: checklists, rounds, what was found, the photos and the signature under it."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from sync.model.fields import (
    Bilingual,
    Civil,
    Count,
    Decimal,
    Hash,
    Id,
    Instant,
    Kind,
    Line,
    Text,
    company_scope,
    field,
    pairs,
    roles,
    site_scope,
)

ItemType = Literal["check", "choice", "number", "text", "instruction"]
ResultState = Literal["normal", "abnormal", "na"]
Severity = Literal["minor", "medium", "serious"]


class Choice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a choice item."""

    value: Line
    title: Bilingual
    abnormal: bool = False


class ChecklistItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a checklist. `check` answers pass / fail / na; `number` has a unit and a normal range, both ends inclusive."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$")]
    type: ItemType
    title: Bilingual
    section: Bilingual | None = None
    hint: Bilingual | None = None
    unit: Line = ""
    min: Decimal | None = None
    max: Decimal | None = None
    step: Decimal | None = None
    choices: list[Choice] = []
    photo: Literal["never", "abnormal", "always"] = "never"
    required: bool = True


class Checklist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a checklist; a published version is not edited, the next one names the same `family`."""

    family: Annotated[Id | None, field("检查表系列", "Family")] = None
    version: Annotated[Count | None, field("版本", "Version")] = None
    title: Annotated[Bilingual | None, field("检查表", "Checklist", policy="review", search=True, column=True)] = None
    categories: Annotated[list[Id] | None, field("适用类别", "Categories", ref="category")] = None
    items: Annotated[list[ChecklistItem] | None, field("检查项", "Items", policy="review")] = None
    status: Annotated[Literal["draft", "published", "retired"] | None, field("状态", "Status", policy="review")] = None


RoundStatus = Literal["planned", "active", "finished", "signed", "cancelled"]


RoundAssets = Annotated[list[Id], Meta(max_length=500)]


class Assignment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Assets of one category are inspected by one checklist version."""

    category: Id
    checklist: Id


class Round(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One inspection task: these assets, by these checklists, by these people, until that day. At most 500 assets."""

    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    title: Annotated[Line | None, field("名称", "Title", search=True, column=True)] = None
    assets: Annotated[RoundAssets | None, field("设备", "Assets", policy="review", ref="asset")] = None
    assignments: Annotated[list[Assignment] | None, field("检查表", "Checklists", policy="review")] = None
    people: Annotated[list[Id] | None, field("人员", "People", policy="review", ref="user")] = None
    due_on: Annotated[Civil | None, field("截止", "Due", policy="review", column=True)] = None
    status: Annotated[RoundStatus | None, field("状态", "Status", policy="transition", column=True)] = None
    note: Annotated[Text | None, field("备注", "Note")] = None


class ItemResult(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The answer to one item. `answer`: pass / fail / na, a choice's value, a decimal, or text."""

    item: Line
    answer: Text
    state: ResultState
    severity: Severity | None = None
    note: Text = ""
    solved: Text = ""
    photos: list[Id] = []


class Presence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the engineer came to the asset: its label scanned, its code typed, or picked from the list."""

    by: Literal["scan", "typed", "list"]
    at: Instant


class Inspection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One engineer's inspection of one asset in one round, or the reason why there was none."""

    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    round: Annotated[Id | None, field("巡检", "Round", ref="round")] = None
    asset: Annotated[Id | None, field("设备", "Asset", ref="asset")] = None
    checklist: Annotated[Id | None, field("检查表", "Checklist", ref="checklist")] = None
    outcome: Annotated[Literal["done", "skipped"] | None, field("结果", "Outcome", policy="review")] = None
    results: Annotated[list[ItemResult] | None, field("检查结果", "Results", policy="review")] = None
    reason: Annotated[Text | None, field("未检原因", "Reason skipped", policy="review")] = None
    presence: Annotated[Presence | None, field("到场", "Presence")] = None
    started_at: Annotated[Instant | None, field("开始", "Started")] = None
    finished_at: Annotated[Instant | None, field("完成", "Finished")] = None


class Position(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a photo was taken: degrees WGS 84 and metres, as decimals."""

    lat: Decimal
    lon: Decimal
    accuracy_m: Decimal | None = None


class Photo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One picture. The evidence is the bytes whose SHA-256 is `blob`; watermark and thumbnail are derived from them."""

    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    asset: Annotated[Id | None, field("设备", "Asset", ref="asset")] = None
    space: Annotated[Id | None, field("空间", "Space", ref="space")] = None
    round: Annotated[Id | None, field("巡检", "Round", ref="round")] = None
    item: Annotated[Line | None, field("检查项", "Item")] = None
    blob: Annotated[Hash | None, field("文件", "File")] = None
    mime: Annotated[Line | None, field("格式", "Format")] = None
    size: Annotated[Count | None, field("字节", "Bytes")] = None
    width: Annotated[Count | None, field("宽", "Width")] = None
    height: Annotated[Count | None, field("高", "Height")] = None
    taken_at: Annotated[Instant | None, field("拍摄时间", "Taken")] = None
    position: Annotated[Position | None, field("位置", "Position")] = None
    arrived_at: Annotated[Instant | None, field("送达", "Arrived", policy="centre")] = None
    refused: Annotated[Line | None, field("拒收原因", "Refused because", policy="centre")] = None


class Signer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signed for the customer."""

    name: Line
    role: Line = ""


class Signature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer's word on a round: signed, absent or refused. It covers the bytes of `statement`, nothing else."""

    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    round: Annotated[Id | None, field("巡检", "Round", ref="round")] = None
    outcome: Annotated[Literal["signed", "absent", "refused"] | None, field("结果", "Outcome")] = None
    statement: Annotated[Hash | None, field("声明", "Statement")] = None
    strokes: Annotated[Hash | None, field("笔迹", "Strokes")] = None
    typed: Annotated[bool | None, field("键入签名", "Typed")] = None
    signer: Annotated[Signer | None, field("签字人", "Signer")] = None
    reason: Annotated[Text | None, field("原因", "Reason")] = None
    lang: Annotated[Literal["zh", "en"] | None, field("语言", "Language")] = None
    signed_at: Annotated[Instant | None, field("签字时间", "Signed")] = None
    copy: Annotated[Hash | None, field("副本凭证", "Copy key")] = None
    """SHA-256 of the 26-character token of the customer's private copy, drawn by the phone."""
    verified: Annotated[Literal["match", "mismatch"] | None, field("核对", "Verified", policy="centre")] = None


def inspection_claims(doc: dict[str, Any]) -> tuple[str, ...]:
    return (f"inspection:{doc['round']}:{doc['asset']}",) if doc.get("round") and doc.get("asset") else ()


OFFICE = roles("administrator", "manager", "dispatcher")
FIELD = OFFICE | roles("engineer")

KINDS = (
    Kind(
        name="checklist",
        zh="检查表",
        en="Checklist",
        struct=Checklist,
        scopes=company_scope,
        roles=OFFICE,
        required=("title", "items"),
    ),
    Kind(
        name="round",
        zh="巡检任务",
        en="Round",
        struct=Round,
        scopes=site_scope,
        roles=FIELD,
        required=("site", "title", "assets"),
        transitions={
            "status": pairs(
                (
                    ">planned",
                    ">active",
                    "planned>active",
                    "planned>cancelled",
                    "active>finished",
                    "active>signed",
                    "active>cancelled",
                    "finished>active",
                    "finished>signed",
                )
            )
        },
    ),
    Kind(
        name="inspection",
        zh="巡检记录",
        en="Inspection",
        struct=Inspection,
        scopes=site_scope,
        roles=FIELD,
        required=("site", "round", "asset", "outcome"),
        claims=inspection_claims,
        append_only=True,
    ),
    Kind(
        name="photo",
        zh="照片",
        en="Photo",
        struct=Photo,
        scopes=site_scope,
        roles=FIELD | roles("storekeeper"),
        required=("site", "blob", "mime", "size"),
        append_only=True,
    ),
    Kind(
        name="signature",
        zh="签字",
        en="Signature",
        struct=Signature,
        scopes=site_scope,
        roles=FIELD,
        required=("site", "round", "outcome"),
        append_only=True,
    ),
)
