"""The token of a label and the address that its QR code holds: `HTTPS://<HOST>/A/<TOKEN>`.

A token is 60 random bits in the base32 of crockford.com/base32.html: 12 characters without I, L, O, U,
so that public pages can't be guessed and a token can be read out and typed. It never changes; what it is bound to may.
The address is upper case throughout: a QR code then packs it in its alphanumeric mode, and stays small.
"""

import secrets
import unicodedata
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
LOOKALIKES = str.maketrans("ILO", "110")
PORTS = {"http": 80, "https": 443}


class Own(Struct, frozen=True, kw_only=True, tag=True):
    """A label of this installation."""

    token: str


class Foreign(Struct, frozen=True, kw_only=True, tag=True):
    """Somebody else's web address: to be shown, never to be followed.

    `token` is set when it has the form of a label, as those printed by a trial or under an earlier address have.
    """

    address: str
    token: str | None = None


class NotALabel(Struct, frozen=True, kw_only=True, tag=True):
    """Neither a token nor a web address: perhaps a position code, a serial number or another system's barcode."""

    text: str


def draw(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A new token from the given source of randomness."""
    bits = int.from_bytes(random_bytes(8), "big") >> 4
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(55, -1, -5))


def normalise(text: str) -> str | None:
    """The token that a person meant by `text`, or None.

    Case, spaces and hyphens don't matter, nor do full-width characters; I and L are read as 1, O as 0.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Pd")
    token = kept.translate(LOOKALIKES)
    return token if len(token) == LENGTH and all(char in ALPHABET for char in token) else None


def url(origin: str, token: str) -> str:
    """What the QR code of `token` holds. `origin` is `scheme://host[:port]`; raises ValueError for anything else."""
    scheme, host, port = place(urlsplit(origin.strip()))
    at = "" if port == PORTS[scheme] else f":{port}"
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}{at}/A/{token}".upper()


def read(text: str, origin: str) -> Own | Foreign | NotALabel:
    """What a scanned or typed `text` is to the installation at `origin`."""
    text = text.strip()
    if (token := normalise(text)) is not None:
        return Own(token=token)
    try:
        address = urlsplit(text)
        where = place(address)
    except ValueError:
        return NotALabel(text=text)
    parts = address.path.strip("/").split("/")
    token = normalise(parts[1]) if len(parts) == 2 and parts[0].upper() == "A" else None
    if where != place(urlsplit(origin.strip())):
        return Foreign(address=text, token=token)
    return Own(token=token) if token else NotALabel(text=text)


def place(address: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port of a web address; hosts in IDNA form. Raises ValueError if it is not one."""
    scheme = address.scheme.lower()
    if scheme not in PORTS or not address.hostname:
        raise ValueError(
            f"{address.geturl()!r} is not a web address: it must start with http:// or https:// and a host"
        )
    host = address.hostname.rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return scheme, host, address.port or PORTS[scheme]
