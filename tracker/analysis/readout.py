"""The readout: one row per term, one column per account, party by party, blanks visible. Pure.

Silence is evidence: an account that was looked at and gives no value is `silent`, one that has no
entry on the term is `absent`. A conflict is two values, or a value where another account is silent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from events import format_instant
from events.wording import place_in
from tracker.analysis.readout_document import (
    RECKONED,
    Cell,
    Readout,
    ReadoutRow,
    ValueDocument,
    as_text,
    in_words,
)
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import is_set
from tracker.model.sources import UNATTRIBUTED, Chain, Support, support_of
from tracker.queries.dossier import Dossier
from tracker.rules.terms.disputes import account_behind, are_incompatible, stated_terms

ORDER = ("parties", "conditions", "scope", "quantity", "duration", "count", "start", "due", "end",
         RECKONED)  # fmt: skip


class TermStatement(Struct, frozen=True):
    """One account of one term by one entry; a value of None is silence.

    `words` are the value for a reader, where they are not that of its form.
    """

    term: str
    commitment: str | None
    account: str
    value: Any
    event: str
    words: str = ""


def readout(dossier: Dossier, only: str | None = None) -> Readout:
    """Each term of an agreement, account by account; of `only` one promise its own and common ones.

    What is said of no promise is said of each.
    """
    statements = [
        item for item in statements_of(dossier) if only is None or item.commitment in (None, only)
    ]
    accounts = _party_by_party((item.account for item in statements), dossier.party_of)
    by_term: dict[tuple[str, str | None], list[TermStatement]] = {}
    for item in sorted(statements, key=lambda item: place_in(ORDER, item.term)):
        by_term.setdefault((item.term, item.commitment), []).append(item)
    rows = [_row(*key, items, accounts, dossier.chains) for key, items in by_term.items()]
    return {
        "agreement": dossier.state.id,
        "title": dossier.state.title,
        "tlp": dossier.level_of(item.event for item in statements),
        "commitments": [only] if only else list(dossier.state.commitments),
        "accounts": accounts,
        "speaks_for": dossier.speaks_for,
        "rows": _merged(rows),
    }


def _party_by_party(names: Iterable[str], party_of: Callable[[str], str]) -> list[str]:
    """Each account once; those of one party stand together, where the first of them comes."""
    accounts = list(dict.fromkeys(names))
    places: dict[str, int] = {}
    for account in accounts:
        places.setdefault(party_of(account), len(places))
    return sorted(accounts, key=lambda account: places[party_of(account)])


def statements_of(dossier: Dossier) -> Iterator[TermStatement]:
    """All that accounts say of terms: in promises, readings, and statements that name a term."""
    for entry in dossier.entries:
        if isinstance(entry.payload, types.Promise):
            yield from _promised_terms(entry)
    for commitment in dossier.state.commitments.values():
        yield from _account_terms(commitment)
    for entry in dossier.entries:
        payload = entry.payload
        if isinstance(payload, types.Statement) and payload.term and is_set(payload.value):
            by = payload.by or payload.speaker or UNATTRIBUTED
            yield TermStatement(payload.term, payload.commitment, by, payload.value, entry.id)


def _promised_terms(entry: Entry) -> Iterator[TermStatement]:
    """The parties and conditions that a promise names; its other terms are readings."""
    payload: Any = entry.payload
    account = payload.primary_source or payload.speaker or UNATTRIBUTED
    if payload.debtor:
        value = f"{', '.join(payload.debtor)} -> {', '.join(payload.creditor) or 'nobody named'}"
        yield TermStatement("parties", payload.commitment, account, value, entry.id)
    waits = [antecedent.text or antecedent.id for antecedent in getattr(payload, "antecedents", ())]
    if waits:
        yield TermStatement("conditions", payload.commitment, account, "; ".join(waits), entry.id)


def _account_terms(c: Commitment) -> Iterator[TermStatement]:
    """What each account says of the terms, then the ends that follow, each with its rule."""
    for account in c.accounts:
        for term, value in stated_terms(account).items():
            yield TermStatement(term, c.id, account.by or account.root, value, account.event)
    for reading in sorted(c.readings, key=lambda reading: reading.at):
        behind = account_behind(c, reading.id)
        if behind is not None:
            by, day = behind.by or behind.root, reading.last_day
            rule = reading.rule.replace("_", " ")
            value = f"{format_instant(reading.at)}, {rule}, {reading.zone}"
            # `end of 2025-04-16, inclusive, Europe/Kyiv`; that it ends a day is told by the day.
            end = f"end of {day.isoformat()}" if day else f"{reading.at:%Y-%m-%d %H:%MZ}"
            rules = [] if reading.rule == "end_of_day" else [rule]
            # By a length alone nobody could reckon an end that was put off since.
            extended = (c.boundary or behind).extended
            rules += [] if extended.is_nothing else [f"extended by {extended.words}"]
            words = ", ".join([end, *rules, reading.zone])
            yield TermStatement(RECKONED, c.id, by, value, behind.event, words)


def _row(
    term: str,
    commitment: str | None,
    items: list[TermStatement],
    accounts: list[str],
    chains: Mapping[str, Chain],
) -> ReadoutRow:
    stated = [item for item in items if item.value is not None]
    speaking = {item.account for item in stated}
    support = _support(stated, chains)
    values = _values(stated, chains)
    silent = [i.account for i in items if i.value is None and i.account not in speaking]
    kind = "values" if len(values) > 1 else "silence" if values and silent else None
    return {
        "term": term,
        "commitments": [commitment] if commitment else [],
        "cells": {
            name: _cell([item for item in items if item.account == name], chains)
            for name in accounts
        },
        "values": values,
        "silent": list(dict.fromkeys(silent)),
        "conflict": kind is not None,
        "conflict_kind": kind,
        "single_source": support.is_single,
        "sources": list(support.roots),
        "circular": [list(circle) for circle in support.circles],
    }


def _values(stated: Iterable[TermStatement], chains: Mapping[str, Chain]) -> list[ValueDocument]:
    """The different values; another spelling is no other value."""
    groups: list[list[TermStatement]] = []
    for item in stated:
        same = (g for g in groups if not are_incompatible(item.term, (g[0].value, item.value)))
        group = next(same, None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    supports = [_support(group, chains) for group in groups]
    return [
        {
            "value": group[0].value,
            "accounts": list(dict.fromkeys(item.account for item in group)),
            "events": list(support.events),
            "reports": support.reports,
            "sources": list(support.roots),
            "independent": support.independent,
        }
        for group, support in zip(groups, supports, strict=True)
    ]


def _chains(items: Iterable[TermStatement], chains: Mapping[str, Chain]) -> list[Chain]:
    events = dict.fromkeys(item.event for item in items)
    return [chains[event] for event in events if event in chains]


def _support(items: Iterable[TermStatement], chains: Mapping[str, Chain]) -> Support:
    """What these statements rest on; only what is derived from others needs the other chains."""
    own = _chains(items, chains)
    return support_of(own, chains.values() if any(chain.derived_from for chain in own) else ())


def _cell(own: list[TermStatement], chains: Mapping[str, Chain]) -> Cell:
    values: list[Any] = []
    words: list[str] = []
    for item in own:
        value = as_text(item.value) if isinstance(item.value, list | tuple) else item.value
        if value is not None and value not in values:
            values.append(value)
            words.append(item.words or in_words(value))
    return {
        "says": "value" if values else "silent" if own else "absent",
        "values": values,
        "words": words,
        "events": list(dict.fromkeys(item.event for item in own)),
        "sources": sorted({chain.root for chain in _chains(own, chains)}),
    }


def _merged(rows: list[ReadoutRow]) -> list[ReadoutRow]:
    """Joins rows of one term that say the same of several commitments into one that names them."""
    merged: dict[str, ReadoutRow] = {}
    for row in rows:
        cells = [[name, cell["says"], cell["values"]] for name, cell in row["cells"].items()]
        # As JSON, since a value may be of any form.
        key = json.dumps([row["term"], cells], sort_keys=True)
        merged[key] = _joined(merged[key], row) if key in merged else row
    return list(merged.values())


def _joined(one: ReadoutRow, other: ReadoutRow) -> ReadoutRow:
    """The evidence of both rows: the values are equal, the entries are each row's own."""
    cells = {
        name: cell | {"events": [*cell["events"], *other["cells"][name]["events"]]}
        for name, cell in one["cells"].items()
    }
    return one | {"commitments": [*one["commitments"], *other["commitments"]], "cells": cells}
