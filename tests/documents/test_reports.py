"""系统预防性维护服务报告: scope, figures, findings and every result of a round."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest

from server.documents import context, strokes, tree
from server.documents.context import ReportContext
from server.documents.render import render
from server.documents.words import Lang
from tests.documents import rounds
from tests.documents.test_records import HOSTILE, squeeze, text_of, words_outside

LANGS: list[Lang] = ["zh", "en"]


def report(lang: Lang = "zh", photos: list[bytes] | None = None, **more: Any) -> ReportContext:
    return context.build_report(
        rounds.typical(lang),
        pictures=rounds.pictures(photos or [], [rounds.h("inspection", n) for n in range(3)]),
        strokes=strokes.draw(strokes.read(rounds.strokes())),
        issue=rounds.issue(**{"number": "FWBG-2025-000045", **more}),
    )


@pytest.mark.parametrize("lang", LANGS)
def test_report_shows_every_value_of_the_statement(lang: Lang) -> None:
    made = report(lang)
    text = text_of(render("service_report", made, lang))
    values = [line.value for line in made.statement.lines if line.f not in ("items", "outcome")]
    values += [line.unit for line in made.statement.lines]
    assert [value for value in values if squeeze(value) not in text] == []


@pytest.mark.parametrize("lang", LANGS)
def test_report_has_its_title_in_both_languages(lang: Lang) -> None:
    text = text_of(render("service_report", report(lang), lang))
    assert "系统预防性维护服务报告" in text
    assert "PreventiveMaintenanceServiceReport" in text


def test_same_report_gives_the_same_bytes(demo_photos: list[bytes]) -> None:
    assert render("service_report", report(photos=demo_photos), "zh") == render(
        "service_report", report(photos=demo_photos), "zh"
    )


def test_figures_count_assets_once() -> None:
    data = tree.build("service_report", report(), "en")
    assert [(figure["word"], figure["n"]) for figure in data["figures"]] == [
        ("Due", 4),
        ("All normal", 1),
        ("With problems", 2),
        ("Not inspected", 1),
    ]


def test_summary_counts_solved_open_and_serious_problems() -> None:
    data = tree.build("service_report", report(), "zh")
    assert "".join(data["summary"]) == (
        "应检设备 4 台，已检 3 台，未检 1 台。2 台设备共有 3 项异常：2 项已处理，1 项待处理。其中 1 项为严重。"
    )


def test_chart_of_results_has_every_result_once() -> None:
    data = tree.build("service_report", report(), "zh")["results_chart"]
    assert data["total"] == 3 * len(rounds.ITEMS)
    assert sum(part["n"] for part in data["parts"]) == data["total"]


def test_chart_of_items_and_its_table_have_the_same_sums() -> None:
    data = tree.build("service_report", report(), "zh")["items_chart"]
    assert sum(bar["total"] for bar in data["bars"]) == data["all"]["total"] == 3
    assert (data["all"]["serious"], data["all"]["medium"], data["all"]["minor"]) == (1, 2, 0)


def test_rare_items_of_the_chart_are_one_bar_together() -> None:
    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    book.asset("0210", code="D010210-009")
    ref = rounds.h("inspection", 0)
    book.begin(ref, "检查表", 20)
    for n in range(20):
        book.result(ref, f"i{n}", f"项目 {n}", book.word("fail"), severity="minor")
    made = context.build_report(book.done(), pictures=[], strokes=None, issue=rounds.issue())
    data = tree.build("service_report", made, "zh")["items_chart"]
    assert len(data["bars"]) == tree.MAX_BARS + 1
    assert data["bars"][-1]["name"] == "其他 12 个检查项"
    assert sum(bar["total"] for bar in data["bars"]) == 20


def test_round_without_problems_has_no_chart_of_items_and_no_findings() -> None:
    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    book.asset("0210", code="D010210-009")
    ref = rounds.h("inspection", 0)
    book.begin(ref, "检查表", 1)
    book.result(ref, "fan", "风扇", book.word("pass"))
    made = context.build_report(book.done(), pictures=[], strokes=None, issue=rounds.issue())
    text = text_of(render("service_report", made, "zh"))
    assert "已检设备全部正常" in text
    assert "发现的问题" not in text


def test_round_in_which_nothing_could_be_inspected_is_a_report() -> None:
    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    for n in range(3):
        book.asset("0210", code=f"D010210-00{n}")
        book.skip(rounds.h("inspection", n), "门锁，未能进入")
    made = context.build_report(book.done("absent", "", ""), pictures=[], strokes=None, issue=rounds.issue())
    text = text_of(render("service_report", made, "zh"))
    assert text.count("门锁，未能进入") == 3
    assert "应检设备3台，已检0台，未检3台。" in text


def test_asset_of_which_nothing_is_registered_keeps_its_own_results() -> None:
    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    for n in range(2):
        book.begin(rounds.h("inspection", n), "检查表", 1)
        book.result(rounds.h("inspection", n), "fan", "风扇", book.word("pass" if n else "fail"))
    made = context.build_report(book.done(), pictures=[], strokes=None, issue=rounds.issue())
    assert [[reading.value for reading in visit.readings] for visit in made.outline.visits] == [["异常"], ["正常"]]


def test_location_is_told_from_the_name_of_an_asset() -> None:
    book = rounds.Book("en")
    book.head("Customer", "Site", "Round", "Li Wei")
    book.asset("Room 0210", name="Printer")
    book.begin(rounds.h("inspection", 0), "Checklist", 0)
    book.asset("Room 0211")
    book.begin(rounds.h("inspection", 1), "Checklist", 0)
    made = context.build_report(book.done(), pictures=[], strokes=None, issue=rounds.issue())
    assert [(visit.name, visit.location) for visit in made.outline.visits] == [
        ("Printer", "Room 0210"),
        ("", "Room 0211"),
    ]


@pytest.mark.parametrize(
    ("range", "value", "last", "expected"),
    [
        ("10–70", "43", "36", (166, 833, 533, 455)),
        ("-10–-5", "-7.5", "", (166, 833, 500, -1)),
        ("10–70", "1000", "-1000", (166, 833, 1000, 0)),
        ("≤ 70", "43", "", None),
        ("70–70", "70", "", None),
        ("10–70", "正常", "", None),
    ],
)
def test_ruler_places_value_and_last_value_on_the_range(
    range: str, value: str, last: str, expected: tuple[int, ...] | None
) -> None:
    reading = tree.Reading(item="t", title="t", value=value, range=range, last=last)
    found = tree.ruler(reading)
    assert (None if found is None else tuple(found)) == expected


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_type_cannot_break_the_report(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    book = rounds.Book()
    book.head(text, text, text, text)
    for n in range(2):
        ref = rounds.h("inspection", n)
        book.asset(text, code=text, name=text, manufacturer=text, model=text, serial=text)
        book.begin(ref, text, 2)
        book.result(ref, "a", text, text, text, range=text, last=text, severity="serious", note=text, solved=text)
        book.result(ref, "b", text, text, text, note=text)
    book.asset(text, code=text)
    book.skip(rounds.h("inspection", 2), text)
    made = context.build_report(
        book.done(name=text, role=text), pictures=[], strokes=None, issue=rounds.issue(typed=True, reason=text)
    )
    assert words_outside(render("service_report", made, "zh"), tmp_path) == []


def test_pages_are_counted() -> None:
    pdf = pypdf.PdfReader(io.BytesIO(render("service_report", report(), "en")))
    for n, page in enumerate(pdf.pages, 1):
        assert re.search(rf"Page {n} of {len(pdf.pages)}", page.extract_text())


def test_photos_of_all_assets_are_in_the_report(demo_photos: list[bytes]) -> None:
    pdf = pypdf.PdfReader(io.BytesIO(render("service_report", report(photos=demo_photos), "zh")))
    assert len([image for page in pdf.pages for image in page.images]) == len(demo_photos)
