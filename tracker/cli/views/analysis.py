"""How readout, ledger, releases, blocked and precedents read on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tracker.analysis.readout_document import note_of
from tracker.cli.views.explanation import WIDTH, precedent_words, print_paragraph
from tracker.entries.parties import account_words
from tracker.terminal.cells import printable
from tracker.terminal.tables import print_table
from tracker.terminal.text import print_data, terminal_width, with_local_instants
from tracker.terminal.wrapping import padded, width_of

if TYPE_CHECKING:
    from tracker.analysis.blocked import BlockedDocument
    from tracker.analysis.ledger import Ledger
    from tracker.analysis.ledger_rows import LedgerRow
    from tracker.analysis.precedents import Precedents
    from tracker.analysis.readout_document import Cell, Readout, ReadoutRow
    from tracker.analysis.releases import ReleaseDocument, Releases
    from tracker.terminal.text import Row

NARROWEST = 20
"""Columns an account needs so that its words stay whole. Where the accounts do not fit side by
side, each term is a block with a line an account."""

BLANK = {"silent": "(silent)", "absent": "-"}
LEGEND = "(silent): looked at, and gives no value; -: no entry on the term."


def show_readout(document: Readout) -> None:
    _title(document)
    if not document["rows"]:
        print_data("no account says anything of its terms")
        return
    if len(document["accounts"]) < min(terminal_width(WIDTH), WIDTH) // NARROWEST:
        _show_side_by_side(document)
    else:
        _show_term_by_term(document)
    print_data(LEGEND)


def _show_side_by_side(document: Readout) -> None:
    """Prints one row a term, with one column an account."""
    labels = {name: account_words(name, document["speaks_for"]) for name in document["accounts"]}
    rows = [
        {labels.get(name, name): value for name, value in row.items()}
        | {"term": "\n".join(filter(None, [row["term"], row["note"].replace("; ", "\n")]))}
        for row in readout_rows(document)
    ]
    print_table(rows, ["term", *labels.values()], WIDTH, first_whole=False)
    print_data("")


def _show_term_by_term(document: Readout) -> None:
    """Prints one block a term: what each account says, then those that have no entry on it."""
    labels = {name: account_words(name, document["speaks_for"]) for name in document["accounts"]}
    for row in document["rows"]:
        note = note_of(row, document["speaks_for"])
        term, *commitments = _term(row, document).split("\n")
        of = f" of {', '.join(commitments)}" if commitments else ""
        print_paragraph(f"{term}{of}{f' [{note}]' if note else ''}", "", "  ")
        spoken = {labels[n]: cell for n, cell in row["cells"].items() if cell["says"] != "absent"}
        width = max(map(width_of, spoken), default=0)
        for account, cell in spoken.items():
            words = cell_words(cell).replace("\n", "; or ")
            print_paragraph(f"{padded(account, width)}  {words}", "    ", " " * (width + 2))
        absent = [labels[n] for n, cell in row["cells"].items() if cell["says"] == "absent"]
        if absent:
            print_paragraph(f"-: {', '.join(absent)}", "    ", "   ")
        print_data("")


def readout_rows(document: Readout) -> list[Row]:
    """Makes one row a term, with one column an account."""
    return [
        {
            "term": _term(row, document),
            "of": "\n".join(row["commitments"]),
            **{name: cell_words(row["cells"][name]) for name in document["accounts"]},
            "note": note_of(row, document["speaks_for"]),
        }
        for row in document["rows"]
    ]


def _term(row: ReadoutRow, document: Readout) -> str:
    """Names a term, with its commitments where not all of the agreement have it."""
    partly = row["commitments"] and row["commitments"] != document["commitments"]
    return "\n".join([row["term"], *(row["commitments"] if partly else ())])


def stacked_rows(document: Readout) -> Iterable[Row]:
    """Makes one row a term and account, where the account has an entry on the term."""
    for row in document["rows"]:
        named = [name for name, cell in row["cells"].items() if cell["says"] != "absent"]
        for place, name in enumerate(named):
            yield {
                "term": _term(row, document) if place == 0 else "",
                "account": account_words(name, document["speaks_for"]),
                "says": cell_words(row["cells"][name]),
                "note": note_of(row, document["speaks_for"]) if place == 0 else "",
            }


def show_conflicts(readouts: Iterable[Readout]) -> None:
    documents = list(readouts)
    for document in documents:
        _title(document)
        print_table(list(stacked_rows(document)), ["term", "account", "says", "note"], WIDTH)
    if not documents:
        print_data("no account contradicts another")


def cell_words(cell: Cell) -> str:
    return BLANK.get(cell["says"]) or "\n".join(cell["words"])


def show_ledger(document: Ledger, rows: Sequence[LedgerRow]) -> None:
    _title(document)
    if rows:
        speaks_for = document["speaks_for"]
        cells: list[Row] = [
            {**dict(row), "promise": row["commitment"], "by": account_words(row["by"], speaks_for)}
            for row in rows
        ]
        print_table(cells, ["promise", "what", "by", "said", "number", "note"], WIDTH)
        print_data("\nWhat is claimed is each claimant's own, and is not added up.")
    else:
        print_data("nothing is counted: no quantity was promised, delivered or claimed")


def show_releases(agreements: Iterable[Releases]) -> None:
    for agreement in agreements:
        _title(agreement)
        rows = [
            {**release_row(row), "promise": row["commitment"]} for row in agreement["commitments"]
        ]
        print_table(rows, ["promise", "who", "standing", "why", "reserves"], WIDTH)
    print_data("\nA right reserved or claimed releases nobody; a release is used, never automatic.")


def release_row(row: ReleaseDocument) -> Row:
    reservations = [f"{item['by']} ({item['said']})" for item in row["reserves"]]
    reservations += [f"{item['by']} claims the right ({item['said']})" for item in row["claims"]]
    return {
        "commitment": row["commitment"],
        "who": ", ".join(row["who"]),
        "state": row["state"],
        "standing": row["standing"].replace("_", " "),
        "why": row["why"],
        "reserves": "\n".join(reservations),
    }


def show_blocked(lines: list[str], document: BlockedDocument, zone: str) -> None:
    for line in (with_local_instants(each, zone) for each in lines):
        indent = " " * min(len(line) - len(line.lstrip()), WIDTH // 2)
        text = textwrap.wrap(
            printable(line.strip()), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    "
        )
        print_data("\n".join(text))
    if not lines:
        print_data("nothing waits for a condition")
    for cycle in document["cycles"]:
        print_data(f"\nCYCLE, each waits for the next: {' -> '.join(cycle)}")
    if document["vetoes"]:
        print_data("\nwho can lift an open condition, and what waits for it:")
    for veto in document["vetoes"]:
        print_data(f"  {veto['by']}: {', '.join(veto['commitments'])}")


def show_precedents(agreements: Iterable[Precedents]) -> None:
    for agreement in agreements:
        _title(agreement)
        for case in agreement["precedents"]:
            print_paragraph(f"{case['id']} ({case['linked']}): {precedent_words(case)}", "  ", "  ")
        rate = agreement["base_rate"]
        print_paragraph(rate["words"], "  ", "  ")
        if rate["analytic_confidence"]:
            print_paragraph(f"analytic confidence: {rate['analytic_confidence']}", "  ", "  ")


def _title(document: Ledger | Precedents | Readout | Releases) -> None:
    text = f"{document['agreement']}: {printable(document['title'])}"
    print_data("\n" + "\n".join(textwrap.wrap(text, WIDTH, subsequent_indent="  ")))
