from __future__ import annotations

import datetime
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from server.errors import Problem
from server.exchange import delimited, spreadsheets, tables
from server.exchange.books import read_book
from server.exchange.tables import join_tables

FILES = Path(__file__).parent / "exchange_files"
HEADER = ["序号", "设备类别", "型号", "序列号", "安装位置"]
ROWS = [["1", "台式机", "M437", "PF2X8Y1A", "壹号楼2层0210"], ["2", "打印机", "LQ-630", "看不清", "壹号楼-0211"]]


def write_xlsx(path: Path, *sheets: tuple[str, list[list[Any]]], merges: tuple[str, ...] = ()) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if value is not None:
                        sheet.write(y, x, value)
            for place in merges:
                sheet.merge_range(place, "合并")
    return path


def write_text(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        read_book(path, **options)
    assert caught.value.text("zh")
    assert "–" not in caught.value.text("en"), "a parameter of the text is missing"
    return caught.value.code


# --- the real register ---


def test_the_clerks_sheet_is_read_below_its_title_rows(shared_data: Path) -> None:
    book = read_book(shared_data / "register" / "客户资产清单.xlsx")
    [table] = book.tables
    assert (book.format, table.name, table.header) == ("xlsx", "资产清单", 3)
    assert table.columns[:5] == ("序号", "设备类别", "品牌", "规格型号", "序列号")
    assert table.above[0] == "XX市公安局交通警察支队 信息化设备清单"
    # 6,513 rows of equipment and the total; the blank row between them is left out.
    assert len(table.rows) == 6514
    assert table.rows[0].number == 4
    assert table.rows[0].cells[4:7] == ("30UER0FQ", "2016-07-03", "2016-11-10")
    assert table.rows[-1].number == 6518
    assert table.rows[-1].cells[0] == "合计"
    assert Counter(row.cells[4] for row in table.rows[:-1])["看不清"] == 62


# --- headers, merged cells, numbers ---


def test_a_header_below_titles_and_blank_rows_is_found(tmp_path: Path) -> None:
    rows = [["某局设备台账"], [], ["填表人：李敏", None, "2025年3月"], HEADER, *ROWS]
    [table] = read_book(write_xlsx(tmp_path / "a.xlsx", ("清单", rows))).tables
    assert table.columns == tuple(HEADER)
    assert [row.number for row in table.rows] == [5, 6]


def test_cells_merged_downwards_are_filled_and_title_merges_are_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("清单")
        sheet.merge_range("A1:C1", "设备清单")
        sheet.write_row(1, 0, ["类别", "型号", "位置"])
        for y in range(2, 5):
            sheet.write_row(y, 0, ["台式机", "M437"])
        sheet.merge_range("C3:C5", "壹号楼0210")
    [table] = read_book(path).tables
    assert table.header == 2
    assert [row.cells[2] for row in table.rows] == ["壹号楼0210"] * 3


def test_a_table_without_header_gets_letters_for_columns(tmp_path: Path) -> None:
    [table] = read_book(write_text(tmp_path / "a.csv", b"1,PF2X8Y1A\n2,PF2X8Y1B\n")).tables
    assert (table.header, table.columns, len(table.rows)) == (0, ("A", "B"), 2)


def test_columns_of_one_title_stay_apart(tmp_path: Path) -> None:
    [table] = read_book(write_text(tmp_path / "a.csv", "类别,日期,日期,\n台式机,2020,2021,x\n".encode())).tables
    assert table.columns == ("类别", "日期", "日期 (2)", "D")


def test_numbers_dates_and_truth_become_the_text_a_person_would_type(tmp_path: Path) -> None:
    values = [12.0, 3.5, 2.10235e14, datetime.date(2020, 3, 14), datetime.datetime(2020, 3, 14, 9, 30), True]
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["序号", "原值", "序列号", "购买日期", "备注", "状态"])
        date, instant = (
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        )
        for x, value in enumerate(values):
            sheet.write(1, x, value, {3: date, 4: instant}.get(x))
    [row] = read_book(path).tables[0].rows
    assert row.cells == ("12", "3.5", "210235000000000", "2020-03-14", "2020-03-14 09:30:00", "TRUE")
    assert row.rounded == ()


def test_a_number_too_long_for_a_spreadsheet_is_marked(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ("清单", [["类别", "序列号"], ["台式机", 12345678901234567890.0]]))
    [row] = read_book(path).tables[0].rows
    assert row.rounded == (1,)


def test_old_spreadsheets_are_read() -> None:
    [table] = read_book(FILES / "old.xls").tables
    assert table.columns == ("设备类别", "型号", "序列号", "购买日期")
    assert table.rows[0].cells == ("台式机", "M437", "PF2X8Y1A", "2020-03-14")


def test_open_document_sheets_are_read(tmp_path: Path) -> None:
    [table] = read_book(write_ods(tmp_path / "a.ods", [HEADER, *ROWS])).tables
    assert table.columns == tuple(HEADER)
    assert table.rows[1].cells == tuple(ROWS[1])


def write_ods(path: Path, rows: list[list[str]], repeat: int = 1) -> Path:
    cells = "".join(
        f'<table:table-row table:number-rows-repeated="{repeat}">'
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>'
            f'<table:table table:name="清单">{cells}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
        packed.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')
    return path


def test_several_sheets_are_read_and_those_with_equal_columns_join(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ("一号楼", [HEADER, ROWS[0]]), ("空", []), ("二号楼", [HEADER, ROWS[1]]))
    first, second = read_book(path).tables
    joined = join_tables((first, second))
    assert [row.key for row in joined.rows] == ["sheet:一号楼:2", "sheet:二号楼:2"]


def test_sheets_with_other_columns_do_not_join(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ("甲", [HEADER, ROWS[0]]), ("乙", [HEADER[:3], ROWS[1][:3]]))
    with pytest.raises(Problem, match="import_sheets_differ"):
        join_tables(read_book(path).tables)


# --- text files ---

TEXT = "设备类别,型号,备注\n台式机,启天M437,屏幕有划痕\n打印机,LQ-630KII,键盘缺键\n"


@pytest.mark.parametrize(
    ("encoding", "known_as"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16")],
)
def test_text_is_read_in_its_own_encoding(tmp_path: Path, encoding: str, known_as: str) -> None:
    book = read_book(write_text(tmp_path / "a.csv", TEXT.encode(encoding)))
    assert book.encoding == known_as
    assert book.tables[0].columns == ("设备类别", "型号", "备注")
    assert book.tables[0].rows[1].cells == ("打印机", "LQ-630KII", "键盘缺键")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    book = read_book(write_text(tmp_path / "a.csv", TEXT.replace(",", delimiter).encode()))
    assert book.delimiter == delimiter
    assert len(book.tables[0].columns) == 3


def test_a_spreadsheets_hint_of_the_delimiter_is_followed(tmp_path: Path) -> None:
    book = read_book(write_text(tmp_path / "a.csv", ("sep=;\n" + TEXT.replace(",", ";")).encode()))
    assert book.delimiter == ";"
    assert book.tables[0].rows[0].number == 3


def test_rows_are_numbered_by_lines_of_the_file(tmp_path: Path) -> None:
    text = 'category,model,note\nPC,"M437","two\nlines"\n\nPrinter,LQ,\n'
    [table] = read_book(write_text(tmp_path / "a.csv", text.encode())).tables
    assert [(row.number, row.cells[2]) for row in table.rows] == [(2, "two\nlines"), (5, "")]


@pytest.mark.parametrize("encoding", ["big5", "shift-jis"])
def test_text_in_another_encoding_is_refused_not_garbled(tmp_path: Path, encoding: str) -> None:
    text = "設備類別,型號,備註\n" + "電腦,啟天,螢幕有刮痕與電源異常需要維修\n" * 20
    data = text.encode(encoding, "replace" if encoding == "shift-jis" else "strict")
    assert refused(write_text(tmp_path / "a.csv", data)) == "import_encoding"


def test_the_encoding_can_be_named(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "設備類別,型號\n電腦,啟天\n".encode("big5"))
    assert read_book(path, encoding="big5").tables[0].columns == ("設備類別", "型號")
    assert refused(path, encoding="no-such") == "import_encoding"
    assert refused(path, encoding="ascii") == "import_encoding"


def test_an_unclosed_quote_is_damage(tmp_path: Path) -> None:
    assert refused(write_text(tmp_path / "a.csv", b'category,model\nPC,"M437\nPC,M438\n')) == "import_damaged"


# --- what is no register ---


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"  \r\n\r\n", b",,,\n,,,\n"])
def test_an_empty_text_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refused(write_text(tmp_path / "a.csv", data)) == "import_empty"


def test_an_empty_spreadsheet_is_refused(tmp_path: Path) -> None:
    assert refused(write_xlsx(tmp_path / "a.xlsx", ("Sheet1", []))) == "import_empty"


def test_a_spreadsheet_with_a_password_says_so() -> None:
    assert refused(FILES / "encrypted.xlsx") == "import_password"


def test_a_cut_off_spreadsheet_is_damaged(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", ("清单", [HEADER, *ROWS])).read_bytes()
    assert refused(write_text(tmp_path / "b.xlsx", whole[: len(whole) // 2])) == "import_damaged"


def test_a_spreadsheet_with_a_flipped_byte_is_damaged(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ("清单", [HEADER, *ROWS * 50]))
    with zipfile.ZipFile(path) as packed:
        part = next(part for part in packed.infolist() if part.filename.endswith("sheet1.xml"))
    data = bytearray(path.read_bytes())
    data[part.header_offset + 200] ^= 0xFF
    assert refused(write_text(path, bytes(data))) == "import_damaged"


def test_a_sheet_of_broken_xml_is_damaged(tmp_path: Path) -> None:
    assert refused(corrupt_sheet(tmp_path, b"<worksheet><sheetData><row><c></row>")) == "import_damaged"


def corrupt_sheet(folder: Path, sheet: bytes) -> Path:
    source = write_xlsx(folder / "source.xlsx", ("清单", [HEADER, *ROWS]))
    target = folder / "target.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return target


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xls", b"<html><body><table><tr><td>1</td></tr></table>", "import_html"),
        ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "import_html"),
        ("a.xlsx", b"%PDF-1.7 ...", "import_format"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "import_format"),
        ("a.csv", b"abc\0def", "import_format"),
        ("a.json", b"[]", "import_format"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    assert refused(write_text(tmp_path / name, data)) == code


def test_a_zip_that_is_no_spreadsheet_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr("word/document.xml", "<x/>")
    assert refused(tmp_path / "a.xlsx") == "import_format"


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROWS", 10)
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 10)
    rows = [["台式机", "M437"]] * 200
    assert refused(write_text(tmp_path / "a.csv", b"category,model\n" + b"PC,M437\n" * 200)) == "import_too_many_rows"
    assert refused(write_xlsx(tmp_path / "a.xlsx", ("清单", [["类别", "型号"], *rows]))) == "import_too_many_rows"


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    assert refused(write_text(tmp_path / "a.csv", b",".join([b"x"] * 703))) == "import_too_many_columns"
    assert refused(write_xlsx(tmp_path / "a.xlsx", ("清单", [["x"] * 703]))) == "import_too_many_columns"


def test_too_large_a_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(tables.MAX_BYTES + 1)
    assert refused(path) == "import_too_large"


def test_a_file_that_unfolds_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_INFLATED", 5_000_000)
    assert refused(corrupt_sheet(tmp_path, b" " * 20_000_000)) == "import_bomb"


def test_one_cell_in_the_far_corner_cannot_take_the_memory(tmp_path: Path) -> None:
    corner = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    begun = time.monotonic()
    assert refused(corrupt_sheet(tmp_path, corner)) in ("import_bomb", "import_too_many_rows")
    assert time.monotonic() - begun < 30


def test_a_row_repeated_a_million_times_is_refused(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", [["台式机"] * 500], repeat=1_000_000)
    assert refused(path) in ("import_bomb", "import_too_many_rows", "import_damaged")
