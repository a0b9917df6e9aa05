"""How things stand for a reader who comes new: missed periods, what ends soon, what waits. Pure.

What is overdue or disputed has alerts of its own, which count as told from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from events import format_instant, in_order
from notifications.alerts.alert import CommitmentDocument
from notifications.alerts.wording import reason_words
from notifications.digests.item_data import item_data
from notifications.digests.items import Item
from notifications.digests.summary import FollowedCommitment
from notifications.language import N_
from notifications.prose.ends import distinct_ends, short_ends_words
from notifications.prose.promises import headline, promise_words, standing_sentences
from notifications.prose.reader import Reader
from tracker.documents.attention import ends_soon, is_soon
from tracker.documents.ends import end_of_notice, ending_notice
from tracker.documents.periods import has_cap
from tracker.model.vocabulary import OPEN_STATES, Kind, State

MISSED = N_("Periods missed so far")
ENDING, WAITING = N_("Ends within 14 days"), N_("Waiting for a condition or an answer")
UNDECIDED = frozenset({State.PROPOSED, State.CONDITIONAL})


def overview_items(
    followed: Iterable[FollowedCommitment],
    named: Collection[str],
    several: Collection[str],
    reader: Reader,
) -> Iterator[tuple[str, list[Item]]]:
    """Every heading with its items; without those promises that are `named` by their news.

    `several` are the agreements that hold more than one promise.
    """
    rest = [each for each in followed if each.commitment["id"] not in named]
    for heading in (MISSED, ENDING, WAITING):
        own = [each for each in rest if heading_of(each, reader.now) == heading]
        own.sort(key=lambda each: (in_order(each.commitment["earliest"] or "~"), each.agreement))
        yield heading, [_item(each, heading, several, reader) for each in own]


def heading_of(followed: FollowedCommitment, now: datetime) -> str | None:
    """Finds the heading under which an overview has a promise; None where it does not name it."""
    c = followed.commitment
    if c["state"] in UNDECIDED:
        return WAITING
    if c["state"] in OPEN_STATES and c["periods"] and c["periods"]["missed"]:
        return MISSED
    by_notice = any(is_soon(notice["ends_at"], now) for notice in c["withdrawals"])
    return ENDING if by_notice or ends_soon(c["state"], c["earliest"], c["latest"], now) else None


def _item(
    followed: FollowedCommitment, heading: str, several: Collection[str], reader: Reader
) -> Item:
    commitment = followed.commitment
    words = standing_sentences(commitment, reader)
    state, cause = str(commitment["state"]).replace("_", " "), commitment["because"]["state"]
    return Item(
        commitment=commitment["id"],
        agreement=followed.agreement,
        title=followed.title,
        who=" -> ".join(", ".join(commitment[side]) for side in ("debtor", "creditor")),
        promise=commitment["promise"],
        what=f"stands: {state}",
        at=format_instant(reader.now),
        local="",
        state=f"{state}, {commitment['compliance']}",
        readings=(),
        why=reason_words(
            cause.get("rule", ""), cause.get("events", ()), reader.language, reader.numbers
        ),
        severity="info",
        kind="standing",
        headline=headline(commitment, reader),
        sentence=words,
        short=_short(commitment, heading, reader),
        matter=promise_words(commitment) if followed.agreement in several else "",
        data=item_data(commitment, (), reader, "standing"),
    )


def _short(commitment: CommitmentDocument, heading: str, reader: Reader) -> str:
    """What follows the name of its agreement in a subject: what was missed, its end, or a wait."""
    if heading == MISSED:
        missed, count = commitment["periods"]["missed"], commitment["periods"]["of"]
        if has_cap(commitment):
            return reader.language.count(
                "limit exceeded in {missed} of {n} period",
                "limit exceeded in {missed} of {n} periods",
                count,
                missed=missed,
            )
        return reader.language.count(
            "{missed} of {n} period missed", "{missed} of {n} periods missed", count, missed=missed
        )
    notice = ending_notice(commitment)
    ends = distinct_ends(commitment) if notice is None else [end_of_notice(notice)]
    if not ends:
        return reader.text("waits for a condition or an answer")
    is_due = commitment["kind"] == Kind.ACHIEVEMENT and notice is None
    words = N_("due {short}") if is_due else N_("ends {short}")
    return reader.text(words, short=short_ends_words(ends, reader))
