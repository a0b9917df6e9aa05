"""What a page of one thing may cost: that thing, and not the list of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import format_instant
from notifications.feeds.publish import Calendars
from tests.support.dataset import EVENING
from web.api.documents import DOCUMENTS
from web.model.library import Library
from web.model.query import parse_query
from web.pages.index import PAGES, render_page
from web.settings import Site

OF_ONE = [
    ("event", "100"), ("agreement", "energy-deal-2024"), ("commitment", "ep-rus"),
    ("explain", "ep-rus"), ("readout", "energy-pause-2025"), ("events", None),
    ("api_event", "100"), ("api_explain", "ep-rus"), ("api_timeline", "ep-rus"),
    ("agreement_atom", "energy-pause-2025"), ("api_events", None),
]  # fmt: skip


@pytest.mark.parametrize("instant", ["", "2026-01-01"])
@pytest.mark.parametrize(("name", "id_"), OF_ONE)
def test_a_page_of_one_thing_reads_no_list_of_all(
    projected_database: Path, name: str, id_: str | None, instant: str
) -> None:
    """Nothing over all agreements is worked out for it, now or at another instant."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    query = parse_query({"known_at": instant} if instant else {}, EVENING, "UTC")
    with library.reader(query) as reader:
        if name in PAGES:
            render_page(reader, name, id_)
        else:
            DOCUMENTS[name](reader, id_ or "", Calendars())

    assert 0 == len(library.memo)


def test_the_board_keeps_what_it_works_out_of_all(projected_database: Path) -> None:
    """So that a page of one thing would be caught at it."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    with library.reader(parse_query({}, EVENING, "UTC")) as reader:
        render_page(reader, "board", None)

    assert len(library.memo) > 0


def test_an_agreement_is_folded_once_for_a_page(projected_database: Path) -> None:
    """Of another instant, where its state, its ends and its history are asked for one by one."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    with library.reader(parse_query({"as_of": "2026-01-01"}, EVENING, "UTC")) as reader:
        folding = reader.queries.folding
        first, again = ([*folding.states_of(["energy-pause-2025"])] for _ in range(2))

    assert first[0] is again[0]


def test_what_promises_are_called_is_the_same_by_rows_and_folded(projected_database: Path) -> None:
    """Now one row tells, at a given instant the agreement is folded."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    now = parse_query({}, EVENING, "UTC")
    then = parse_query({"as_of": format_instant(EVENING)}, EVENING, "UTC")
    with library.reader(now) as by_rows, library.reader(then) as folded:
        assert (True, False) == (by_rows.is_projected, folded.is_projected)
        promises = [
            each.id for summary in by_rows.agreement_summaries for each in summary.commitments
        ]
        names = ["nobody", *(summary.id for summary in by_rows.agreement_summaries), *promises]

        assert [*map(by_rows.promise_of, names)] == [*map(folded.promise_of, names)]
