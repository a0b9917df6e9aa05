"""A document as it is sent: JSON from the types of the reference, CSV, and pages of long lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import asdict

from notifications.feeds.publish import Calendars
from tracker.terminal.cells import csv_lines
from tracker.terminal.json_pieces import END, in_pieces, json_members
from web.api.bodies import Body, body_of
from web.errors import BadQuery
from web.model.query import ROWS_A_PAGE, page_within, pages_of
from web.model.reader import Reader

OF_THE_CLOCK = ("as_of", "known_at", "next")
"""Keys that move with the clock, and so leave the entity tag as it is."""
Row = TypeVar("Row")


class File(Struct, frozen=True):
    """A file as it is sent; `identity` is what its entity tag is made of, the clock left out."""

    body: Body
    media: str
    identity: Body
    attachment: bool = False


FileOf = Callable[[Reader, str, Calendars], File]


def json_file(answer: Struct | Mapping[str, Any]) -> File:
    """An answer of the API, indented as the command line writes it.

    Lists of it may be longer than the memory.
    """
    identity = sha256()

    def lines() -> Iterator[bytes]:
        for name, parts in json_members(asdict(answer) if isinstance(answer, Struct) else answer):
            for part in parts:
                if name not in OF_THE_CLOCK:
                    identity.update(part)
                yield part
        yield END

    body = body_of(in_pieces(lines()))
    return File(body, "application/json", identity.digest())


def csv_file(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> File:
    body = body_of(in_pieces(line.encode() for line in csv_lines(rows, columns)))
    return File(body, "text/csv; charset=utf-8; header=present", body, attachment=True)


def page_of(reader: Reader, rows: Sequence[Row]) -> tuple[Sequence[Row], str | None]:
    """A page of a list, and the query of the next one; NotFound beyond the last."""
    query, size = reader.query, reader.query.limit or ROWS_A_PAGE
    pages = pages_of(len(rows), size=size)
    page = page_within(query, pages)
    visible = rows[(page - 1) * size : page * size]
    return visible, query.query_string(page=page + 1) if page < pages else None


def page_if_limited(reader: Reader, rows: Sequence[Row]) -> tuple[Sequence[Row], str | None]:
    """The whole of a list that was always answered whole, and pages of it where asked for."""
    if reader.query.limit is not None:
        return page_of(reader, rows)
    if reader.query.page > 1:
        raise BadQuery("Without limit there is one page.", hint="For instance ?limit=100&page=2")
    return rows, None
