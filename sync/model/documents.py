"""Documents that were issued: a number, frozen bytes, an address where they can be checked."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from sync.model.fields import Count, Hash, Id, Instant, Kind, Line, Token, field, site_scope

DocumentKind = Literal["inspection_record", "service_report"]


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One issued document; `blob` names its PDF. Written by the centre."""

    site: Annotated[Id | None, field("场所", "Site", ref="site")] = None
    kind: Annotated[DocumentKind | None, field("种类", "Kind", column=True)] = None
    number: Annotated[Line | None, field("编号", "Number", search=True, column=True)] = None
    lang: Annotated[Literal["zh", "en"] | None, field("语言", "Language")] = None
    round: Annotated[Id | None, field("巡检", "Round", ref="round")] = None
    inspection: Annotated[Id | None, field("巡检记录", "Inspection", ref="inspection")] = None
    asset: Annotated[Id | None, field("设备", "Asset", ref="asset")] = None
    signature: Annotated[Id | None, field("签字", "Signature", ref="signature")] = None
    token: Annotated[Token | None, field("核验码", "Verification token")] = None
    blob: Annotated[Hash | None, field("文件", "File")] = None
    size: Annotated[Count | None, field("字节", "Bytes")] = None
    issued_at: Annotated[Instant | None, field("签发时间", "Issued")] = None


def document_claims(doc: dict[str, Any]) -> tuple[str, ...]:
    keys: list[str] = []
    if doc.get("number"):
        keys.append(f"number:{doc['number']}")
    if doc.get("token"):
        keys.append(f"document:{doc['token']}")
    return tuple(keys)


KINDS = (
    Kind(
        name="document",
        zh="文档",
        en="Document",
        struct=Document,
        scopes=site_scope,
        required=("site", "kind", "number"),
        claims=document_claims,
    ),
)
