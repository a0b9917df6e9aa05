"""What recording an event would change: axes, ends, breaches, alerts, and what to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from events import format_instant
from events.cloudevents import CloudEvent
from tracker.documents.previews import breaches, ends_moved, other_news
from tracker.entries.amendments import RETRACTED, amended_id, short_type
from tracker.entries.authors import author_of
from tracker.entries.entry import Entry
from tracker.entries.lookup import numbered
from tracker.entries.streams import STATEMENTS, agreements_naming, is_of_parties
from tracker.errors import TrackerError
from tracker.recording.checks.limits import check_not_far_ahead
from tracker.recording.effect import (
    RecordingDocument,
    effect_of,
    repeat_words,
    standing,
    standing_and_effect,
)
from tracker.recording.intake import Intake
from tracker.recording.recorder import Recording, ahead_words, is_amendment
from tracker.rules.agreement import AgreementState, empty_state
from tracker.rules.packages.collective import Outcome


class Snapshot(Struct, frozen=True):
    """An agreement when an entry takes effect, and today; `unreadable` is why it cannot be read."""

    at_entry: AgreementState
    today: AgreementState
    unreadable: list[str]


def preview(recording: Recording, event: CloudEvent, *, dry_run: bool = False) -> RecordingDocument:
    """Checks the event and returns its effect: changed axes, alerts it would cause."""
    intake = recording.intake
    subject, own = event.subject or STATEMENTS, _own_instant(recording, event)
    moved = _concerned(recording, event, subject)
    before = _snapshot(recording, moved, own)
    intake.take(event)
    accepted = intake.accepted()
    after = _snapshot(recording, moved, own)
    entry = intake.placed(intake.as_recorded(event))
    is_ahead = recording.is_ahead(event)
    about, repeats = _about(intake, event), [*_repeated(intake, event)]
    outcome = intake.stream(subject).outcomes.get(event.id, Outcome())
    was, now = (
        (before.at_entry, after.at_entry) if own > recording.now else (before.today, after.today)
    )
    # Of an agreement that could not be read nobody knows which alerts were sent of it.
    alerts_before = after.today if before.unreadable else before.today
    return {
        "id": event.id,
        "position": None,
        "type": event.type,
        "author": author_of(event.source),
        "subject": subject,
        "time": format_instant(event.time),
        "effective_at": format_instant(entry.effective_at),
        "data": event.data,
        "effect": effect_of(before.today, after.today),
        "axes": standing(about, before.today, after.today),
        "entry_at": format_instant(own),
        "at_entry": standing_and_effect(about, before.at_entry, after.at_entry),
        "ends": ends_moved(was.commitments, now.commitments),
        "breaches": breaches(event.id, was.commitments, now.commitments, intake.find),
        "news": other_news(event.id, was, now),
        "moves": [*outcome.moved],
        "leaves": outcome.left,
        **recording.preview_alerts(alerts_before, after.today, recording.now),
        "dated_ahead": is_ahead,
        "already_known": not accepted.events,
        "warnings": [
            *accepted.warnings,
            *map(repeat_words, repeats),
            *_waiting_words(event, entry, recording.now, is_ahead=is_ahead),
            *after.unreadable,
        ],
        "repeats": repeats,
        "dry_run": dry_run,
        "projecting_failed": None,
    }


def _concerned(recording: Recording, event: CloudEvent, subject: str) -> list[str]:
    """The agreements that an event can move: its own, or those that name a party or account.

    All of the log is read for them, as all of it is projected anew after news of a party.
    """
    if not is_of_parties(subject):
        return [subject]
    amended = recording.intake.find(str(event.data.get("event"))) if is_amendment(event) else None
    party = str((amended or event).data.get("party"))
    registry = recording.intake.registry
    accounts = (account for account in registry.parties if party in registry.chain(account))
    return agreements_naming(recording.store, {party, *accounts})


def _snapshot(recording: Recording, subjects: list[str], at: datetime) -> Snapshot:
    at_entry, _ = _state_of(recording, subjects, at)
    return Snapshot(at_entry, *_state_of(recording, subjects, recording.now))


def _state_of(
    recording: Recording, subjects: list[str], at: datetime
) -> tuple[AgreementState, list[str]]:
    """Some agreements at an instant, as one with the promises and the changes of all."""
    if len(subjects) == 1:
        return recording.state(subjects[0], at)
    answers = [recording.state(subject, at) for subject in subjects]
    states = [state for state, _ in answers]
    whole = replace(
        empty_state(STATEMENTS, at),
        commitments={name: c for state in states for name, c in state.commitments.items()},
        changes=tuple(change for state in states for change in state.changes),
    )
    return whole, [reason for _, reasons in answers for reason in reasons]


def _repeated(intake: Intake, event: CloudEvent) -> Iterator[str]:
    """Names the entry that says the same and was not taken back: likely entered twice."""
    stream = intake.stream(event.subject or STATEMENTS)
    # Of statements there may be many, and they are not read to record one more.
    recorded = () if stream.is_reserved else stream.recorded
    if is_amendment(event) or any(each.id == event.id for each in recorded):
        return
    gone = {amended_id(each) for each in recorded if short_type(each) == RETRACTED}
    for each in reversed(recorded):
        if (each.type, each.data) == (event.type, event.data) and each.id not in gone:
            yield numbered(each.id, each.position)
            return


def _waiting_words(event: CloudEvent, entry: Entry, now: datetime, *, is_ahead: bool) -> list[str]:
    """Says that an entry is dated ahead of the clock, or takes effect only later."""
    if is_ahead:
        return [ahead_words(event.data, now)]
    at = entry.effective_at
    return [f"it takes effect only at {format_instant(at)}"] if at > now else []


def _own_instant(recording: Recording, event: CloudEvent) -> datetime:
    """When an event takes effect; of an amendment, when the entry does that it amends.

    Now for what will be refused: an agreement is not folded up to the year 9999 for that.
    """
    amended = recording.intake.find(str(event.data.get("event"))) if is_amendment(event) else None
    try:
        entry = recording.intake.placed(amended or recording.intake.as_recorded(event))
        check_not_far_ahead(entry)
    except TrackerError:
        return recording.now
    return entry.effective_at


def _about(intake: Intake, event: CloudEvent) -> str | None:
    """The commitment that an event is about; for an amendment, that of its entry."""
    recorded = intake.find(event.id)
    while recorded is not None and "commitment" not in recorded.data:
        amended = intake.find(str(recorded.data.get("event")))
        # A log of another writer may name the entry itself, or a later one.
        is_earlier = amended is not None and amended.position < recorded.position
        recorded = amended if is_earlier else None
    return recorded.data.get("commitment") if recorded else None
