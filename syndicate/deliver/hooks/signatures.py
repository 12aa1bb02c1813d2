"""Signatures of providers, verified with `cryptography`. Each function says whether one is right."""

import base64
import binascii
import re
from hmac import compare_digest, digest

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

# SNS signs with SHA-1 in version 1 of its signatures, and topics are of that version unless they are changed.
SNS_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
HEX = re.compile(r"[0-9a-f]{64}")


def is_sns(certificate: bytes, message: bytes, *, signature: str, version: str) -> bool:
    """RSA over the message's canonical form, by a certificate in PEM (Amazon SNS)."""
    chosen, raw = SNS_HASHES.get(version), _decoded(signature)
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        if chosen is None or raw is None or not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(raw, message, padding.PKCS1v15(), chosen)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_ecdsa(public_key: str, message: bytes, *, signature: str) -> bool:
    """ECDSA with SHA-256, key and signature in base64 of DER (SendGrid)."""
    raw, der = _decoded(signature), _decoded(public_key)
    try:
        key = serialization.load_der_public_key(der or b"")
        if raw is None or not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(raw, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_hmac(secret: str, message: bytes, *, signature: str) -> bool:
    """HMAC-SHA256 in hexadecimal (Mailgun)."""
    right = digest(secret.encode(), message, "sha256").hex()
    return bool(HEX.fullmatch(signature.lower())) and compare_digest(right, signature.lower())


def is_same(secret: str, given: str) -> bool:
    """Whether a secret was given, in constant time; no secret is never right."""
    return bool(secret) & compare_digest(secret.encode(), given.encode())


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
