"""Files made from `sync.model`: the browser's types and rules, and the page that documents the record kinds.

`python -m server.generate` writes them; `--check` only says which are stale (exit status 1), as `make check` does.
"""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import inspect

from sync.model import FIELDS, KINDS
from sync.model.fields import MAX_TEXT, FieldInfo, Kind

ROOT = Path(__file__).resolve().parent.parent
CHANGES = ("members", "transition")
NOTICE = "Generated from sync/model by `make generate`. Do not edit."


def main(argv: list[str]) -> int:
    """Write the files, or with `--check` compare them. Returns the exit status."""
    check = "--check" in argv
    stale: list[str] = []
    for name, text in outputs().items():
        path = ROOT / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if not check:
        return 0
    for name in stale:
        sys.stderr.write(f"{name} does not match sync/model; run: make generate\n")
    return 1 if stale else 0


def outputs() -> dict[str, str]:
    """Path in the repository -> text, for every generated file."""
    return {"pwa/src/model/generated.ts": typescript(), "docs/model.md": page()}


# --- reading the structs ---------------------------------------------------------------------------------------------


def fields_of(struct: Any) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return info.fields


def plain(info: inspect.Type) -> inspect.Type:
    """The type without annotations, and without `None`: every field may be unset."""
    while isinstance(info, inspect.Metadata):
        info = info.type
    if isinstance(info, inspect.UnionType):
        rest = [plain(part) for part in info.types if not isinstance(part, inspect.NoneType)]
        if len(rest) != 1:
            raise TypeError(f"a union of {len(rest)} types has no place in a record: {rest}")
        return rest[0]
    return info


def nullable(info: inspect.Type) -> bool:
    while isinstance(info, inspect.Metadata):
        info = info.type
    return isinstance(info, inspect.UnionType) and any(isinstance(part, inspect.NoneType) for part in info.types)


def nested(kinds: list[Kind]) -> dict[str, inspect.StructType]:
    """Structs inside records by name, each after those it uses."""
    found: dict[str, inspect.StructType] = {}

    def visit(info: inspect.Type) -> None:
        info = plain(info)
        if isinstance(info, inspect.ListType):
            visit(info.item_type)
        elif isinstance(info, inspect.DictType):
            visit(info.value_type)
        elif isinstance(info, inspect.StructType):
            for part in info.fields:
                visit(part.type)
            found.setdefault(info.cls.__name__, info)

    for kind in kinds:
        for part in fields_of(kind.struct):
            visit(part.type)
    return found


# --- TypeScript ------------------------------------------------------------------------------------------------------

TS_HEAD = """\
export type Lang = "zh" | "en";
/** How two concurrent changes of one field meet; see docs/model.md. */
export type Policy = "quiet" | "review" | "members" | "transition" | "centre";

/** What a value may be; checked before an op is frozen, and again at the centre. */
export type Shape =
  | { t: "text"; max?: number; pattern?: string }
  | { t: "int"; min?: number; max?: number }
  | { t: "bool" }
  | { t: "one"; of: readonly string[] }
  | { t: "list"; item: Shape; max?: number }
  | { t: "map"; key: Shape; value: Shape }
  | { t: "struct"; name: string };

export interface FieldInfo {
  zh: string;
  en: string;
  policy: Policy;
  /** The kind that the value (or each of its members) names. */
  ref?: KindName;
  search?: true;
  column?: true;
  shape: Shape;
}

export interface KindInfo {
  zh: string;
  en: string;
  /** Roles that may write it; empty: the centre only. */
  roles: readonly Role[];
  /** Fields that the creating op must set. */
  required: readonly string[];
  /** Per field of policy transition: the legal [from, to]; "" is the state before the first. */
  transitions: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  derived: boolean;
  appendOnly: boolean;
  fields: Readonly<Record<string, FieldInfo>>;
}
"""


def pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def ts_type(info: inspect.Type) -> str:
    info = plain(info)
    match info:
        case inspect.StrType():
            return "string"
        case inspect.IntType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.LiteralType():
            return " | ".join(json.dumps(value) for value in literal_values(info))
        case inspect.ListType():
            item = ts_type(info.item_type)
            return f"({item})[]" if " " in item else f"{item}[]"
        case inspect.DictType():
            return f"Record<string, {ts_type(info.value_type)}>"
        case inspect.StructType():
            return info.cls.__name__
        case _:
            raise TypeError(f"no TypeScript for {info!r}; teach server/generate.py")


def literal_values(info: inspect.LiteralType) -> list[str]:
    """The values of a Literal in the order of their declaration, which is the order that screens offer them in."""
    return list(literals()[frozenset(str(value) for value in info.values)])


@cache
def literals() -> dict[frozenset[str], tuple[str, ...]]:
    """Every Literal of the model; msgspec's own view of it has lost the order."""
    found: dict[frozenset[str], tuple[str, ...]] = {}

    def visit(hint: Any) -> None:
        if get_origin(hint) is Literal:
            found.setdefault(frozenset(get_args(hint)), get_args(hint))
        for part in get_args(hint):
            if not isinstance(part, str):
                visit(part)

    kinds = list(KINDS.values())
    for struct in [*(kind.struct for kind in kinds), *(info.cls for info in nested(kinds).values())]:
        for hint in get_type_hints(struct).values():
            visit(hint)
    return found


def shape(info: inspect.Type) -> dict[str, Any]:
    """The `Shape` of a type, JSON-ready."""
    info = plain(info)
    match info:
        case inspect.StrType():
            return drop({"t": "text", "max": info.max_length, "pattern": info.pattern})
        case inspect.IntType():
            return drop({"t": "int", "min": info.ge, "max": info.le})
        case inspect.BoolType():
            return {"t": "bool"}
        case inspect.LiteralType():
            return {"t": "one", "of": literal_values(info)}
        case inspect.ListType():
            return drop({"t": "list", "item": shape(info.item_type), "max": info.max_length})
        case inspect.DictType():
            return {"t": "map", "key": shape(info.key_type), "value": shape(info.value_type)}
        case inspect.StructType():
            return {"t": "struct", "name": info.cls.__name__}
        case _:
            raise TypeError(f"no shape for {info!r}; teach server/generate.py")


class Shapes:
    """Shapes that occur more than once become constants: the table is part of the phone's first download."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.count: dict[str, int] = {}

    def note(self, value: dict[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False)
        self.count[text] = self.count.get(text, 0) + 1

    def settle(self) -> list[str]:
        """The constants' declarations; call when every shape was noted."""
        repeated = [text for text, times in self.count.items() if times > 1]
        self.names = {text: f"S{index}" for index, text in enumerate(repeated)}
        return [f"const {name}: Shape = {text};" for text, name in self.names.items()]

    def write(self, value: dict[str, Any]) -> str:
        text = json.dumps(value, ensure_ascii=False)
        return self.names.get(text, text)


def members(row: dict[str, Any], shapes: Shapes) -> str:
    """A TypeScript object literal of one FieldInfo."""
    parts = [
        f"{key}: {shapes.write(value) if key == 'shape' else json.dumps(value, ensure_ascii=False)}"
        for key, value in row.items()
    ]
    return "{ " + ", ".join(parts) + " }"


def drop(row: dict[str, Any]) -> dict[str, Any]:
    """Without what is unset."""
    return {key: value for key, value in row.items() if value is not None and value is not False}


def doc_comment(text: str | None, indent: str = "") -> str:
    line = " ".join((text or "").split())
    return f"{indent}/** {line} */\n" if line else ""


def typescript() -> str:
    """`pwa/src/model/generated.ts`."""
    kinds = list(KINDS.values())
    structs = nested(kinds)
    roles = find_literal("user", "role")
    lines = [f"// {NOTICE}\n", TS_HEAD]
    lines.append(f"export type KindName = {' | '.join(json.dumps(name) for name in KINDS)};")
    lines.append(f"export type Role = {' | '.join(json.dumps(role) for role in roles)};")
    lines.append(f"export const ROLES: readonly Role[] = {json.dumps(roles)};")
    lines.append(f"/** Longest text in a field, in characters. */\nexport const MAX_TEXT = {MAX_TEXT};\n")
    for name, struct in structs.items():
        lines.append(doc_comment(struct.cls.__doc__) + f"export interface {name} {{")
        for part in struct.fields:
            null = " | null" if nullable(part.type) else ""
            lines.append(f"  {part.encode_name}{'' if part.required else '?'}: {ts_type(part.type)}{null};")
        lines.append("}\n")
    for kind in kinds:
        lines.append(doc_comment(kind.struct.__doc__) + f"export interface {pascal(kind.name)} {{")
        for part in fields_of(kind.struct):
            info = FIELDS[kind.name][part.encode_name]
            lines.append(f"  /** {info.zh} · {info.en} */\n  {part.encode_name}?: {ts_type(part.type)} | null;")
        lines.append("}\n")
    lines.append("/** Kind name -> the type of its record. */\nexport interface Records {")
    lines.extend(f"  {name}: {pascal(name)};" for name in KINDS)
    lines.append("}\n")
    lines.append(
        "/** Fields whose ops carry a change rather than a value: members {add, del}, transition [from, to]. */"
    )
    lines.append("export interface Changes {")
    for kind in kinds:
        changes = [f'{name}: "{info.policy}"' for name, info in FIELDS[kind.name].items() if info.policy in CHANGES]
        lines.append(f"  {kind.name}: {{ {'; '.join(changes)} }};" if changes else f"  {kind.name}: object;")
    lines.append("}\n")
    shapes = Shapes()
    for struct in [*structs.values(), *(inspect.type_info(kind.struct) for kind in kinds)]:
        assert isinstance(struct, inspect.StructType)
        for part in struct.fields:
            shapes.note(shape(part.type))
    lines.extend(shapes.settle())
    lines.append("\n/** The shapes of the structs inside records; those in `optional` may be left out. */")
    lines.append(
        "export const STRUCTS: Readonly<Record<string, { fields: Readonly<Record<string, Shape>>; "
        "optional: readonly string[]; nullable: readonly string[] }>> = {"
    )
    for name, struct in structs.items():
        inner = ", ".join(f"{part.encode_name}: {shapes.write(shape(part.type))}" for part in struct.fields)
        optional = json.dumps([part.encode_name for part in struct.fields if not part.required])
        empty = json.dumps([part.encode_name for part in struct.fields if nullable(part.type)])
        lines.append(f"  {name}: {{ fields: {{ {inner} }}, optional: {optional}, nullable: {empty} }},")
    lines.append("};\n")
    lines.append("export const KINDS: Readonly<Record<KindName, KindInfo>> = {")
    for kind in kinds:
        lines.append(f"  {kind.name}: {{")
        transitions = {name: [list(pair) for pair in sorted(legal)] for name, legal in kind.transitions.items()}
        for key, value in (
            ("zh", kind.zh),
            ("en", kind.en),
            ("roles", [role for role in roles if role in kind.roles]),
            ("required", list(kind.required)),
            ("transitions", transitions),
            ("derived", kind.derived),
            ("appendOnly", kind.append_only),
        ):
            lines.append(f"    {key}: {json.dumps(value, ensure_ascii=False)},")
        lines.append("    fields: {")
        for part in fields_of(kind.struct):
            row = ts_field(FIELDS[kind.name][part.encode_name], part)
            lines.append(f"      {part.encode_name}: {members(row, shapes)},")
        lines.append("    },\n  },")
    lines.append("};\n")
    return "\n".join(lines)


def ts_field(info: FieldInfo, part: inspect.Field) -> dict[str, Any]:
    return drop(
        {
            "zh": info.zh,
            "en": info.en,
            "policy": info.policy,
            "ref": info.ref,
            "search": info.search,
            "column": info.column,
            "shape": shape(part.type),
        }
    )


def find_literal(kind: str, name: str) -> list[str]:
    for part in fields_of(KINDS[kind].struct):
        info = plain(part.type)
        if part.encode_name == name and isinstance(info, inspect.LiteralType):
            return literal_values(info)
    raise LookupError(f"{kind}.{name} is no literal")


# --- docs/model.md ---------------------------------------------------------------------------------------------------

PAGE_HEAD = """\
# Record kinds

Every record kind is defined once, in `sync/model`. Ids are UUIDv7 text, instants milliseconds UTC, decimals text; every
field may be unset. `docs/protocol.md` says how ops change them.

| policy | two people changed the field without seeing each other's change |
|---|---|
| quiet | the later in the centre's order wins, the other stays in the history |
| review | as quiet, and the conflict is put before the office and both authors |
| members | a set: ops add and remove members, both hold |
| transition | a state machine: legal now – applied; already there – nothing; else disputed |
| centre | written by the centre's install only |
"""


def page() -> str:
    """`docs/model.md`: fields, merge policies, scopes, claims, transitions."""
    lines = [f"<!-- {NOTICE} -->\n", PAGE_HEAD, "## Who holds what\n"]
    lines.append("| kind | 中文 | scopes | written by | needs | one at a time |\n|---|---|---|---|---|---|")
    for kind in KINDS.values():
        if kind.derived:
            authors = "derived"
        else:
            authors = ", ".join(role for role in find_literal("user", "role") if role in kind.roles) or "centre"
        needs = ", ".join(kind.required) or "–"
        scopes = "; ".join(f"`{scope}`" for scope in probe(kind, kind.scopes)) or "–"
        claims = "; ".join(f"`{claim}`" for claim in probe(kind, kind.claims)) or "–"
        lines.append(f"| {kind.name} | {kind.zh} | {scopes} | {authors} | {needs} | {claims} |")
    lines.append("")
    for kind in KINDS.values():
        lines.append(f"## {kind.name} {kind.zh}\n\n{' '.join((kind.struct.__doc__ or '').split())}")
        if kind.append_only:
            lines.append("Written once; a later op corrects only its own author's answer.")
        lines.append("\n| field | 中文 | English | type | policy | names | search |\n|---|---|---|---|---|---|---|")
        for part in fields_of(kind.struct):
            info = FIELDS[kind.name][part.encode_name]
            type_text = ts_type(part.type).replace("|", "\\|")
            lines.append(
                f"| `{part.encode_name}` | {info.zh} | {info.en} | {type_text} | {info.policy} | {info.ref or ''} "
                f"| {'yes' if info.search else ''} |"
            )
        for name, legal in kind.transitions.items():
            steps = "; ".join(f"{a or '(new)'} → {b}" for a, b in sorted(legal))
            lines.append(f"\nLegal steps of `{name}`: {steps}.")
        lines.append("")
    return "\n".join(lines)


def probe(kind: Kind, rule: Callable[[dict[str, Any]], tuple[str, ...]]) -> list[str]:
    """What a scope or claim rule says of a record with every field set, then with none. `<field>` is its value."""
    full: dict[str, Any] = {"id": "<id>"}
    for part in fields_of(kind.struct):
        full[part.encode_name] = placeholder(part)
    found = list(rule(full))
    try:
        bare = rule({"id": "<id>"})
    except KeyError:
        return found
    return found + [f"{text} (while unset)" for text in bare if text not in found]


def placeholder(part: inspect.Field) -> Any:
    info = plain(part.type)
    if isinstance(info, inspect.ListType):
        item = plain(info.item_type)
        if isinstance(item, inspect.StructType):
            return [{inner.encode_name: f"<{part.encode_name}.{inner.encode_name}>" for inner in item.fields}]
        return [f"<{part.encode_name}>"]
    if isinstance(info, inspect.StructType):
        return {inner.encode_name: f"<{part.encode_name}.{inner.encode_name}>" for inner in info.fields}
    return f"<{part.encode_name}>"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
