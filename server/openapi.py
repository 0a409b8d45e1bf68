"""The description of the API, and a page to read it on: no script and nothing from elsewhere, so the CSP holds."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, cast

import msgspec
from litestar import Router
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi.spec import Schema
from litestar.typing import FieldDefinition
from msgspec import Struct

from server.errors import Lang

METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
Json = Mapping[str, Any]


class StrictStructs(StructSchemaPlugin):
    """Says of a struct that forbids unknown fields that it does; Litestar's own plugin leaves that out."""

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """Litestar's schema, closed where the struct is."""
        schema = super().to_openapi_schema(field_definition, schema_creator)
        kind = field_definition.origin or field_definition.annotation
        if isinstance(kind, type) and issubclass(kind, Struct) and kind.__struct_config__.forbid_unknown_fields:
            schema.additional_properties = False
        return schema


class Unserved(Router):
    """Keeps Litestar from serving the description at addresses of its own: ours has its access declared."""

    def register(self, value: Any) -> list[Any]:
        """Nothing."""
        return []


PROBLEM: Final = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable; further members are parameters of the text.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
    },
}
FAILED: Final[dict[str, Any]] = {
    "description": "Refused, with the reason",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SECURITY: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sitebook"},
    "token": {"type": "http", "scheme": "bearer"},
}
REQUEST_ID: Final = {"description": "Its number in the log", "required": True, "schema": {"type": "string"}}
UNREAD: Final[dict[str, Json]] = {
    "sync": {"application/x-ndjson": {"schema": {"type": "string"}}},
    "continueUpload": {"application/offset+octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
"""Bodies that their handlers read themselves, by operation."""
UPLOAD_HEADERS: Final = {
    "Upload-Offset": {"type": "integer", "minimum": 0},
    "Upload-Length": {"type": "integer", "minimum": 1},
    "Sitebook-Install": {"type": "string"},
    "Sitebook-Time": {"type": "string"},
    "Sitebook-Signature": {"type": "string"},
}


def describe(document: Json) -> dict[str, Any]:
    """Litestar's description of the routes, put right: errors are problems, an empty answer has no content, bodies and
    headers that handlers read themselves are named."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    components = found.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = SECURITY
    found["security"] = [{"session": []}, {"token": []}, {}]
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                _put_right(method, path, operation)
    return found


def _put_right(method: str, path: str, operation: dict[str, Any]) -> None:
    name: str = operation["operationId"]
    answers: dict[str, Any] = operation["responses"]
    # Litestar says 400 with a body of its own making; we answer 400, 404, 422 and more, all in one form.
    answers.pop("400", None)
    answers["default"] = dict(FAILED)
    if not path.startswith("/api/"):
        # Pages of labels and documents, which people open: what is wrong with a link is a page, too.
        answers["default"] = {**FAILED, "content": {**FAILED["content"], "text/html": {"schema": {"type": "string"}}}}
    if name == "readOpenapi":
        answers["200"]["content"] = {"application/vnd.oai.openapi+json": {"schema": {"type": "object"}}}
    for status, answer in answers.items():
        if status == "204" or method == "head":
            answer.pop("content", None)
        if "*/*" in answer.get("content", {}):
            answer["content"]["*/*"] = {"schema": {}}
        answer["headers"] = {**answer.get("headers", {}), "X-Request-Id": REQUEST_ID}
    if name in UNREAD:
        operation["requestBody"] = {"required": True, "content": UNREAD[name]}
    if name in ("findUpload", "continueUpload"):
        operation.setdefault("parameters", []).extend(
            {"name": header, "in": "header", "required": False, "schema": schema}
            for header, schema in UPLOAD_HEADERS.items()
            if name == "continueUpload" or header.startswith("Sitebook-")
        )


TEXTS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "title": "Sitebook 接口",
        "intro": "机器可读的描述：",
        "errors": "错误代码：",
        "parameters": "参数",
        "body": "请求内容",
        "answers": "答复",
        "schemas": "数据结构",
        "required": "必填",
    },
    "en": {
        "title": "Sitebook API",
        "intro": "Machine-readable description: ",
        "errors": "Error codes: ",
        "parameters": "Parameters",
        "body": "Body",
        "answers": "Answers",
        "schemas": "Schemas",
        "required": "required",
    },
}


def docs_body(document: Json, lang: Lang) -> str:
    """An OpenAPI 3.1 document as HTML: operations by tag, each to unfold, then the schemas."""
    words = TEXTS[lang]
    parts = [
        f"<h1>{escape(words['title'])} {escape(str(document['info']['version']))}</h1>",
        f'<p>{escape(words["intro"])}<a href="/api/openapi.json">/api/openapi.json</a><br>'
        f'{escape(words["errors"])}<a href="/api/problems">/api/problems</a></p>',
    ]
    for tag, operations in sorted(_by_tag(document).items()):
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts.extend(_operation(path, method, operation, words) for path, method, operation in operations)
    schemas: Json = document.get("components", {}).get("schemas", {})
    if schemas:
        parts.append(f"<h2>{escape(words['schemas'])}</h2>")
        parts.extend(_schema_block(name, schema, words) for name, schema in sorted(schemas.items()))
    return "\n".join(parts)


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    found: dict[str, list[tuple[str, str, Json]]] = {}
    paths: Json = document.get("paths", {})
    for path, item in sorted(paths.items()):
        for method in METHODS:
            operation = cast("Json | None", item.get(method))
            if operation is not None:
                tags = cast("Sequence[str]", operation.get("tags") or ["–"])
                found.setdefault(str(tags[0]), []).append((path, method, operation))
    return found


def _operation(path: str, method: str, operation: Json, words: Mapping[str, str]) -> str:
    name = str(operation.get("operationId", ""))
    parts = [
        f'<details id="{escape(name)}"><summary><span class="method">{method.upper()}</span>'
        f'<code>{escape(path)}</code><span class="second">{escape(str(operation.get("summary") or ""))}</span></summary>'
    ]
    if operation.get("description"):
        parts.append(f"<p>{escape(str(operation['description']))}</p>")
    parts.append(f'<p class="second"><code>{escape(name)}</code></p>')
    parameters = cast("Sequence[Json]", operation.get("parameters") or ())
    if parameters:
        rows = "".join(
            f"<tr><td><code>{escape(str(p['name']))}</code></td><td>{escape(str(p['in']))}</td>"
            f"<td>{_type(p.get('schema', {}))}</td><td>{escape(words['required']) if p.get('required') else ''}</td></tr>"
            for p in parameters
        )
        parts.append(f"<h3>{escape(words['parameters'])}</h3><table>{rows}</table>")
    content = cast("Json", operation.get("requestBody", {}).get("content", {}))
    if content:
        parts.append(f"<h3>{escape(words['body'])}</h3>{_content(content)}")
    responses = cast("Json", operation.get("responses") or {})
    if responses:
        rows = "".join(
            f"<tr><td>{escape(status)}</td><td>{escape(str(r.get('description', '')))}</td>"
            f"<td>{_content(r.get('content', {}))}</td></tr>"
            for status, r in responses.items()
        )
        parts.append(f"<h3>{escape(words['answers'])}</h3><table>{rows}</table>")
    return "".join((*parts, "</details>"))


def _content(content: Json) -> str:
    return "<br>".join(f"{escape(media)} {_type(item.get('schema', {}))}" for media, item in content.items())


def _schema_block(name: str, schema: Json, words: Mapping[str, str]) -> str:
    required = set(cast("Sequence[str]", schema.get("required") or ()))
    properties = cast("Json", schema.get("properties") or {})
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(value)}</td>"
        f"<td>{escape(words['required']) if field in required else ''}</td></tr>"
        for field, value in properties.items()
    )
    described = f"<p>{escape(str(schema['description']))}</p>" if schema.get("description") else ""
    inside = f"<table>{rows}</table>" if rows else f"<p>{_type(schema)}</p>"
    return f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{described}{inside}</details>'


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f'<a href="#schema-{escape(name)}"><code>{escape(name)}</code></a>'
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return " | ".join(_type(part) for part in cast("Sequence[Json]", schema[word]))
    if "enum" in schema:
        return "<code>" + escape(" | ".join(repr(value) for value in schema["enum"])) + "</code>"
    if "const" in schema:
        return f"<code>{escape(repr(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    kind = schema.get("type")
    text = " | ".join(map(str, cast("Sequence[Any]", kind))) if isinstance(kind, list) else str(kind or "any")
    if schema.get("format"):
        text += f" ({schema['format']})"
    return f"<code>{escape(text)}</code>"
