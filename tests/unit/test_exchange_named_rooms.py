"""Rooms that clerks write with number and name together."""

import pytest

from server.exchange.additions import room_part
from server.exchange.places import read_parts, read_place, room_number


@pytest.mark.parametrize("text", ["0201 值班室", "0201值班室", "0201-值班室", "0201室 值班室", "0201 / 值班室"])
def test_a_room_may_have_a_number_and_a_name(text: str) -> None:
    place = read_place(text)
    assert (place.building, place.floor, place.room) == ("", 2, "0201 值班室")
    assert (room_number(place.room), room_part(place)) == ("0201", "0201")
    beside = read_parts("办公楼壹号栋", "2", text)
    assert (beside.building, beside.floor, beside.room, beside.doubt) == ("办公楼壹号栋", 2, "0201 值班室", None)


def test_a_floor_that_contradicts_the_number_is_doubtful() -> None:
    assert read_parts("壹号楼", "3层", "0201 值班室").doubt == "floor_room_mismatch"


@pytest.mark.parametrize(
    ("text", "building", "room"),
    [("壹号楼2层0201 值班室", "壹号楼", "0201 值班室"), ("3号楼 0815", "3号楼", "0815"), ("业务大厅-0820", "业务大厅", "0820"), ("2021年新楼", "2021年新楼", "")],
)  # fmt: skip
def test_buildings_keep_their_names(text: str, building: str, room: str) -> None:
    place = read_place(text)
    assert (place.building, place.room) == (building, room)
