"""The readout: one row per term, one column per account, blanks visible. Pure.

Silence is evidence: an account that was looked at and gives no value is `silent`, one that has no
entry on the term is `absent`. A conflict is two values, or a value where another account is silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import is_set
from tracker.model.sources import UNATTRIBUTED, Chain, support_of
from tracker.queries.dossier import Dossier
from tracker.rules.disputes import account_behind, incompatible, stated_terms

RECKONED = "end (reckoned)"
ORDER = ("parties", "conditions", "scope", "quantity", "duration", "count", "start", "due", "end",
         RECKONED)  # fmt: skip
UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


class TermStatement(Struct, frozen=True):
    """One account of one term by one entry; a value of None is silence."""

    term: str
    commitment: str | None
    account: str
    value: Any
    event: str


def readout(dossier: Dossier) -> dict[str, Any]:
    """The document of `readout --json` for one agreement."""
    statements = list(said_of(dossier))
    accounts = list(dict.fromkeys(item.account for item in statements))
    rows = [
        _row(key, items, accounts, dossier.chains) for key, items in _by_term(statements).items()
    ]
    return {
        "agreement": dossier.state.id,
        "title": dossier.state.title,
        "tlp": dossier.level_of(item.event for item in statements),
        "commitments": list(dossier.state.commitments),
        "accounts": accounts,
        "rows": _merged(rows),
    }


def said_of(dossier: Dossier) -> Iterator[TermStatement]:
    """All that accounts say of terms: in promises, readings, and statements that name a term."""
    for entry in dossier.entries:
        if isinstance(entry.payload, types.Promise):
            yield from _promised(entry)
    for commitment in dossier.state.commitments.values():
        yield from _accounts(commitment)
        yield from _reckoned(commitment)
    for entry in dossier.entries:
        payload = entry.payload
        if isinstance(payload, types.Statement) and payload.term and is_set(payload.value):
            by = payload.by or payload.speaker or UNATTRIBUTED
            yield TermStatement(payload.term, payload.commitment, by, payload.value, entry.id)


def _promised(entry: Entry) -> Iterator[TermStatement]:
    payload: Any = entry.payload
    account = payload.primary_source or payload.speaker or UNATTRIBUTED
    if payload.debtor:
        value = f"{', '.join(payload.debtor)} -> {', '.join(payload.creditor) or 'nobody named'}"
        yield TermStatement("parties", payload.commitment, account, value, entry.id)
    waits = [antecedent.text or antecedent.id for antecedent in getattr(payload, "antecedents", ())]
    if waits:
        yield TermStatement("conditions", payload.commitment, account, "; ".join(waits), entry.id)


def _accounts(c: Commitment) -> Iterator[TermStatement]:
    for account in c.accounts:
        for term, value in stated_terms(account).items():
            yield TermStatement(term, c.id, account.by or account.root, value, account.event)


def _reckoned(c: Commitment) -> Iterator[TermStatement]:
    """The ends that follow from what an account says, each with the rule that counts it."""
    for reading in sorted(c.readings, key=lambda reading: reading.at):
        account = account_behind(c, reading.id)
        if account is not None:
            value = (
                f"{reading.at:%Y-%m-%d %H:%MZ}, {reading.rule.replace('_', ' ')}, {reading.zone}"
            )
            yield TermStatement(RECKONED, c.id, account.by or account.root, value, account.event)


def _by_term(
    statements: Iterable[TermStatement],
) -> dict[tuple[str, str | None], list[TermStatement]]:
    grouped: dict[tuple[str, str | None], list[TermStatement]] = {}
    for item in statements:
        grouped.setdefault((item.term, item.commitment), []).append(item)
    return dict(sorted(grouped.items(), key=lambda pair: _place(pair[0][0])))


def _place(term: str) -> int:
    return ORDER.index(term) if term in ORDER else len(ORDER)


def _row(
    key: tuple[str, str | None],
    items: list[TermStatement],
    accounts: list[str],
    chains: Mapping[str, Chain],
) -> dict[str, Any]:
    term, commitment = key
    stated = [item for item in items if item.value is not None]
    support = support_of(_chains(stated, chains), chains.values())
    values = [_value(group, chains) for group in _by_value(stated)]
    silent = [i.account for i in items if i.value is None and not _speaks(i.account, stated)]
    kind = _conflict(values, silent)
    return {
        "term": term,
        "commitments": [commitment] if commitment else [],
        "cells": {name: _cell(name, items, chains) for name in accounts},
        "values": values,
        "silent": list(dict.fromkeys(silent)),
        "conflict": kind is not None,
        "conflict_kind": kind,
        "single_source": support.is_single,
        "sources": list(support.roots),
        "circular": [list(circle) for circle in support.circles],
    }


def _speaks(account: str, stated: Iterable[TermStatement]) -> bool:
    return any(item.account == account for item in stated)


def _conflict(values: list[Any], silent: list[str]) -> str | None:
    if len(values) > 1:
        return "values"
    return "silence" if values and silent else None


def _by_value(stated: Iterable[TermStatement]) -> list[list[TermStatement]]:
    """Groups accounts by value; another spelling is no other value."""
    grouped: list[list[TermStatement]] = []
    for item in stated:
        same = (g for g in grouped if not incompatible(item.term, (g[0].value, item.value)))
        group = next(same, None)
        if group is None:
            grouped.append([item])
        else:
            group.append(item)
    return grouped


def _value(group: list[TermStatement], chains: Mapping[str, Chain]) -> dict[str, Any]:
    support = support_of(_chains(group, chains), chains.values())
    return {
        "value": group[0].value,
        "accounts": list(dict.fromkeys(item.account for item in group)),
        "events": list(support.events),
        "reports": support.reports,
        "sources": list(support.roots),
        "independent": support.independent,
    }


def _chains(items: Iterable[TermStatement], chains: Mapping[str, Chain]) -> list[Chain]:
    events = dict.fromkeys(item.event for item in items)
    return [chains[event] for event in events if event in chains]


def _cell(
    account: str, items: Iterable[TermStatement], chains: Mapping[str, Chain]
) -> dict[str, Any]:
    own = [item for item in items if item.account == account]
    values = list(dict.fromkeys(_hashable(i.value) for i in own if i.value is not None))
    return {
        "says": "value" if values else "silent" if own else "absent",
        "values": values,
        "events": list(dict.fromkeys(item.event for item in own)),
        "sources": sorted({chain.root for chain in _chains(own, chains)}),
    }


def _hashable(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Joins rows of one term that say the same of several commitments into one that names them."""
    merged: dict[Any, dict[str, Any]] = {}
    for row in rows:
        cells = tuple((name, cell["says"], *cell["values"]) for name, cell in row["cells"].items())
        key = (row["term"], cells)
        merged[key] = _joined(merged[key], row) if key in merged else row
    return list(merged.values())


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The evidence of both rows: the values are equal, the entries are each row's own."""
    cells = {
        name: cell | {"events": [*cell["events"], *other["cells"][name]["events"]]}
        for name, cell in one["cells"].items()
    }
    return one | {"commitments": [*one["commitments"], *other["commitments"]], "cells": cells}


def note_of(row: Mapping[str, Any]) -> str:
    """What to mark about a row: conflict, silence, a single source, a circle."""
    notes = []
    if row["conflict_kind"] == "values" and row["term"] == RECKONED:
        notes.append(f"CONTESTED: {len(row['values'])} ends")
    elif row["conflict_kind"] == "values":
        notes.append(f"CONFLICT: {len(row['values'])} values")
    if row["conflict_kind"] == "silence":
        notes.append(f"CONFLICT: {', '.join(row['silent'])} silent")
    if row["single_source"]:
        notes.append(f"{row['sources'][0]} only")
    notes += [f"CIRCULAR: {' <- '.join(circle)}" for circle in row["circular"]]
    return "; ".join(notes)


def in_words(value: Any) -> str:
    """A value in words: `P30D` is 30 days."""
    simple = re.fullmatch(r"P(\d+)([DWMY])", value) if isinstance(value, str) else None
    if simple is None:
        return str(_hashable(value))
    number, unit = simple[1], UNITS[simple[2]]
    return f"{number} {unit}{'' if number == '1' else 's'}"
