"""Reports of real mail systems, about a message and an address that a test names."""

from __future__ import annotations

from notifications.mail.tokens import bounce_address
from tests.support.dataset import ROOT

FOLDER = ROOT / "tests" / "samples" / "reports"
OURS = {"bounce_address": "b+x-y@b.example.org", "message_id": "<d.m@desk.example.org>",
        "unique": "u1"}  # fmt: skip
SECRET = b"s" * 32


def sample(name: str, **more: str) -> bytes:
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    for field, value in (OURS | more).items():
        text = text.replace(f"{{{field}}}", value)
    return text.encode()


def signed_report(name: str, message_id: str, **more: str) -> bytes:
    """A report to the address that was signed for one message."""
    address = bounce_address(SECRET, message_id, "bounce.example.org")
    return sample(name, **{"bounce_address": address, "message_id": message_id, **more})
