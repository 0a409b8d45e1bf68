"""Equipment: categories, assets, and the labels that name them."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from sync.model.fields import (
    Bilingual,
    Civil,
    Decimal,
    Id,
    Instant,
    Kind,
    Line,
    Text,
    Token,
    company_scope,
    field,
    office_scope,
    roles,
    site_scope,
)

AssetStatus = Literal["registered", "in_stock", "in_service", "under_repair", "lent", "retired", "scrapped"]


class Category(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of equipment; rounds choose the checklist by it."""

    key: Annotated[Line | None, field("代号", "Key", policy="review")] = None
    name: Annotated[Bilingual | None, field("类别", "Category", policy="review", search=True, column=True)] = None
    icon: Annotated[Line | None, field("图标", "Icon")] = None
    source: Annotated[Line | None, field("来源", "Source")] = None


class Asset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of equipment."""

    customer: Annotated[Id | None, field("客户", "Customer", policy="review", ref="customer")] = None
    site: Annotated[Id | None, field("场所", "Site", policy="review", ref="site")] = None
    space: Annotated[Id | None, field("位置", "Location", policy="review", ref="space", column=True)] = None
    code: Annotated[Line | None, field("编码", "Code", policy="review", search=True, column=True)] = None
    tokens: Annotated[list[Token] | None, field("标签", "Labels", policy="members")] = None
    category: Annotated[Id | None, field("类别", "Category", policy="review", ref="category", column=True)] = None
    name: Annotated[Line | None, field("名称", "Name", policy="review", search=True, column=True)] = None
    manufacturer: Annotated[Line | None, field("品牌", "Manufacturer", search=True, column=True)] = None
    model: Annotated[Line | None, field("型号", "Model", search=True, column=True)] = None
    spec: Annotated[Text | None, field("规格", "Specification")] = None
    serial: Annotated[Line | None, field("序列号", "Serial number", policy="review", search=True, column=True)] = None
    asset_tag: Annotated[Line | None, field("固定资产编号", "Asset tag", policy="review", search=True, column=True)] = (
        None
    )
    value: Annotated[Decimal | None, field("原值", "Value")] = None
    made_on: Annotated[Civil | None, field("出厂日期", "Made on")] = None
    purchased_on: Annotated[Civil | None, field("购置日期", "Purchased on")] = None
    warranty_end: Annotated[Civil | None, field("保修至", "Warranty until", column=True)] = None
    supplier: Annotated[Line | None, field("供应商", "Supplier")] = None
    person: Annotated[Line | None, field("使用人", "User", search=True, column=True)] = None
    department: Annotated[Line | None, field("使用部门", "Department", search=True)] = None
    criticality: Annotated[Literal["low", "normal", "high"] | None, field("重要性", "Criticality")] = None
    status: Annotated[AssetStatus | None, field("状态", "Status", policy="review", column=True)] = None
    parent: Annotated[Id | None, field("所属设备", "Part of", policy="review", ref="asset")] = None
    rack_position: Annotated[Line | None, field("机柜位置", "Rack position")] = None
    config: Annotated[dict[Line, Text] | None, field("配置", "Configuration")] = None
    note: Annotated[Text | None, field("备注", "Note")] = None
    source: Annotated[Line | None, field("来源", "Source")] = None
    """Where an import found it, e.g. `netbox:device:14` or `sheet:<name>:<row>`; a second import meets it again by this."""


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token that the centre issued and printed. Binding it to an asset is a change of the asset's `tokens`."""

    token: Annotated[Token | None, field("标签码", "Token", policy="review")] = None
    batch: Annotated[Line | None, field("批次", "Batch")] = None
    asset: Annotated[Id | None, field("设备", "Asset", ref="asset")] = None
    """The asset it was printed for; empty on a blank roll."""
    printed_at: Annotated[Instant | None, field("打印时间", "Printed")] = None
    reason: Annotated[Line | None, field("补打原因", "Reason for re-print")] = None


def asset_claims(doc: dict[str, Any]) -> tuple[str, ...]:
    keys = [f"token:{token}" for token in doc.get("tokens") or ()]
    if doc.get("code") and doc.get("customer"):
        keys.append(f"code:{doc['customer']}:{doc['code']}")
    return tuple(keys)


def category_claims(doc: dict[str, Any]) -> tuple[str, ...]:
    return (f"category:{doc['key']}",) if doc.get("key") else ()


def label_claims(doc: dict[str, Any]) -> tuple[str, ...]:
    return (f"label:{doc['token']}",) if doc.get("token") else ()


OFFICE = roles("administrator", "manager", "dispatcher")
FIELD = OFFICE | roles("engineer", "storekeeper")

KINDS = (
    Kind(
        name="category",
        zh="类别",
        en="Category",
        struct=Category,
        scopes=company_scope,
        roles=OFFICE,
        required=("key", "name"),
        claims=category_claims,
    ),
    Kind(
        name="asset",
        zh="设备",
        en="Asset",
        struct=Asset,
        scopes=site_scope,
        roles=FIELD,
        required=("site",),
        claims=asset_claims,
    ),
    Kind(
        name="label",
        zh="标签",
        en="Label",
        struct=Label,
        scopes=office_scope,
        roles=frozenset(),
        required=("token",),
        claims=label_claims,
    ),
)
