"""Requests as the providers make them, signed with keys of the test's own."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from syndicate.deliver.hooks.posted import Posted
from syndicate.deliver.hooks.sendgrid import SIGNATURE, TIMESTAMP
from syndicate.deliver.hooks.ses import ASKED, NOTIFIED
from tests.builders import NOON
from tests.deliver.sender import address

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem"
MAILGUN_SECRET = "key-of-the-test"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> str:
    """What SendGrid shows as Verification Key."""
    der = EC_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def certificate() -> bytes:
    """The certificate that SNS signs with, in PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(RSA_KEY.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .sign(RSA_KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def sendgrid(*events: dict[str, Any], timestamp: str = "1772366400") -> Posted:
    body = json.dumps(list(events)).encode()
    signature = EC_KEY.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}
    return Posted(headers=headers, body=body)


def mailgun(data: dict[str, Any], *, token: str = "t1", at: datetime = NOON) -> Posted:
    stamp = str(int(at.timestamp()))
    right = hmac.new(MAILGUN_SECRET.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    body = {"signature": {"timestamp": stamp, "token": token, "signature": right}, "event-data": data}
    return Posted(headers={}, body=json.dumps(body).encode())


def postmark(data: dict[str, Any], **headers: str) -> Posted:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Posted(headers=given, body=json.dumps(data).encode())


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def sns(said: dict[str, Any] | str, *, version: str = "2", **change: str) -> Posted:
    """A message of SNS; `change` is made before it is signed."""
    fields = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": said if isinstance(said, str) else json.dumps(said),
        "Timestamp": "2026-03-01T12:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    } | change
    names = NOTIFIED if fields["Type"] == "Notification" else ASKED
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    chosen = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = RSA_KEY.sign(text.encode(), padding.PKCS1v15(), chosen)
    fields["Signature"] = base64.b64encode(signature).decode()
    return Posted(headers={}, body=json.dumps(fields).encode())


def ses_bounce(source: str = "", **change: Any) -> dict[str, Any]:
    """A bounce as SES notifies of it."""
    person = {"emailAddress": address(1), "action": "failed", "status": "5.1.1"}
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [person | {"diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
    }
    mail = {"source": source, "commonHeaders": {"messageId": "<1@courier.example>"}}
    return {"notificationType": "Bounce", "bounce": bounce | change, "mail": mail}


def sendgrid_bounce(**change: Any) -> dict[str, Any]:
    base = {
        "email": address(1),
        "event": "bounce",
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 user unknown",
        "sg_event_id": "ev-1",
        "smtp-id": "<1@courier.example>",
    }
    return base | change


def mailgun_failure(**change: Any) -> dict[str, Any]:
    base = {
        "id": "ev-1",
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "recipient": address(1),
        "message": {"headers": {"message-id": "1@courier.example"}},
        "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
        "envelope": {"sender": "b-x@courier.example"},
    }
    return base | change


def postmark_bounce(**change: Any) -> dict[str, Any]:
    base = {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "Email": address(1),
        "Details": "smtp;550 5.1.1 The email account does not exist",
        "Metadata": {"syndicate": "b-x@courier.example"},
    }
    return base | change
