"""Where things are: customer, site, and the tree of spaces below it."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from sync.model.fields import Id, Kind, Line, Text, field, roles, site_scope


class Customer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation whose equipment is looked after."""

    name: Annotated[Line | None, field("客户名称", "Customer", policy="review", search=True, column=True)] = None
    short_name: Annotated[Line | None, field("简称", "Short name", search=True)] = None
    contact: Annotated[Line | None, field("联系人", "Contact")] = None
    phone: Annotated[Line | None, field("电话", "Phone")] = None
    note: Annotated[Text | None, field("备注", "Note")] = None
    source: Annotated[Line | None, field("来源", "Source")] = None


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place of one customer that rounds are made for; the unit of access."""

    customer: Annotated[Id | None, field("客户", "Customer", policy="review", ref="customer", column=True)] = None
    name: Annotated[Line | None, field("场所名称", "Site", policy="review", search=True, column=True)] = None
    address: Annotated[Line | None, field("地址", "Address")] = None
    tz: Annotated[Line | None, field("时区", "Time zone")] = None
    contact: Annotated[Line | None, field("联系人", "Contact")] = None
    phone: Annotated[Line | None, field("电话", "Phone")] = None
    note: Annotated[Text | None, field("备注", "Note")] = None
    source: Annotated[Line | None, field("来源", "Source")] = None


class Space(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A building, floor, room, rack or area; a tree through `parent`."""

    site: Annotated[Id | None, field("场所", "Site", policy="review", ref="site")] = None
    parent: Annotated[Id | None, field("上级", "Part of", policy="review", ref="space")] = None
    type: Annotated[
        Literal["building", "floor", "room", "rack", "area"] | None, field("类型", "Type", policy="review")
    ] = None
    name: Annotated[Line | None, field("名称", "Name", policy="review", search=True, column=True)] = None
    code: Annotated[Line | None, field("编号", "Code", policy="review", search=True, column=True)] = None
    order: Annotated[int | None, field("次序", "Order")] = None
    note: Annotated[Text | None, field("备注", "Note")] = None
    source: Annotated[Line | None, field("来源", "Source")] = None


def customer_scopes(doc: dict[str, Any]) -> tuple[str, ...]:
    return (f"customer:{doc['id']}",)


def own_site_scope(doc: dict[str, Any]) -> tuple[str, ...]:
    return (f"site:{doc['id']}",)


OFFICE = roles("administrator", "manager", "dispatcher")
FIELD = OFFICE | roles("engineer", "storekeeper")

KINDS = (
    Kind(
        name="customer",
        zh="客户",
        en="Customer",
        struct=Customer,
        scopes=customer_scopes,
        roles=OFFICE,
        required=("name",),
    ),
    Kind(
        name="site",
        zh="场所",
        en="Site",
        struct=Site,
        scopes=own_site_scope,
        roles=OFFICE,
        required=("customer", "name"),
    ),
    Kind(
        name="space",
        zh="空间",
        en="Space",
        struct=Space,
        scopes=site_scope,
        roles=FIELD,
        required=("site", "type", "name"),
    ),
)
