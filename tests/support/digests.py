"""Digests of alerts about one promise, built and rendered: what tests of digests begin with."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import Correction
from notifications.digests.digest import Digest, DigestHeader, ReaderNews, news_digest
from notifications.digests.render import Addressee, Rendered, render
from notifications.settings import MailSettings

NOW = parse_instant("2025-03-19T06:00:00Z")
AT = "2025-03-18T21:00:00Z"
DETAIL = {
    "debtor": ["RUS"],
    "creditor": ["UKR", "USA"],
    "promise": "no strikes on energy",
    "state": "in_force",
    "compliance": "disputed",
    "readings": [
        {"term": "end", "id": "r1", "by": None, "rule": "inclusive", "zone": "UTC", "at": AT},
        {"term": "end", "id": "r2", "by": "RUS", "rule": "exclusive", "zone": "UTC", "at": AT},
    ],
}
HERE = DigestHeader("Europe/Kyiv", NOW, None, 7)
SETTINGS = {"mail_from": "Desk <desk@example.org>", "tenant": "desk"}


def alert(kind: str, commitment: str = "c", at: str = AT, **more: Any) -> Alert:
    plain = Alert(
        kind, "a", commitment, at, f"{commitment}/{kind}/{at}", "state", None, "x", "T6", ("e1",),
        "info",
    )  # fmt: skip
    return structs.replace(plain, **more)


def due(lead: str, at: str = AT, commitment: str = "c") -> Alert:
    return alert("due_soon", commitment, at, lead=lead, key=f"{commitment}/{lead}/{at}")


def digest(*alerts: Alert, withdrawn: tuple[Alert, ...] = (), title: str = "Accord") -> Digest:
    commitments = {a.commitment: DETAIL for a in (*alerts, *withdrawn)}
    wrong = tuple(map(Correction, withdrawn))
    built = news_digest(ReaderNews(alerts, corrected=wrong), commitments, {"a": title}, HERE)
    assert built is not None
    return built


def rendered(content: Digest, **settings: Any) -> Rendered:
    to = Addressee(recipient="reader@example.org", subscription="1", window="2025-03-19", now=NOW)
    return render(content, to, MailSettings(**{**SETTINGS, **settings}))
