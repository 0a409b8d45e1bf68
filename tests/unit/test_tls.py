"""The trial's own certificate authority."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path

import pytest

from server.tls import Names, ensure_tls, is_private, lan_addresses, local_names

NOW = dt.datetime.now(dt.UTC)
NAMES = Names(hosts=("localhost", "office.local"), addresses=("127.0.0.1", "192.168.1.5"))


def test_a_client_that_trusts_the_ca_trusts_the_server(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, NAMES, NOW)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(files.certificate, files.key)
    theirs = ssl.create_default_context(cafile=str(files.ca))
    for name, good in (("localhost", True), ("127.0.0.1", True), ("192.168.1.5", True), ("other.local", False)):
        assert _handshake(ours, theirs, name) is good, name
    assert not _handshake(ours, ssl.create_default_context(), "localhost")


def _handshake(ours: ssl.SSLContext, theirs: ssl.SSLContext, name: str) -> bool:
    left, right = socket.socketpair()
    with left, right:

        def serve() -> None:
            try:
                ours.wrap_socket(left, server_side=True).close()
            except (ssl.SSLError, OSError):
                left.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            theirs.wrap_socket(right, server_hostname=name).close()
        except ssl.SSLError:
            return False
        finally:
            right.close()
            thread.join()
        return True


def test_the_ca_cannot_speak_for_other_sites(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from server import tls

    files = ensure_tls(tmp_path, NAMES, NOW)
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    key = serialization.load_pem_private_key((tmp_path / "tls" / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    stolen = ec.generate_private_key(ec.SECP256R1())
    bank = Names(hosts=("bank.example",), addresses=())
    forged = tls._make_certificate(ca, key, stolen.public_key(), bank, NOW)  # pyright: ignore[reportPrivateUsage]
    (tmp_path / "forged.pem").write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "forged.key").write_bytes(tls._pem_key(stolen))  # pyright: ignore[reportPrivateUsage]
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(tmp_path / "forged.pem", tmp_path / "forged.key")
    assert not _handshake(ours, ssl.create_default_context(cafile=str(files.ca)), "bank.example")


def test_certificates_stay_until_they_have_to_change(tmp_path: Path) -> None:
    first = ensure_tls(tmp_path, NAMES, NOW)
    before = (first.certificate.read_bytes(), first.ca.read_bytes())
    ensure_tls(tmp_path, NAMES, NOW + dt.timedelta(days=100))
    assert (first.certificate.read_bytes(), first.ca.read_bytes()) == before
    again = ensure_tls(tmp_path, NAMES, NOW + dt.timedelta(days=380))
    assert again.certificate.read_bytes() != before[0]
    assert again.fingerprint == first.fingerprint


def test_a_new_address_keeps_the_ca_that_phones_trust(tmp_path: Path) -> None:
    first = ensure_tls(tmp_path, NAMES, NOW)
    moved = Names(hosts=NAMES.hosts, addresses=("10.1.2.3", "127.0.0.1"))
    second = ensure_tls(tmp_path, moved, NOW)
    assert second.fingerprint == first.fingerprint
    theirs = ssl.create_default_context(cafile=str(second.ca))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(second.certificate, second.key)
    assert _handshake(ours, theirs, "10.1.2.3")


def test_a_new_host_name_needs_a_new_ca(tmp_path: Path) -> None:
    first = ensure_tls(tmp_path, NAMES, NOW)
    renamed = Names(hosts=("depot.local", "localhost"), addresses=NAMES.addresses)
    assert ensure_tls(tmp_path, renamed, NOW).fingerprint != first.fingerprint


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, NAMES, NOW)
    assert files.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "tls" / "ca.key").stat().st_mode & 0o077 == 0


def test_names_are_this_machines_and_the_chosen_one() -> None:
    names = local_names("site.lan")
    assert {"localhost", "site.lan"} <= set(names.hosts)
    assert "127.0.0.1" in names.addresses
    assert "203.0.113.9" in local_names("203.0.113.9").addresses
    assert all(is_private(address) for address in lan_addresses())


@pytest.mark.parametrize(("address", "private"), [("192.168.3.4", True), ("8.8.8.8", False), ("fd00::1", True)])
def test_private_networks_are_known(address: str, private: bool) -> None:
    assert is_private(address) is private
