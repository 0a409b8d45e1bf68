"""An install for tests, with a key of its own."""

import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sync.author import Author
from sync.chain import b64


class TestInstall(Author):
    """One phone."""

    __test__ = False

    def __init__(self, centre: str, user: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        super().__init__(
            centre=centre, install=b64(os.urandom(16)), spki=spki, user=user, sign=self.signature, random=os.urandom
        )

    def signature(self, data: bytes) -> str:
        """Raw r‖s, base64url."""
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
