"""How `agreement show` and `commitment show` read: all of one agreement or commitment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from events.wording import plural
from tracker.cli.views.entries import amendment_details, brief_id
from tracker.cli.views.explanation import print_paragraph
from tracker.cli.views.status import (
    PERIOD_COLUMNS,
    clear_words,
    period_row,
    reading_row,
    show_commitments,
    who,
)
from tracker.documents.citation import citation_words
from tracker.documents.fulfilment import claim_words, count_words
from tracker.documents.news_words import change_words, step_words
from tracker.documents.packages import by_phase, clauses_in_words
from tracker.documents.periods import periods_words
from tracker.documents.remarks import TAGS, remarks
from tracker.terminal.cells import printable
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, word

if TYPE_CHECKING:
    from tracker.documents.commitments import CommitmentDocument, ReadingDocument
    from tracker.documents.fulfilment import Fulfilment, IncidentDocument
    from tracker.documents.periods import PeriodsDocument
    from tracker.queries.history import HistoryRow
    from tracker.queries.overview import AgreementOverview, CommitmentOverview
    from tracker.queries.sources import Titles

    Numbers = Mapping[str | None, int | None]
    """The position of each entry of a history, by its id."""


def show_agreement(document: AgreementOverview, zone: str, titles: Titles) -> None:
    """Prints heading, promises, readings, conditions, incidents and history."""
    agreement = document["agreement"]
    print_data(printable(f"{agreement['id']}: {agreement['title']} [{agreement['roll_up']}]"))
    _fact("parties", ", ".join(agreement["parties"]) or "none named")
    _fact("follows", agreement["predecessor"])
    _fact("precedents", ", ".join(agreement["precedents"]))
    _fact("days of", agreement["zone"])
    _fact("tags", ", ".join(agreement["tags"]))
    _fact("phases", "; ".join(phase["title"] or phase["id"] for phase in agreement["phases"]))
    for line in clauses_in_words(agreement["clauses"]):
        _fact("clause", line)
    commitments = agreement["commitments"]
    if commitments:
        for phase, rows in by_phase(commitments, agreement["phases"]):
            print_data(printable(f"\n{phase or 'promises'}:"))
            show_commitments(rows, zone, flags=True)
    numbers = {row["event"]: row["position"] for row in document["history"]}
    for row in commitments:
        _show_parts(row, zone, f"{row['id']}: ", numbers)
    periods = {row["id"]: row["periods"] for row in commitments}
    names = HistoryNames(zone, titles, numbers, periods, names_promises=True)
    _show_history(document["history"], names)


def show_commitment(document: CommitmentOverview, zone: str, titles: Titles) -> None:
    """Prints heading, the four axes with rule and events, readings and history."""
    commitment, agreement = document["commitment"], document["agreement"]
    print_data(
        printable(
            f"{commitment['id']}: {who(commitment)} [{commitment['kind']}, {commitment['deontic']}]"
        )
    )
    print_data(printable(f"  {commitment['promise']}"))
    print_data(printable(f"  of {agreement['id']}: {agreement['title']} [{agreement['roll_up']}]"))
    print_data("")
    numbers = {row["event"]: row["position"] for row in document["history"]}
    for axis in ("state", "compliance", "timing", "fulfilment"):
        _show_axis(axis, commitment, zone, numbers)
    _fact("flags", ", ".join(commitment["flags"] + (["late"] if commitment["late"] else [])))
    _fact("governing", commitment["governing"])
    _fact("mirrors", commitment["reciprocal_with"])
    _fact("phase", commitment["phase"])
    _fact("inherits", ", ".join(commitment["inherits"]))
    _show_parts(commitment, zone, "", numbers)
    periods = {commitment["id"]: commitment["periods"]}
    _show_history(document["history"], HistoryNames(zone, titles, numbers, periods))


def _fact(name: str, value: str | None) -> None:
    if value:
        print_data(printable(f"{name:<11} {value}"))


def _show_axis(axis: str, commitment: Mapping[str, Any], zone: str, numbers: Numbers) -> None:
    value = commitment["fulfilment"]["grade"] if axis == "fulfilment" else commitment[axis]
    because = commitment["because"].get(axis) or {}
    events = ", ".join(brief_id(event, numbers.get(event)) for event in because.get("events", ()))
    behind = f"rule {because['rule']}{', ' if events else ''}{events}" if because else ""
    more = {
        "state": f"since {format_local(commitment['since'], zone)}",
        "timing": _next(commitment, zone),
        "fulfilment": _counts(commitment["fulfilment"]),
        "compliance": clear_words(commitment, zone),
    }[axis]
    details = "; ".join(filter(None, [more, behind]))
    print_data(f"{axis:<11} {word(value)}{f' ({details})' if details else ''}")


def _next(commitment: Mapping[str, Any], zone: str) -> str:
    at = commitment["next_change_at"]
    return f"next change {format_local(at, zone)}" if at else ""


def _counts(fulfilment: Fulfilment) -> str:
    promised = fulfilment["promised"]
    confirmed = f"{fulfilment['delivered'] or 0} of {promised}" if promised else ""
    if "of" in fulfilment:
        confirmed = f"{fulfilment['met']} of {plural(fulfilment['of'], 'period')} met"
    return ", ".join(filter(None, [confirmed, *claim_words(fulfilment)]))


def _show_periods(periods: PeriodsDocument, zone: str, of: str) -> None:
    """Prints the counts, and the current period and the next where any are to come."""
    print_data(f"\n{of}periods: {periods_words(periods)}")
    coming = [each for each in (periods["current"], periods["next"]) if each]
    if coming:
        rows = [period_row(each, periods, zone) for each in coming]
        print_table(rows, PERIOD_COLUMNS)


def _show_parts(commitment: CommitmentDocument, zone: str, of: str, numbers: Numbers) -> None:
    """Prints remarks, readings, conditions and incidents of one commitment, where there are any."""
    for remark in remarks(commitment, lambda at: format_local(at, zone)):
        print_data("")
        print_paragraph(f"{of}{remark}", "", "  ")
    if commitment["readings"]:
        print_data(f"\n{of}readings:")
        rows = _reading_rows(commitment["readings"], zone)
        print_table(rows, ["term", "by", "reads", "rule", "zone"])
    if commitment["periods"]:
        _show_periods(commitment["periods"], zone, of)
    if commitment["conditions"]:
        print_data(f"\n{of}conditions:")
        rows = [
            {**c, "deadline": format_local(c["deadline"], zone)} for c in commitment["conditions"]
        ]
        print_table(rows, ["id", "status", "deadline", "text"])
    if commitment["incidents"]:
        print_data(f"\n{of}incidents:")
        rows = [
            {
                **i,
                "id": brief_id(i["id"], numbers.get(i["id"])),
                "tags": "\n".join(TAGS.get(t, t) for t in i["tags"]),
                "claimed": _claimed(i),
            }
            for i in commitment["incidents"]
        ]
        claimed = ["claimed"] if any(row["claimed"] for row in rows) else []
        print_table(rows, ["id", "status", "occurred", "tags", *claimed, "text"], 80)


def _reading_rows(readings: list[ReadingDocument], zone: str) -> list[dict[str, Any]]:
    """The readings as rows, without the date that was stated for an end that has its own."""
    rows = [reading_row(reading, zone) for reading in readings]
    ends = [row for row in rows if "at" in row]
    stated = {(row["term"], row["by"], row["reads"].removeprefix("end of ")) for row in ends}
    return [r for r in rows if "at" in r or (r["term"], r["by"], r["reads"]) not in stated]


def _claimed(incident: IncidentDocument) -> str:
    """Writes the number of each claimant; they are never added."""
    return "\n".join(f"{c['by'] or '?'}: {count_words(c)}" for c in incident["claimed_counts"])


class HistoryNames(Struct, frozen=True):
    """What a history names things by: its zone, documents, entries, periods, and each promise."""

    zone: str
    titles: Titles
    numbers: Numbers
    periods: Mapping[str, PeriodsDocument | None]
    names_promises: bool = False


def _show_history(rows: list[HistoryRow], names: HistoryNames) -> None:
    print_data("\nhistory:")
    cells = [
        {
            "happened": row["occurred"] or format_local(row["at"], names.zone),
            "recorded_at": format_local(row["recorded_at"], names.zone) or "(clock)",
            "what": "\n".join(_history_lines(row, names)),
        }
        for row in rows
    ]
    print_table(cells, ["happened", "recorded_at", "what"])


def _history_lines(row: HistoryRow, names: HistoryNames) -> list[str]:
    """Describes an entry, its text, changes and amendments."""
    lines = [] if row["type"] == "clock" else [_entry_line(row, names), row["text"]]
    if row["source"]:
        lines.append(citation_words(row["source"], names.titles.get(str(row["event"]))))
    for step in row["moved"]:
        about = f"{step['commitment']} " if names.names_promises else ""
        words = change_words(step, names.periods.get(step["commitment"]))
        words = words or f"{step['axis']} {step_words(step)}"
        lines.append(f"{about}{words} (rule {step['rule']})")
    for amendment in row["amendments"]:
        at = format_local(amendment["recorded_at"], names.zone)
        by = brief_id(amendment["event"], names.numbers.get(amendment["event"]))
        lines.append(f"{amendment['how']} on {at} by {by}{amendment_details(amendment)}")
    return list(filter(None, lines))


def _entry_line(row: HistoryRow, names: HistoryNames) -> str:
    chain = (
        " <- ".join(filter(None, [row["speaker"], *(row["reported_by"] or ())])) or "unattributed"
    )
    marks = [row["standing"].upper()] if row["standing"] != "stands" else []
    marks += [f"TLP:{row['tlp']}"] if row["tlp"] != "CLEAR" else []
    about = f"{row['commitment']} " if names.names_promises and row["commitment"] else ""
    name = brief_id(str(row["event"]), row["position"])
    what = f"{about}{row['type']} {name} ({chain}, {row['rating']})"
    return " ".join([*marks, what])


HISTORY_COLUMNS = ["at", "occurred", "recorded_at", "commitment", "type", "event", "speaker",
                   "text", "standing"]  # fmt: skip
