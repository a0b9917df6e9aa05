"""How a promise stands, as one would say it: since when, what is said of keeping it, its end. Pure.

"In force since 30 Aug. The UN confirmed a breach on 27 Nov. Ends 3 December 2026."
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events import in_order, parse_instant
from events.wording import capitalized, plural
from tracker.dates.zones import day_closed, last_day
from tracker.documents.changes import OF_INCIDENT
from tracker.documents.ends import end_of_last_period, end_of_notice, ending_notice, ends_in_words
from tracker.documents.periods import periods_words
from tracker.model.readings import stated_ends
from tracker.model.vocabulary import OPEN_STATES
from web.model.ends import BY_THE_CLOCK
from web.model.event_rows import value_words
from web.model.words import (
    ALLEGED,
    CONFIRMED,
    DENIED,
    REFUTED,
    TIMING_NEWS,
    city,
    dates_in,
    day_and_month,
    event_words,
    label,
)

Document = Mapping[str, Any]
NameOf = Callable[[str], str]
"""The name of a party or an account."""

SINCE = {
    "proposed": "Proposed on {day}; nobody has accepted it yet.",
    "conditional": "Accepted on {day}; it binds once its conditions are met.",
    "in_force": "In force since {day}.",
    "suspended": "Suspended since {day}.",
    "overdue": "Overdue since {day}.",
    "lapsed": "Counts as missed since {day}.",
    "discharged": "Done on {day}.",
    "violated": "Broken, as found on {day}.",
    "violated by 25b": "Given up by its debtor on {day}, with no clause that allows it: broken.",
    "expired": "Ran out on {day}.",
    "cancelled": "Cancelled on {day}.",
    "released": "Released on {day}: its debtor owes it no more.",
    "rejected": "Rejected on {day}.",
    "superseded": "Replaced by another promise on {day}.",
}
DONE = {
    ALLEGED: "{by} alleged a breach on {day}",
    DENIED: "{by} denied it on {day}",
    CONFIRMED: "{by} confirmed a breach on {day}",
    REFUTED: "{by} found that there was none on {day}",
}
BREACH_WORDS = {"alleged": "alleged", "disputed": "denied", "confirmed": "confirmed"}
COUNTED = {"inclusive": "start day counted", "exclusive": "start day not counted"}
IN_ZONE = re.compile(r", (?:(inclusive|exclusive), )?([A-Z]\w+/[\w/-]+|UTC)$")
"""The zone at the end of a reading in a readout, and before it how its days are counted."""
SOMEBODY = "somebody"


def rule_words(meaning: str) -> str:
    """A rule as it is read out: types of entries in words, an arrow as one."""
    words = re.sub(r"\b(?:[A-Z][a-z]+){2,}\b", lambda m: event_words(m[0]), meaning)
    return label(words).replace("->", "→")


def short_day(at: str | datetime, now: datetime, zone: str) -> str:
    """`30 Aug`, with its year where that is not the present one."""
    instant = parse_instant(at) if isinstance(at, str) else at
    return day_and_month(instant.astimezone(ZoneInfo(zone)), last_day(now, zone))


def standing(c: Document, steps: Sequence[Document], now: datetime, zone: str, name: NameOf) -> str:
    """How it stands, in two or three sentences; `steps` are its history."""
    zones = [end["zone"] for end in stated_ends(c)] if c["state"] in BY_THE_CLOCK else []
    closed = day_closed(parse_instant(c["since"]), zones, zone)
    day = day_and_month(closed, last_day(now, zone))
    by_rule = f"{c['state']} by {c['because']['state'].get('rule')}"
    since = SINCE.get(by_rule, SINCE[c["state"]]).format(day=day)
    return " ".join(
        filter(None, (since, keeping(c, steps, now, zone, name), end_sentence(c, name)))
    )


def keeping(c: Document, steps: Sequence[Document], now: datetime, zone: str, name: NameOf) -> str:
    """What is said of keeping it, by whom and since when."""
    compliance = c["compliance"]
    if c.get("periods") and compliance in ("clear", "unassessed"):
        return f"{capitalized(periods_words(c['periods']))}."
    if compliance == "clear" and c["state"] == "violated":
        return "It had been kept until then."
    if compliance == "clear":
        return "Kept so far." if c["state"] in OPEN_STATES else "It was kept."
    if compliance == "unassessed":
        is_running = c["state"] in ("in_force", "suspended", "expired")
        return "Nobody has assessed whether it is kept." if is_running else ""
    alike = [i["id"] for i in c["incidents"] if i["status"] == compliance]
    latest = _latest(alike, steps)
    words = _of_incident(latest, steps, now, zone, name) if latest else label(compliance)
    if compliance == "alleged":
        words = f"{words}; nobody has answered"
    others = len(alike) - 1
    more = f" {others} more {'is' if others == 1 else 'are'} {BREACH_WORDS[compliance]}."
    return f"{words}.{more if others > 0 else ''}"


def _latest(incidents: Sequence[str], steps: Sequence[Document]) -> str | None:
    """The incident of which there is the newest news."""
    axes = [step["axis"].removeprefix(OF_INCIDENT) for step in steps]
    return next((axis for axis in reversed(axes) if axis in incidents), next(iter(incidents), None))


def _of_incident(
    incident: str, steps: Sequence[Document], now: datetime, zone: str, name: NameOf
) -> str:
    """Who confirmed it; else who alleged it, and who denied it."""
    acts = incident_acts(incident, steps, now, zone, name)
    confirmed = [words for rule, words in acts if rule == CONFIRMED]
    words = "; ".join(confirmed or (words for _, words in acts))
    return capitalized(words or "a breach is on record")


def incident_acts(
    incident: str, steps: Sequence[Document], now: datetime, zone: str, name: NameOf
) -> list[tuple[str, str]]:
    """Tells who alleged, denied and found it, each with the rule; the latest act of each kind."""
    by_rule = {step["rule"]: step for step in steps if step["axis"] == f"incident {incident}"}
    return [
        (
            rule,
            words.format(
                by=who(by_rule[rule].get("by", ()), name),
                day=short_day(by_rule[rule]["at"], now, zone),
            ),
        )
        for rule, words in DONE.items()
        if rule in by_rule
    ]


def who(names: Sequence[str], name: NameOf) -> str:
    """Names who says so; "somebody" where nobody is named."""
    return " and ".join(map(name, names)) or SOMEBODY


def end_sentence(c: Document, name: NameOf) -> str:
    """When it is due or ends, by all its readings; empty of what is closed."""
    if c["state"] not in OPEN_STATES:
        return ""
    if (notice := ending_notice(c)) is not None:
        by = ", ".join(map(name, notice["by"])) or "somebody"
        return f"Ends {ends_in_words([end_of_notice(notice)])}, by the notice of {by}."
    last_period = end_of_last_period(c)
    ends = ends_in_words([last_period]) if last_period else end_words_of(c, name)
    if not ends:
        return "No end is set." if c["state"] == "in_force" and not c.get("awaiting") else ""
    is_late = c["state"] in ("overdue", "lapsed")
    verb = "It was due" if is_late else "Due" if c["kind"] == "achievement" else "Ends"
    return f"{verb} {ends}."


def end_words_of(c: Document, name: NameOf) -> str:
    """Its ends by all its readings, with who says so where they differ; empty without an end."""
    ends = [{**r, "by": r["by"] and name(r["by"])} for r in stated_ends(c)]
    return ends_in_words(ends)


def next_changes(c: Document, name: NameOf, promise_of: NameOf) -> Iterator[str]:
    """What would move it, but for the clock: whose word, which condition, which finding."""
    state, statuses = c["state"], {incident["status"] for incident in c["incidents"]}
    debtors, creditors = who(c["debtor"], name), who(c["creditor"], name)
    if state == "proposed":
        yield f"An answer: {creditors} accepts it or rejects it, or {debtors} takes it back."
    yield from _awaited(c, promise_of)
    if state in ("overdue", "lapsed"):
        yield "A confirmation that it was done, or a finding that it was not."
    if state == "suspended":
        yield "It is resumed."
    if state in OPEN_STATES and "alleged" in statuses:
        yield f"{debtors} answers the allegation, or somebody neutral finds what happened."
    elif state in OPEN_STATES and "disputed" in statuses:
        yield "Somebody neutral finds whether there was a breach."


def _awaited(c: Document, promise_of: NameOf) -> Iterator[str]:
    """Its open conditions, and the moment of another promise from which its date is counted."""
    for condition in c["conditions"]:
        if condition["status"] == "open":
            yield f"Its condition is met or fails: {condition['text'] or condition['id']}"
    if c["state"] in OPEN_STATES and (awaiting := c.get("awaiting")):
        moment, anchor = str(awaiting["words"]).partition(" after ")[2], awaiting["after"]
        moment = moment.replace(anchor, f"“{promise_of(anchor)}”", 1)
        yield f"{moment}: its date is counted from then."


def by_the_clock(following: Document | None, c: Document) -> str:
    """What the clock alone makes of it next, without when; empty where it changes nothing."""
    if not following:
        return ""
    if following["state"] != c["state"]:
        return label(following["state"])
    timing = following["timing"]
    if timing == c["timing"]:
        return following.get("period") or "a period ends"
    return TIMING_NEWS.get(timing, label(timing))


def of_agreement(document: Document, now: datetime, zone: str) -> str:
    """How an agreement stands: its promises by state, breaches of them, and the next end."""
    commitments = document["commitments"]
    if not commitments:
        return "It holds no promise yet."
    counts = Counter(c["state"] for c in commitments)
    states = ", ".join(f"{count:,} {label(state)}" for state, count in counts.most_common())
    whole = plural(len(commitments), "promise")
    is_one = len(counts) == 1 < len(commitments)
    sentences = [f"{whole}, all {label(*counts)}." if is_one else f"{whole}: {states}."]
    breaches = Counter(c["compliance"] for c in commitments)
    of_breaches = [
        f"{breaches[word]:,} {BREACH_WORDS[word]}"
        for word in ("confirmed", "disputed", "alleged")
        if breaches[word]
    ]
    sentences += [f"With a breach: {', '.join(of_breaches)}."] if of_breaches else []
    running = [c for c in commitments if c["state"] in ("in_force", "suspended")]
    ends = [end for c in running for end in stated_ends(c)]
    ends += [end_of_notice(notice) for c in running for notice in c.get("withdrawals", ())]
    ahead = (end for end in ends if parse_instant(end["at"]) > now)
    if first := min(ahead, key=lambda end: in_order(end["at"]), default=None):
        day = day_closed(parse_instant(first["at"]), [first["zone"]], zone)
        today = now.astimezone(ZoneInfo(zone))
        sentences.append(f"The next end is on {day_and_month(day, today)}.")
    return " ".join(sentences)


def note_words(row: Document, name: NameOf) -> str:
    """What is to be seen in a row of a readout: a conflict, a silence, one source, a circle."""
    notes = []
    if row["conflict_kind"] == "values":
        notes.append(f"{len(row['values']):,} different values")
    if row["conflict_kind"] == "silence":
        notes.append(f"silent: {', '.join(map(name, row['silent']))}")
    if row["single_source"]:
        notes.append(f"one source: {name(row['sources'][0])}")
    notes += [f"cite each other: {', '.join(map(name, circle))}" for circle in row["circular"]]
    return "; ".join(notes)


def cell_words(term: str, words: str, name: NameOf, promise_of: NameOf) -> str:
    """What an account says of a term, with parties and promises by name and days in words."""
    if term == "parties":
        sides = (side.split(", ") for side in words.split(" -> "))
        return " to ".join(", ".join(map(name, side)) for side in sides)
    words = IN_ZONE.sub(_in_city, dates_in(value_words(words)))
    before, after, anchor = words.partition(" after ")
    first, space, rest = anchor.partition(" ")
    return f"{before} after “{promise_of(first)}” {rest}" if after and space else words


def _in_city(match: re.Match[str]) -> str:
    """`, inclusive, Europe/Kyiv` as one reads it."""
    counted = COUNTED.get(match[1], "")
    return f" in {city(match[2])}{counted and f', {counted}'}"
