"""Which PINs are refused, and what is kept of one."""

from __future__ import annotations

import random

import pytest

from server.auth.pins import check
from server.errors import Problem


def is_weak(pin: str) -> bool:
    try:
        check(pin)
    except Problem as problem:
        return problem.code == "pin_weak"
    return False


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "1234567890123", "abcdef", "12 456", "٠١٢٣٤٥", "１２３４５６", "-12345", "123456\n"],
)
def test_anything_but_six_to_twelve_ascii_digits_is_refused(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize(
    "pin",
    [
        "000000",
        "999999999999",
        "123456",
        "654321",
        "890123",
        "210987",
        "135791",
        "246802",
        "121212",
        "100100",
        "123123",
        "12341234",
        "112233",
        "123321",
        "12344321",
        "888888",
        "886688",
        "520520",
        "147258",
        "5201314",
    ],
)
def test_pins_that_are_tried_first_are_refused(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["900101", "001231", "19900101", "20240229"])
def test_birthdays_are_refused(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["830274", "740281", "20230229", "19001301", "482913", "48291357", "904817263548"])
def test_ordinary_pins_are_taken(pin: str) -> None:
    assert not is_weak(pin)


def test_nineteen_of_twenty_random_pins_are_taken() -> None:
    draw = random.Random(1)
    refused = sum(is_weak(f"{draw.randrange(10**6):06}") for _ in range(5_000))
    assert refused < 5_000 * 0.08
