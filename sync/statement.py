"""The statement: the canonical bytes that a customer's signature covers. See docs/protocol.md, section 8.

It is built on the phone and rebuilt here from the ops it names, never from merged state.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sync import canonical
from sync.ops import Op, Refused, read_header, read_payload

VERSION = 1

Lang = Literal["zh", "en"]

WORDS: dict[str, dict[str, str]] = {
    "customer.name": {"zh": "客户", "en": "Customer"},
    "site.name": {"zh": "场所", "en": "Site"},
    "round.title": {"zh": "巡检", "en": "Round"},
    "user.name": {"zh": "工程师", "en": "Engineer"},
    "asset.code": {"zh": "编码", "en": "Code"},
    "asset.name": {"zh": "名称", "en": "Name"},
    "asset.manufacturer": {"zh": "品牌", "en": "Manufacturer"},
    "asset.model": {"zh": "型号", "en": "Model"},
    "asset.serial": {"zh": "序列号", "en": "Serial number"},
    "space.name": {"zh": "位置", "en": "Location"},
    "inspection.outcome": {"zh": "结果", "en": "Outcome"},
    "inspection.reason": {"zh": "未检原因", "en": "Reason"},
    "checklist.title": {"zh": "检查表", "en": "Checklist"},
    "checklist.items": {"zh": "检查项数", "en": "Items"},
    "range": {"zh": "范围", "en": "Range"},
    "last": {"zh": "上次", "en": "Last"},
    "state": {"zh": "判定", "en": "State"},
    "severity": {"zh": "程度", "en": "Severity"},
    "note": {"zh": "说明", "en": "Note"},
    "solved": {"zh": "处理", "en": "Solved"},
    "done": {"zh": "已检", "en": "Inspected"},
    "skipped": {"zh": "未检", "en": "Not inspected"},
    "pass": {"zh": "正常", "en": "Normal"},
    "fail": {"zh": "异常", "en": "Abnormal"},
    "na": {"zh": "不适用", "en": "Not applicable"},
    "abnormal": {"zh": "异常", "en": "Abnormal"},
    "minor": {"zh": "轻微", "en": "Minor"},
    "medium": {"zh": "一般", "en": "Medium"},
    "serious": {"zh": "严重", "en": "Serious"},
}
"""The word list of version 1; frozen. A change is a new version."""

ASSET_FIELDS = ("code", "name", "manufacturer", "model", "serial")


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: `ref` names the op that holds the value, `f` the path in it."""

    ref: str
    f: str
    label: str
    value: str
    unit: str


class PhotoRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A photo op and the bytes it names."""

    ref: str
    sha256: str


class StatementSigner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signs, and with which outcome: signed, absent, refused."""

    name: str
    outcome: str
    role: str


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parsed statement."""

    v: int
    kind: Literal["round"]
    lang: Lang
    tz: str
    centre: str
    lines: list[Line]
    photos: list[PhotoRef]
    signer: StatementSigner
    at: int


class Inspected(Struct, frozen=True, kw_only=True):
    """What one inspection contributes: its op, the registry ops shown with it, the checklist, an earlier inspection."""

    op: str
    """Full hash."""
    asset: dict[str, str]
    """Asset field -> op name."""
    space: str | None = None
    title: str | None = None
    items: str | None = None
    """Op names that wrote the checklist's title and items."""
    last: str | None = None
    """Full hash of the earlier inspection's op."""
    photos: tuple[str, ...] = ()
    """Full hashes of the photo ops, in the order in which the results name them."""


class Sources(Struct, frozen=True, kw_only=True):
    """The ops a statement is made of. With these and the texts of the signing, the bytes are determined."""

    customer: str
    site: str
    round: str
    user: str
    inspections: tuple[Inspected, ...]


class Mismatch(ValueError):
    """A statement that its ops do not bear out; the text says where."""


Load = Callable[[str], Op | None]
"""Op name or full hash -> the op."""

_decoder = msgspec.json.Decoder(Statement)


def read(data: bytes) -> Statement:
    """Parse statement bytes. Raises Mismatch when they are not canonical or of another version."""
    try:
        statement = _decoder.decode(data)
        same = canonical.encode(msgspec.json.decode(data)) == data
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Mismatch(f"not a statement: {error}") from None
    if not same:
        raise Mismatch("the bytes are not canonical JSON (RFC 8785)")
    if statement.v != VERSION:
        raise Mismatch(f"statement version {statement.v}; this centre knows {VERSION}")
    return statement


def write(statement: Statement) -> bytes:
    """The canonical bytes."""
    return canonical.encode(statement)


def verify(data: bytes, load: Load, centre: str) -> Statement:
    """Check a statement against the ops it names and return it parsed.

    Every line and photo is rebuilt from the ops; lines of a result cannot be left out, changed, or added, and what stands
    together belongs together: round, site, asset, checklist and earlier result are those that the inspection names.
    Raises Mismatch with the first difference.
    """
    given = read(data)
    if given.centre != centre:
        raise Mismatch("made for another centre")
    sources = find_sources(given, load)
    _check_belonging(sources, _Reader(load))
    built = build(sources, load, given)
    for index, line in enumerate(given.lines):
        if index >= len(built.lines) or built.lines[index] != line:
            raise Mismatch(f"line {index + 1} ({line.f}) differs from op {line.ref[:12]}")
    if len(built.lines) > len(given.lines):
        raise Mismatch(f"line {len(given.lines) + 1} ({built.lines[len(given.lines)].f}) is left out")
    if built.photos != given.photos:
        raise Mismatch("the photos differ from those that the results name")
    if write(built) != data:
        raise Mismatch("the bytes differ from those built from the ops")
    return given


def translate(data: bytes, load: Load, lang: Lang) -> Statement:
    """The same statement in another language, rebuilt from its ops. It was not signed: documents must say so."""
    given = read(data)
    return build(find_sources(given, load), load, msgspec.structs.replace(given, lang=lang))


def build(sources: Sources, load: Load, frame: Statement) -> Statement:
    """Lines and photos from ops; language, zone, signer and time from `frame`. Raises Mismatch when an op is missing."""
    reader = _Reader(load)
    lang = frame.lang
    lines = [
        reader.text_line(sources.customer, "customer", "name", lang),
        reader.text_line(sources.site, "site", "name", lang),
        reader.text_line(sources.round, "round", "title", lang),
        reader.text_line(sources.user, "user", "name", lang),
    ]
    photos: list[PhotoRef] = []
    for inspected in sources.inspections:
        lines.extend(reader.inspection_lines(inspected, lang))
        photos.extend(reader.photo(ref) for ref in inspected.photos)
    return msgspec.structs.replace(frame, lines=lines, photos=photos)


def find_sources(statement: Statement, load: Load) -> Sources:
    """Recover the ops from a statement's own references."""
    lines = statement.lines
    heads = [("name", 12), ("name", 12), ("title", 12), ("name", 12)]
    if len(lines) < len(heads) or any(
        lines[index].f != f or len(lines[index].ref) != size for index, (f, size) in enumerate(heads)
    ):
        raise Mismatch("a statement begins with customer, site, round and engineer")
    reader = _Reader(load)
    photo_records: dict[str, str] = {}
    for photo in statement.photos:
        photo_records[reader.header_record(photo.ref)] = photo.ref
    inspections = tuple(_sources_of(block, reader, photo_records) for block in _blocks(lines[len(heads) :]))
    return Sources(
        customer=lines[0].ref, site=lines[1].ref, round=lines[2].ref, user=lines[3].ref, inspections=inspections
    )


def _check_belonging(sources: Sources, reader: "_Reader") -> None:
    """Raise Mismatch where true lines were put together that do not belong together."""

    def same(actual: Any, ref: str, what: str, op: str) -> None:
        if actual != reader.header_record(ref):
            raise Mismatch(f"inspection {op[:12]} is shown with another {what} than it names")

    for inspected in sources.inspections:
        op = inspected.op
        if reader.kind(op) != "inspection":
            raise Mismatch(f"op {op[:12]} is no inspection")
        values = reader.values(op)
        same(values.get("round"), sources.round, "round", op)
        same(values.get("site"), sources.site, "site", op)
        for ref in inspected.asset.values():
            same(values.get("asset"), ref, "asset", op)
        for ref in (inspected.title, inspected.items):
            if ref is not None:
                same(values.get("checklist"), ref, "checklist", op)
        if inspected.last is not None and reader.values(inspected.last).get("asset") != values.get("asset"):
            raise Mismatch(f"inspection {op[:12]} is shown with the earlier result of another asset")


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """Runs of lines that belong to one inspection: asset lines, then the outcome and what follows."""
    block: list[Line] = []
    closed = False
    for line in lines:
        opening = line.f == "outcome" or (line.f in ASSET_FIELDS and len(line.ref) == 12)
        if opening and closed:
            yield block
            block, closed = [], False
        block.append(line)
        closed = closed or line.f == "outcome"
    if block:
        yield block


def _sources_of(block: list[Line], reader: "_Reader", photo_records: dict[str, str]) -> Inspected:
    outcome = next((line for line in block if line.f == "outcome"), None)
    if outcome is None or len(outcome.ref) != 64:
        raise Mismatch("an inspection without its outcome")
    op = outcome.ref
    asset: dict[str, str] = {}
    space = title = items = last = None
    for line in block[: block.index(outcome)]:
        if line.f in ASSET_FIELDS and line.f not in asset and reader.kind(line.ref) == "asset":
            asset[line.f] = line.ref
        elif line.f == "name":
            space = line.ref
    for line in block[block.index(outcome) + 1 :]:
        if line.f == "title":
            title = line.ref
        elif line.f == "items":
            items = line.ref
        elif line.f.startswith("results.") and line.ref != op:
            last = line.ref
    named = reader.photo_ids(op)
    if any(id not in photo_records for id in named):
        raise Mismatch("a photo that the results name is left out")
    photos = tuple(photo_records[id] for id in named)
    return Inspected(op=op, asset=asset, space=space, title=title, items=items, last=last, photos=photos)


class _Reader:
    """Ops by reference, parsed once each."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._values: dict[str, tuple[str, str, dict[str, Any]]] = {}

    def _op(self, ref: str) -> tuple[str, str, dict[str, Any]]:
        """(kind, record, values)."""
        held = self._values.get(ref)
        if held is None:
            op = self._load(ref)
            if op is None or op.header is None or op.payload is None:
                raise Mismatch(f"op {ref[:12]} is not here")
            try:
                header, payload = read_header(op.header), read_payload(op.payload)
            except Refused as refused:
                raise Mismatch(f"op {ref[:12]}: {refused.detail}") from None
            held = self._values[ref] = (header.k, header.r, payload.v)
        return held

    def kind(self, ref: str) -> str:
        return self._op(ref)[0]

    def header_record(self, ref: str) -> str:
        return self._op(ref)[1]

    def values(self, ref: str) -> dict[str, Any]:
        return self._op(ref)[2]

    def _value(self, ref: str, kind: str, field: str) -> Any:
        found, _, values = self._op(ref)
        if found != kind or field not in values:
            raise Mismatch(f"op {ref[:12]} does not set {kind}.{field}")
        return values[field]

    def text_line(self, ref: str, kind: str, field: str, lang: str) -> Line:
        value = self._value(ref, kind, field)
        return Line(ref=ref, f=field, label=WORDS[f"{kind}.{field}"][lang], value=str(value), unit="")

    def photo(self, ref: str) -> PhotoRef:
        return PhotoRef(ref=ref, sha256=self._value(ref, "photo", "blob"))

    def photo_ids(self, op: str) -> list[str]:
        """Photo records that the results of an inspection op name, in order."""
        return [photo for result in self._results(op) for photo in result.get("photos", ())]

    def _results(self, op: str) -> list[dict[str, Any]]:
        return self._op(op)[2].get("results") or []

    def inspection_lines(self, inspected: Inspected, lang: str) -> Iterator[Line]:
        for field in ASSET_FIELDS:
            if field in inspected.asset:
                yield self.text_line(inspected.asset[field], "asset", field, lang)
        if inspected.space is not None:
            yield self.text_line(inspected.space, "space", "name", lang)
        op = inspected.op
        outcome = self._value(op, "inspection", "outcome")
        yield Line(ref=op, f="outcome", label=WORDS["inspection.outcome"][lang], value=WORDS[outcome][lang], unit="")
        if outcome == "skipped":
            reason = str(self._op(op)[2].get("reason") or "")
            yield Line(ref=op, f="reason", label=WORDS["inspection.reason"][lang], value=reason, unit="")
            return
        if inspected.title is None or inspected.items is None:
            raise Mismatch(f"inspection {op[:12]} names no checklist")
        title = bilingual(self._value(inspected.title, "checklist", "title"), lang)
        items: list[dict[str, Any]] = self._value(inspected.items, "checklist", "items")
        yield Line(ref=inspected.title, f="title", label=WORDS["checklist.title"][lang], value=title, unit="")
        yield Line(ref=inspected.items, f="items", label=WORDS["checklist.items"][lang], value=str(len(items)), unit="")
        by_id = {item["id"]: item for item in items}
        last = self._last(inspected.last)
        for result in self._results(op):
            item = by_id.get(result["item"])
            if item is None:
                raise Mismatch(f"result {result['item']} is not on the checklist")
            yield from self._result_lines(inspected, result, item, last.get(result["item"]), lang)

    def _last(self, ref: str | None) -> dict[str, dict[str, Any]]:
        if ref is None:
            return {}
        if self.kind(ref) != "inspection":
            raise Mismatch(f"op {ref[:12]} is no inspection")
        return {result["item"]: result for result in self._results(ref)}

    def _result_lines(
        self, inspected: Inspected, result: dict[str, Any], item: dict[str, Any], last: dict[str, Any] | None, lang: str
    ) -> Iterator[Line]:
        op, unit = inspected.op, item.get("unit", "")
        path = f"results.{item['id']}"
        yield Line(
            ref=op, f=path, label=bilingual(item["title"], lang), value=answer_text(result, item, lang), unit=unit
        )
        span = range_text(item)
        if span:
            assert inspected.items is not None
            yield Line(
                ref=inspected.items, f=f"items.{item['id']}.range", label=WORDS["range"][lang], value=span, unit=unit
            )
        if last is not None:
            assert inspected.last is not None
            yield Line(
                ref=inspected.last, f=path, label=WORDS["last"][lang], value=answer_text(last, item, lang), unit=unit
            )
        abnormal = result["state"] == "abnormal"
        if abnormal:
            yield Line(ref=op, f=f"{path}.state", label=WORDS["state"][lang], value=WORDS["abnormal"][lang], unit="")
            if result.get("severity"):
                severity = WORDS[result["severity"]][lang]
                yield Line(ref=op, f=f"{path}.severity", label=WORDS["severity"][lang], value=severity, unit="")
        if result.get("note"):
            yield Line(ref=op, f=f"{path}.note", label=WORDS["note"][lang], value=result["note"], unit="")
        if abnormal and result.get("solved"):
            yield Line(ref=op, f=f"{path}.solved", label=WORDS["solved"][lang], value=result["solved"], unit="")


def bilingual(text: dict[str, str] | None, lang: str) -> str:
    """The text in `lang`, or in the other language where it is empty."""
    if not text:
        return ""
    return text.get(lang) or text.get("en" if lang == "zh" else "zh") or ""


def answer_text(result: dict[str, Any], item: dict[str, Any], lang: str) -> str:
    """An answer as the customer reads it: a word for check and na, a choice's title, else verbatim."""
    answer = str(result["answer"])
    if answer == "na" and result.get("state") == "na":
        return WORDS["na"][lang]
    if item["type"] == "check" and answer in ("pass", "fail"):
        return WORDS[answer][lang]
    if item["type"] == "choice":
        for choice in item.get("choices", ()):
            if choice["value"] == answer:
                return bilingual(choice["title"], lang)
    return answer


def range_text(item: dict[str, Any]) -> str:
    """`10–70`, `≥ 10`, `≤ 70`, or empty."""
    low, high = item.get("min"), item.get("max")
    if low is not None and high is not None:
        return f"{low}–{high}"
    if low is not None:
        return f"≥ {low}"
    if high is not None:
        return f"≤ {high}"
    return ""
