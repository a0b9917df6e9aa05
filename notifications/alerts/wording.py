"""Words an alert, a reading and an instant for a digest. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from events import parse_instant
from notifications.alerts.kinds import KINDS
from notifications.mail.headers import clean_text
from tracker.entries.parties import account_words

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert
    from notifications.alerts.marks import Mark

LONGEST = 300
UNITS = {"D": "day", "W": "week"}


def what_happened(alert: Alert) -> str:
    """The news of an alert, as it follows the id of its commitment."""
    if alert.kind == "contested_end_closed" and alert.after not in ("past", "in_grace"):
        return "has an end that is contested no more"
    axis, _, about = alert.axis.partition(" ")
    behind = alert.origin.get("speaks_for", {})
    by = ", ".join(account_words(name, behind) for name in alert.origin.get("by", ()))
    words = KINDS[alert.kind].words.format(
        axis=axis,
        about=about,
        lead=_lead_words(str(alert.lead)),
        before=_plain(alert.before or ("new" if axis == "state" else "none")),
        after=_plain(alert.after),
        how="only partly met" if alert.after == "partial" else "missed",
        by=f", by {by}" if by else "",
        change=_change_words(alert, axis, about),
        ends=f": {moves}" if (moves := _end_words(alert)) else "",
    )
    return line(words)


STANDING = {
    "alleged": "a breach is alleged",
    "disputed": "a breach is alleged and denied",
    "confirmed": "a breach is confirmed",
}


def standing_words(alert: Alert) -> str:
    """How it stands where an alert still holds, as it follows the id of its commitment."""
    is_of_breach = alert.axis == "compliance" and alert.after in STANDING
    return STANDING[alert.after] if is_of_breach else what_happened(alert)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _lead_words(lead: str) -> str:
    number, unit = lead[1:-1], UNITS.get(lead[-1:])
    is_plain = unit is not None and number.isdigit()
    return f"{number} {unit}{'' if number == '1' else 's'}" if is_plain else lead


def _change_words(alert: Alert, axis: str, about: str) -> str:
    """What changed of the terms: the ends before and after, else the term that is spoken of."""
    ends = _end_words(alert)
    if axis == "reading":
        return f"has a reading {about}: {ends or _plain(alert.after)}"
    if axis == "condition":
        return f"has a new condition {about}"
    if axis == "renewal":
        return "will not be renewed: notice was given"
    if axis == "terms":
        return f"has its terms settled: {_plain(alert.after)}"
    if ends:
        return f"has another end: {ends}"
    return (
        f"{_plain(axis)}{' of ' + about if about else ''}: {alert.before or '-'} -> {alert.after}"
    )


def _end_words(alert: Alert) -> str:
    """The ends before and after that an alert moves, as days; empty where it moves none."""
    ends = alert.origin.get("ends", [])
    before = dict.fromkeys(_end(e["before"], e["day_before"], e["zone"]) for e in ends)
    after = dict.fromkeys(_end(e["after"], e["day_after"], e["zone"]) for e in ends)
    was, now = (" or ".join(filter(None, each)) for each in (before, after))
    return f"{was} -> {now or 'none'}" if was else now


def _end(at: str | None, day: str | None, zone: str) -> str:
    if at is None:
        return ""
    return end_of_day(date.fromisoformat(day), zone) if day else local(parse_instant(at), zone)


def end_of_day(day: date, zone: str) -> str:
    """An end that closes a day, by that day: never as 00:00 of the next."""
    return f"end of {day:%a %d %b %Y} ({zone})"


def line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or reverse its direction."""
    return clean_text(text, LONGEST)


def named(agreement: str, title: str) -> str:
    """An agreement by title and id."""
    return agreement if agreement == title else f"{title} ({agreement})"


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
