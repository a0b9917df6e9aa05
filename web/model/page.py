"""A page before it is rendered, and how long lists are cut into pages."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from web.errors import NotFound
from web.model.query import Query

ROWS_A_PAGE = 100
Facts = dict[str, Any]


class Page(Struct, frozen=True):
    """A template, its facts, and how many pages the list has."""

    template: str
    facts: Facts
    pages: int = 1


def pages_of(*counts: int) -> int:
    """How many pages the longest of some lists takes; an empty one takes one."""
    return max(1, *(-(-count // ROWS_A_PAGE) for count in counts))


def page_within(query: Query, pages: int) -> int:
    """The page asked for; NotFound when the list is shorter."""
    if query.page > pages:
        raise NotFound(f"page {query.page} of {pages}", hint=f"the last is {pages}")
    return query.page
