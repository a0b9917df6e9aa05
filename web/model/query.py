"""What a reader asks for in the address: instants, filters, the page; else it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from msgspec import Struct

from tracker.dates.instants import ACCEPTED, parse_when
from tracker.model.vocabulary import OPEN_STATES, Kind, State
from web.errors import BadQuery, QueryTooLong

LONGEST_QUERY = 2000
LONGEST_TEXT = 200
STATES = ("open", "closed", *State)
LAST_PAGE = 1_000_000


class Query(Struct, frozen=True):
    """One question; `carried` is what every link on the page takes along."""

    now: datetime
    as_of: datetime
    known_at: datetime
    as_of_text: str = ""
    known_at_text: str = ""
    q: str = ""
    party: str = ""
    kind: str = ""
    state: str = ""
    page: int = 1

    @property
    def is_now(self) -> bool:
        return not (self.as_of_text or self.known_at_text)

    @property
    def carried(self) -> dict[str, str]:
        both = {"as_of": self.as_of_text, "known_at": self.known_at_text}
        return {name: text for name, text in both.items() if text}

    @property
    def filters(self) -> dict[str, str]:
        given = {"q": self.q, "party": self.party, "kind": self.kind, "state": self.state}
        return {name: text for name, text in given.items() if text}

    def encoded(self, **more: str | int) -> str:
        """The same question with something changed, as the query of a link."""
        named = {**self.carried, **self.filters, **more}
        return f"?{urlencode(named)}" if named else ""


def parse_query(query: Mapping[str, str], now: datetime, zone: str, length: int = 0) -> Query:
    """The question of an address; BadQuery says what is accepted."""
    if length > LONGEST_QUERY:
        raise QueryTooLong(f"a query of {length} bytes", hint=f"at most {LONGEST_QUERY} bytes")
    as_of_text, known_at_text = _text(query, "as_of"), _text(query, "known_at")
    as_of = _instant(as_of_text, now, zone)
    return Query(
        now,
        as_of,
        _instant(known_at_text, now, zone) if known_at_text else max(as_of, now),
        as_of_text,
        known_at_text,
        _text(query, "q"),
        _text(query, "party"),
        _one_of(query, "kind", tuple(Kind)),
        _one_of(query, "state", STATES),
        _page(query.get("page", "1")),
    )


def _text(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > LONGEST_TEXT:
        raise BadQuery(
            f"{name}: {len(text)} characters", hint=f"expected at most {LONGEST_TEXT} characters"
        )
    return text


def _instant(text: str, now: datetime, zone: str) -> datetime:
    from tracker.errors import InvalidDate

    try:
        # "+14d" in an address reads as " 14d" once it is decoded.
        return parse_when(f"+{text}" if text[-1:] in "hdwmy" and text[:1].isdigit() else text,
                          now, zone) if text else now  # fmt: skip
    except InvalidDate as error:
        raise BadQuery(str(error), hint=f"accepted forms: {ACCEPTED}") from error


def _one_of(query: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = query.get(name, "")
    if word and word not in words:
        raise BadQuery(f"unknown {name} {word[:40]!r}", hint=f"one of {', '.join(words)}")
    return word


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LAST_PAGE):
        raise BadQuery(f"page: expected a number from 1, found {text[:40]!r}", hint="?page=1")
    return int(text)


def is_open(state: str) -> bool:
    return state in OPEN_STATES
