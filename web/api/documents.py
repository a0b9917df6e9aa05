"""The documents of one agreement, one commitment or all: JSON, feeds and calendars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec
from msgspec import json

from events.batches import batches
from events.transparency.checkpoints import checkpoint_line
from notifications.feeds.publish import Calendars, atom_file, calendar_file
from tracker.documents.commitments import AgreementDocument, agreement_json
from tracker.entries.tlp import highest, noting_levels
from tracker.model.readings import stated_ends
from tracker.spool import on_disk
from web.api.files import File, FileOf, json_file, page_if_limited
from web.api.listings import api_changes, api_event, api_events, api_incidents, api_parties
from web.api.tables import commitments_csv, deadlines_csv, events_csv
from web.drawing.timeline import timeline
from web.model.event_rows import EventRow
from web.model.links import path_of
from web.model.reader import Reader
from web.pages.agreement_pages import events_of, explanation
from web.reference.answers import (
    VERSION,
    CommitmentAnswer,
    DeadlinesAnswer,
    ExplainAnswer,
    ReadoutAnswer,
    StatusAnswer,
    TimelineAnswer,
    TimelineEvent,
)
from web.reference.openapi import openapi
from web.reference.operations import operations_of


def api_status(reader: Reader, name: str, _: Calendars) -> File:
    """`status --json`: everything, one agreement or one commitment."""
    chosen, following = (_one(reader, name), None) if name else _chosen(reader)
    levels: set[str] = set()
    agreements = on_disk(noting_levels(levels, chosen))
    is_whole = not name and not reader.query.filters
    unreadable = reader.queries.unreadable() if is_whole else []
    position = position_of_rows(reader)
    return json_file(
        StatusAnswer(
            **reader.clocks,
            position=position,
            checkpoint=checkpoint_line(reader.view, position),
            tlp=highest((*levels, *(each["tlp"] for each in unreadable))),
            agreements=agreements,
            unreadable=unreadable,
            next=following,
        )
    )


def position_of_rows(reader: Reader) -> int:
    """As of which event the answer is."""
    return reader.freshness.position if reader.is_projected else reader.view.head()


def _chosen(reader: Reader) -> tuple[Iterable[AgreementDocument], str | None]:
    """The agreements with those of their promises that the filters choose, or a page of them."""
    query = reader.query
    if not query.filters and query.limit is None and query.page == 1:
        return reader.queries.documents(), None
    if not query.filters:
        # Their ids suffice: nothing is read of the agreements of other pages.
        names, following = page_if_limited(reader, reader.queries.names())
        return reader.queries.documents(names), following
    names, following = page_if_limited(reader, reader.chosen_names())
    return _with_chosen(reader, names), following


def _with_chosen(reader: Reader, names: Sequence[str]) -> Iterator[AgreementDocument]:
    """Some agreements, by parts in little memory, with the promises that the filters choose."""
    for some in batches(names):
        promises = {h.id: {c.id for c in h.commitments} for h in reader.chosen_of(some)}
        for document in reader.queries.documents(some):
            yield only_promises(document, promises[document["id"]])


def only_promises(document: AgreementDocument, names: set[str]) -> AgreementDocument:
    """An agreement with some of its commitments."""
    return {**document, "commitments": [c for c in document["commitments"] if c["id"] in names]}


def _one(reader: Reader, name: str) -> list[AgreementDocument]:
    """An agreement; where none has that id, the commitment of that id within its agreement."""
    state = reader.known_agreement(name)
    return [agreement_json(state)] if state is not None else [_of_commitment(reader, name)]


def _of_commitment(reader: Reader, name: str) -> AgreementDocument:
    state = reader.known_agreement(reader.agreement_of(name))
    if state is None or name not in state.commitments:
        raise reader.unknown("commitment", name)
    return only_promises(agreement_json(state), {name})


def api_commitment(reader: Reader, name: str, _: Calendars) -> File:
    """One commitment, with the agreement it is of."""
    agreement = _of_commitment(reader, name)
    (commitment,) = agreement["commitments"]
    return json_file(
        CommitmentAnswer(
            **reader.clocks,
            position=position_of_rows(reader),
            agreement=agreement["id"],
            title=agreement["title"],
            commitment=commitment,
        )
    )


def api_explain(reader: Reader, name: str, _: Calendars) -> File:
    answer: ExplainAnswer = {"version": VERSION, **explanation(reader, name)}
    return json_file(answer)


def api_readout(reader: Reader, name: str, _: Calendars) -> File:
    document = reader.readout(name)
    marked = {"tlp": document["tlp"], **document}
    answer: ReadoutAnswer = {"version": VERSION, **reader.clocks, **marked}  # type: ignore[typeddict-item]
    return json_file(answer)


def api_deadlines(reader: Reader, _name: str, _: Calendars) -> File:
    """Every reading of every open end, or of the promises that the filters choose."""
    rows, awaiting = reader.chosen_ends()
    visible, following = page_if_limited(reader, rows)
    unreadable = [] if reader.query.filters else reader.queries.unreadable()
    speakers = (row["by"] for row in visible if row["by"] and row["term"] != "withdrawal")
    return json_file(
        DeadlinesAnswer(
            **reader.clocks,
            until=None,
            tlp=highest(row["tlp"] for row in chain(visible, awaiting, unreadable)),
            speaks_for=reader.registry.speaks_for(speakers),
            deadlines=visible,
            awaiting=awaiting,
            unreadable=unreadable,
            next=following,
        )
    )


def api_timeline(reader: Reader, name: str, _: Calendars) -> File:
    """The data of the timeline, for those who draw their own, and our drawing of it."""
    document = explanation(reader, name)
    events = events_of(reader, document)
    commitment = document["commitment"]
    return json_file(
        TimelineAnswer(
            **reader.clocks,
            commitment=name,
            changes=document["history"],
            readings=stated_ends(commitment),
            incidents=commitment["incidents"],
            events=[_brief(event) for event in events],
            drawing=msgspec.to_builtins(timeline(document, events, reader.site.tz, reader.speaker)),
        )
    )


def _brief(row: EventRow) -> TimelineEvent:
    return {
        "position": row.position,
        "id": row.id,
        "type": row.type,
        "commitment": row.commitment,
        "occurred": row.occurred,
        "effective_at": row.effective_at,
        "recorded_at": row.recorded_at,
        "speaker": row.speaker,
        "reported_by": row.reported_by,
        "rating": row.rating,
        "tlp": row.tlp,
    }


def api_index(reader: Reader, _name: str, _: Calendars) -> File:
    """What there is to read, with where its description is; links are from the root."""
    document = {
        "version": VERSION,
        "openapi": path_of("openapi"),
        "reference": path_of("reference"),
        "documents": [
            {
                "path": each.path.removeprefix("/"),
                "summary": each.summary,
                "parameters": list(each.parameters),
            }
            for each in operations_of(has_metrics=reader.site.has_metrics)
        ],
    }
    return json_file(document)


def openapi_json(reader: Reader, _name: str, _: Calendars) -> File:
    description = openapi(has_metrics=reader.site.has_metrics)
    body = json.format(json.encode(description), indent=2) + b"\n"
    return File(body, "application/json", body)


def atom(reader: Reader, name: str, _: Calendars) -> File:
    """The changes of all agreements, or of one."""
    path = path_of("agreement_atom", name) if name else path_of("atom")
    agreements = (reader.agreement(name).id,) if name else ()
    body = atom_file(
        reader.queries, base_url=reader.site.base_url, path=path, agreements=agreements
    )
    return File(body, "application/atom+xml; charset=utf-8", body)


def calendar(reader: Reader, name: str, calendars: Calendars) -> File:
    """The deadlines of all agreements, or of one."""
    agreements = (reader.agreement(name).id,) if name else ()
    body = calendar_file(
        reader.view,
        reader.query.now,
        base_url=reader.site.base_url,
        agreements=agreements,
        calendars=calendars,
    )
    return File(body, "text/calendar; charset=utf-8", body)


DOCUMENTS: dict[str, FileOf] = {
    "atom": atom,
    "calendar": calendar,
    "agreement_atom": atom,
    "agreement_calendar": calendar,
    "commitments_csv": commitments_csv,
    "deadlines_csv": deadlines_csv,
    "events_csv": events_csv,
    "api_index": api_index,
    "openapi": openapi_json,
    "api_status": api_status,
    "api_one": api_status,
    "api_commitment": api_commitment,
    "api_explain": api_explain,
    "api_readout": api_readout,
    "api_deadlines": api_deadlines,
    "api_incidents": api_incidents,
    "api_parties": api_parties,
    "api_changes": api_changes,
    "api_events": api_events,
    "api_event": api_event,
    "api_timeline": api_timeline,
}
