"""Words an alert, a reading and an instant for a digest. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from events import parse_instant
from notifications.mail.headers import clean_text

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert, CommitmentDocument
    from notifications.alerts.marks import Mark

LONGEST = 300
UNITS = {"D": "day", "W": "week"}
WORDS = {
    "overdue": "is overdue",
    "lapsed": "has lapsed: presumed not kept, a finding decides",
    "release_available": "may now be walked away from by its debtor",
    "contested_end_began": "has reached the first reading of its end; others count on",
    "contested_end_closed": "has passed the last reading of its end",
    "ended": "has ended",
    "renewed_tacitly": "was renewed tacitly for one more period",
    "withdrawal_notified": "ends when a notice of withdrawal has run out",
    "due_while_conditional": "has reached its own end while its conditions are not met",
    "resumed": "is in force again",
    "stale": "has been silent too long",
    "suggestion": "may need a look",
}
SOON = {
    "due_soon": "is due",
    "period_due_soon": "is due in its period of {}",
    "withdrawal_soon": "ends by withdrawal",
    "offer_expires_soon": "is an offer that runs out",
    "condition_due_soon": "needs its condition {} to be met",
}
"""What lies ahead, by kind of alert; a lead says how near."""


def what_happened(alert: Alert) -> str:
    """The news of an alert, as it follows the id of its commitment."""
    if alert.kind == "period_missed":
        how = "only partly met" if alert.after == "partial" else "missed"
        return f"{how} in its period of {alert.before}"
    if alert.kind in SOON:
        number, unit = str(alert.lead)[1:-1], UNITS.get(str(alert.lead)[-1:])
        is_plain = unit is not None and number.isdigit()
        lead = f"{number} {unit}{'' if number == '1' else 's'}" if is_plain else alert.lead
        return f"{SOON[alert.kind].format(alert.before)} within {lead}"
    if alert.kind == "state_changed":
        return f"{alert.axis}: {alert.before or 'new'} -> {alert.after}".replace("_", " ")
    if alert.kind == "ended":
        return f"has ended: {alert.after}"
    if alert.kind == "contested_end_closed" and alert.after not in ("past", "in_grace"):
        return "has an end that is contested no more"
    return WORDS[alert.kind]


def line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or reverse its direction."""
    return clean_text(text, LONGEST)


def named(agreement: str, title: str) -> str:
    """An agreement by title and id."""
    return agreement if agreement == title else f"{title} ({agreement})"


def readings_of(commitment: CommitmentDocument, zone: str) -> tuple[str, ...]:
    """Every reading of an end, with who says so and how it is counted."""
    return tuple(
        f"{local(parse_instant(reading['at']), zone)} ({reading['rule'].replace('_', ' ')}, "
        f"{reading['zone']}{', by ' + reading['by'] if reading['by'] else ''})"
        for reading in commitment.get("readings", ())
        if "at" in reading
    )


def why_sent(alert: Alert) -> str:
    """The rule and the events behind an alert."""
    events = f", event {', '.join(alert.events)}" if alert.events else ""
    return f"rule {alert.rule}{events}"


def acknowledged(mark: Mark, zone: str) -> str:
    """Who has acknowledged an alert, when, why and until when."""
    until = f" until {local(parse_instant(mark.until), zone)}" if mark.until else ""
    at = local(parse_instant(mark.at), zone)
    return line(f"acknowledged by {mark.by}, {at}{until}: {mark.reason}")


def snooze_note(count: int, mark: Mark, zone: str, now: datetime) -> str:
    """How much news a snooze delays, until when, and why."""
    end = mark.holds_until(now)
    until = f" until {local(parse_instant(end), zone)}" if end else ""
    return line(f"{count} held back by a snooze{until} ({mark.by}: {mark.reason})")


def local(at: datetime, zone: str) -> str:
    """An instant in the reader's zone, with its offset."""
    local_time = at.astimezone(ZoneInfo(zone))
    return f"{local_time:%a %d %b %Y %H:%M} {local_time:%z}"
