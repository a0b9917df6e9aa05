"""The lists that grow: entries, changes, incidents and parties, by page or from a position on."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from events import format_instant
from notifications.feeds.publish import Calendars
from tracker.entries.tlp import highest
from tracker.queries.comparison.differences import DiffRow
from web.api.files import File, json_file, page_of
from web.errors import BadQuery
from web.model.query import ROWS_A_PAGE, beginning
from web.model.reader import Reader
from web.model.rows.counts import Standing
from web.model.rows.disputes import Act, Dispute
from web.pages.log_pages import position_of
from web.pages.party_page import record_of
from web.reference.answers import (
    ActDocument,
    ChangesAnswer,
    EventsAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    PartiesAnswer,
    PartyAnswer,
)

BEFORE_ALL = datetime(1000, 1, 1, tzinfo=UTC)
"""No entry is of an earlier day."""


def api_events(reader: Reader, _name: str, _: Calendars) -> File:
    """Entries as in `event list --json`: a page, newest first; after a position, oldest first."""
    query, size = reader.query, reader.query.limit or ROWS_A_PAGE
    if query.after is None:
        events, more = reader.newest(query.page, size)
        position = max((event.position for event in events), default=0)
        following = query.query_string(page=query.page + 1) if more else None
    elif query.page > 1:
        raise BadQuery("page and after are two ways to go on.", hint="Leave out one of them.")
    else:
        read = list(reader.view.read_all(query.after, size))
        events = [event for event in read if reader.is_past(event)]
        position = read[-1].position if read else query.after
        more = position < reader.view.head()
        following = query.query_string(after=position) if more else None
    rows = reader.entries(events)
    return json_file(
        EventsAnswer(
            **reader.clocks,
            page=query.page,
            more=more,
            tlp=highest(row["tlp"] for row in rows),
            position=position,
            next=following,
            events=rows,
        )
    )


def api_event(reader: Reader, position: str, _: Calendars) -> File:
    """The document of `event show --json`."""
    (entry,) = reader.entries([reader.event(position_of(position))])
    return json_file(entry)


def api_changes(reader: Reader, _name: str, _: Calendars) -> File:
    """What happened, was learned or was taken back since an instant or an event, oldest first."""
    query = reader.query
    since, changes = _since_instant(reader) if query.after is None else _since_event(reader)
    changes = reader.of_chosen(changes)
    visible, following = page_of(reader, sorted(changes, key=_place))
    if following is not None:
        # Further pages are of the same instants, however late they are asked for.
        begin = {"since": format_instant(since)} if query.after is None else {"after": query.after}
        clocks = {name: str(text) for name, text in reader.clocks.items()}
        following = query.query_string(**begin, **clocks, page=query.page + 1)
    return json_file(
        ChangesAnswer(
            **reader.clocks,
            since=format_instant(since),
            position=reader.view.head(),
            count=len(changes),
            next=following,
            changes=visible,
        )
    )


def _since_instant(reader: Reader) -> tuple[datetime, list[DiffRow]]:
    since = beginning(reader.query, reader.site.tz)
    if since > reader.query.as_of:
        raise BadQuery(
            "since is later than the instant asked about.", hint="For instance ?since=monday"
        )
    return since, reader.changes(since)


def _since_event(reader: Reader) -> tuple[datetime, list[DiffRow]]:
    """What later entries brought, however old they say they are, and what the clock did since."""
    query, after = reader.query, reader.query.after or 0
    if query.since:
        raise BadQuery("since and after are two beginnings.", hint="Leave out one of them.")
    since = reader.event(after).recorded_at if after else BEFORE_ALL
    later = {e.id: e.recorded_at for e in reader.view.read_all(after) if reader.is_past(e)}
    first = min([since, *later.values()], default=since) - timedelta(microseconds=1)
    at = format_instant(since)
    rows = reader.changes(min(first, query.as_of))
    return since, [
        row for row in rows if not later.keys().isdisjoint(row["events"]) or (row["at"] or "") > at
    ]


def _place(row: DiffRow) -> tuple[str, str, str]:
    return row["at"] or row["recorded_at"] or "", row["agreement"], row["commitment"] or ""


def api_incidents(reader: Reader, _name: str, _: Calendars) -> File:
    """Every breach that is alleged, those with the newest news first."""
    disputes = reader.disputes()
    visible, following = page_of(reader, disputes.each)
    now, zone = reader.query.as_of, reader.site.tz
    return json_file(
        IncidentsAnswer(
            **reader.clocks,
            count=disputes.statuses.total(),
            next=following,
            incidents=[_incident(each, now, zone) for each in visible],
        )
    )


def _incident(each: Dispute, now: datetime, zone: str) -> IncidentAnswer:
    return IncidentAnswer(
        agreement=each.agreement,
        commitment=each.commitment,
        id=each.incident,
        status=each.status,
        at=each.latest,
        alleged=_act(each.alleged),
        denied=_act(each.denied),
        found=_act(each.finding),
        days_unanswered=each.days_unanswered(now, zone),
    )


def _act(act: Act | None) -> ActDocument | None:
    return ActDocument(act.by, act.at) if act else None


def api_parties(reader: Reader, _name: str, _: Calendars) -> File:
    """Every party, by id, with how many promises it owes and is owed."""
    names = sorted(reader.every_party | reader.registry.parties.keys())
    visible, following = page_of(reader, names)
    owes = {name: Counter[Standing]() for name in visible}
    owed = Counter[str]()
    for (debtor, creditor, standing), count in reader.sides().items():
        for name in owes.keys() & {*debtor}:
            owes[name][standing] += count
        for name in {*creditor} - {*debtor}:
            owed[name] += count
    return json_file(
        PartiesAnswer(
            **reader.clocks,
            count=len(names),
            next=following,
            parties=[_party(reader, name, owes[name], owed[name]) for name in visible],
        )
    )


def _party(reader: Reader, name: str, owes: Counter[Standing], owed: int) -> PartyAnswer:
    registered = reader.registry.parties.get(name)
    record = record_of(owes)
    return PartyAnswer(
        id=name,
        name=reader.name(name),
        zone=registered.zone if registered else None,
        aliases=registered.aliases if registered else (),
        speaks_for=registered.speaks_for if registered else None,
        owes=owes.total(),
        owed=owed,
        kept=record.kept,
        assessed=record.assessed,
    )
