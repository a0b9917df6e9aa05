"""How the panels of the Grafana dashboard look: colours by state, thresholds, columns, links."""

from __future__ import annotations

from typing import Any, get_args

from tracker.model.readings import Rule
from tracker.model.vocabulary import Compliance, RollUp, State
from web.model.words import BREACHES, color_class, label

COLORS = {
    "good": "green",
    "warn": "orange",
    "bad": "red",
    "wait": "blue",
    "quiet": "#8e8e8e",
}
"""By what a word means to a reader, as the board has it."""
WORDS = tuple(dict.fromkeys([*State, *Compliance, *RollUp, "refuted"]))
HEADINGS = {
    "commitment": "Promise",
    "debtors": "Owed by",
    "creditors": "Owed to",
    "agreement": "Agreement",
    "state": "Stands",
    "status": "Stands",
    "compliance": "Compliance",
    "deadline": "Ends",
    "ends": "Ends",
    "next_deadline": "Next end",
    "days_left": "Days left",
    "incident": "What is said to have happened",
    "alleged_by": "Alleged by",
    "denied_by": "Denied by",
    "since": "Since",
    "parties": "Parties",
    "open_commitments": "Open",
    "overdue_commitments": "Overdue",
    "party": "By whose account",
    "rule": "Counted",
    "zone": "Zone",
}
"""The column of a query, and what stands above it."""
LINKS = {
    "commitment": ("commitment_id", "commitments"),
    "agreement": ("agreement_id", "agreements"),
}
"""A column that leads to the board, the column with the id, and the folder of its page."""

Look = dict[str, Any]
REDUCED: Look = {"values": False, "calcs": ["lastNotNull"]}


def _override(column: str, properties: list[Look]) -> Look:
    return {"matcher": {"id": "byName", "options": column}, "properties": properties}


def _property(name: str, value: object) -> Look:
    return {"id": name, "value": value}


def steps(warn: int | None, bad: int | None) -> list[Look]:
    """Colours of a number, from what number on; None where it never takes one."""
    colored = [(warn, COLORS["warn"]), (bad, COLORS["bad"])]
    base: list[Look] = [{"value": None, "color": "text"}]
    return base + [{"value": value, "color": color} for value, color in colored if value]


def counted(thresholds: list[Look]) -> Look:
    """A panel of one number."""
    return {
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "thresholds": {"mode": "absolute", "steps": thresholds},
            },
            "overrides": [],
        },
        "options": {"colorMode": "value", "graphMode": "none", "reduceOptions": REDUCED},
    }


def _colored_words() -> list[Look]:
    options = {
        word: {
            "text": BREACHES.get(word, label(word)),
            "color": COLORS[color_class(word)],
            "index": index,
        }
        for index, word in enumerate(map(str, WORDS))
    }
    return [{"type": "value", "options": options}]


STATES: Look = {
    "fieldConfig": {
        "defaults": {
            "mappings": _colored_words(),
            # Without a mode of its own the panel takes a scale of colours, and has no legend.
            "color": {"mode": "fixed", "fixedColor": COLORS["quiet"]},
        },
        "overrides": [_override("value", [_property("displayName", "${__field.labels.metric}")])],
    },
    "options": {
        "mergeValues": True,
        "showValue": "auto",
        "rowHeight": 0.8,
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
    },
}
"""A panel of states over time: a lane a promise, its words in the lane and in the legend."""


def tables_looks(query: str) -> Look:
    """A panel of rows: headings for people, words in their colours, links to the board."""
    overrides = [
        _override(column, [_property("displayName", heading), *_column_looks(column, query)])
        for column, heading in HEADINGS.items()
        if f"{column}," in query or f"{column} FROM" in query
    ]
    hidden = [_override(name, [_property("custom.hidden", True)]) for name, _ in LINKS.values()]
    return {"fieldConfig": {"defaults": {}, "overrides": [*overrides, *hidden]}}


def _column_looks(column: str, query: str) -> list[Look]:
    if column in ("state", "status", "compliance"):
        cell = _property("custom.cellOptions", {"type": "color-text"})
        return [_property("mappings", _colored_words()), cell]
    if column == "rule":
        words = {rule: {"text": label(rule)} for rule in get_args(Rule)}
        return [_property("mappings", [{"type": "value", "options": words}])]
    if column == "days_left":
        below_zero = [{"value": None, "color": COLORS["bad"]}]
        later = [{"value": 0, "color": COLORS["warn"]}, {"value": 14, "color": "text"}]
        thresholds = {"mode": "absolute", "steps": below_zero + later}
        cell = _property("custom.cellOptions", {"type": "color-text"})
        return [_property("thresholds", thresholds), cell]
    id_column, folder = LINKS.get(column, ("", ""))
    if not id_column or id_column not in query:
        return []
    url = f"${{board}}/{folder}/${{__data.fields.{id_column}}}"
    return [_property("links", [{"title": "On the board", "url": url, "targetBlank": True}])]
