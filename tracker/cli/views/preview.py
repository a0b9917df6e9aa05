"""What an entry would change, as a person reads it before saying yes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracker.documents.previews import breach_words, ends_words
from tracker.recording.effect import AXES, AxisChange, RecordingDocument
from tracker.terminal.cells import printable, text_of
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, with_local_instants

NOTHING: tuple[object, ...] = (False, "none", [])
"""What a new promise begins with on most axes."""
CLEAR_TO = "clear to"
"""What was observed to be kept, up to a day or an instant, on one line."""
OF_NO_PROMISE = "no state and no end changes, and nobody is alerted; the entry stays on record"
ALWAYS = ("state", "compliance")
"""Axes of the promise in question that are shown though they stay."""


def show_preview(documents: Sequence[RecordingDocument], zone: str, *, err: bool) -> None:
    """Prints what entries of one type and date change then and today, each end, and the alerts."""
    rows, columns = _rows(documents, zone)
    if rows:
        print_table(rows, columns, err=err)
    lines = [line for document in documents for line in _lines(document)]
    lines += _alerts(documents)
    effects = [c for document in documents for c in (*document["at_entry"], *document["effect"])]
    if not lines and not any(map(_is_told, effects)):
        lines = [OF_NO_PROMISE]
    for line in lines:
        print_data(with_local_instants(printable(line), zone), err=err)


def _lines(document: RecordingDocument) -> list[str]:
    """Each end that moves, the breach, other news, and the promises that it moves or leaves."""
    return [
        *ends_words(document["ends"]),
        *breach_words(document["id"], document["breaches"]),
        *document["news"],
        *_outcome(document),
    ]


def _rows(
    documents: Sequence[RecordingDocument], zone: str
) -> tuple[list[dict[str, str]], list[str]]:
    """One row an axis: what it becomes at the entries' own date, and what it is today."""
    own = _by_place(*(document["at_entry"] for document in documents))
    today = _by_place(*(rows for each in documents for rows in (each["axes"], each["effect"])))
    about = {row["commitment"] for document in documents for row in document["axes"]}
    at, recorded_at = documents[0]["entry_at"], documents[0]["time"]
    on = f"on {format_local(at, zone)}"
    rows = []
    for place in dict.fromkeys((*own, *today)):
        both = [rows_of.get(place) for rows_of in (own, today)]
        if place[1] == "clear_until" and any(
            (place[0], "clear_through") in r for r in (own, today)
        ):
            continue
        is_asked = place[0] in about and place[1] in ALWAYS
        has_own_line = place[1].partition(" ")[0] in ("end", "due", "withdrawal")
        if has_own_line or not (is_asked or any(map(_is_told, both))):
            continue
        cells = [
            _cell(row, zone) if row else _without_row(place, rows_of, is_about=place[0] in about)
            for row, rows_of in zip(both, (own, today), strict=True)
        ]
        axis = CLEAR_TO if place[1] in ("clear_until", "clear_through") else place[1]
        rows.append({"promise": str(place[0]), "axis": axis, on: cells[0], "today": cells[1]})
    if all(row[on] == row["today"] for row in rows):
        both_dates = "today" if at == recorded_at else f"{on} and today"
        return [{**row, both_dates: row[on]} for row in rows], ["promise", "axis", both_dates]
    return rows, ["promise", "axis", *(("today", on) if at > recorded_at else (on, "today"))]


Place = tuple[str | None, str]


def _without_row(place: Place, rows: Mapping[Place, AxisChange], *, is_about: bool) -> str:
    """What stands where an axis has no row: of another promise only changes are listed."""
    if not is_about:
        return "no change"
    return "none" if any(commitment == place[0] for commitment, _ in rows) else "not made yet"


def _by_place(*lists: list[AxisChange]) -> dict[Place, AxisChange]:
    return {(row["commitment"], row["axis"]): row for rows in lists for row in rows}


def _is_told(row: AxisChange | None) -> bool:
    """Whether an axis changes; of a promise that is made or gone the state tells most of it."""
    if row is None or row["before"] == row["after"]:
        return False
    is_plain = row["before"] is None and row["after"] in NOTHING
    return row["axis"] == "state" or not (is_plain or row["after"] is None)


def _cell(row: AxisChange, zone: str) -> str:
    before, after = (_value_word(row[side], row["axis"], zone) for side in ("before", "after"))
    if row["before"] == row["after"]:
        return after
    if row["axis"] == "state" and None in (row["before"], row["after"]):
        return f"new: {after}" if row["before"] is None else f"{before} -> not on record"
    if isinstance(row["before"], list) and isinstance(row["after"], list):
        was, now = row["before"], row["after"]
        gone, come = ([f for f in a if f not in b] for a, b in ((was, now), (now, was)))
        return ", ".join([*(f"+{flag}" for flag in come), *(f"-{flag}" for flag in gone)])
    return after if row["before"] is None and row["axis"] in AXES else f"{before} -> {after}"


def _outcome(document: RecordingDocument) -> Iterator[str]:
    """The promises that an entry about the whole agreement moves, and why not the others."""
    if document["moves"]:
        yield f"moves: {', '.join(document['moves'])}"
    for name, why in document["leaves"].items():
        yield f"leaves {name}: {why}"


def _alerts(documents: Sequence[RecordingDocument]) -> Iterator[str]:
    """The alerts that they would cause and take back, those of one wording on one line."""
    alerts = (
        ("would alert", [alert for document in documents for alert in document["alerts"]]),
        ("would take back", [alert for document in documents for alert in document["withdrawn"]]),
    )
    for words, rows in alerts:
        promises: dict[tuple[str, str], list[str]] = {}
        for alert in rows:
            promises.setdefault(_alert_words(alert), []).append(alert["commitment"])
        for (what, news), names in promises.items():
            yield f"{words}: {what}, {', '.join(names)}{news}"


def _alert_words(alert: Mapping[str, Any]) -> tuple[str, str]:
    """What stands before and behind the promises of an alert: its kind, and its news and instant.

    Where an end moves to has its own lines.
    """
    of_news = "" if alert.get("ends") else f": {alert['what']}"
    return f"{alert['severity']} {alert['kind']}", f"{of_news}, at {alert['at']}"


def _value_word(value: Any, axis: str, zone: str) -> str:
    """Writes a flag as yes or no, what is not there as "none", an instant by zone."""
    if value is not None and axis == "clear_until":
        return format_local(value, zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else with_local_instants(text_of(value), zone) or "none"
