"""What a reader asks for in the address: instants, filters, the page of a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import astuple, replace

from events import format_instant, in_order
from events.wording import did_you_mean
from tracker.dates.instants import ACCEPTED, beginning_of, parse_when
from tracker.model.vocabulary import OPEN_STATES, Compliance, Kind, State
from web.errors import PROBES, BadQuery, NotFound, QueryTooLong, quoted

LONGEST_QUERY = 2000
LONGEST_TEXT = 200
STATES = ("open", "closed", "missed", "waiting", *State)
COMPLIANCE = ("breach", *Compliance)
"""Of these two each begins with words for several."""
LAST_PAGE = 1_000_000
ROWS_A_PAGE = 100
LARGEST_LIMIT = 1000
LARGEST_POSITION = 2**53 - 1
KINDS = tuple(Kind)
INSTANTS = ("as_of", "known_at")
"""What every page takes."""
OF_PROMISES = ("q", "party", "kind", "state", "compliance", "tag")
"""By what promises are chosen."""
PARAMETERS: dict[str, tuple[str, ...]] = {
    "board": (*OF_PROMISES, "page"),
    "deadlines": (*OF_PROMISES, "page"),
    "month": (*OF_PROMISES, "page"),
    "disputes": (*OF_PROMISES, "page"),
    "changes": ("since", *OF_PROMISES, "page"),
    "graph": ("q", "party", "tag", "page"),
    "party": ("q", "kind", "state", "compliance", "tag", "page"),
    "search": ("q", "page"),
    "agreement": ("page",),
    "commitment": ("page",),
    "events": ("page",),
    "api_status": (*OF_PROMISES, "page", "limit"),
    "api_deadlines": (*OF_PROMISES, "page", "limit"),
    "api_incidents": (*OF_PROMISES, "page", "limit"),
    "api_parties": ("page", "limit"),
    "api_changes": ("since", "after", *OF_PROMISES, "page", "limit"),
    "api_events": ("after", "page", "limit"),
}
"""What each page or document takes beside the instants, by its name."""
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id", re.ASCII)
"""What others add to an address that is passed on; it is no question to the board."""
LOST_PLUS = re.compile(r"^(?=\d{1,4}[hdwmy]\Z)|(?<=:\d\d) (?=\d\d:?\d\d\Z)", re.ASCII)
"""Where a `+` of `+14d` or of an offset stood in an address, which reads as a space there."""


class Query(Struct, frozen=True):
    """One question to the board; the texts are the instants as the reader wrote them."""

    now: datetime
    as_of: datetime
    known_at: datetime
    as_of_text: str = ""
    known_at_text: str = ""
    q: str = ""
    party: str = ""
    kind: str = ""
    state: str = ""
    compliance: str = ""
    tag: str = ""
    since: str = ""
    page: int = 1
    after: int | None = None
    limit: int | None = None

    @property
    def is_now(self) -> bool:
        return not (self.as_of_text or self.known_at_text)

    def not_after(self, projected_at: str) -> Query:
        """The query; with its instants written out when the clock stands before the rows were made.

        The rows tell of what came later, so they cannot answer for it.
        """
        now = format_instant(self.now)
        if not self.is_now or in_order(projected_at) <= in_order(now):
            return self
        return replace(self, as_of_text=now, known_at_text=now)

    @property
    def asked(self) -> tuple[object, ...]:
        """All that the reader asks for: two questions with the same have one answer in a minute."""
        return astuple(self)[len(("now", "as_of", "known_at")) :]

    @property
    def carried(self) -> dict[str, str]:
        """The parameters that every link on the page takes along."""
        instants = {"as_of": self.as_of_text, "known_at": self.known_at_text}
        return {name: text for name, text in instants.items() if text}

    @property
    def filters(self) -> dict[str, str]:
        texts = {name: getattr(self, name) for name in OF_PROMISES}
        return {name: text for name, text in texts.items() if text}

    def query_string(self, **changes: str | int) -> str:
        """The query of a link to the same question with some parameters changed."""
        own = {"since": self.since, "limit": self.limit}
        rest = {name: value for name, value in own.items() if value}
        parameters = {**self.carried, **self.filters, **rest, **changes}
        return f"?{urlencode(parameters)}" if parameters else ""


def question(pairs: Iterable[tuple[str, str]], page: str) -> dict[str, str]:
    """Takes the parameters of an address that a page has; BadQuery names those it knows.

    `pairs` are as they stand in the address, so that one given twice is noticed.
    """
    pairs = [(name, text) for name, text in pairs if not TRACKING.fullmatch(name)]
    known = () if f"/{page}" in PROBES else (*PARAMETERS.get(page, ()), *INSTANTS)
    for name, count in Counter(name for name, _ in pairs).items():
        if name not in known:
            names = f"Known here: {', '.join(known)}{did_you_mean(name, known)}"
            hint = names if known else f"Ask for /{page} without anything after it."
            message = f"This page cannot be asked for {quoted(name, 40)}."
            raise BadQuery(message, hint=hint)
        if count > 1:
            raise BadQuery(f"The address has {name} {count} times.", hint="Give it once.")
    return dict(pairs)


def parse_query(parameters: Mapping[str, str], now: datetime, zone: str, length: int = 0) -> Query:
    """Reads the query of an address, `length` bytes long; BadQuery says what is accepted."""
    if length > LONGEST_QUERY:
        raise QueryTooLong(
            f"The question in this address is {length:,} bytes long.",
            hint=f"At most {LONGEST_QUERY:,} are taken.",
        )
    if not parameters:
        return Query(now, now, now)
    as_of_text, known_at_text = _text(parameters, "as_of"), _text(parameters, "known_at")
    as_of = _instant(as_of_text, now, zone)
    return Query(
        now=now,
        as_of=as_of,
        known_at=_instant(known_at_text, now, zone) if known_at_text else max(as_of, now),
        as_of_text=as_of_text,
        known_at_text=known_at_text,
        q=_text(parameters, "q"),
        party=_text(parameters, "party"),
        kind=_one_of(parameters, "kind", KINDS),
        state=_one_of(parameters, "state", STATES),
        compliance=_one_of(parameters, "compliance", COMPLIANCE),
        tag=_text(parameters, "tag"),
        since=_text(parameters, "since"),
        page=_number(parameters, "page", 1, LAST_PAGE) or 1,
        after=_number(parameters, "after", 0, LARGEST_POSITION),
        limit=_number(parameters, "limit", 1, LARGEST_LIMIT),
    )


def _text(parameters: Mapping[str, str], name: str) -> str:
    text = parameters.get(name, "").strip()
    if len(text) > LONGEST_TEXT:
        raise BadQuery(
            f"What is asked for as {name} has {len(text):,} characters.",
            hint=f"At most {LONGEST_TEXT} are taken.",
        )
    return text


def _instant(text: str, now: datetime, zone: str) -> datetime:
    from tracker.errors import InvalidDate

    if not text:
        return now
    try:
        return parse_when(LOST_PLUS.sub("+", text), now, zone)
    except InvalidDate as error:
        raise BadQuery(
            f"That is no instant: {error}.", hint=f"Accepted forms: {ACCEPTED}"
        ) from error


def beginning(query: Query, zone: str) -> datetime:
    """The first instant of the question: of `since`, else a week before; a day from its start.

    A weekday is the last one that has come, for nobody asks what changed since a day to come.
    """
    from tracker.errors import AmbiguousDate, InvalidDate

    text = LOST_PLUS.sub("+", query.since or "-1w")
    try:
        return beginning_of(text, query.as_of, zone)
    except AmbiguousDate as error:
        read = sorted(beginning_of(each, query.as_of, zone) for each in error.readings)
        past = [at for at in read if at <= query.as_of]
        is_weekday = all(round((at - read[0]) / timedelta(days=1)) % 7 == 0 for at in read)
        if past and is_weekday:
            return past[-1]
        raise BadQuery(f"That is no one day: {error.message}.", hint=error.hint) from error
    except InvalidDate as error:
        raise BadQuery(
            f"That is no beginning: {error}.", hint=f"Accepted forms: {ACCEPTED}, monday"
        ) from error


def _one_of(parameters: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = parameters.get(name, "")
    if word and word not in words:
        hint = f"It is one of {', '.join(words)}{did_you_mean(word, words)}"
        raise BadQuery(f"There is no {name} {quoted(word, 40)}.", hint=hint)
    return word


def _number(parameters: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """A whole number of an address; None where it is left out."""
    text = parameters.get(name)
    if text is None:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    if not (is_number and least <= int(text) <= most):
        raise BadQuery(
            f"{name} is a number from {least} on, and not {quoted(text, 40)}.",
            hint=f"For instance ?{name}={least or 1}; at most {most}.",
        )
    return int(text)


def is_open(state: str) -> bool:
    return state in OPEN_STATES


def pages_of(*counts: int, size: int = ROWS_A_PAGE) -> int:
    """Counts the pages that the longest of some lists takes; an empty one takes one."""
    return max(1, *(-(-count // size) for count in counts))


def page_within(query: Query, pages: int) -> int:
    """Returns the page asked for; NotFound when the list has fewer."""
    if query.page > pages:
        raise NotFound(f"There is no page {query.page:,}.", hint=f"The last is {pages:,}.")
    return query.page


def rows_of_page(query: Query, pages: int, size: int = ROWS_A_PAGE) -> slice:
    """Where the rows of the page asked for stand in a list; NotFound when it has fewer pages."""
    start = (page_within(query, pages) - 1) * size
    return slice(start, start + size)
