"""Keys of this installation, under `<data>/keys`: made once, readable by their owner only, part of every backup."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

RESCUE: Final = "rescue.pem"
PIN: Final = "pin.key"


class Keys(Struct, frozen=True, kw_only=True):
    """`rescue` opens the rescue files of phones (ECDH P-256); `pin` keys the hashes of PINs, so that a copied database
    alone does not give them away."""

    rescue: ec.EllipticCurvePrivateKey
    rescue_spki: bytes
    """Public half, DER SubjectPublicKeyInfo: what a phone is given at enrolment."""
    pin: bytes


def open_keys(folder: Path) -> Keys:
    """The keys in a folder; those that are missing are made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    pem = _keep(folder / RESCUE, _make_rescue)
    rescue = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(rescue, ec.EllipticCurvePrivateKey) or not isinstance(rescue.curve, ec.SECP256R1):
        raise RuntimeError(f"{folder / RESCUE} is not a P-256 private key; restore it from the backup")
    pin = _keep(folder / PIN, lambda: secrets.token_bytes(32))
    if len(pin) != 32:
        raise RuntimeError(f"{folder / PIN} does not hold 32 bytes; restore it from the backup")
    spki = rescue.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Keys(rescue=rescue, rescue_spki=spki, pin=pin)


def _make_rescue() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _keep(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a file, which is made if it is not there: whole and on the disk, or not at all."""
    if path.exists():
        return path.read_bytes()
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return path.read_bytes()
