"""The ledger as the lines of a table: one number, one claimant, one day each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from tracker.analysis.ledger import Claimant, CommitmentNumbers, IncidentNumbers, Ledger, Line
from tracker.documents.news_words import given_name
from tracker.documents.periods import periods_words


class LedgerRow(TypedDict):
    commitment: str
    what: str
    by: str
    said: str
    number: str
    note: str
    event: str


def ledger_rows(document: Ledger) -> Iterator[LedgerRow]:
    """The document as lines for a table: one number, one claimant, one day each."""
    for commitment in document["commitments"]:
        yield from _commitment_rows(commitment)
    for claimant in document["statements"]:
        yield from _claim_rows("", claimant["term"], claimant)


def _commitment_rows(numbers: CommitmentNumbers) -> Iterator[LedgerRow]:
    own, promised = numbers["commitment"], numbers["promised"]
    if promised is not None:
        by = ", ".join(numbers["debtor"])
        note = "in each period" if numbers["periods"] else ""
        yield _row(own, "promised", by, note) | {"number": str(promised)}
    if numbers["periods"]:
        yield _row(own, "periods", "", periods_words(numbers["periods"]))
    for line in numbers["confirmations"]:
        note = f"confirmed: {line['basis']}{_of_period(line)}"
        yield _row(own, "delivered", line["by"], note, line)
    # What is confirmed is one fact, whoever says so, and its instalments add up.
    instalments = [line for line in numbers["confirmations"] if line["value"] is not None]
    if len(instalments) > 1 and numbers["delivered"] is not None and not numbers["periods"]:
        of = "" if promised is None else f" of {promised}"
        note = f"confirmed{of} in all, in {len(instalments)} instalments"
        yield _row(own, "delivered", "", note) | {"number": str(numbers["delivered"])}
    for claimant in numbers["claims"]:
        yield from _claim_rows(own, "delivery claimed", claimant)
    for incident in numbers["incidents"]:
        yield from _incident_rows(own, incident)


def _incident_rows(own: str, incident: IncidentNumbers) -> Iterator[LedgerRow]:
    name = given_name(incident["incident"]) or f"#{incident['position']}"
    what = f"incident {name}"
    counted = {line["by"] for claimant in incident["claims"] for line in claimant["lines"]}
    first = {line["by"]: line for line in reversed(incident["allegations"])}
    for by in incident["alleged_by"]:
        if by not in counted:
            note = f"alleges, no number; {incident['status']}"
            yield _row(own, what, by, note, first[by])
    for claimant in incident["claims"]:
        yield from _claim_rows(own, what, claimant, incident["status"])
    for line in incident["denials"]:
        yield _row(own, what, line["by"], "denies", line)
    if not incident["denied"]:
        yield _row(own, what, "", "no denial on record")


def _claim_rows(own: str, what: str, claimant: Claimant, status: str = "") -> Iterator[LedgerRow]:
    for line in claimant["lines"]:
        covers = f"covers {line['covers']}" if line["covers"] else ""
        notes = [f"claimed{_of_period(line)}", status, covers]
        drift = claimant["drift"] if line is claimant["lines"][-1] else None
        if drift is not None:
            path = " -> ".join(map(str, drift["values"]))
            within = "" if drift["contradicts"] else ", within 'at least'"
            notes.append(f"DRIFT {drift['direction']}: {path}{within}")
        yield _row(own, what, line["by"], "; ".join(filter(None, notes)), line)


def _of_period(line: Line) -> str:
    return f", for the period of {line['period']}" if "period" in line else ""


def _row(own: str, what: str, by: str, note: str, line: Line | None = None) -> LedgerRow:
    return {
        "commitment": own,
        "what": what,
        "by": by,
        "said": line["said"] if line else "",
        "number": line["words"] if line else "",
        "note": note,
        "event": line["event"] if line else "",
    }
