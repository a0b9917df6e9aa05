"""Which deadline an alert is about, and how it reads: an end of a day as that day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from events import format_instant, in_order, parse_instant
from tracker.dates.durations import Duration, parse_duration
from tracker.dates.instants import local_words
from tracker.documents.ends import end_at, end_of_notice, ending_notice
from tracker.model.readings import last_moment, rule_of_end, stated_ends

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert, CommitmentDocument

Deadline = Mapping[str, Any]
"""An end as a reading of `status --json` has it: `at`, `rule` and `zone`."""
OVER = frozenset({"past", "in_grace"})
"""The timing of what is past its end by every reading."""
PENDING = {"offer_expires_soon": "offer", "condition_due_soon": "condition"}


def when_words(alert: Alert, commitment: CommitmentDocument, zone: str) -> str:
    """When it is or was due, else when it came about: in words, local time and UTC."""
    deadline = deadline_of(alert, commitment)
    if deadline is None:
        return f"{local_words(parse_instant(alert.at), zone)} = {alert.at}"
    return f"{end_words(deadline, zone, named=True)} = {deadline['at']}"


def end_words(deadline: Deadline, zone: str, *, named: bool = False) -> str:
    """An end as its day, `named` with its zone, and as the reader's local time.

    The local time is left out where it is midnight: it would read as the next day.
    """
    at = parse_instant(deadline["at"])
    last, words = last_moment(deadline), local_words(at, zone)
    if isinstance(last, datetime):
        return words
    day = f"end of {last:%a %d %b %Y}" + (f" ({deadline['zone']})" if named else "")
    return day if at.astimezone(ZoneInfo(zone)).time() == time() else f"{day}, {words}"


def readings_of(commitment: CommitmentDocument, zone: str) -> tuple[str, ...]:
    """Every reading of an end, with who says so and how it is counted; each once."""
    ends = (
        f"{end_words(end, zone)} ({end['rule'].replace('_', ' ')}, "
        f"{end['zone']}{', by ' + end['by'] if end['by'] else ''})"
        for end in stated_ends(commitment)
    )
    return tuple(dict.fromkeys(ends))


def deadline_of(alert: Alert, commitment: CommitmentDocument) -> Deadline | None:
    """The deadline that an alert is about; None for one that is about none, or not on record.

    Where the end has moved since, it is the one that the alert was about.
    """
    ends = stated_ends(commitment)
    if has_end_moved(alert, commitment):
        return end_before(alert, commitment)
    # An end that was over when it was first stated is disputed from then on, and ended before.
    if alert.kind in ("due_soon", "contested_end_began"):
        return min(ends, key=lambda end: in_order(str(end["at"])), default=None)
    if alert.kind == "withdrawal_notified":
        notice = ending_notice(commitment)
        return notice and end_of_notice(notice)
    if alert.kind == "lapsed":
        return max(ends, key=lambda end: in_order(str(end["at"])), default=None)
    if alert.kind in PENDING:
        return _pending_of(alert, commitment)
    if alert.kind in ("period_due_soon", "withdrawal_soon"):
        # The end of a day that lies the lead after the warning.
        return _end_of_day(alert, parse_duration(str(alert.lead)), _zone_of(alert, commitment))
    is_missed_by_clock = alert.kind == "period_missed" and not alert.events
    if is_missed_by_clock or (alert.kind, alert.rule) == ("ended", "T14"):
        return _end_of_period(alert, commitment)
    return next((end for end in ends if end["at"] == alert.at), None)


def _end_of_period(alert: Alert, commitment: CommitmentDocument) -> Deadline | None:
    """When the period was due that the clock found missed, or the last one when all are over.

    That is found when its grace is over, and it was due before.
    """
    periods = commitment.get("periods") or {}
    if alert.kind == "ended":
        last_due = periods.get("last_due")
        return end_at(last_due, periods["zone"]) if last_due else None
    grace = parse_duration(periods.get("grace") or "P0D")
    return _end_of_day(alert, grace.times(-1), _zone_of(alert, commitment))


def has_end_moved(alert: Alert, commitment: CommitmentDocument) -> bool:
    """Whether no end now on record is the one that an alert of the clock was about."""
    at, ends = in_order(alert.at), [in_order(str(end["at"])) for end in stated_ends(commitment)]
    if alert.kind == "due_soon":
        # What is recorded within a lead is warned of at once, and not so long before its end.
        return bool(alert.lead and not alert.events) and not _warned_ends(alert, commitment)
    if alert.before is None or at in ends:
        return False
    if alert.kind == "contested_end_began":
        return at < min(ends, default=at)
    is_over = alert.kind in ("overdue", "lapsed", "ended") or (
        alert.kind == "contested_end_closed" and alert.after in OVER
    )
    return is_over and at < max(ends, default=at)


def _warned_ends(alert: Alert, commitment: CommitmentDocument) -> list[Deadline]:
    """The ends that lie the lead of an alert after it, by days or to the second."""
    at, lead = parse_instant(alert.at), parse_duration(str(alert.lead))
    return [
        end
        for end in stated_ends(commitment)
        for add in (lead.add_to_day_end, lead.add_to_instant)
        if parse_instant(end["at"]) == add(at, end["zone"])
    ]


def end_before(alert: Alert, commitment: CommitmentDocument) -> Deadline | None:
    """The end that an alert was about, by its own instant; of a lapse nothing says how late it was.

    Of several readings it is the one that the alert came of.
    """
    zone, at = _zone_of(alert, commitment), parse_instant(alert.at)
    if alert.kind == "lapsed":
        return None
    if alert.kind == "due_soon":
        lead = parse_duration(str(alert.lead))
        add = lead.add_to_day_end if rule_of_end(at, zone) == "end_of_day" else lead.add_to_instant
        at = add(at, zone)
    return end_at(format_instant(at), zone)


def _pending_of(alert: Alert, commitment: CommitmentDocument) -> Deadline | None:
    """The end of an offer, or of a condition; when it is settled, as it was warned of."""
    term, pending = PENDING[alert.kind], commitment.get("pending", ())
    own = (each for each in pending if each["id"] in (alert.before, term))
    standing = next((each for each in own if each["term"] == term), None)
    if standing is not None or not alert.lead:
        return standing
    zone = _zone_of(alert, commitment)
    conditions = commitment.get("conditions", ())
    deadlines = (each["deadline"] for each in conditions if each["id"] == alert.before)
    at = next(filter(None, deadlines), None)
    if at is None:
        return _end_of_day(alert, parse_duration(alert.lead), zone)
    return end_at(at, zone)


def _end_of_day(alert: Alert, after: Duration, zone: str) -> Deadline:
    at = format_instant(after.add_to_day_end(parse_instant(alert.at), zone))
    return {"at": at, "rule": "end_of_day", "zone": zone}


def _zone_of(alert: Alert, commitment: CommitmentDocument) -> str:
    """The zone whose days count for the periods or the notices of a commitment."""
    periods, notices = commitment.get("periods"), commitment.get("withdrawals") or ()
    counted = [periods] if periods and alert.axis == "period" else notices
    stated = (each.get("zone") for each in (*counted, *stated_ends(commitment)))
    return next(filter(None, stated), "UTC")
