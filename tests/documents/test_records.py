"""维保巡检记录表: what it shows, that it is the same every time, and that nothing a person types can break it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from server.documents import context, strokes
from server.documents.context import Picture, RecordContext
from server.documents.render import render
from server.documents.words import Lang
from tests.documents import rounds

LANGS: list[Lang] = ["zh", "en"]

HOSTILE = {
    "formula": '=HYPERLINK("http://x","y") +1 -1 @SUM(A1)',
    "markup": '#panic(1) #read("/etc/passwd") $x$ *bold* _it_ = Heading <label> @ref `raw` \\ // no /* no */ [x] {y} ---',
    "script": "<script>alert(1)</script>&amp;%s{}{0}${HOME}",
    "rtl": "مرحبا שלום \u202e reversed \u2066x\u2069",
    "emoji": "好 👩‍👩‍👧 😀 ✅ 🇨🇳 ☎️",
    "controls": "a\x00b\x07c\x1b[31md\u2028e\r\nf\tg\ufeffh\ufffei",
    "rare": "\U00020bb7\U0002a6d6\ue000\U000f0000\U0010ffff 龘 㐂",
    "thai": "ภาษาไทย नमस्ते",
    "combining": "e\u0301" + "\u0300" * 300,
    "spaces": " " * 300 + "end",
    "empty": "",
}


def text_of(pdf: bytes) -> str:
    """All text of a PDF without any white space: line breaks are the layout's business."""
    import io

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "".join(re.sub(r"\s+", "", page.extract_text()) for page in reader.pages)


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def record(lang: Lang = "zh", visit: int = 0, photos: list[bytes] | None = None, **more: Any) -> RecordContext:
    ref = rounds.h("inspection", visit)
    return context.build_record(
        rounds.typical(lang),
        visit=ref,
        pictures=rounds.pictures(photos or [], [ref]),
        strokes=strokes.draw(strokes.read(rounds.strokes())),
        issue=rounds.issue(**more),
    )


def typed(text: str) -> RecordContext:
    """A record in which every text that a person types is `text`."""
    book = rounds.Book()
    book.head(text, text, text, text)
    book.asset(text, code=text, name=text, manufacturer=text, model=text, serial=text)
    ref = rounds.h("inspection", 0)
    book.begin(ref, text, 2)
    book.result(ref, "a", text, text, text, range=text, last=text, severity="serious", note=text, solved=text)
    book.result(ref, "b", text, text, text, note=text)
    return context.build_record(
        book.done(name=text, role=text),
        visit=ref,
        pictures=[],
        strokes=None,
        issue=rounds.issue(issuer=context.Issuer(zh=text, en=text, hotline=text), reason=text),
    )


def words_outside(pdf: bytes, folder: Path) -> list[str]:
    """Words of a PDF that stand beyond the margins of their page."""
    file = folder / "document.pdf"
    file.write_bytes(pdf)
    boxes = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, check=True, text=True).stdout
    found: list[str] = []
    for left, right, bottom, word in re.findall(
        r'<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', boxes
    ):
        # 18 mm left, 16 mm right, 297 mm high; the code in the header has no text.
        if float(left) < 50 or float(right) > 595.3 - 44 or float(bottom) > 842 - 14:
            found.append(word)
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_record_shows_every_value_of_its_part_of_the_statement(lang: Lang) -> None:
    made = record(lang)
    text = text_of(render("inspection_record", made, lang))
    visit = made.visit
    said = [made.outline.customer, made.outline.site, made.outline.round, *made.outline.engineers]
    said += [visit.code, visit.name, visit.manufacturer, visit.model, visit.serial, visit.location, visit.checklist]
    for reading in visit.readings:
        said += [reading.title, reading.value, reading.unit, reading.range, reading.last]
        said += [reading.severity_text, reading.note, reading.solved]
    said += [made.signed.name, made.signed.role, made.issue.number, made.issue.sha256, made.issue.address]
    missing = [value for value in said if squeeze(value) not in text]
    assert missing == []


@pytest.mark.parametrize("lang", LANGS)
def test_record_has_its_title_in_both_languages(lang: Lang) -> None:
    text = text_of(render("inspection_record", record(lang), lang))
    assert "维保巡检记录表" in text
    assert "MaintenanceInspectionRecord" in text


def test_record_gives_times_in_the_time_zone_of_the_statement() -> None:
    text = text_of(render("inspection_record", record(), "zh"))
    assert "2025-11-1914:52(UTC+8)" in text


def test_same_context_gives_the_same_bytes(demo_photos: list[bytes]) -> None:
    first = render("inspection_record", record(photos=demo_photos), "zh")
    assert render("inspection_record", record(photos=demo_photos), "zh") == first


def test_another_number_gives_other_bytes() -> None:
    assert render("inspection_record", record(number="WBXJ-2025-000124"), "zh") != render(
        "inspection_record", record(), "zh"
    )


def test_record_says_it_is_pdf_a_2b_and_when_it_was_issued() -> None:
    import io

    pdf = render("inspection_record", record(), "zh")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    xmp = reader.xmp_metadata
    assert xmp is not None
    packet = xmp.stream.get_data().decode()
    assert re.search(r"pdfaid:part>2<", packet)
    assert re.search(r"pdfaid:conformance>B<", packet)
    assert reader.metadata is not None
    assert reader.metadata.title == "维保巡检记录表 WBXJ-2025-000123"
    assert str(reader.metadata.get("/CreationDate")).startswith("D:20251119075200")


@pytest.mark.parametrize(
    "origin",
    ["https://sb.example.cn", "http://localhost:8000", "https://maintenance.a-rather-long-host-name.example.com:8443"],
)
def test_code_on_every_page_opens_the_verification_page(origin: str, tmp_path: Path) -> None:
    made = record(origin=origin, photos=[])
    (tmp_path / "d.pdf").write_bytes(render("inspection_record", made, "zh"))
    subprocess.run(["pdftoppm", "-r", "200", "-gray", tmp_path / "d.pdf", tmp_path / "p"], check=True)
    pages = sorted(tmp_path.glob("p*.pgm"))
    assert pages
    for page in pages:
        with Image.open(page) as image:
            found = [code.text for code in zxingcpp.read_barcodes(image)]
        assert found == [f"{origin}/V/7K3M9QX2TB4D".upper()]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_type_cannot_break_the_record(name: str, tmp_path: Path) -> None:
    pdf = render("inspection_record", typed(HOSTILE[name]), "zh")
    assert words_outside(pdf, tmp_path) == []


@pytest.mark.parametrize("name", ["formula", "markup", "script"])
def test_formulas_markup_and_scripts_are_printed_as_they_were_typed(name: str) -> None:
    assert text_of(render("inspection_record", typed(HOSTILE[name]), "en")).count(squeeze(HOSTILE[name])) > 5


def test_character_that_no_font_has_shows_as_a_box() -> None:
    assert "好□" in text_of(render("inspection_record", typed("好😀"), "zh"))


def test_rare_surname_is_set_from_the_whole_font() -> None:
    assert "㐂龘" in text_of(render("inspection_record", typed("㐂龘"), "zh"))


@pytest.mark.parametrize(
    "text", ["很长的说明。" * 17_000, "W" * 100_000, "word " * 20_000], ids=["chinese", "one word", "words"]
)
def test_note_of_a_hundred_thousand_characters_runs_on_over_pages(text: str, tmp_path: Path) -> None:
    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    book.asset("0210", code="D010210-009")
    ref = rounds.h("inspection", 0)
    book.begin(ref, "检查表", 1)
    book.result(ref, "fan", "风扇", book.word("fail"), severity="serious", note=text, solved="已换")
    made = context.build_record(book.done(), visit=ref, pictures=[], strokes=None, issue=rounds.issue())
    pdf = render("inspection_record", made, "zh")
    letter = "说" if "说" in text else "W" if "W" in text else "word"
    assert text_of(pdf).count(letter) >= text.count(letter)
    assert words_outside(pdf, tmp_path) == []


def test_line_breaks_of_a_note_are_kept() -> None:
    import io

    book = rounds.Book()
    book.head("客户", "场所", "巡检", "李伟")
    book.asset("0210", code="D010210-009")
    ref = rounds.h("inspection", 0)
    book.begin(ref, "检查表", 1)
    book.result(ref, "fan", "风扇", book.word("fail"), severity="minor", note="第一行\n第二行\r\n第三行")
    made = context.build_record(book.done(), visit=ref, pictures=[], strokes=None, issue=rounds.issue())
    pages = pypdf.PdfReader(io.BytesIO(render("inspection_record", made, "zh"))).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert re.search(r"第一行\s*\n\s*第二行\s*\n\s*第三行", text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_any_text_at_all_gives_a_record(text: str) -> None:
    assert render("inspection_record", typed(text), "zh").startswith(b"%PDF-1.7")


def test_signature_is_drawn_as_vectors_not_as_a_picture() -> None:
    import io

    pdf = pypdf.PdfReader(io.BytesIO(render("inspection_record", record(), "zh")))
    assert [image for page in pdf.pages for image in page.images] == []


def test_photos_are_in_the_record_with_their_captions(demo_photos: list[bytes]) -> None:
    import io

    pdf = render("inspection_record", record(photos=demo_photos[:3]), "zh")
    images = [image for page in pypdf.PdfReader(io.BytesIO(pdf)).pages for image in page.images]
    assert len(images) == 3
    text = text_of(pdf)
    assert "风扇见问题2" in text
    assert rounds.h("bytes", 0)[:12] in text


def test_photo_that_has_not_arrived_is_said_so() -> None:
    assert "照片尚未送达" in text_of(render("inspection_record", record(), "zh"))


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "huge"])
def test_photo_that_cannot_be_read_leaves_a_labelled_frame(damage: str, demo_photos: list[bytes]) -> None:
    ref = rounds.h("inspection", 0)
    data = {
        "empty": b"",
        "cut": demo_photos[0][: len(demo_photos[0]) // 2],
        "text": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "huge": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00" + b"\0" * 40,
    }[damage]
    made = context.build_record(
        rounds.typical(),
        visit=ref,
        pictures=[Picture(sha256=rounds.h("bytes", 0), visit=ref, item="fan", data=data)],
        strokes=None,
        issue=rounds.issue(),
    )
    assert "照片无法显示" in text_of(render("inspection_record", made, "zh"))


def test_photos_of_other_assets_are_left_out(demo_photos: list[bytes]) -> None:
    refs = [rounds.h("inspection", n) for n in range(2)]
    made = context.build_record(
        rounds.typical(),
        visit=refs[1],
        pictures=rounds.pictures(demo_photos[:4], refs),
        strokes=None,
        issue=rounds.issue(),
    )
    assert {picture.visit for picture in made.pictures} == {refs[1]}


@pytest.mark.parametrize("lang", LANGS)
def test_skipped_asset_has_its_reason_and_no_results(lang: Lang) -> None:
    text = text_of(render("inspection_record", record(lang, visit=3), lang))
    assert (
        squeeze({"zh": "本次未检：正在打印证件，15:30 补检", "en": "Not inspected this time: Printing permits"}[lang])
        in text
    )
    assert {"zh": "检查结果", "en": "Normalrange"}[lang] not in text


@pytest.mark.parametrize(("outcome", "word"), [("absent", "客户不在场"), ("refused", "客户拒签")])
def test_absence_and_refusal_stand_where_the_signature_would(outcome: str, word: str) -> None:
    statement = msgspec.structs.replace(
        rounds.typical(), signer=msgspec.structs.replace(rounds.typical().signer, outcome=outcome)
    )
    made = context.build_record(
        statement, visit=rounds.h("inspection", 0), pictures=[], strokes=None, issue=rounds.issue(reason="已电话告知")
    )
    text = text_of(render("inspection_record", made, "zh"))
    assert word in text
    assert "已电话告知" in text


def test_translation_says_what_was_signed() -> None:
    text = text_of(render("inspection_record", record("en", signed_lang="zh"), "en"))
    assert squeeze("Translation: the signed text is in Chinese.") in text


def test_statement_in_another_language_than_the_document_says_so() -> None:
    text = text_of(render("inspection_record", record("zh"), "en"))
    assert squeeze("What was inspected is given in the language in which it was signed (Chinese).") in text


def test_trial_installation_says_so_on_the_page() -> None:
    assert "试用环境签发" in text_of(render("inspection_record", record(trial=True), "zh"))
    assert "试用" not in text_of(render("inspection_record", record(), "zh"))


def test_inspection_that_was_not_signed_has_no_record() -> None:
    with pytest.raises(context.NotInStatement):
        context.build_record(rounds.typical(), visit="0" * 64, pictures=[], strokes=None, issue=rounds.issue())


def test_unknown_time_zone_counts_as_utc() -> None:
    statement = msgspec.structs.replace(rounds.typical(), tz="Mars/Olympus\x00")
    made = context.build_record(
        statement, visit=rounds.h("inspection", 0), pictures=[], strokes=None, issue=rounds.issue()
    )
    assert "2025-11-1906:52(UTC)" in text_of(render("inspection_record", made, "zh"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"v":1,"width":1,"height":1,"strokes":[]}',
        b'{"v":1,"width":1,"height":1,"strokes":[[[0,0,1e9,0]]]}',
        b'{"v":1,"width":1,"height":1,"strokes":[[[0,"<x>",1,0]]]}',
        b'{"v":1,"width":1,"height":1,"strokes":[' + b",".join([b"[[0,1,1,0]]"] * 20_001) + b"]}",
    ],
)
def test_file_that_is_no_signature_is_refused(body: bytes) -> None:
    with pytest.raises(strokes.StrokesUnreadable):
        strokes.read(body)


def test_pressure_makes_the_line_wider() -> None:
    thin = strokes.draw(strokes.Strokes(v=1, width=100, height=100, strokes=[[(0, 0, 0, 100), (9, 500, 0, 100)]]))
    thick = strokes.draw(strokes.Strokes(v=1, width=100, height=100, strokes=[[(0, 0, 0, 900), (9, 500, 0, 900)]]))
    width = re.compile(rb'stroke-width="(\d+)"')
    assert int(width.findall(thin)[0]) < int(width.findall(thick)[0])
