"""A cluster's own certificate authority and what it signs, so that every connection in a centre is checked both ways.

Each centre has an authority of its own: a login for one centre is worth nothing at another. Keys are ECDSA P-256 and stay
in the lab's folder. What is there and still right is kept; a changed address or a certificate near its end is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE: Final = timedelta(days=365)
RENEW_BEFORE: Final = timedelta(days=7)
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a certificate names: a user and its group, or a server and the names it is reached by."""

    file: str
    name: str
    group: str = ""
    hosts: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()

    @property
    def is_server(self) -> bool:
        return bool(self.hosts or self.addresses)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate's and its key's files."""

    certificate: Path
    key: Path


class Authority:
    """Signs for one cluster; made at first use."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.pair = Pair(folder / "ca.crt", folder / "ca.key")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (_is_lasting(self.pair.certificate) and self.pair.key.is_file()):
            self._make(name)
        self._key = load_key(self.pair.key)
        self._certificate = x509.load_pem_x509_certificate(self.pair.certificate.read_bytes())

    def issue(self, who: Identity) -> Pair:
        """The identity's certificate and key, made unless they are there and right."""
        pair = Pair(self.folder / f"{who.file}.crt", self.folder / f"{who.file}.key")
        if pair.key.is_file() and self._is_right(pair.certificate, who):
            return pair
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH if who.is_server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _builder(_subject(who), self._certificate.subject, key.public_key()).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=False
        )
        if who.is_server:
            builder = builder.add_extension(x509.SubjectAlternativeName(_names(who)), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = builder.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())
        save_key(key, pair.key)
        _save(pair.certificate, signed.public_bytes(serialization.Encoding.PEM))
        return pair

    def _make(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = _builder(subject, subject, key.public_key(), is_authority=True).add_extension(usage, critical=True)
        save_key(key, self.pair.key)
        _save(self.pair.certificate, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _is_right(self, path: Path, who: Identity) -> bool:
        """Whether the certificate is lasting, of this authority, and names exactly this identity."""
        if not _is_lasting(path):
            return False
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        try:
            certificate.verify_directly_issued_by(self._certificate)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made anew
            return False
        try:
            names = set(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        except x509.ExtensionNotFound:
            names = set()
        return certificate.subject == _subject(who) and names == set(_names(who))


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in a file."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return key


def save_key(key: ec.EllipticCurvePrivateKey, path: Path) -> None:
    """Write a private key that its owner alone can read."""
    plain = serialization.NoEncryption()
    _save(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool = False
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(who: Identity) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, who.group)] if who.group else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, who.name)])


def _names(who: Identity) -> Iterable[x509.GeneralName]:
    return [*(x509.DNSName(host) for host in who.hosts), *(x509.IPAddress(address) for address in who.addresses)]


def _is_lasting(path: Path) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return False
    return certificate.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def _save(path: Path, content: bytes) -> None:
    """Replace the file at once, readable by its owner alone."""
    fresh = path.with_name(f".{path.name}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)
