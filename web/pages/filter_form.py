"""The form by which a list is narrowed: which fields it has, and what each offers."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.model.vocabulary import Kind
from web.model.filters import parties_of
from web.model.query import COMPLIANCE, STATES
from web.model.reader import Reader

MOST_PARTIES = 500
"""So many parties a field offers; the others are asked for in the address."""


def filter_facts(reader: Reader, fields: Sequence[str]) -> dict[str, object]:
    """What the form of a page needs; `fields` are the parameters it has fields for."""
    parties = sorted(parties_of(reader.headings), key=reader.name) if "party" in fields else []
    return {
        "filter_fields": fields,
        "filter_parties": parties[:MOST_PARTIES],
        "kinds": list(Kind),
        "states": STATES,
        "compliances": COMPLIANCE,
    }
