"""What was accepted of a long file, part by part: on disk until it is appended and projected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

import msgspec

from tracker.entries.parties import Registry
from tracker.projections.agreement_rows import JudgedRows
from tracker.projections.rows.agreement import Rows
from tracker.projections.search_index import WordPage
from tracker.recording.accepted import Accepted, Remark
from tracker.recording.files.judging import JudgedPart, decode_event
from tracker.spool import Spool, SpooledItems


class SpooledRows(Mapping[str, Rows]):
    """The rows of agreements by name, on disk."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._places: dict[str, int] = {}

    def put(self, agreement: str, rows: bytes) -> None:
        self._places[agreement] = self._spool.put(rows)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, agreement: str) -> Rows:
        return _rows(self._spool.get(self._places[agreement]))


class JudgedFile:
    """The parts of a file that were judged so far, of a log that ended at `head`."""

    def __init__(self, lines: int, head: int, now: datetime) -> None:
        self.head = head
        self.now = now
        self.missing: set[str] = set()
        """The events that were named in vain; see `JudgedPart`."""
        self._events = SpooledItems(lines, decode_event)
        self._words = SpooledItems(lines, _decode_words)
        self._rows = SpooledRows()
        self._amended: set[str] = set()
        self._versions: dict[str, int] = {}
        self._remarks: list[Remark] = []
        self._registry = Registry({})
        self._latest: datetime | None = None
        self.done = 0

    def add(self, part: JudgedPart) -> None:
        """Takes what was accepted of a part; its events find their places in the whole."""
        for position, event, words in part.events:
            self._events.put(position - self.head - 1, event)
            self._words.put(position - self.head - 1, words)
        for name, rows in part.rows.items():
            self._rows.put(name, rows)
        self._amended |= part.amended
        self._versions |= part.versions
        self._remarks += part.remarks
        self._registry = part.registry
        self._latest = max(filter(None, (self._latest, part.latest)), default=None)
        self.missing |= part.missing
        self.done += len(part.events)

    def accepted(self) -> Accepted:
        """All that was accepted, once every part was judged."""
        head = self.head + len(self._events)
        judged = JudgedRows(head, self.now, self._registry, self._rows, self.head, self._page)
        return Accepted(self._events, self._versions, 0, self._remarks, judged, self._latest)

    def _page(self, after: int, size: int) -> WordPage:
        """The words of so many events after a position."""
        rows = self._words[after - self.head : after - self.head + size]
        return WordPage(list(chain.from_iterable(rows)), self._amended)


_decode_words = msgspec.msgpack.Decoder(list[dict[str, object]]).decode
_rows = msgspec.msgpack.Decoder(Rows).decode
