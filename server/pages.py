"""Small pages rendered by the server for people without the app: no script, one stylesheet, both languages."""

from html import escape
from pathlib import Path
from typing import Final

from server.errors import Lang

STYLE_PATH: Final = "/pages.css"
STYLE: Final = (Path(__file__).parent / "assets" / "pages.css").read_bytes()
OTHER: Final[dict[Lang, tuple[Lang, str]]] = {"zh": ("en", "English"), "en": ("zh", "中文")}


def page(*, lang: Lang, title: str, body: str, path: str = "", trial: bool = False, wide: bool = False) -> bytes:
    """A whole HTML page. `title` is plain text, `body` is HTML whose texts the caller has escaped.

    `path` is this page's own address: given, the page links to itself in the other language.
    """
    other, other_name = OTHER[lang]
    switch = ""
    if path:
        switch = f'<a class="lang" lang="{other}" href="{escape(path)}?lang={other}">{other_name}</a>'
    banner = ""
    if trial:
        text = (
            "试用安装：标签与文档仅供试用" if lang == "zh" else "Trial installation: labels and documents are for trial"
        )
        banner = f'<p class="trial" role="note">{text}</p>'
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, nofollow">\n'
        '<meta name="format-detection" content="telephone=no">\n'
        '<link rel="icon" href="data:,">\n'
        f'<link rel="stylesheet" href="{STYLE_PATH}">\n</head>\n'
        f"<body{' class=wide' if wide else ''}>\n{banner}<main>\n{body}\n</main>\n"
        f"<footer>{switch}</footer>\n</body>\n</html>\n"
    ).encode()


def paragraphs(*texts: str) -> str:
    """Plain texts as escaped paragraphs; empty ones are left out."""
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts if text)
