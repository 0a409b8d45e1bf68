"""A phone in software: an install key that signs proofs, and a passkey authenticator (WebAuthn, ES256, no attestation)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class InstallKey:
    """The key of one browser profile, as WebCrypto would hold it."""

    def __init__(self) -> None:
        self.id = b64(secrets.token_bytes(16))
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.spki = b64(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def sign(self, message: bytes) -> str:
        """ECDSA P-256 with SHA-256, raw r‖s, base64url."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def prove(self, purpose: str, centre: str, given: str) -> str:
        return self.sign("\n".join((purpose, centre, self.id, given)).encode())

    def claim(self, centre: str, given: str, **more: Any) -> dict[str, Any]:
        """The part of an enrolment that says which browser profile this is."""
        device = {"name": "Test phone", "platform": "Android"}
        proof = self.prove("sitebook-enrol-1", centre, given)
        return {"install": self.id, "spki": self.spki, "proof": proof, "device": device, **more}


class Authenticator:
    """A platform authenticator that holds one discoverable passkey and verifies its user."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.count = 0
        self.id = secrets.token_bytes(24)
        self.user_handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """`navigator.credentials.create` -> `PublicKeyCredential.toJSON()`."""
        self.user_handle = unb64(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], 0x45) + attested
        return self._credential(
            clientDataJSON=b64(self._client_data("webauthn.create", options["challenge"])),
            attestationObject=b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            transports=["internal"],
        )

    def get(self, options: dict[str, Any], *, user_handle: bytes | None = None) -> dict[str, Any]:
        """`navigator.credentials.get` -> `PublicKeyCredential.toJSON()`."""
        self.count += 1
        data = self._data(options["rpId"], 0x05)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            clientDataJSON=b64(client),
            authenticatorData=b64(data),
            signature=b64(signature),
            userHandle=b64(self.user_handle if user_handle is None else user_handle),
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _credential(self, **response: Any) -> dict[str, Any]:
        shown = b64(self.id)
        return {"id": shown, "rawId": shown, "type": "public-key", "clientExtensionResults": {}, "response": response}
