"""Turns changes of an axis into alerts, each with a key of its own. Pure.

Each alert has a key made of what happened and when, so the same one is never told twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

from msgspec import Struct

from events import in_order, parse_instant
from notifications.alerts.kinds import GRADED, GRAVE, KINDS, SEVERITY, Severity, kinds_of
from tracker.documents.changes import OF_INCIDENT, EndDocument, Origin, StoredChange
from tracker.model.vocabulary import OF_BREACHES

CommitmentDocument = Mapping[str, Any]
"""A commitment as `status --json` prints it."""
LONGEST_OUTCOME = 40
"""In a key; a longer one goes by its hash."""
HISTORY = timedelta(days=7)
"""What lies further back than this when it is recorded is history, and no news."""
OVERTAKEN = ("timing", "suggestion", "offer", "condition", "due")
"""Axes of warnings, which say nothing any more once what they warned of was settled."""


STATUS_SAID: Mapping[str, str] = {rule: status for status, rule in OF_BREACHES.values()}
"""What the news of an incident says that it is, by the row of its entry."""


class Alert(Struct, frozen=True):
    """One thing to report: of which commitment, at which instant, by which rule and events.

    `origin` is who says so and which ends move. What is `historical` is on record, and not told.
    `periods` are those of its promise, by which one is named, and a limit told from a duty; they
    are not stored.
    """

    kind: str
    agreement: str
    commitment: str
    at: str
    key: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...]
    severity: Severity
    lead: str | None = None
    origin: Origin = {}
    historical: bool = False
    periods: Mapping[str, Any] | None = None


def alerts_of(change: StoredChange) -> list[Alert]:
    """The alerts of one row of `status_changes`: none, one, or two when a contested end closes."""
    return [_alert(change, kind) for kind in kinds_of(change)]


def _alert(change: StoredChange, kind: str) -> Alert:
    severity = GRAVE.get(change.after, SEVERITY[kind]) if kind in GRADED else SEVERITY[kind]
    return Alert(
        kind=kind,
        agreement=change.agreement_id,
        commitment=change.commitment_id,
        at=change.at,
        key=_key(change, kind),
        axis=change.axis,
        before=change.before,
        after=change.after,
        rule=change.rule,
        events=tuple(change.events),
        severity=severity,
        lead=change.lead,
        origin=change.origin,
        historical=is_history(change.at, change.known_at),
    )


def _key(change: StoredChange, kind: str) -> str:
    """What happened, and when: readable, and different where the news is different."""
    row = KINDS[kind]
    parts = [change.commitment_id, kind]
    if row.per_entry:
        parts += change.events[:1]
    elif kind == "condition_due_soon":
        parts.append(str(change.before))
    # A breach is alleged by an entry also where it was denied before; what it then is, is not news.
    is_of_incident = change.axis.startswith(OF_INCIDENT)
    status = STATUS_SAID.get(change.rule, "") if is_of_incident else change.after
    parts.append(change.lead or (_outcome(status) if row.outcome else ""))
    return "/".join(part for part in (*parts, change.at) if part)


def _outcome(after: str) -> str:
    """What came of it, in one word of a key."""
    word = after.replace(" ", "-")
    is_plain = len(word) <= LONGEST_OUTCOME and re.fullmatch(r"[\w.:+-]+", word, re.ASCII)
    return word if is_plain else hashlib.sha256(after.encode()).hexdigest()[:12]


def is_history(at: str, known_at: str) -> bool:
    """Whether something lay so far back when it was recorded that it is no news."""
    return parse_instant(at) < parse_instant(known_at) - HISTORY


def alerts_among(changes: Sequence[StoredChange]) -> Iterator[Alert]:
    """The alerts of changes, each commitment's in order, without warnings that were overtaken."""
    for n, change in enumerate(changes):
        if not _is_overtaken(change, changes, n + 1):
            yield from alerts_of(change)


def _is_overtaken(change: StoredChange, changes: Sequence[StoredChange], following: int) -> bool:
    """Whether something later settled a warning about the past before it could be sent."""
    if change.known_at == change.at or change.axis not in OVERTAKEN:
        return False
    rest = (changes[n] for n in range(following, len(changes)))
    after = next((later for later in rest if later.axis in ("timing", "state")), None)
    same = after is not None and after.commitment_id == change.commitment_id
    return bool(same and after and in_order(after.at) <= in_order(change.known_at))


class AlertDocument(TypedDict):
    """An alert as `tick --json` prints it.

    `lead` only where a lead time brought it, `by` where somebody says so, `ends` where they moved;
    `delivered` is how much of a period that was not met.
    """

    kind: str
    agreement: str
    commitment: str
    at: str
    key: str
    severity: Severity
    axis: str
    before: str | None
    after: str
    rule: str
    lead: NotRequired[str]
    by: NotRequired[list[str]]
    speaks_for: NotRequired[dict[str, str]]
    ends: NotRequired[list[EndDocument]]
    delivered: NotRequired[str]


def as_json(alert: Alert) -> AlertDocument:
    document: AlertDocument = {
        "kind": alert.kind,
        "agreement": alert.agreement,
        "commitment": alert.commitment,
        "at": alert.at,
        "key": alert.key,
        "severity": alert.severity,
        "axis": alert.axis,
        "before": alert.before,
        "after": alert.after,
        "rule": alert.rule,
    }
    if alert.lead:
        document["lead"] = alert.lead
    if "by" in alert.origin:
        document["by"] = alert.origin["by"]
    if "speaks_for" in alert.origin:
        document["speaks_for"] = alert.origin["speaks_for"]
    if "ends" in alert.origin:
        document["ends"] = alert.origin["ends"]
    if "delivered" in alert.origin:
        document["delivered"] = alert.origin["delivered"]
    return document
