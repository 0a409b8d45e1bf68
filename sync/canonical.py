"""Canonical JSON (RFC 8785), restricted to strings, safe integers, booleans, null, arrays and objects."""

from typing import Any

import msgspec

SAFE = 9_007_199_254_740_991
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _text(value: str) -> str:
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    out: list[str] = []
    for char in value:
        if char in _ESCAPES:
            out.append(_ESCAPES[char])
        elif char < "\x20":
            out.append(f"\\u{ord(char):04x}")
        elif "\ud800" <= char <= "\udfff":
            raise ValueError("canonical JSON: a lone surrogate is no text")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def _write(value: Any, out: list[str]) -> None:
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, str):
        out.append(_text(value))
    elif isinstance(value, int):
        if not -SAFE <= value <= SAFE:
            raise ValueError(f"canonical JSON: {value} is not a safe integer; write it as text")
        out.append(str(value))
    elif isinstance(value, dict):
        out.append("{")
        for index, key in enumerate(sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))):  # pyright: ignore
            out.append(("," if index else "") + _text(key) + ":")  # pyright: ignore[reportUnknownArgumentType]
            _write(value[key], out)
        out.append("}")
    elif isinstance(value, list | tuple):
        out.append("[")
        for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            if index:
                out.append(",")
            _write(item, out)
        out.append("]")
    else:
        raise ValueError(f"canonical JSON: {type(value).__name__} has no form here; decimals are text")


def encode(value: Any) -> bytes:
    """Canonical bytes of a JSON value.

    Raises ValueError for fractions, unsafe integers, lone surrogates and anything that is not JSON. Source: RFC 8785.
    """
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    out: list[str] = []
    _write(value, out)
    return "".join(out).encode()
