"""What an amendment may do: its entry is on record and counts, and is a sound entry afterwards.

A correction has to change something, and leaves its entry in its stream and its promise a promise.
"""

from __future__ import annotations

from collections.abc import Callable

from events import EventStore, RecordedEvent, format_instant
from events.envelope import EventData
from tracker.entries.amendments import Amendments, amended_data, short_type
from tracker.entries.decoding import revised, with_data
from tracker.entries.entry import Entry
from tracker.entries.lookup import Citation, citation
from tracker.entries.streams import PARTIES
from tracker.errors import InvalidEvent, unknown_id
from tracker.model import event_types as types
from tracker.recording.checks.payloads import check_fields
from tracker.recording.fields import NAMES_STREAM, NEEDED_WHEN_NEW
from tracker.recording.stream_draft import StreamDraft

CheckEntry = Callable[[Entry, StreamDraft], None]


def check_amendment(
    payload: types.Amendment, stream: StreamDraft, store: EventStore, check_entry: CheckEntry
) -> None:
    """Checks that the entry is on record here and counts, and a correction changes it.

    `check_entry` checks what the entry refers to as it is amended.
    """
    known = {event.id: event for event in stream.events}
    target = known.get(payload.event)
    if target is None:
        elsewhere = store.find(payload.event)
        if elsewhere is None:
            raise unknown_id("event", payload.event, known)
        cited = citation(payload.event, elsewhere.position)
        raise InvalidEvent(
            f"event {cited.words} belongs to {elsewhere.stream!r}, not {stream.name!r}",
            hint=f"pactwatch event show {cited.argument}",
        )
    amended = Amendments(stream.events)
    if not amended.standing(target):
        # A retracted entry takes no more amendments; its retraction does.
        by = amended.retracted_by[target.id]
        retraction = stream.citation_of(by)
        raise InvalidEvent(
            f"event {stream.citation_of(target).words} was retracted by {retraction.words} at "
            f"{format_instant(by.recorded_at)}",
            hint=f"to bring it back: pactwatch event retract {retraction.argument} --reason '...'",
        )
    if isinstance(payload, types.EntryCorrected):
        _check_correction(payload, target, amended, stream, check_entry)
    elif payload.replacement and short_type(target) in types.FINDINGS:
        replaced = stream.entry_of(revised(target, payload))
        check_fields(replaced.payload, payload.replacement)
        check_entry(replaced, stream)


def _check_correction(
    payload: types.EntryCorrected,
    target: RecordedEvent,
    amended: Amendments,
    stream: StreamDraft,
    check_entry: CheckEntry,
) -> None:
    corrected = amended.data(target)
    data = amended_data(corrected, payload.replacement or {})
    cited = stream.citation_of(target)
    if data == corrected:
        raise InvalidEvent(
            f"the correction of {cited.words} changes nothing",
            hint=f"pactwatch event correct {cited.argument} occurred=2025-03-17 --reason '...'",
        )
    entry = stream.entry_of(with_data(target, data))
    check_fields(entry.payload, payload.replacement)
    _check_same_stream(target, cited, corrected, data)
    _check_still_promised(cited, corrected, data)
    if not isinstance(entry.payload, types.Amendment):
        check_entry(entry, stream)
        return
    # It still has to name an entry that came before it.
    earlier = [event.id for event in stream.events if event.version < target.version]
    if entry.payload.event not in earlier:
        raise unknown_id("event", entry.payload.event, earlier)


def _check_same_stream(
    target: RecordedEvent, cited: Citation, before: EventData, after: EventData
) -> None:
    """Refuses another name for what the stream is named after: its other entries stay there."""
    name, anew = NAMES_STREAM.get(short_type(target), ("", ""))
    if target.stream != PARTIES and before.get(name) != after.get(name):
        raise InvalidEvent(
            f"the correction of {cited.words}: expected {name} {before[name]!r}, under which all "
            f"of its entries stand, found {after.get(name)!r}",
            hint=f"record it under another name: {anew}",
        )


def _check_still_promised(cited: Citation, before: EventData, after: EventData) -> None:
    """Refuses a correction that takes back what a promise cannot be on record without."""
    missing = [name for name in NEEDED_WHEN_NEW if before.get(name) and not after.get(name)]
    if missing:
        raise InvalidEvent(
            f"the correction of {cited.words} leaves commitment {before.get('commitment')!r} "
            f"without {', '.join(missing)}",
            hint=f"pactwatch event correct {cited.argument} "
            + " ".join(f"{name}={name.upper()}" for name in missing)
            + " --reason '...'",
        )
