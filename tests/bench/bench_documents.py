"""A record with twelve photos, and the report of a round of 500 assets with 12 items each (the most a round holds)."""

import io
import time
from collections.abc import Callable

from PIL import Image

from server.documents import context, strokes
from server.documents.render import render
from server.media.verify import PRINT
from tests.documents import rounds

ASSETS = 500
PHOTOS = 12


def photo(seed: int) -> bytes:
    """A JPEG of the size and weight of a photo in a document."""
    out = io.BytesIO()
    Image.effect_noise((PRINT, PRINT * 3 // 4), 30 + seed).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


def record(run: int) -> context.RecordContext:
    ref = rounds.h("inspection", 0)
    return context.build_record(
        rounds.typical("en" if run % 2 else "zh"),
        visit=ref,
        pictures=rounds.pictures([photo(n + run) for n in range(PHOTOS)], [ref])[:PHOTOS],
        strokes=strokes.draw(strokes.read(rounds.strokes())),
        issue=rounds.issue(number=f"WBXJ-2025-{run:06}"),
    )


def report(run: int) -> context.ReportContext:
    book = rounds.Book()
    book.head("江城市公安局交通警察支队", "办公楼壹号栋", "壹号栋 11 月巡检", "李伟")
    for n in range(ASSETS):
        ref = rounds.h("inspection", n)
        book.asset(
            f"02{n % 40:02} 室",
            code=f"D0102{n % 40:02}-{n:03}",
            name=f"台式机 {run}",
            model="启天M437",
            serial=f"{run}PF{n:06}",
        )
        book.begin(ref, "台式机状态与布线", len(rounds.ITEMS))
        for item, titles in rounds.ITEMS:
            if item == "temp":
                bad = {"severity": "medium", "note": "风道积灰", "solved": "除尘"} if n % 10 == 0 else {}
                book.result(ref, item, titles[0], "78" if bad else "43", "°C", range="10–70", last="36", **bad)
            else:
                book.result(ref, item, titles[0], book.word("pass"), last=book.word("pass"))
    return context.build_report(book.done(), pictures=[], strokes=None, issue=rounds.issue())


def median(make: Callable[[int], bytes]) -> tuple[float, int]:
    """Seconds and bytes. Each run has contents of its own, for the typesetter remembers what it has laid out."""
    took: list[float] = []
    size = 0
    for run in range(3):
        start = time.perf_counter()
        size = len(make(run))
        took.append(time.perf_counter() - start)
    return sorted(took)[1], size


def run() -> dict[str, dict[str, object]]:
    """`document_record` (12 photos), `document_report_500` and the size of the latter."""
    records = [record(n) for n in range(3)]
    reports = [report(n) for n in range(3)]
    record_s, _ = median(lambda n: render("inspection_record", records[n], "zh"))
    report_s, size = median(lambda n: render("service_report", reports[n], "zh"))
    return {
        "document_record": {"value": round(record_s * 1000), "unit": "ms"},
        "document_report_500": {"value": round(report_s, 2), "unit": "s"},
        "document_report_500_size": {"value": round(size / 1000), "unit": "kB"},
    }
