"""Which sentence tells a piece of news: the rows of `sentences` that may fit an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.deadlines import OVER, deadline_of, has_end_moved
from notifications.prose.ends import distinct_ends, is_end_disputed
from tracker.documents.news_words import sort_of_move
from tracker.documents.periods import has_cap


def sentence_keys(alert: Alert, commitment: CommitmentDocument, now: datetime) -> Iterator[str]:
    """The rows that may fit an alert, the most special first."""
    axis, kind = alert.axis.partition(" ")[0], str(commitment.get("kind", ""))
    if sort := _sort_of_end(alert, commitment, now):
        yield f"{alert.kind} {sort} {kind}"
        yield f"{alert.kind} {sort}"
    if alert.kind in ("state_changed", "ended"):
        first = alert.kind if alert.kind == "ended" else axis
        yield f"{first} {alert.after} by {alert.rule}"
        yield f"{first} {alert.after}"
    elif alert.kind == "terms_changed":
        sort = sort_of_move(alert.origin.get("ends", [])) if axis == "end" else "moved"
        if sort != "moved":
            yield f"terms_changed end {sort} {kind}"
            yield f"terms_changed end {sort}"
        yield f"terms_changed {axis} {kind}"
        yield f"terms_changed {axis} {alert.after}"
        yield f"terms_changed {axis}"
    elif alert.kind == "reading_added":
        yield f"reading_added {_sort_of_reading(alert, axis)}"
    elif alert.axis == "period":
        yield from _keys_of_period(alert, of_cap=has_cap(commitment))
    else:
        yield from _keys_of_delivery(alert, commitment)
    yield f"{alert.kind} {kind}"
    yield alert.kind


def _sort_of_end(alert: Alert, commitment: CommitmentDocument, now: datetime) -> str:
    """How it is with the end that some news is about; empty where its kind says all."""
    if alert.kind in ("contested_end_began", "lapsed") and has_end_moved(alert, commitment):
        return "moved"
    if alert.kind == "contested_end_began":
        return "" if is_end_disputed(commitment) else "undisputed"
    if alert.kind == "contested_end_closed" and alert.after not in OVER:
        return "undisputed" if len(distinct_ends(commitment)) == 1 else "ahead"
    if alert.kind not in ("withdrawal_notified", "period_due_soon"):
        return ""
    deadline = deadline_of(alert, commitment)
    if alert.kind == "withdrawal_notified":
        return "ending" if deadline else ""
    return "past" if deadline and parse_instant(deadline["at"]) <= now else ""


def _keys_of_delivery(alert: Alert, commitment: CommitmentDocument) -> Iterator[str]:
    """What was reached or reported; of what is late, how much is there or is said to be."""
    if alert.axis in ("milestone", "performance"):
        yield f"{alert.kind} {alert.axis}"
        yield f"{alert.kind} {alert.after}"
    yield f"{alert.kind} delivered {commitment.get('fulfilment', {}).get('grade')}"
    if claimants_of(commitment):
        yield f"{alert.kind} claimed"


def claimants_of(commitment: CommitmentDocument) -> list[str]:
    """Who reports that all of it was done, though nobody has confirmed it."""
    fulfilment = commitment.get("fulfilment") or {}
    whole = (None, fulfilment.get("promised"))
    return [
        claim["by"]
        for claim in fulfilment.get("claimed", ())
        if claim["by"] and claim["quantity"] in whole and claim["fulfilment"] in (None, "full")
    ]


def _keys_of_period(alert: Alert, *, of_cap: bool) -> Iterator[str]:
    """What the clock finds of a period is due at an instant; what an entry says of one is not.

    Where a number says how much of it was done, that is told.
    """
    key = f"{alert.kind} {alert.after}"
    if of_cap:
        yield from ([f"{key} of a cap counted"] if alert.origin.get("delivered") else [])
        yield f"{key} of a cap"
    if alert.origin.get("delivered"):
        yield f"{key} counted"
    if alert.events:
        yield f"{key} by an entry"
    yield key


def _sort_of_reading(alert: Alert, axis: str) -> str:
    if axis == "condition":
        return "condition"
    if alert.origin.get("ends"):
        return "end"
    _, colon, value = alert.after.partition(": ")
    if not colon or "; " in alert.after:
        return "several"
    return "silent" if value == "silent" else "value"
