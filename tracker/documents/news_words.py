"""What an entry is news of, in words that follow the name of a promise. Pure.

One wording for mail, webhook, feed and board.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from events import parse_instant
from tracker.dates.durations import parse_duration
from tracker.dates.instants import local_words
from tracker.documents.changes import EndDocument, day_moved_from
from tracker.documents.periods import period_name, period_state_words, recurrence_of
from tracker.entries.lookup import GENERATED_ID
from tracker.entries.parties import account_words

AT_THE_END = re.compile(rf"(^|[ -]){GENERATED_ID.pattern}$")
OF_BREACHES = {"15": "alleged", "16": "denied", "17": "confirmed", "18": "refuted"}
"""What an entry does about an incident, by its row."""


RENEWALS = {
    "none": "will not be renewed: notice was given",
    "once": "will be renewed once more and then end: notice came too late for this period",
}
"""What a notice makes of the next renewal."""


def news_words(change: Mapping[str, Any], periods: Mapping[str, Any] | None = None) -> str:
    """The news of a change by an entry, as JSON has it; empty for one of the four axes.

    Of a recurring promise `periods` name the period; without them it goes by its first day.
    """
    before, after, rule = change["before"], change["after"], change["rule"]
    ends, events = change.get("ends", ()), change.get("events", ())
    root, _, name = change["axis"].partition(" ")
    if root == "period":
        is_named = recurrence_of(periods) is not None
        of = f"for {period_name(str(before), periods)}" if is_named else f"period of {before}"
        return f"{of}: {period_state_words(after, periods)}"
    about = f" {given}" if (given := given_name(name, events)) else ""
    moves = moved_ends_words(ends)
    in_period = f", {in_period_words(name, periods)}" if root == "performance" and name else ""
    words = {
        "incident": f"breach{about} {OF_BREACHES.get(rule, after)}",
        "performance": f"delivered {before or 'none'} -> {after}{in_period}",
        "round": f"had a round: {after}",
        "milestone": f"has reached {after}",
        "condition": f"condition{about} is satisfied" if after == "satisfied" else "",
        "suspension": "is suspended by the word of one side alone",
        "reading": f"has a reading{about}: {moves or after}",
        "end": f"has {SORTS_OF_MOVE[sort_of_move(ends)]}: {moves or after}",
        "terms": f"has its terms settled: {after}",
        "governing": f"{name} is read as {after}",
        "renewal": RENEWALS.get(after, RENEWALS["none"]),
        "debtor": f"debtor: {before or '-'} -> {after}",
        "creditor": f"creditor: {before or '-'} -> {after}",
    }
    if (root, after) == ("condition", "added"):
        return f"has a new condition{about}"
    if (root, rule) == ("creditor", "26"):
        return f"is waived by {before}, still owed to {after}"
    return words.get(root, "")


def in_period_words(day: str, periods: Mapping[str, Any] | None) -> str:
    """`for July 2026`; `in its period of 2026-07-01` where the rule is not at hand."""
    is_named = recurrence_of(periods) is not None
    return f"for {period_name(day, periods)}" if is_named else f"in its period of {day}"


SortOfMove = Literal["set", "added", "moved", "dropped"]
SORTS_OF_MOVE: Mapping[SortOfMove, str] = {
    "set": "an end now",
    "added": "another reading of its end",
    "moved": "another end",
    "dropped": "no end any more",
}


def sort_of_move(ends: Sequence[EndDocument]) -> SortOfMove:
    """Whether a promise had no end before, or has none since; `moved` where that is not known.

    What is given an end beside those that it has is read otherwise by somebody.
    """
    if ends and not any(end["before"] for end in ends):
        return "added" if all(end.get("beside") for end in ends) else "set"
    return "dropped" if ends and not any(end["after"] for end in ends) else "moved"


def given_name(name: str, events: Sequence[str] = ()) -> str:
    """The id of a breach or a reading without that of its entry, which nobody gave it as a name.

    Of `RUS-` and a UUID, or the id of an entry that caused it, the party stays; of one alone
    nothing.
    """
    for event in events:
        if name.endswith(f"-{event}"):
            return name.removesuffix(f"-{event}")
    return AT_THE_END.sub("", name)


NOTICE_TAKEN_BACK = "has its notice of withdrawal taken back"
OF_THE_CLOCK = {
    ("offer", "soon"): "is an offer that runs out within {lead}",
    ("condition", "soon"): "needs its condition {before} to be met within {lead}",
    ("due", "while_conditional"): "has reached its own end while its conditions are not met",
    ("due", "none"): "is no longer past its own end while its conditions are not met",
    ("withdrawal", "notified"): "ends when a notice of withdrawal has run out",
    ("withdrawal", "revoked"): NOTICE_TAKEN_BACK,
    ("withdrawal", "soon"): "ends by withdrawal within {lead}",
    ("period", "due_soon"): "is due within {lead}, {in_period}",
}
"""What becomes of an offer, a condition, a notice or a period, by axis and value."""


def change_words(change: Mapping[str, Any], periods: Mapping[str, Any] | None = None) -> str:
    """The news of a change as JSON has it, with who says so; empty for one of the four axes."""
    news = _clock_words(change, periods) or news_words(change, periods)
    return news and f"{news}{speakers_words(change)}"


def step_words(step: Mapping[str, Any]) -> str:
    """A change of one of the four axes: `new -> in_force`, `due_soon (3 days ahead)`.

    An axis that was not there before has no value to begin with, but for the state of a promise.
    """
    lead = f" ({parse_duration(step['lead']).words} ahead)" if step.get("lead") else ""
    before = step["before"] or ("new" if step["axis"] == "state" else None)
    return f"{f'{before} -> ' if before else ''}{step['after']}{lead}"


def _clock_words(change: Mapping[str, Any], periods: Mapping[str, Any] | None) -> str:
    form = OF_THE_CLOCK.get((change["axis"], change["after"]), "")
    before, lead = change["before"], change["lead"]
    ahead = parse_duration(lead).words if lead else ""
    of = in_period_words(before, periods) if change["axis"] == "period" and before else ""
    return form.format(before=before, lead=ahead, in_period=of)


def speakers_words(origin: Mapping[str, Any]) -> str:
    """`, by kremlin (RUS)`: who says so, with the party behind; empty where nobody is named."""
    behind = origin.get("speaks_for", {})
    by = ", ".join(account_words(name, behind) for name in origin.get("by", ()))
    return f", by {by}" if by else ""


def moved_ends_words(ends: Sequence[EndDocument]) -> str:
    """The ends before and after, as days; empty where none moves.

    Days of one zone name it once: `end of Wed 16 or Thu 17 Apr 2025 -> Fri 16 May 2025 (UTC)`.
    """
    before = [(end["before"], day_moved_from(end), end["zone"]) for end in ends]
    after = [(end["after"], end["day_after"], end["zone"]) for end in ends]
    zones = {end["zone"] for end in ends}
    if len(zones) == 1 and all(day or not at for at, day, _ in (*before, *after)):
        was, now = (_days(filter(None, (day for _, day, _ in side))) for side in (before, after))
        return f"end of {f'{was} -> ' if was else ''}{now or 'none'} ({zones.pop()})"
    was, now = (
        " or ".join(dict.fromkeys(_end(at, day, zone) for at, day, zone in side if at))
        for side in (before, after)
    )
    return f"{was} -> {now or 'none'}" if was else now


def _days(stated: Iterable[str]) -> str:
    """`Wed 16 or Thu 17 Apr 2025`: a month that all share is written once."""
    days = [date.fromisoformat(day) for day in dict.fromkeys(stated)]
    if len({(day.year, day.month) for day in days}) == 1:
        return f"{' or '.join(f'{day:%a %d}' for day in days)} {days[0]:%b %Y}"
    return " or ".join(f"{day:%a %d %b %Y}" for day in days)


def _end(at: str, day: str | None, zone: str) -> str:
    """An end that closes a day by that day, never as 00:00 of the next."""
    if day:
        return f"end of {date.fromisoformat(day):%a %d %b %Y} ({zone})"
    return local_words(parse_instant(at), zone)
