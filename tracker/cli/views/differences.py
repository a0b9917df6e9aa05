"""How `diff` reads: one row a promise that is new or newly known, one an instant of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from events.wording import first_few, plural
from tracker.cli.views.entries import brief_id
from tracker.cli.views.timeline import show_timeline
from tracker.documents.news_words import change_words, given_name, moved_ends_words
from tracker.entries.lookup import GENERATED_ID
from tracker.queries.comparison.changes import LEARNED
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, with_local_instants

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tracker.documents.periods import UnmetPeriod
    from tracker.queries.comparison.diff import DiffDocument
    from tracker.queries.comparison.differences import DiffRow

FIRST_AXES = ("timing", "compliance", "fulfilment", "end", "flag", "condition")
"""What a promise may have when it is made."""
MOST_EVENTS = 3
"""So many entries behind a change are named; JSON has them all."""
MOST_PERIODS = 6
SAYS_NOTHING = ("none", "n/a")


def show_diff(document: DiffDocument, zone: str, numbers: Mapping[str, int]) -> None:
    """Prints one row a change, then one row an entry; nothing without any.

    `numbers` are those of the entries behind the changes, by id. How a promise that is made
    stands from the first, or that is learned late stood, is one row; so is what one cause changes
    of one promise at one instant.
    """
    if document["changes"]:
        rows = with_new_promises(document["changes"])
        is_mixed = len({row["how"] for row in rows}) > 1
        cells = [
            _cells([_change_row(row, zone, numbers, is_mixed=is_mixed) for row in together])
            for together in _of_one_cause(rows)
        ]
        print_table(cells, list(cells[0]), 80)
    if document["entries"]:
        print_data(f"\nentries ({len(document['entries'])}):")
        show_timeline(document["entries"], of_one_stream=False)


def _of_one_cause(rows: Iterable[DiffRow]) -> Iterator[list[DiffRow]]:
    """The changes that follow each other and have promise, instant and cause in common."""
    for (commitment, at, *_), group in groupby(rows, _cause):
        if commitment is None or at is None:
            yield from ([row] for row in group)
        else:
            yield list(group)


def _cause(row: DiffRow) -> tuple[object, ...]:
    whose = (row["commitment"], row["at"], row["how"], row["recorded_at"])
    return (*whose, row["rule"], row["events"], row["axis"] == "new")


def _cells(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    return {**rows[0], "change": "\n".join(row["change"] for row in rows)}


def with_new_promises(rows: Iterable[DiffRow]) -> list[DiffRow]:
    """The changes, with how a promise stands when it is made in one row that begins with `new`.

    What another row says is left out: the roll-up of a new agreement of one promise, and that
    periods were missed where they are counted.
    """
    grouped: list[DiffRow] = []
    made: dict[str | None, DiffRow] = {}
    first: dict[str | None, list[DiffRow]] = {}
    for row in rows:
        name = row["commitment"]
        if row["axis"] == "state" and row["before"] is None:
            made[name], first[name] = {**row, "axis": "new"}, []
            grouped.append(made[name])
        elif name in made and _is_first(made[name], row):
            first[name].append(row)
        else:
            grouped.append(row)
    for name, row in made.items():
        row["after"] = ", ".join([str(row["after"]), *_first_words(first[name])])
    agreements = [row["agreement"] for row in made.values()]
    counted = {row["commitment"] for row in grouped if row["axis"] == "periods"}
    return [row for row in grouped if not _says_the_same(row, agreements, counted)]


def _says_the_same(
    row: DiffRow, agreements: Sequence[str], counted: Collection[str | None]
) -> bool:
    """Whether another row says it too: of its only promise, or how many periods were missed."""
    if row["axis"] == "flag periods_missed":
        return row["commitment"] in counted
    is_new = row["axis"] == "roll_up" and row["before"] is None
    return is_new and agreements.count(row["agreement"]) == 1


def _is_first(made: DiffRow, row: DiffRow) -> bool:
    """Whether a promise had this when it was made, or is learned with it, and not only later.

    What it was made with has the cause of the promise.
    """
    if row["before"] is not None:
        return False
    if row["how"] == made["how"] == LEARNED:
        return True
    is_of_all = row["axis"].partition(" ")[0] in FIRST_AXES
    return is_of_all and row["events"] == made["events"]


def _first_words(rows: Iterable[DiffRow]) -> Iterator[str]:
    """What a promise has from the first, in words; its conditions and breaches by what they are."""
    several: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        root, _, about = row["axis"].partition(" ")
        if root in ("condition", "incident"):
            several.setdefault((root, str(row["after"])), []).append(about)
        elif words := _value_words(root, about, row):
            yield words
    for (root, status), names in several.items():
        count = plural(len(names), "breach")
        named = f"condition{'s' if len(names) > 1 else ''} {' and '.join(names)}"
        yield f"{count if root == 'incident' else named} {status}"


def _value_words(root: str, about: str, row: DiffRow) -> str:
    """A value as it stands in the row of its promise; empty where that says nothing more."""
    after = str(row["after"])
    if root == "flag":
        return about
    if root == "end":
        # What each reading says is in the end of all.
        words = moved_ends_words(row.get("ends", ())) or after
        return "" if about else words if words.startswith("end of") else f"end {words}"
    if root == "delivered":
        return f"{after} delivered"
    return "" if after in SAYS_NOTHING else after


def _change_row(
    row: DiffRow, zone: str, numbers: Mapping[str, int], *, is_mixed: bool
) -> dict[str, str]:
    """The cells of a change; below its instant stands how it came about where that is mixed.

    What happened, as most does, needs no word but for the day when it was recorded.
    """
    rule = [f"rule {row['rule']}"] if row["rule"] else []
    events = [brief_id(event, numbers.get(event)) for event in row["events"]]
    late = row["recorded_at"] and (row["at"] is None or row["recorded_at"] > row["at"])
    how = row["how"] if is_mixed and row["how"] != "happened" else "recorded" if late else ""
    day = format_local(row["recorded_at"], zone)[:10] if late else ""
    before = "" if row["before"] is None else f"{row['before']} -> "
    value = f"{before}{'none' if row['after'] is None else row['after']}"
    words = change_words({**row, "lead": None}) if row["axis"] in ("renewal", "withdrawal") else ""
    axis = GENERATED_ID.sub(lambda match: brief_id(match[0], numbers.get(match[0])), row["axis"])
    axis = given_name(axis).replace("roll_up", "roll-up").replace("clear_until", "clear to")
    change = f"{axis}: {words or moved_ends_words(row.get('ends', ())) or value}"
    change += unmet_words(row["unmet"])
    return {
        "at": "\n".join(filter(None, [format_local(row["at"], zone), f"{how} {day}".strip()])),
        "promise": row["commitment"] or row["agreement"],
        "change": with_local_instants(change, zone),
        "because": ", ".join([*rule, *filter(None, [first_few(events, MOST_EVENTS)])]),
    }


def unmet_words(periods: Sequence[UnmetPeriod]) -> str:
    """Names the periods behind counts: ` (missed: June 2026; partial: July 2026)`."""
    states = dict.fromkeys(period["state"] for period in periods)
    named = (
        (state, [each["name"] for each in periods if each["state"] == state]) for state in states
    )
    words = "; ".join(f"{state}: {first_few(names, MOST_PERIODS)}" for state, names in named)
    return f" ({words})" if words else ""
