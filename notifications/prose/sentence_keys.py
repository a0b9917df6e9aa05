"""Which sentence tells a piece of news: the rows of `sentences` that may fit an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.deadlines import OVER, deadline_of, has_end_moved
from notifications.prose.amounts import IN_PART
from notifications.prose.ends import distinct_ends, is_end_disputed
from notifications.prose.promises import open_conditions
from tracker.documents.ends import end_of_last_period, ending_notice
from tracker.documents.news_words import sort_of_move
from tracker.documents.periods import has_cap
from tracker.model.readings import last_moment
from tracker.model.vocabulary import State


def sentence_keys(alert: Alert, commitment: CommitmentDocument, now: datetime) -> Iterator[str]:
    """The rows that may fit an alert, the most special first."""
    axis, kind = alert.axis.partition(" ")[0], str(commitment.get("kind", ""))
    if sort := _sort_of_end(alert, commitment, now):
        yield f"{alert.kind} {sort} {kind}"
        yield f"{alert.kind} {sort}"
    if alert.kind in ("state_changed", "ended"):
        yield from _keys_of_state(alert, axis, commitment)
    elif alert.kind == "terms_changed":
        sort = sort_of_move(alert.origin.get("ends", [])) if axis == "end" else "moved"
        sort = "over" if sort == "moved" and _is_over(alert, now) else sort
        if sort != "moved":
            yield f"terms_changed end {sort} {kind}"
            yield f"terms_changed end {sort}"
        yield f"terms_changed {axis} {kind}"
        yield f"terms_changed {axis} {alert.after}"
        yield f"terms_changed {axis}"
    elif alert.kind == "reading_added":
        if axis == "condition" and _is_reading(alert, commitment):
            yield "reading_added condition of one side"
        yield f"reading_added {_sort_of_reading(alert, axis)}"
    elif alert.axis == "period":
        yield from _keys_of_period(alert, commitment)
    else:
        yield from _keys_of_accounts(alert, commitment)
    yield f"{alert.kind} {kind}"
    yield alert.kind


def _is_over(alert: Alert, now: datetime) -> bool:
    """Whether every end that some news gives has come by now: it does not end then, but did."""
    given = [str(end["after"]) for end in alert.origin.get("ends", []) if end["after"]]
    return bool(given) and all(parse_instant(at) <= now for at in given)


def told_kind(alert: Alert, commitment: CommitmentDocument, now: datetime) -> str:
    """The kind by which news is worded: of an end that one reading has passed it is no warning."""
    ends = [parse_instant(end["at"]) for end in distinct_ends(commitment)]
    is_over_by_one = alert.kind == "due_soon" and ends and ends[0] <= now < ends[-1]
    return "contested_end_began" if is_over_by_one else alert.kind


def _keys_of_state(alert: Alert, axis: str, commitment: CommitmentDocument) -> Iterator[str]:
    """What a promise has come to; of one on conditions with these, where they are on record."""
    first = alert.kind if alert.kind == "ended" else axis
    if alert.after == State.CONDITIONAL and open_conditions(commitment):
        yield f"{first} {alert.after} on some"
    if says_end_itself(alert, commitment):
        sort = "with end" if distinct_ends(commitment) else "without end"
        yield f"{first} {alert.after} {sort} {commitment.get('kind')}"
        yield f"{first} {alert.after} {sort}"
    if alert.after == State.DISCHARGED and commitment.get("late") and distinct_ends(commitment):
        yield f"{first} {alert.after} late"
    yield f"{first} {alert.after} by {alert.rule}"
    yield f"{first} {alert.after}"


def says_end_itself(alert: Alert, commitment: CommitmentDocument) -> bool:
    """Whether news that a promise came into force is told with its end, or that it has none.

    It is not where something else bounds it (a notice, a last period, a moment to come), nor where
    it was over and the move of its end brings it back.
    """
    came, state = (alert.axis, alert.after), commitment.get("state")
    is_first = alert.before in (None, State.PROPOSED, State.CONDITIONAL)
    if not is_first or came != ("state", State.IN_FORCE) or state != State.IN_FORCE:
        return False
    if "readings" not in commitment:
        return False
    bounds = (ending_notice(commitment), end_of_last_period(commitment), commitment.get("awaiting"))
    return not any(bounds)


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


def _keys_of_accounts(alert: Alert, commitment: CommitmentDocument) -> Iterator[str]:
    """What was reached or reported; of what is late, how much is there or is said to be.

    Of a breach, whether it is on record who alleges it.
    """
    if alert.axis in ("milestone", "performance"):
        yield f"{alert.kind} {alert.axis}"
        yield f"{alert.kind} {alert.after}"
    if commitment.get("fulfilment", {}).get("grade") in IN_PART:
        yield f"{alert.kind} delivered partial"
    if claimants_of(commitment):
        yield f"{alert.kind} claimed"
    if accusers_of(alert, commitment):
        yield f"{alert.kind} by accusers"


def accusers_of(alert: Alert, commitment: CommitmentDocument) -> list[str]:
    """Who alleges the incident that some news is of; nobody where none is named."""
    return list(incident_of(alert, commitment).get("alleged_by", ()))


def incident_of(alert: Alert, commitment: CommitmentDocument) -> Mapping[str, Any]:
    """The incident that some news is of, as its commitment has it; empty where it has none."""
    about = alert.axis.partition(" ")[2]
    return next((each for each in commitment.get("incidents", ()) if each["id"] == about), {})


def claimants_of(commitment: CommitmentDocument) -> list[str]:
    """Who reports that all of it was done, though nobody has confirmed it."""
    fulfilment = commitment.get("fulfilment") or {}
    whole = (None, fulfilment.get("promised"))
    return [
        claim["by"]
        for claim in fulfilment.get("claimed", ())
        if claim["by"] and claim["quantity"] in whole and claim["fulfilment"] in (None, "full")
    ]


def _is_reading(alert: Alert, commitment: CommitmentDocument) -> bool:
    """Whether a new condition is none that the promise waits for, but one side's reading of it."""
    name = alert.axis.partition(" ")[2]
    known = commitment.get("conditions", ())
    return "readings" in commitment and all(each["id"] != name for each in known)


def _keys_of_period(alert: Alert, commitment: CommitmentDocument) -> Iterator[str]:
    """What the clock finds of a period is due at an instant; what an entry says of one is not.

    Where a number says how much of it was done, that is told; a day was due on that day.
    """
    key = f"{alert.kind} {alert.after}"
    if has_cap(commitment):
        yield from ([f"{key} of a cap counted"] if alert.origin.get("delivered") else [])
        yield f"{key} of a cap"
    deadline = None if alert.events else deadline_of(alert, commitment)
    is_of_a_day = deadline is not None and str(last_moment(deadline)) == alert.before
    if alert.origin.get("delivered"):
        yield from ([f"{key} of a day counted"] if is_of_a_day else [])
        yield f"{key} counted"
    yield from ([f"{key} of a day"] if is_of_a_day else [])
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
