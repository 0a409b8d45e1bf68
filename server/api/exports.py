"""Equipment going out, as a spreadsheet or as JSON."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from server.answers import request_lang
from server.auth.access import OFFICE, Access
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Problem
from server.export import read_assets, write_xlsx
from server.store import records

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READERS: Final = Access(roles=OFFICE, kind="asset")


@get("/api/export", operation_id="exportAssets", opt={"access": READERS}, media_type="*/*", tags=["exports"])
async def export_assets(
    request: Request[Any, Any, Any],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
    site: FromQuery[str | None] = None,
    format: FromQuery[Literal["xlsx", "json"]] = "xlsx",
) -> Response[bytes]:
    """The equipment of a site, or of all of the caller's, with the model's column names in the caller's language.

    `?lang=` chooses another language. Every cell is text.
    """
    lang = request_lang(request.scope)

    def make() -> bytes:
        conn = centre.reader()
        if site is not None:
            found = records.get(conn, site)
            if found is None or found.kind != "site" or found.deleted or not caller.holds(site):
                raise Problem("not_found", kind="site", id=site[:40])
        table = read_assets(conn, holds=caller.holds, site=site, lang=lang)
        return msgspec.json.encode(table) if format == "json" else write_xlsx(table, lang)

    content = await asyncio.to_thread(make)
    day = datetime.fromtimestamp(centre.ingest.clock() / 1000, UTC).strftime("%Y%m%d")
    headers = {
        "Content-Disposition": f'attachment; filename="assets-{day}.{format}"',
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept-Language",
    }
    return Response(content, media_type=XLSX if format == "xlsx" else "application/json", headers=headers)


handlers: Final = [export_assets]
