"""Random secrets and what is kept of them."""

import base64
import hashlib
import secrets


def draw(size_bytes: int) -> str:
    """A random secret of `size_bytes`, as base64url text without padding."""
    return b64(secrets.token_bytes(size_bytes))


def digest(secret: str) -> bytes:
    """What is stored of a secret with at least 128 random bits: its SHA-256. Nothing slower is needed for those."""
    return hashlib.sha256(secret.encode()).digest()


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of strict base64url without padding; ValueError for anything else."""
    if not text.isascii():
        raise ValueError("not base64url")
    data = base64.b64decode(text.translate(_STANDARD) + "=" * (-len(text) % 4), validate=True)
    if b64(data) != text:
        raise ValueError("not base64url in its shortest form")
    return data


_STANDARD = str.maketrans({"-": "+", "_": "/", "+": "!", "/": "!", "=": "!"})
