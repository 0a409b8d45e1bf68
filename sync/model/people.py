"""People, their devices, and the company they work for. Credentials are not records: they live in the centre's auth tables."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from sync.model.fields import Bilingual, Id, Instant, Kind, Line, company_scope, field, roles

Role = Literal["administrator", "manager", "dispatcher", "engineer", "storekeeper", "supervisor", "customer", "viewer"]


class User(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person with an account: a role, and the sites it holds for. `all_sites` is for office people of the company."""

    name: Annotated[Line | None, field("姓名", "Name", policy="review", search=True, column=True)] = None
    role: Annotated[Role | None, field("角色", "Role", policy="review", column=True)] = None
    sites: Annotated[list[Id] | None, field("场所", "Sites", policy="members", ref="site")] = None
    all_sites: Annotated[bool | None, field("全部场所", "All sites", policy="review")] = None
    status: Annotated[Literal["invited", "active", "revoked"] | None, field("状态", "Status", policy="review")] = None
    lang: Annotated[Literal["zh", "en"] | None, field("语言", "Language")] = None


class Device(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser profile that was enrolled: an install with its own key and chain."""

    user: Annotated[Id | None, field("人员", "Person", ref="user")] = None
    install: Annotated[Line | None, field("安装号", "Install")] = None
    name: Annotated[Line | None, field("名称", "Name")] = None
    platform: Annotated[Line | None, field("平台", "Platform")] = None
    status: Annotated[Literal["active", "revoked"] | None, field("状态", "Status", policy="review")] = None
    enrolled_at: Annotated[Instant | None, field("登记时间", "Enrolled")] = None


class Company(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The maintenance company: what labels and documents say of it, and its naming rules. One record."""

    name: Annotated[Bilingual | None, field("公司名称", "Company", policy="review")] = None
    hotline: Annotated[Line | None, field("服务热线", "Hotline", policy="review")] = None
    address: Annotated[Line | None, field("地址", "Address")] = None
    code_pattern: Annotated[Line | None, field("编码规则", "Code pattern", policy="review")] = None
    document_pattern: Annotated[Line | None, field("文档编号规则", "Document number pattern", policy="review")] = None


def user_scopes(doc: dict[str, Any]) -> tuple[str, ...]:
    return ("company", f"user:{doc['id']}")


def device_scopes(doc: dict[str, Any]) -> tuple[str, ...]:
    return ("office", f"user:{doc['user']}") if doc.get("user") else ("office",)


KINDS = (
    Kind(
        name="user",
        zh="人员",
        en="Person",
        struct=User,
        scopes=user_scopes,
        roles=roles("administrator"),
        required=("name", "role"),
    ),
    Kind(name="device", zh="设备终端", en="Device", struct=Device, scopes=device_scopes, required=("install",)),
    Kind(
        name="company",
        zh="公司",
        en="Company",
        struct=Company,
        scopes=company_scope,
        roles=roles("administrator", "manager"),
        required=("name",),
        claims=lambda doc: ("company",),
    ),
)
