"""How documents, their coverage, what is wrong with them and the next line are shown."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from events.wording import plural
from tracker.entries.lookup import numbered
from tracker.terminal.cells import printable
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import print_data, print_info, terminal_width, with_database

if TYPE_CHECKING:
    from tracker.model.event_types import SourceRegistered
    from tracker.queries.sources import CoverageCounts, Covered, SourceRow
    from tracker.sources.coverage import LineCoverage
    from tracker.sources.findings import Finding

DAY = re.compile(r"\d{4}-\d\d-\d\d")
LONGEST = 160
"""Characters of a line's words that a table shows."""


class CoverageRow(TypedDict):
    """A line of `source coverage --json`; `entries` are `#17 FactClaimed`, `words` with a file."""

    line: int
    standing: str
    entries: list[str]
    positions: list[int]
    reasons: list[str]
    words: str | None


class EnteringCommand(TypedDict):
    """A command for an open line, and what it is for."""

    about: str
    command: str


def show_documents(rows: Sequence[SourceRow]) -> None:
    """Prints one row a document, with how many of its lines stand how."""
    if not rows:
        next_step = "pactwatch source add FILE --id ID --title ..."
        print_data(with_database(f"no document is registered; next: {next_step}"))
        return
    cells = [
        {
            "id": row["id"],
            "title": title_words(row["title"], row["publisher"], row["published"]),
            "lines": row["lines"],
            "with entries": row["with_entries"],
            "read": row["read"],
            "open": row["open"],
        }
        for row in rows
    ]
    print_table(cells, list(cells[0]), 80)


def title_words(title: str, publisher: str | None, published: str | None) -> str:
    return ", ".join(filter(None, (title, publisher, published)))


def counts_in_words(counts: CoverageCounts) -> str:
    """`81 lines: 60 with entries, 15 read without, 6 open`."""
    blank = f", {counts['blank']} blank" if counts["blank"] else ""
    return (
        f"{plural(counts['lines'], 'line')}: {counts['with_entries']} with entries, "
        f"{counts['read']} read without, {counts['open']} open{blank}"
    )


def print_counts(session: Session, counts: CoverageCounts) -> None:
    if session.format == "table":
        print_data(counts_in_words(counts))
    else:
        print_info(session, counts_in_words(counts))


def coverage_rows(
    lines: Sequence[LineCoverage], words: Mapping[int, str], *, only_open: bool
) -> list[CoverageRow]:
    """Makes a row a line, as it is written for programs."""
    return [
        {
            "line": each.line,
            "standing": each.standing,
            "entries": [f"#{entry.position} {entry.type}" for entry in each.entries],
            "positions": [entry.position for entry in each.entries],
            "reasons": list(dict.fromkeys(mark.reason for mark in each.read)),
            "words": words.get(each.line),
        }
        for each in lines
        if not only_open or each.standing == "open"
    ]


def show_coverage(covered: Covered, rows: Sequence[CoverageRow], file: str | None) -> None:
    """Prints a row for each line, or for lines in sequence that stand alike, without words."""
    about = covered.document.about
    title = title_words(about.title, about.publisher, about.published)
    print_data(printable(f"{about.document}: {title}"))
    runs: list[list[CoverageRow]] = []
    for row in rows:
        goes_on = bool(runs) and runs[-1][-1]["line"] + 1 == row["line"]
        if goes_on and file is None and row_words(runs[-1][-1]) == row_words(row):
            runs[-1].append(row)
        else:
            runs.append([row])
    cells = [
        {"line": run_words(run), "what": row_words(run[0]), "words": short(run[0]["words"])}
        for run in runs
    ]
    if cells:
        print_table(cells, ["line", "what", "words"] if file else ["line", "what"], 80)
    print_data("")


def short(words: str | None) -> str:
    return textwrap.shorten(words or "", LONGEST, placeholder=" ...")


def run_words(run: Sequence[CoverageRow]) -> str:
    first, last = run[0]["line"], run[-1]["line"]
    return str(first) if first == last else f"{first}-{last}"


def row_words(row: CoverageRow) -> str:
    """How a line stands: its entries, or why it has none."""
    if row["entries"]:
        return ", ".join(row["entries"])
    if row["reasons"]:
        return f"read: {'; '.join(row['reasons'])}"
    return row["standing"]


def show_findings(rows: Sequence[Finding]) -> None:
    """Prints each finding: which entry, what is wrong, the quote, and what mends it."""
    for row in rows:
        entry = f"{numbered(row['entry'], row['position'])}: " if row["entry"] else ""
        print_data(printable(f"{entry}{row['text']}"))
        if row["quote"]:
            print_data(printable(f"    {row['quote']}"))
        print_data(f"    {row['hint']}")


def entering_commands(
    about: SourceRegistered, line: int, file: str | None
) -> list[EnteringCommand]:
    """Commands for a line with all that is known of it filled in."""
    of_file = f" --file {shlex.quote(file)}" if file else ""
    cited = f"source={about.document}:{line}"
    day = about.published if about.published and DAY.fullmatch(about.published) else "DATE"
    common = f"speaker=SPEAKER {cited} occurred={day}"
    options = f"--speaker SPEAKER --source {about.document}:{line} --occurred {day}"
    promise = "--debtor DEBTOR --creditor CREDITOR --promise '...'"
    forms = (
        ("what somebody says of an agreement",
         f"record PositionStated AGREEMENT text='...' {common}"),
        ("a fact that belongs to no agreement",
         f"record FactClaimed statements text='...' {common}"),
        ("a promise to do something",
         f"commitment add AGREEMENT NEW-ID --kind achievement {promise} --due DATE {options}"),
        ("a promise to keep to something",
         f"commitment add AGREEMENT NEW-ID --kind maintenance {promise} --start DATE "
         f"--duration P30D {options}"),
        ("a report that it was done", f"record PerformanceReported COMMITMENT text='...' {common}"),
        ("a breach that is alleged", f"record ViolationAlleged COMMITMENT text='...' {common}"),
    )  # fmt: skip
    return [
        *(EnteringCommand(about=what, command=f"pactwatch {form}") for what, form in forms),
        EnteringCommand(
            about="nothing to record",
            command=f"pactwatch source mark {about.document} {line} 'no promise'{of_file}",
        ),
    ]


def show_next(
    covered: Covered, line: int | None, words: Mapping[int, str], commands: list[EnteringCommand]
) -> None:
    """Prints the line with its words, and a command for each thing that it may be."""
    name = covered.document.about.document
    if line is None:
        print_data(f"no line of {name} is open: each has an entry or was read without one")
        return
    print_data(f"{name}, line {line}")
    if words.get(line):
        text = printable(words[line])
        width = min(terminal_width(80), 100) - 2
        print_data(textwrap.indent(textwrap.fill(text, width - 2), "  "))
    for each in commands:
        print_data(f"\n{each['about']}:")
        print_data(f"  {each['command']}")
    print_data("")
