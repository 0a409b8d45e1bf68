"""The hash chain of an install, and the hash chain of the centre's log. See docs/protocol.md, sections 2 and 6."""

from binascii import a2b_base64, b2a_base64
from hashlib import sha256

NAME_BYTES = 9
LOG_GENESIS = bytes(32)
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def b64(data: bytes) -> str:
    """base64url without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode()


def unb64(text: str) -> bytes:
    """Inverse of `b64`; raises ValueError on anything else."""
    if "=" in text:
        raise ValueError("base64url here has no padding")
    return a2b_base64((text + "=" * (-len(text) % 4)).encode("ascii").translate(_FROM_URL))


def genesis(centre: str, install: str, spki: bytes) -> bytes:
    """h_0 of an install's chain."""
    return sha256(b"sitebook-genesis-1" + centre.encode() + install.encode() + spki).digest()


def commitment(salt: bytes, payload: bytes) -> bytes:
    """pc: what stays of a payload after its erasure."""
    return sha256(salt + payload).digest()


def link(previous: bytes, header_hash: bytes, payload_commitment: bytes) -> bytes:
    """h_n from h_{n-1}."""
    return sha256(previous + header_hash + payload_commitment).digest()


def name(h: bytes) -> str:
    """The short form in which `b` and a record's writers name an op."""
    return b64(h[:NAME_BYTES])


def log_head(previous: bytes, seq: int, h: bytes, verdict: str) -> bytes:
    """Head of the centre's log after one more op."""
    return sha256(previous + seq.to_bytes(8, "big") + h + verdict.encode()).digest()
