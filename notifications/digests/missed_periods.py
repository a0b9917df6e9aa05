"""Tells the missed periods of one recurring promise as one item of a digest. Pure.

"Missed on 5 of 7 days" says more than five lines, and is one thing to look into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.language import N_
from notifications.prose.amounts import amount_words
from notifications.prose.reader import Reader
from tracker.dates.period_names import span_of
from tracker.documents.periods import has_cap, recurrence_of
from tracker.model.vocabulary import PeriodState

KIND = "period_missed"
NAMED = 3
"""So many longer periods are named; of more, the first and the last."""

IN_PERIODS, IN_PERIODS_OF_A_CAP = (
    N_("missed in {n} periods: {days}"),
    N_("limit exceeded in {n} periods: {days}"),
)
IN_PERIODS_IN_PART = N_("not fully met in {n} periods: {days}")
ON_DAYS_IN_PART = N_("not fully met on {n} of {length} days, {first} to {last}")
"""Where some of it was done in one of them at least."""
ON_DAYS, ON_DAYS_OF_A_CAP = (
    N_("missed on {n} of {length} days, {first} to {last}"),
    N_("limit exceeded on {n} of {length} days, {first} to {last}"),
)


def merge_missed_periods(
    alerts: Iterable[Alert],
    commitments: Mapping[str, CommitmentDocument],
    since: str | None,
    reader: Reader,
) -> tuple[list[Alert], dict[str, str]]:
    """The alerts with the last missed period of each promise alone, and words by its key.

    Of a period that was missed, and then met late, in part or not at all, the last news stands.
    `since` is when the reader's last digest was planned.
    """
    every = list(alerts)
    by_period = {(each.commitment, each.before): each for each in every if each.axis == "period"}
    missed: dict[str, list[Alert]] = {}
    for alert in every:
        if alert.kind == KIND and by_period.get((alert.commitment, alert.before)) is alert:
            missed.setdefault(alert.commitment, []).append(alert)
    words = {
        own[-1].key: several
        for commitment, own in missed.items()
        if (several := _words(own, commitments.get(commitment, {}), since, reader))
    }
    last = {own[-1].key for own in missed.values()}
    return [alert for alert in every if alert.kind != KIND or alert.key in last], words


def _words(
    missed: list[Alert], commitment: CommitmentDocument, since: str | None, reader: Reader
) -> str:
    """The missed periods as one piece of news; empty where there is but one."""
    days = sorted(date.fromisoformat(str(alert.before)) for alert in missed)
    is_in_part = any(alert.after == PeriodState.PARTIAL for alert in missed)
    rule = recurrence_of(commitment.get("periods"))
    is_daily = rule and span_of(rule, days[-1]).last == days[-1]
    if not is_daily:
        named = [_named(day.isoformat(), missed, commitment, reader) for day in days]
        named = named if len(named) <= NAMED else [named[0], "...", named[-1]]
        words = IN_PERIODS_IN_PART if is_in_part else IN_PERIODS
        words = IN_PERIODS_OF_A_CAP if has_cap(commitment) else words
        return reader.text(words, n=len(days), days=", ".join(named)) if len(days) > 1 else ""
    begun = (commitment.get("periods") or {}).get("of")
    passed = (reader.now - parse_instant(since)).days if since else 0
    # Before the first period nothing was owed.
    passed = passed if begun is None else min(passed, begun)
    length = max((days[-1] - days[0]).days + 1, passed)
    unmet = {*days, *_run(commitment, days[-1], length)}
    if len(unmet) == 1:
        return ""
    first, last = reader.day(min(unmet)), reader.day(max(unmet))
    words = ON_DAYS_IN_PART if is_in_part else ON_DAYS
    words = ON_DAYS_OF_A_CAP if has_cap(commitment) else words
    return reader.text(words, n=len(unmet), length=length, first=first, last=last)


def _named(
    day: str, missed: Iterable[Alert], commitment: CommitmentDocument, reader: Reader
) -> str:
    """A period by its name, with how much of it was done where a number says so."""
    amount = [alert for alert in missed if alert.before == day][-1].origin.get("delivered")
    name = reader.period(day, commitment)
    return f"{name} ({amount_words(amount, reader)})" if amount else name


def _run(commitment: CommitmentDocument, last: date, most: int) -> Iterator[date]:
    """The days up to the last one that were missed one after another; not each has an alert."""
    since = (commitment.get("periods") or {}).get("unmet_since")
    for back in range(most):
        day = last - timedelta(days=back)
        if since is not None and date.fromisoformat(since) <= day:
            yield day
