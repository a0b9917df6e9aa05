"""How agreements and commitments read as rows on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from tracker.documents.attention import OPEN, progress, urgent
from tracker.documents.ends import end_at, end_of_last_period
from tracker.documents.fulfilment import claim_words
from tracker.documents.packages import by_phase
from tracker.documents.remarks import awaiting_words
from tracker.model.readings import last_moment, stated_ends
from tracker.terminal.cells import printable
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, with_database

if TYPE_CHECKING:
    from tracker.documents.commitments import (
        AgreementDocument,
        CommitmentDocument,
        ReadingDocument,
    )
    from tracker.documents.periods import PeriodDocument, PeriodsDocument
    from tracker.entries.unreadable import UnreadableDocument
    from tracker.queries.overview import ListedAgreement
    from tracker.queries.status import StatusDocument


NARROW = 80
PROMISE_LENGTH = 70
"""Characters of a promise that a list shows; `commitment show` has all of it."""


def show_status(document: StatusDocument, zone: str) -> None:
    """Prints what wants attention, the most urgent first, then every promise in one table."""
    agreements = document["agreements"]
    if len(agreements) == 1:
        print_data(f"\n{_agreement_line(agreements[0])}")
    attention = [
        {**_promise_row(each.commitment, zone), "why": "\n".join(each.words)}
        for each in urgent(agreements)
    ]
    rows = [
        (row["state"] not in OPEN, _promise_row(row, zone))
        for agreement in agreements
        for row in agreement["commitments"]
    ]
    if attention:
        print_data(f"\nneeds attention ({len(attention)} of {len(rows)}):")
        print_table(attention, ["why", "promise", "what", "end"], NARROW)
    if rows:
        print_data("")
        cells = [cells for _, cells in sorted(rows, key=itemgetter(0))]
        print_table(cells, ["promise", "what", "stands", "end", "done"], NARROW)
    show_unreadable(document["unreadable"])


def _promise_row(row: CommitmentDocument, zone: str) -> dict[str, str]:
    """A promise with its text, where it stands on every axis, its ends, and how far it has come."""
    axes = [
        f"{row['compliance']} {clear_words(row, zone)}".rstrip(),
        row["timing"],
        *(["late"] if row["late"] else []),
        *row["flags"],
    ]
    promise = shorten(row["promise"], PROMISE_LENGTH, placeholder=" ...")
    # A claim moves nothing: what is still open may have been done, as somebody says.
    is_open = row["state"] in OPEN and not row["periods"]
    claimed = claim_words(row["fulfilment"])[-1:] if is_open else ()
    return {
        "promise": row["id"],
        "what": f"{who(row)}: {promise}",
        "stands": "\n".join([row["state"], *(axis for axis in axes if axis not in UNSAID)]),
        "end": "\n".join(_ends(row, zone)),
        "done": "\n".join(filter(None, [progress(row), *claimed])),
    }


def _ends(row: CommitmentDocument, zone: str) -> list[str]:
    """The earliest and the latest end, or what is due instead, as days.

    Then when a notice ends it, an offer runs out, or a condition has to be met.
    """
    readings = {each["at"]: each for each in stated_ends(row)}
    ends = [
        readings[at] for at in dict.fromkeys((row["earliest"], row["latest"])) if at in readings
    ]
    by_notice = [
        {"at": each["ends_at"], "rule": "notice", "zone": each["zone"]}
        for each in row.get("withdrawals", ())
    ]
    notices = [f"withdrawal {end_words(each, zone)}" for each in by_notice]
    waits = [
        f"{each['term']} {end_words(each, zone)}"
        for each in row["pending"]
        if each["timing"] != "passed"
    ]
    stated = list(dict.fromkeys(end_words(each, zone) for each in ends))
    if not stated and not waits:
        stated = [_without_end(row, zone)]
    return [*stated, *notices, *waits]


def end_words(reading: Mapping[str, Any], zone: str) -> str:
    """The last day of a reading, in its own zone; an instant in that of the reader."""
    last = last_moment(reading)
    return format_local(last, zone) if isinstance(last, datetime) else last.isoformat()


def end_cell(reading: Mapping[str, Any], zone: str) -> str:
    """An end in a table of instants: `end of 2025-03-19`, since 00:00 would be the next day."""
    last = last_moment(reading)
    return end_words(reading, zone) if isinstance(last, datetime) else f"end of {last}"


def rule_words(rule: str) -> str:
    """Writes how an end is counted as words: `end of day`."""
    return rule.replace("_", " ")


UNSAID = ("unassessed", "n/a", "running", "open_ended", "single_source")
"""Where nothing is to be told; the table of an agreement and the documents have them."""


def show_by_agreement(document: StatusDocument, zone: str) -> None:
    """Prints the status document as one table an agreement."""
    for agreement in document["agreements"]:
        print_data(f"\n{_agreement_line(agreement)}")
        for phase, rows in by_phase(agreement["commitments"], agreement["phases"]):
            if phase:
                print_data(printable(f"\n{phase}:"))
            show_commitments(rows, zone, flags=True)
    show_unreadable(document["unreadable"])


def _agreement_line(agreement: AgreementDocument) -> str:
    return printable(f"{agreement['id']}: {agreement['title']} [{agreement['roll_up']}]")


def show_unreadable(rows: Iterable[UnreadableDocument]) -> None:
    """The agreements of which nothing can be said, each with the command that mends it."""
    from tracker.entries.unreadable import entry_of_unreadable

    for row in rows:
        reason, entry = printable(row["reason"]), entry_of_unreadable(row)
        print_data(f"\n{row['agreement']}: unreadable because of entry {entry.words}: {reason}")
        next_step = f"pactwatch event retract {entry.argument} --reason WHY"
        print_data(with_database(f"next: {next_step}"))


def show_agreements(rows: Iterable[ListedAgreement], zone: str) -> None:
    """Prints one row an agreement."""
    cells = [agreement_row(row, zone) for row in rows]
    columns = ["agreement", "title", "parties", "stands", "promises", "next_change_at"]
    print_table(cells, columns, below={"parties": "title", "next_change_at": "stands"})


def show_commitments(rows: Iterable[CommitmentDocument], zone: str, *, flags: bool = False) -> None:
    """Prints one row a commitment."""
    columns = ["promise", "who", "state", "compliance", "timing", "end"]
    cells = [commitment_row(row, zone) for row in rows]
    columns += ["flags"] if flags else []
    print_table(cells, columns, below={"who": "promise", "timing": "state"})


def clear_words(row: Mapping[str, Any], zone: str) -> str:
    """Up to when a promise was seen to be kept, where that is all that is known of it."""
    until = row["clear_until"] if row["compliance"] == "clear" else None
    if until is None:
        return ""
    # Rows of an earlier edition have no day.
    return f"to {row.get('clear_through') or format_local(until, zone)}"


def who(row: CommitmentDocument) -> str:
    """Writes debtors and creditors as `RUS -> UKR`."""
    return f"{', '.join(row['debtor'])} -> {', '.join(row['creditor']) or '?'}"


def agreement_row(row: ListedAgreement, zone: str) -> dict[str, object]:
    return {
        "agreement": row["id"],
        "title": row["title"],
        "parties": row["parties"],
        "stands": row["roll_up"],
        "promises": row["commitments"],
        "next_change_at": format_local(row["next_change_at"], zone),
    }


def commitment_row(row: CommitmentDocument, zone: str) -> dict[str, str]:
    """Makes the row of a commitment: who to whom, three axes, its ends, and flags."""
    late = ["late"] if row["late"] else []
    return {
        "promise": row["id"],
        "who": who(row),
        "state": row["state"],
        "compliance": row["compliance"],
        "timing": row["timing"],
        "end": "\n".join(_ends(row, zone)),
        "flags": "\n".join(row["flags"] + late),
    }


def _without_end(row: CommitmentDocument, zone: str) -> str:
    """What is due of a promise without an end by its terms: when it is known, or its periods."""
    if row["awaiting"]:
        return awaiting_words(row)
    from tracker.documents.periods import due_next

    last = end_of_last_period(row)
    end = end_words(last, zone) if last else "none"
    periods = row["periods"]
    period = due_next(periods)
    if not periods or not period or period["due"] == periods.get("last_due"):
        return end
    return f"{end}; next due {end_words(end_at(period['due'], periods['zone']), zone)}"


PERIOD_COLUMNS = ["period", "due", "state", "delivered"]


def period_row(period: PeriodDocument, periods: PeriodsDocument, zone: str) -> dict[str, str]:
    """Makes the row of a period, whose days are those of the zone of its promise."""
    from tracker.documents.periods import delivered_words, period_name, period_state_words

    return {
        "period": period_name(period["period"], periods),
        "due": end_cell(end_at(period["due"], periods["zone"]), zone),
        "state": period_state_words(period["state"], periods),
        "delivered": delivered_words(period),
    }


def reading_row(reading: ReadingDocument, zone: str) -> dict[str, Any]:
    if "at" in reading:
        return {**reading, "reads": end_cell(reading, zone), "rule": rule_words(reading["rule"])}
    reads = "says nothing" if reading["value"] is None else str(reading["value"])
    return {**reading, "reads": reads}
