"""Throw-away certificates for `localhost`, by themselves or by an authority made for a test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BEGINS, ENDS = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2070, 1, 1, tzinfo=dt.UTC)


def certificate(folder: Path) -> tuple[Path, Path]:
    """The files of a certificate that signs itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("localhost")
    return _written(folder, _builder("localhost", name, key, ENDS).sign(key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Authority:
    """Who vouches for servers; `file` is what a client trusts."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    def vouch(
        self, folder: Path, host: str = "localhost", ends: dt.datetime = ENDS
    ) -> tuple[Path, Path]:
        """The files of a server's certificate, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        return _written(
            folder, _builder(host, self.name, key, ends).sign(self.key, hashes.SHA256()), key
        )


def authority(folder: Path) -> Authority:
    key, name = ec.generate_private_key(ec.SECP256R1()), _named("an authority for one test")
    can_sign = x509.BasicConstraints(ca=True, path_length=0)
    made = (
        _builder("authority.invalid", name, key, ENDS, subject=name)
        .add_extension(can_sign, critical=True)
        .sign(key, hashes.SHA256())
    )
    file, _ = _written(folder, made, key)
    return Authority(file, key, name)


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    host: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    ends: dt.datetime,
    subject: x509.Name | None = None,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject or _named(host))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )


def _written(
    folder: Path, made: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    secret.write_bytes(key.private_bytes(*plain, serialization.NoEncryption()))
    return cert, secret
