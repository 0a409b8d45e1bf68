"""Text as people typed it, made safe to typeset: it stays text, it wraps, and no character is without a glyph."""

import re

from server import fonts

ZWSP = "\u200b"
"""Marks where a line may break; the templates make it a hair of space."""
LONG_RUN = 22
"""A run of so many characters without a place to break is given some; no ordinary word is so long."""
NARROW_RUN = 14
"""The same in a narrow column."""
STEP, NARROW_STEP = 10, 4
"""Characters between two places to break."""
MAX_LINES = 5_000

# What Unicode lets a line break at anyway: spaces and the scripts that are written without them.
UNBROKEN = r"[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
WIDE = re.compile(UNBROKEN + f"{{{LONG_RUN},}}")
NARROW = re.compile(UNBROKEN + f"{{{NARROW_RUN},}}")
CHUNK = re.compile(f".{{1,{STEP}}}")
NARROW_CHUNK = re.compile(f".{{1,{NARROW_STEP}}}")
BREAKS = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


def wrap(text: str, *, narrow: bool = False) -> str:
    """`text` for a paragraph: line breaks kept, unknown characters as `□`, long runs breakable."""
    lines = [fonts.printable(line).strip() for line in BREAKS.split(text)[:MAX_LINES]]
    while lines and not lines[-1]:
        lines.pop()
    return soften("\n".join(lines), narrow)


def line(text: str, *, narrow: bool = False) -> str:
    """`text` for one line or cell: breaks become spaces."""
    return soften(fonts.printable(text).strip(), narrow)


def soften(text: str, narrow: bool) -> str:
    runs, chunk = (NARROW, NARROW_CHUNK) if narrow else (WIDE, CHUNK)
    return runs.sub(lambda run: ZWSP.join(chunk.findall(run[0])), text)
