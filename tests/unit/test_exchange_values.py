from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.exchange.places import Place, floor_of_room, fold_building, number_in, read_parts, read_place, to_number
from server.exchange.values import (
    clean_line,
    clean_text,
    guess_date_order,
    read_criticality,
    read_date,
    read_decimal,
    read_serial,
    read_status,
    split_maker,
)
from server.exchange.vocabulary import says_nothing


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2016-07-03", "2016-07-03"),
        ("20160703", "2016-07-03"),
        ("2016/7/3", "2016-07-03"),
        ("2016.07.03", "2016-07-03"),
        ("2016年7月3日", "2016-07-03"),
        ("2016 年 07 月 03 日", "2016-07-03"),
        ("２０１６年７月３日", "2016-07-03"),
        ("二〇一六年七月三日", "2016-07-03"),
        ("二〇一六年十二月三十一日", "2016-12-31"),
        ("2016-07-03 00:00:00", "2016-07-03"),
        ("2016-07-03T08:30:00Z", "2016-07-03"),
        ("2016.07", "2016-07"),
        ("2016年7月", "2016-07"),
        ("2016年7月份", "2016-07"),
        ("201607", "2016-07"),
        ("2016", "2016"),
        ("2016年", "2016"),
        ("25/12/2016", "2016-12-25"),
        ("12/25/2016", "2016-12-25"),
        ("05/05/2016", "2016-05-05"),
        ("3 Mar 2016", "2016-03-03"),
        ("March 3, 2016", "2016-03-03"),
        ("Mar-2016", "2016-03"),
        ("42554", "2016-07-03"),
    ],
)
def test_dates_are_read_as_far_as_they_are_written(text: str, value: str) -> None:
    assert read_date(text).value == value


@pytest.mark.parametrize(
    "text", ["2016-02-30", "2016-13-01", "20161332", "2016年2月30日", "去年", "16.7.3", "1816-01-01", "3/4/5/6"]
)
def test_dates_that_are_none_are_unreadable(text: str) -> None:
    assert read_date(text).code == "unreadable_date"


@pytest.mark.parametrize("text", ["不详", "/", "—", "无", "N/A", "？", "未知", "-"])
def test_a_date_that_is_said_to_be_unknown_is_no_error(text: str) -> None:
    assert read_date(text).code == "nothing"
    assert says_nothing(text)


def test_day_and_month_are_not_guessed_without_an_order() -> None:
    assert read_date("03/04/2021").code == "ambiguous_date"
    assert read_date("03/04/2021", "dmy").value == "2021-04-03"
    assert read_date("03/04/2021", "mdy").value == "2021-03-04"


def test_a_column_tells_its_order_unless_it_contradicts_itself() -> None:
    assert guess_date_order(["03/04/2021", "25/04/2021"]) == "dmy"
    assert guess_date_order(["03/04/2021", "04/25/2021"]) == "mdy"
    assert guess_date_order(["25/04/2021", "04/25/2021"]) is None
    assert guess_date_order(["03/04/2021"]) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4860", "4860"),
        ("￥4,860.00元", "4860"),
        ("¥ 1,234,567.5", "1234567.5"),
        ("4.86万", "48600"),
        ("-12.50", "-12.5"),
        ("0", "0"),
        ("007", "7"),
    ],
)
def test_amounts_are_read(text: str, value: str) -> None:
    assert read_decimal(text).value == value


@pytest.mark.parametrize("text", ["约四千", "12,34", "1e9", "9999999999999"])
def test_amounts_that_are_none_are_unreadable(text: str) -> None:
    assert read_decimal(text).code == "unreadable_number"


@pytest.mark.parametrize("text", ["", "  ", "无", "看不清", "不详", "N/A", "----", "0000", "none", "无序列号", "xxx"])
def test_placeholders_are_no_serial_number(text: str) -> None:
    assert read_serial(text).value is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" PF2X8Y1A ", "PF2X8Y1A"),
        ("ＰＦ２Ｘ８Ｙ", "PF2X8Y"),
        ("S/N: PF2X", "PF2X"),
        ("SN：PF2X", "PF2X"),
        ("SN12", "SN12"),
    ],
)
def test_serial_numbers_are_read_as_printed(text: str, value: str) -> None:
    assert read_serial(text).value == value


def test_words_for_states_are_known_in_both_languages() -> None:
    words = ("在用", "闲置", "维修", "待报废", "报废", "借出", "In use", "没见过")
    found = [read_status(word).value for word in words]
    assert found == ["in_service", "in_stock", "under_repair", "retired", "scrapped", "lent", "in_service", None]
    assert read_criticality("重要").value == "high"


def test_text_loses_control_characters_and_keeps_its_lines() -> None:
    assert clean_text("键盘缺键\r\n已报\x00 \u200b") == "键盘缺键\n已报"
    assert clean_line("  键盘\n缺键　已报 ") == "键盘 缺键 已报"
    assert clean_line("联想（北京）ＬＱ－６３０") == "联想（北京）LQ-630"


def test_maker_and_model_are_parted() -> None:
    assert split_maker("联想启天M437") == ("联想", "启天M437")
    assert split_maker("HP LaserJet Pro") == ("HP", "LaserJet Pro")
    assert split_maker("Hpfoo bar") == ("Hpfoo", "bar")
    assert split_maker("M437") == ("", "M437")


@pytest.mark.parametrize(
    ("text", "building", "floor", "room"),
    [
        ("办公楼壹号栋2楼0214室", "办公楼壹号栋", 2, "0214"),
        ("业务大厅-0820", "业务大厅", 8, "0820"),
        ("车管所10楼1028室", "车管所", 10, "1028"),
        ("壹号楼2层0210", "壹号楼", 2, "0210"),
        ("1号楼201", "1号楼", 2, "201"),
        ("2楼3层0301", "2楼", 3, "0301"),
        ("A座12F-1203", "A座", 12, "1203"),
        ("十二楼1203", "", 12, "1203"),
        ("主楼地下一层机房", "主楼", -1, "机房"),
        ("主楼B1层", "主楼", -1, ""),
        ("主楼负2层B201", "主楼", -2, "B201"),
        ("Building 1, Floor 2, Room 0210", "Building 1", 2, "0210"),
        ("HQ 3rd floor", "HQ", 3, ""),
        ("Building 7 Room 312", "Building 7", 3, "312"),
        ("０２１０室", "", 2, "0210"),
        ("档案室", "", None, "档案室"),
        ("车管所", "车管所", None, ""),
        ("业务大厅", "业务大厅", None, ""),
        ("总部/三号机房", "总部", None, "三号机房"),
        ("", "", None, ""),
    ],
)
def test_places_are_read_from_a_clerks_words(text: str, building: str, floor: int | None, room: str) -> None:
    place = read_place(text)
    assert (place.building, place.floor, place.room) == (building, floor, room)


def test_a_floor_that_contradicts_the_room_is_doubted_and_kept() -> None:
    assert read_place("壹号楼3楼0214室") == Place(building="壹号楼", floor=3, room="0214", doubt="floor_room_mismatch")


def test_places_in_columns_of_their_own_are_read() -> None:
    assert read_parts("壹号楼", "2", "0210") == Place(building="壹号楼", floor=2, room="0210")
    assert read_parts("壹号楼", "负一层", "机房").floor == -1
    assert read_parts("壹号楼", "", "0210").floor == 2
    assert read_parts("壹号楼", "3", "0210").doubt == "floor_room_mismatch"
    assert read_parts("", "", "壹号楼0210").building == "壹号楼"
    assert read_parts("壹号楼", "", "会议室").room == "会议室"


def test_one_building_is_met_under_its_many_spellings() -> None:
    assert len({fold_building(name) for name in ("壹号楼", "一号楼", "1号楼", "１号楼", "1#楼", " 1 号楼")}) == 1
    assert fold_building("办公楼壹号栋") != fold_building("办公楼贰号栋")
    assert [number_in(name) for name in ("壹号楼", "办公楼贰号栋", "车管所", "3区5栋")] == [1, 2, None, None]


def test_numerals_and_floors() -> None:
    assert [to_number(text) for text in ("3", "三", "叁", "十", "十二", "二十", "二十三", "拾贰")] == [
        3,
        3,
        3,
        10,
        12,
        20,
        23,
        12,
    ]
    assert [floor_of_room(room) for room in ("0210", "210", "1203", "B101", "12", "0099")] == [2, 2, 12, -1, None, None]


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    date, place = read_date(text), read_place(text)
    assert date.value is None or date.value[:4].isdigit()
    assert place.floor is None or isinstance(place.floor, int)
    read_serial(text)
    read_decimal(text)
    fold_building(text)
    split_maker(text)
    read_parts(text, text, text)


@given(st.dates())
def test_every_way_of_writing_a_date_gives_the_same_date(date: object) -> None:
    year, month, day = str(date).split("-")
    if not 1950 <= int(year) <= 2100:
        return
    ways = (
        f"{year}-{month}-{day}",
        f"{year}{month}{day}",
        f"{year}/{month}/{day}",
        f"{year}年{int(month)}月{int(day)}日",
    )
    assert {read_date(way).value for way in ways} == {str(date)}
