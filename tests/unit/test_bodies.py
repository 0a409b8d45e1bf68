"""Bounded inflation."""

import gzip
import zlib

import pytest

from server.bodies import inflate
from server.errors import Problem


def refused(body: bytes, limit: int) -> str:
    with pytest.raises(Problem) as problem:
        inflate(body, limit)
    return problem.value.code


def test_gzip_comes_back_whole_up_to_the_limit() -> None:
    assert inflate(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000
    assert refused(gzip.compress(b"x" * 1001), 1000) == "too_large"


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    assert refused(bomb, 1_000_000) == "too_large"


def test_members_add_up() -> None:
    two = gzip.compress(b"one") + gzip.compress(b"two")
    assert inflate(two, 6) == b"onetwo"
    assert refused(two, 5) == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"hello" * 100)[:-9],
        b"not gzip at all",
        zlib.compress(b"zlib, not gzip"),
        gzip.compress(b"good") + b"trailing rubbish",
        gzip.compress(b"checksum")[:-8] + b"\0" * 8,
    ],
)
def test_damage_is_named(body: bytes) -> None:
    assert refused(body, 10_000) == "bad_encoding"
