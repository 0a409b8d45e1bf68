"""The rate limiter."""

import pytest

from server.errors import Problem
from server.limits import Limiter, client_key


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_one_per_interval() -> None:
    clock = Clock()
    limiter = Limiter(per_second=0.5, burst=3, clock=clock)
    assert [limiter.wait_s("a") for _ in range(4)] == [0, 0, 0, 2.0]
    clock.now += 2
    assert limiter.wait_s("a") == 0
    assert limiter.wait_s("a") > 0


def test_keys_do_not_share_a_bucket() -> None:
    limiter = Limiter(per_second=1, burst=1, clock=Clock())
    limiter.take("a")
    limiter.take("b")
    with pytest.raises(Problem) as refused:
        limiter.take("a")
    assert (refused.value.status, refused.value.params["retry_after"]) == (429, 1)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    limiter = Limiter(per_second=10, burst=2, clock=clock)
    limiter.take("a")
    clock.now += 3600
    assert [limiter.wait_s("a") == 0 for _ in range(3)] == [True, True, False]


def test_memory_is_bounded_and_the_oldest_key_goes_first() -> None:
    limiter = Limiter(per_second=0.001, burst=1, max_keys=2, clock=Clock())
    for key in ("a", "b", "c"):
        limiter.take(key)
    assert limiter.wait_s("c") > 0
    assert limiter.wait_s("b") > 0
    assert limiter.wait_s("a") == 0


def test_success_is_forgiven() -> None:
    limiter = Limiter(per_second=0.001, burst=1, clock=Clock())
    limiter.take("a")
    limiter.forgive("a")
    limiter.take("a")


@pytest.mark.parametrize(
    ("host", "key"),
    [
        (None, "local"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_caller_is_known_by_address(host: str | None, key: str) -> None:
    assert client_key(host) == key
