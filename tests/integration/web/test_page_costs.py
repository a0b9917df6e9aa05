"""What a page of one thing may cost: that thing, and not the list of all."""

from __future__ import annotations

from pathlib import Path

import pytest

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
