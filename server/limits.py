"""How often one caller may knock: token buckets in memory, of bounded number."""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from server.errors import Problem


class Limiter:
    """A token bucket per key: `burst` takes at once, then one every `1 / per_second` seconds.

    Memory is bounded: of more than `max_keys` keys the one unused for longest is forgotten. A forgotten key starts full
    again, so `max_keys` callers are needed to give one of them a free burst.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: int,
        max_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._max_keys = max_keys
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._guard = threading.Lock()

    def wait_s(self, key: str, cost: float = 1) -> float:
        """Take `cost` tokens of `key`: 0 if they were there, else the seconds until they will be (nothing is taken)."""
        now = self._clock()
        with self._guard:
            level, seen = self._buckets.pop(key, (float(self._burst), now))
            level = min(self._burst, level + (now - seen) * self._per_second)
            allowed = level >= cost
            self._buckets[key] = (level - cost if allowed else level, now)
            if len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (cost - level) / self._per_second

    def take(self, key: str, cost: float = 1) -> None:
        """As `wait_s`, but raises `Problem("rate_limited", retry_after=seconds)`."""
        wait = self.wait_s(key, cost)
        if wait > 0:
            raise Problem("rate_limited", retry_after=math.ceil(wait))

    def forgive(self, key: str) -> None:
        """Fill the bucket of `key` again, as after a success."""
        with self._guard:
            self._buckets.pop(key, None)


class Limits:
    """The limiters of one centre, by what they guard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.invitation = Limiter(per_second=0.2, burst=20, clock=clock)
        """Redeeming an invitation, per address."""
        self.sign_in = Limiter(per_second=0.5, burst=30, clock=clock)
        """Attempts to sign in, per address (a whole office may share one)."""
        self.page = Limiter(per_second=2, burst=60, clock=clock)
        """Public pages of labels, documents and copies, per address."""


def client_key(host: str | None) -> str:
    """What stands for a caller: the IPv4 address, or the /64 of an IPv6 one, since one household holds a whole /64."""
    if not host:
        return "local"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
