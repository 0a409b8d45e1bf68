"""A browser's name in two words, for the list of one's own sessions; nothing that could tell two phones apart."""

import re
from typing import Final

BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("SamsungBrowser", "Samsung Internet"),
    ("EdgiOS|Edg|EdgA", "Edge"),
    ("OPR|Opera", "Opera"),
    ("FxiOS|Firefox", "Firefox"),
    ("CriOS|Chrome|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone|iPad|iPod", "iOS"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def summarise(user_agent: str | None) -> str:
    """`Chrome · Android`, or as much of it as can be told; empty for a script."""
    text = (user_agent or "")[:500]
    return " · ".join(name for name in (_first(BROWSERS, text), _first(SYSTEMS, text)) if name)


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in table if re.search(rf"\b(?:{pattern})\b", text)), "")
