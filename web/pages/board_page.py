"""The board as a page: tiles, the bar of states, what is pressing, then every agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from events import parse_instant
from tracker.documents.attention import SOON
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.packages import by_phase
from tracker.documents.periods import latest_periods
from tracker.documents.readings import OpenReading, by_end, open_readings_of_document
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.queries.board.changes import histories_of
from tracker.rules.agreement import AgreementState
from web.drawing.axis import Axis, whole_life
from web.drawing.period_bars import LONGEST_PERIOD, MOST_PERIODS
from web.drawing.promise_row import NO_HISTORY, row
from web.model.ends import GROUPS, THIS_WEEK, end_words, group_of, group_of_days
from web.model.filters import filter_facts
from web.model.open_ends import End, ends_of
from web.model.query import is_open, page_within
from web.model.reader import Reader
from web.model.rows.overview import Overview
from web.model.words import color_class
from web.pages.board import COMMITMENTS_SHOWN, board, ending_by, part_of
from web.pages.render import Page

FIELDS = ("q", "party", "kind", "state", "compliance")
NO_OTHERS: Mapping[str, OpenReading] = {}


def board_page(reader: Reader, _: str) -> Page:
    """What is missed and what ends soon, on one axis, then every agreement."""

    unreadable = reader.unreadable
    ending = reader.ending_otherwise(reader.query.as_of + SOON)
    others = {end["commitment"]: end for end in reversed(ending)}
    first_ends = {name: end["at"] for name, end in others.items()}
    overview = reader.overview(first_ends)
    this_week = ends_of_week(reader, overview, first_ends)
    selection = board(
        overview,
        reader.matching(part_of(reader.query.page)),
        reader.query,
        len(unreadable),
        first_ends,
        [end for _, end in this_week],
        () if reader.query.filters else unmet_duties(reader, overview),
    )
    is_front = not reader.query.filters and page_within(reader.query, selection.pages) == 1
    pressing = (*selection.missed, *selection.soon) if is_front else ()
    rows = (c for summary in selection.summaries for c in summary.commitments[:COMMITMENTS_SHOWN])
    summaries = [*pressing, *rows]
    details = reader.details(summaries)
    facts = {
        "board": selection,
        "headline": "Promises, and how they stand",
        "sentence": selection.sentence,
        "unreadable": unreadable if is_front else [],
        "positions": reader.positions(row["event"] for row in unreadable),
        "is_front": is_front,
        "week": min((group for group, _ in this_week), key=GROUPS.index, default=""),
        "undelivered": reader.undelivered() if is_front else (),
        "phases": {h.id: phases(h, details) for h in selection.summaries},
        "titles": reader.titles({c.agreement for c in summaries}),
        **promise_facts(reader, details, {c.id: c.agreement for c in summaries}, others),
        "soon": by_heading(selection.soon if is_front else (), details, others, reader),
        "commitments_shown": COMMITMENTS_SHOWN,
        **filter_facts(reader.every_party, reader.name, FIELDS),
        "colors": color_class,
    }
    return Page("board.html.j2", facts, selection.pages)


def unmet_duties(reader: Reader, overview: Overview) -> set[str]:
    """The duties in force that were not met in the latest of their periods that is over."""
    flagged = [c for c in overview.pressing if "periods_missed" in c.flags and is_open(c.state)]
    periods = {name: c["periods"] for name, c in reader.details(flagged).items()}
    return {name for name, counts in periods.items() if counts and counts["unmet_since"]}


def by_heading(
    soon: Sequence[CommitmentSummary],
    details: Mapping[str, CommitmentDocument],
    others: Mapping[str, OpenReading],
    reader: Reader,
) -> list[tuple[str, list[CommitmentSummary]]]:
    """What ends soon under its headings, in the order of these; `others` as for promise_facts."""
    now, zone = reader.query.as_of, reader.site.tz
    groups: dict[str, list[CommitmentSummary]] = {}
    for c in soon:
        groups.setdefault(group_of(details[c.id], now, zone, others.get(c.id)), []).append(c)
    return sorted(groups.items(), key=lambda group: GROUPS.index(group[0]))


def ends_of_week(
    reader: Reader, overview: Overview, others: Mapping[str, str]
) -> list[tuple[str, End]]:
    """The ends that the page of deadlines has under Today and This week, each with its heading.

    `others` are the promises whose offer, condition, notice or period ends soon.
    """
    now, zone = reader.query.as_of, reader.site.tz
    # A day of another zone may end a day later by the clock of the board.
    until = now + timedelta(days=9 - now.weekday())
    promises = {c.id: c for c in ending_by(overview.pressing, now, until, others)}
    documents = reader.details(promises.values()).items()
    readings = sorted(
        (
            reading
            for name, document in documents
            for reading in open_readings_of_document(promises[name].agreement, document)
        ),
        key=by_end,
    )
    ends = (end for end in ends_of(readings, promises, zone) if parse_instant(end.last) > now)
    groups = ((group_of_days(end.days, now, zone), end) for end in ends)
    return [(group, end) for group, end in groups if group in THIS_WEEK]


def phases(
    summary: AgreementSummary, details: Mapping[str, CommitmentDocument]
) -> list[tuple[str, list[CommitmentSummary]]]:
    """The promises that an agreement shows, by phase; one group without a title if it has none."""
    visible = {c.id: c for c in summary.commitments[:COMMITMENTS_SHOWN]}
    if not summary.phases or not visible.keys() <= details.keys():
        return [("", [*visible.values()])]
    groups = by_phase([details[name] for name in visible], summary.phases)
    return [(title, [visible[c["id"]] for c in documents]) for title, documents in groups]


def promise_facts(
    reader: Reader,
    documents: Mapping[str, CommitmentDocument],
    agreements: Mapping[str, str],
    others: Mapping[str, OpenReading] = NO_OTHERS,
    whole: AgreementState | None = None,
) -> dict[str, object]:
    """What rows of promises need: documents, ends in words, places on the axis; all by id.

    `others` are the first ends of offers, conditions and notices, which are no readings of the
    promise. The axis has the days around now, or all days of the `whole` agreement, with every
    period.
    """
    now, zone = reader.query.as_of, reader.site.tz
    axis = Axis(now, zone)
    since = datetime.min.replace(tzinfo=UTC) if whole else axis.first - LONGEST_PERIOD
    histories = histories_of(reader.queries, agreements, since)
    if whole:
        axis = Axis(now, zone, whole_life(histories.values(), documents.values(), now))
        for name, history in histories.items():
            periods = latest_periods(whole.commitments[name], now, MOST_PERIODS)
            history.periods.update({each["period"]: each["state"] for each in periods})
    return {
        "details": documents,
        "axis": axis,
        "axis_rows": {
            name: row(axis, histories.get(name, NO_HISTORY), c, others.get(name))
            for name, c in documents.items()
        },
        "ends": {name: end_words(c, now, zone, others.get(name)) for name, c in documents.items()},
    }
