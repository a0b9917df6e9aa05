"""Points out what an expert would about a promise; refuses nothing. Pure.

A promise should be finitely violable and finitely expirable (Cupid): some instant should come at
which it is broken or over. Open-ended ones are lawful, and are pointed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from tracker.model.commitment import Commitment
from tracker.model.relative import Relative
from tracker.model.vocabulary import Kind, State
from tracker.rules.terms.anchors import can_come_about


class LintWarning(Struct, frozen=True):
    """One warning: a code that stays, what it is about, and why it matters."""

    code: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text} [{self.code}]"


GARBLED: Final = "garbled_text"
"""The code of a text that was read in a wrong encoding."""
CODES: Final = (
    "never_expires", "never_violated", "waits_forever", "renews_without_notice", "anchor_never",
    "no_creditor", "own_creditor", "mutual_in_one", "mirror_missing", "others_word",
    "ends_before_start", "due_before_made", "process_with_end", "zone_unknown",
    "unconfirmed_1", "rated_nobody", "circular", "marked_down", "tlp_not_lowered", "not_yet",
    "undated", "count_of_nobody", "not_neutral", "not_creditor", "not_debtor", "over_delivered",
    "not_recurring", "turned_sign", "late_notice", "late_period",
    GARBLED,
)  # fmt: skip
"""Every code there is; docs/analysis.md has a row for each."""


def lint_commitment(c: Commitment, known: Mapping[str, Commitment]) -> list[LintWarning]:
    """What is odd about a commitment now; `known` are all of its agreement."""
    warnings = [
        *_never(c),
        *_recurrence(c),
        *_anchor(c, known),
        *_sides(c, set(known)),
        *_word_of_others(c),
        *_window(c),
    ]
    return [LintWarning(code, c.id, text) for code, text in warnings]


Warnings = Iterator[tuple[str, str]]
"""Each as its code and why it matters."""


def _never(c: Commitment) -> Warnings:
    """What no clock will ever end, or no clock can ever call broken."""
    if not c.is_open:
        return
    if c.state is State.PROPOSED and c.offer_until is None:
        yield "never_expires", "an offer that never expires: no offer_valid_until"
    waiting = [condition for condition in c.conditions if condition.status == "open"]
    has_deadline = any(condition.deadline is not None for condition in waiting)
    if c.state is State.CONDITIONAL and waiting and not has_deadline:
        yield "waits_forever", "it can wait forever: no condition that is open has a deadline"
    if c.kind is Kind.MAINTENANCE and not _says_when(c):
        yield "never_expires", "it can never expire: no end and no duration"
    if c.renews_tacitly and c.renewal_notice is None and not c.notices:
        yield (
            "renews_without_notice",
            "it renews itself, and no clause says by when a party has to say that it does not",
        )
    if c.kind is Kind.ACHIEVEMENT and not _says_when(c):
        yield "never_violated", "it can never be overdue, nor found unkept: no due date"


def _anchor(c: Commitment, known: Mapping[str, Commitment]) -> Warnings:
    """A deadline whose moment can not come about any more."""
    relative = c.awaiting
    anchor = known.get(relative.after) if relative else None
    if relative is not None and anchor is not None and not can_come_about(anchor, relative.moment):
        yield "anchor_never", f"it waits for what can never happen: {relative.words}"


def _recurrence(c: Commitment) -> Warnings:
    """A rule without periods, and periods without end."""
    if c.kind is not Kind.RECURRING and isinstance(c.terms.recurrence, str):
        yield "not_recurring", f"its recurrence says nothing: it is {c.kind}, and has no periods"
    if c.schedule is not None and c.schedule.last is None:
        yield "never_expires", "it goes on for ever: no end, no duration, no COUNT or UNTIL"


def _says_when(c: Commitment) -> bool:
    values = (value for account in c.accounts for value in account.terms_of_end)
    return bool(c.readings) or any(isinstance(value, str | Relative) for value in values)


def _sides(c: Commitment, known: set[str]) -> Warnings:
    """Who owes it to whom, and whether the promise of the other side is on record."""
    if not c.creditor:
        yield "no_creditor", "it is owed to nobody: no creditor could release, admit or complain"
    if len(c.debtor) == 1 and c.creditor == c.debtor:
        yield "own_creditor", f"{c.debtor[0]} owes it to itself alone: no other side could answer"
    if c.kind is not Kind.PROCESS and len(c.debtor) > 1 and set(c.debtor) == set(c.creditor):
        names = ", ".join(sorted(c.debtor))
        yield "mutual_in_one", f"{names} owe it to each other in one commitment; two, linked by "\
            "reciprocal_with, could stand differently"  # fmt: skip
    if c.reciprocal_with == c.id:
        yield "mirror_missing", "it names itself as the mirrored commitment of the other side"
    elif c.reciprocal_with and c.reciprocal_with not in known:
        yield (
            "mirror_missing",
            f"its mirrored commitment {c.reciprocal_with!r} is not in its agreement yet",
        )


def _word_of_others(c: Commitment) -> Warnings:
    """Who is said to have promised by those to whom it is owed, and has not said so itself."""
    telling = {c.root_parties.get(root, root) for root in c.roots}
    telling |= {each.source.parties.get(each.by, each.by) for each in c.accounts
                if each.source and each.by}  # fmt: skip
    silent = [party for party in c.debtor if party not in telling]
    is_claim_of_others = bool(telling) and telling <= {*c.creditor}
    if c.is_open and c.state is not State.PROPOSED and silent and is_claim_of_others:
        names, by = ", ".join(silent), ", ".join(sorted(telling))
        yield "others_word", f"that {names} promised it is told by {by} alone, to whom it is owed"


def _window(c: Commitment) -> Warnings:
    end, start = c.latest, c.start
    if end is not None and start is not None and end <= start:
        yield "ends_before_start", "its window is over before it begins"
    elif end is not None and c.entered_at is not None and end <= c.entered_at:
        yield "due_before_made", f"its {c.end_term} lies before the promise itself"
    if c.kind is Kind.PROCESS and c.readings:
        yield "process_with_end", "a process has rounds and no end; a due date belongs to a promise"
    is_given = isinstance(c.terms.zone, str) or bool(
        isinstance(c.terms.zones, list) and c.terms.zones
    )
    days_in_utc = any(r.zone == "UTC" and r.last_day is not None for r in c.readings)
    if c.zone == "UTC" and not is_given and days_in_utc:
        yield "zone_unknown", f"its {c.end_term} is read in UTC: its debtor has no known zone"
