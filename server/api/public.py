"""What anybody's phone sees: the page of a label, the stylesheet of such pages, the certificate of a trial."""

import asyncio
from html import escape
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.answers import request_lang
from server.api.problems import shell_response
from server.auth.access import PUBLIC
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Lang, Problem
from server.labels import tokens
from server.limits import client_key
from server.pages import STYLE, STYLE_PATH, page, paragraphs
from server.store import records
from server.tls import ca_file

AnyRequest = Request[Any, Any, Any]

WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "label": "设备标签",
        "known": "此标签由本公司维护的设备使用。",
        "unknown": "本系统尚无此标签。若您是手工输入，请核对编号。",
        "foreign": "这不是有效的标签编号。标签编号为 12 位字母和数字。",
        "call": "设备有问题？请致电服务热线",
        "no_hotline": "设备有问题？请联系您的服务商。",
        "open": "工程师：在应用中打开",
        "privacy": "为保护客户隐私，此页不显示设备资料。",
    },
    "en": {
        "label": "Equipment label",
        "known": "This label is on equipment looked after by this company.",
        "unknown": "This label is not registered here. If you typed it, check the code.",
        "foreign": "This is not a label's code. A code has 12 letters and digits.",
        "call": "Something wrong with the equipment? Call the hotline",
        "no_hotline": "Something wrong with the equipment? Contact your service provider.",
        "open": "Engineers: open in the app",
        "privacy": "To protect the customer, this page shows nothing about the equipment.",
    },
}


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """What a stranger may know of the company."""

    name: str
    hotline: str


def limit_page(request: AnyRequest, centre: Centre) -> None:
    """Count one public page for the caller's address; raises `rate_limited`."""
    centre.limits.page.take(client_key(request.client.host if request.client else None))


def read_company(centre: Centre, lang: Lang) -> Company:
    """The company's name and hotline in a language. Reads the store: not on the event loop."""
    conn = centre.reader()
    hotline = ""
    for record in records.all_of(conn, "company"):
        hotline = hotline or str(record.doc.get("hotline") or "")
    return Company(name=centre.auth.company_name(conn)[lang], hotline=hotline)


def hotline_link(hotline: str, lang: Lang) -> str:
    """The hotline as HTML: large, and one tap away from a call where it is a number."""
    words = WORDS[lang]
    if not hotline:
        return paragraphs(words["no_hotline"])
    dial = "".join(char for char in hotline if char.isdigit() or char == "+")
    figure = f'<span class="figure">{escape(hotline)}</span>'
    if len(dial) < 3:
        return f"<p>{escape(words['call'])}</p>\n<p>{figure}</p>"
    return f'<p>{escape(words["call"])}</p>\n<p><a href="tel:{escape(dial)}">{figure}</a></p>'


@get(
    "/a/{token:str}",
    operation_id="openLabel",
    tags=["public"],
    summary="What a label's QR code opens",
    media_type=MediaType.HTML,
    opt={"access": PUBLIC},
)
async def open_label(
    request: AnyRequest,
    token: FromPath[str],
    centre: NamedDependency[Centre],
    visitor: NamedDependency[Caller | None],
) -> Response[bytes]:
    """Any case: `/A/…` comes here too (`server.security`).

    The app for people who are signed in (or ask for it with `?app`), the company and its hotline for anybody else.
    """
    if visitor is not None or "app" in request.query_params:
        return shell_response(centre, request)
    limit_page(request, centre)
    lang = request_lang(request.scope)
    canonical = tokens.normalise(token)
    company, known = await asyncio.to_thread(_look_up, centre, lang, canonical)
    words = WORDS[lang]
    status = 200 if known else 404
    say = words["known"] if known else words["unknown"] if canonical else words["foreign"]
    path = f"/a/{canonical}" if canonical else ""
    body = "\n".join(
        (
            f'<p class="second">{escape(words["label"])}</p>',
            f"<h1>{escape(company.name)}</h1>",
            paragraphs(say),
            hotline_link(company.hotline, lang),
            f'<a class="action quiet" href="{path}?app">{escape(words["open"])}</a>' if canonical else "",
            f'<p class="second">{escape(words["privacy"])}</p>',
        )
    )
    content = page(lang=lang, title=company.name, body=body, path=path, trial=centre.settings.trial)
    headers = {
        "cache-control": "no-store",
        "vary": "Cookie, Accept-Language",
        "content-language": "zh-CN" if lang == "zh" else "en",
    }
    return Response(content, status_code=status, headers=headers, media_type=MediaType.HTML)


def _look_up(centre: Centre, lang: Lang, token: str | None) -> tuple[Company, bool]:
    conn = centre.reader()
    # Printed by us, or bound to an asset.
    keys = (f"label:{token}", f"token:{token}") if token else ()
    return read_company(centre, lang), any(records.claimed(conn, key) for key in keys)


@get(STYLE_PATH, include_in_schema=False, opt={"access": PUBLIC})
async def read_style() -> Response[bytes]:
    """The stylesheet of the pages that the server renders."""
    return Response(STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


@get("/ca.crt", include_in_schema=False, opt={"access": PUBLIC})
async def read_ca(centre: NamedDependency[Centre]) -> Response[bytes]:
    """The certificate of our own CA, for phones in a trial with `serve --tls`."""
    path = ca_file(centre.settings.data)
    if not centre.settings.tls or not path.is_file():
        raise Problem("no_such_page", path="/ca.crt")
    content = await asyncio.to_thread(path.read_bytes)
    headers = {"content-disposition": 'attachment; filename="sitebook-ca.crt"'}
    return Response(content, media_type="application/x-x509-ca-cert", headers=headers)


@get("/robots.txt", include_in_schema=False, opt={"access": PUBLIC})
async def read_robots() -> Response[bytes]:
    """Nothing here is for search engines."""
    return Response(b"User-agent: *\nDisallow: /\n", media_type=MediaType.TEXT)


handlers = [open_label, read_style, read_ca, read_robots]
