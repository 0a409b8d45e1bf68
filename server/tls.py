"""A certificate authority of our own, so that real phones can take part in a trial: camera and service worker need https.

The authority may only speak for this machine's names and for private networks (RFC 5280 name constraints), so that a
phone which trusts it cannot be deceived about any other site, even if the key is stolen.
"""

import contextlib
import datetime as dt
import ipaddress
import os
import socket
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS = 3650
CERTIFICATE_DAYS = 397
"""The longest that Apple's devices accept."""
RENEW_DAYS = 30
PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate speaks for: host names and addresses, each sorted."""

    hosts: tuple[str, ...]
    addresses: tuple[str, ...]


class TlsFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server finds its certificate (with the CA's behind it) and key."""

    certificate: Path
    key: Path
    ca: Path
    fingerprint: str
    """SHA-256 of the CA's certificate, in colon-separated hex, for people to compare."""


def ca_file(data: Path) -> Path:
    """The CA's certificate."""
    return data / "tls" / "ca.crt"


def local_names(extra_host: str | None = None) -> Names:
    """This machine's names and addresses on private networks; `extra_host` is the host of the chosen origin."""
    host = socket.gethostname().lower()
    short = host.partition(".")[0]
    hosts = {"localhost", short, f"{short}.local"}
    if host.endswith((".local", ".lan", ".internal", ".home.arpa")):
        hosts.add(host)
    addresses = {"127.0.0.1", "::1", *lan_addresses()}
    if extra_host:
        try:
            addresses.add(str(ipaddress.ip_address(extra_host)))
        except ValueError:
            hosts.add(extra_host.lower())
    return Names(hosts=tuple(sorted(h for h in hosts if h.isascii())), addresses=tuple(sorted(addresses)))


def lan_addresses() -> list[str]:
    """This machine's private IPv4 addresses, the one that leads outside first."""
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Connecting a datagram socket sends nothing; it makes the system choose the address it would send from.
        probe.connect(("10.254.254.254", 9))
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM):
            found.append(str(info[4][0]))
    return [a for a in dict.fromkeys(found) if is_private(a) and not ipaddress.ip_address(a).is_loopback]


def is_private(text: str) -> bool:
    """Whether an address lies in the networks that the CA may speak for."""
    address = ipaddress.ip_address(text)
    return any(
        address in network for network in map(ipaddress.ip_network, PRIVATE) if network.version == address.version
    )


def ensure_tls(data: Path, names: Names, now: dt.datetime) -> TlsFiles:
    """Certificate files below `<data>/tls`, made or renewed where they are missing, near their end or lack a name.

    The CA stays the same as long as it may speak for all `names`, since phones were told to trust it.
    """
    folder = data / "tls"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca_key_file, cert_file, key_file = folder / "ca.key", folder / "server.crt", folder / "server.key"
    ca = _load(ca_file(data))
    if ca is None or not ca_key_file.is_file() or not _may_speak_for(ca, names) or _ends_soon(ca, now):
        ca_key = ec.generate_private_key(ec.SECP256R1())
        ca = _make_ca(ca_key, names, now)
        _write(ca_key_file, _pem_key(ca_key))
        _write(ca_file(data), ca.public_bytes(serialization.Encoding.PEM), 0o644)
        cert_file.unlink(missing_ok=True)
    certificate = _load(cert_file)
    if certificate is None or not key_file.is_file() or _ends_soon(certificate, now) or _names_of(certificate) != names:
        ca_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _make_certificate(ca, ca_key, key.public_key(), names, now)
        _write(key_file, _pem_key(key))
        chain = certificate.public_bytes(serialization.Encoding.PEM) + ca.public_bytes(serialization.Encoding.PEM)
        _write(cert_file, chain, 0o644)
    fingerprint = ca.fingerprint(hashes.SHA256()).hex(":").upper()
    return TlsFiles(certificate=cert_file, key=key_file, ca=ca_file(data), fingerprint=fingerprint)


def _make_ca(key: ec.EllipticCurvePrivateKey, names: Names, now: dt.datetime) -> x509.Certificate:
    permitted: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    networks = [ipaddress.ip_network(text) for text in PRIVATE]
    networks += [ipaddress.ip_network(a) for a in names.addresses if not is_private(a)]
    permitted += [x509.IPAddress(network) for network in networks]
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sitebook trial"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Sitebook trial CA ({socket.gethostname()[:30]})"),
        ]
    )
    return (
        _builder(name, name, key.public_key(), now, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _make_certificate(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    names: Names,
    now: dt.datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sitebook trial server")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in names.addresses]
    return (
        _builder(subject, ca.subject, key, now, CERTIFICATE_DAYS)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_authority(ca), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A phone's clock may be a little behind ours.
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days - 1))
    )


def _authority(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _may_speak_for(ca: x509.Certificate, names: Names) -> bool:
    try:
        limits = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return False
    hosts = {limit.value for limit in limits if isinstance(limit, x509.DNSName)}
    networks = [limit.value for limit in limits if isinstance(limit, x509.IPAddress)]

    def covered(text: str) -> bool:
        address = ipaddress.ip_address(text)
        return any(
            address in network
            for network in networks
            if isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network) and network.version == address.version
        )

    return hosts >= set(names.hosts) and all(covered(address) for address in names.addresses)


def _names_of(certificate: x509.Certificate) -> Names | None:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    return Names(
        hosts=tuple(sorted(names.get_values_for_type(x509.DNSName))),
        addresses=tuple(sorted(str(address) for address in names.get_values_for_type(x509.IPAddress))),
    )


def _ends_soon(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_after_utc - now < dt.timedelta(days=RENEW_DAYS)


def _load(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Whole or not at all, and never readable by others for a moment."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    partial.replace(path)
