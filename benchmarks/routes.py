"""What does each page and document cost, on logs of 100, 1,000 and 10,000 agreements?

CPU time of the answer in this process, made anew and compressed, while the list of all agreements
is at hand: what grows with the log beyond that shows in the ratio of the last two.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from benchmarks.many_agreements import NOW, fill
from benchmarks.timing import progress, row
from events import EventStore
from notifications.feeds.publish import Calendars
from tests.support.served import project
from web.api.documents import DOCUMENTS
from web.model.library import Library
from web.model.links import FILES, PATHS
from web.model.query import parse_query, question
from web.pages.index import PAGES, render_page
from web.pages.render import compile_templates
from web.serving.answers import Answer, entity_tag, packed
from web.settings import Site

SIZES = (100, 1_000, 10_000)
ROUNDS = 2
NO_PARAMETERS: Mapping[str, str] = {}
PAGE = {"limit": "50", "page": "2"}


class Route(Struct, frozen=True):
    """A page or document by name, and what is asked of it."""

    name: str
    parameters: Mapping[str, str] = NO_PARAMETERS

    @property
    def words(self) -> str:
        form = PATHS[self.name] if self.name in PATHS else FILES[self.name]
        query = "&".join(f"{name}={text}" for name, text in self.parameters.items())
        return f"/{form.replace('{}', 'ID')}{f'?{query}' if query else ''}"

    def id_in(self, agreements: int) -> str | None:
        """The id that stands in the path, from the middle of the log."""
        form = PATHS[self.name] if self.name in PATHS else FILES[self.name]
        if "{}" not in form:
            return None
        middle = agreements // 16 * 8 + 1
        of_commitment = ("commitment", "explain", "api_commitment", "api_explain", "api_timeline")
        named = {"event": str(agreements), "api_event": str(agreements), "month": "2025-06"}
        named |= {"party": "RUS"} | dict.fromkeys(of_commitment, f"c-{middle:05d}")
        return named.get(self.name, f"accord-{middle:05d}")


ROUTES = (
    *map(Route, (*PAGES, *DOCUMENTS)),
    Route("board", {"q": "prisoners", "state": "overdue"}),
    Route("search", {"q": "depot"}),
    Route("search", {"q": "nowhere"}),
    Route("api_status", PAGE),
    Route("api_status", {"party": "RUS", "limit": "50"}),
    Route("api_events", {"after": "10"}),
    Route("api_incidents", {"limit": "10"}),
    Route("api_deadlines", {"limit": "10"}),
    Route("event", {"as_of": "2025-04-01"}),
)


def rows() -> Iterator[str]:
    compile_templates()
    with tempfile.TemporaryDirectory() as place:
        paths = {size: str(Path(place) / f"{size}.db") for size in SIZES}
        for size, path in paths.items():
            progress(f"routes: {size:,} agreements")
            with EventStore.open(path) as store:
                fill(store, size)
            project(path, NOW)
        for route in ROUTES:
            few, more, most = (cpu_time(path, size, route) for size, path in paths.items())
            yield row(
                f"{route.words} of 10,000 agreements (CPU time)",
                f"{most * 1000:.1f} ms",
                f"{few * 1000:.1f}, {more * 1000:.1f} ms",
                "100, 1,000 agreements",
                f"{most / more:.1f}x",
                "measured",
            )


def cpu_time(path: str, agreements: int, route: Route) -> float:
    """Seconds of CPU until the answer is there, by an empty memory but for the agreements."""
    return min(_once(path, agreements, route) for _ in range(ROUNDS))


def _once(path: str, agreements: int, route: Route) -> float:
    library = Library(Site(db=path, clock=lambda: NOW))
    with library.reader(parse_query({}, NOW, "UTC")) as reader:
        _ = reader.agreement_summaries
    gc.collect()
    begun = time.process_time()
    query = parse_query(question(route.parameters.items(), route.name), NOW, "UTC")
    id_ = route.id_in(agreements)
    with library.reader(query) as reader:
        if route.name in PAGES:
            body, _pages = render_page(reader, route.name, id_)
        else:
            body = DOCUMENTS[route.name](reader, id_ or "", Calendars()).body
    packed(Answer(body, "", entity_tag(body, weak=False)))
    return time.process_time() - begun
