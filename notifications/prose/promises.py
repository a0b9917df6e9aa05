"""A promise as a headline, and how it stands in a sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from events import parse_instant
from notifications.alerts.alert import CommitmentDocument
from notifications.language import N_
from notifications.mail.headers import clean_text
from notifications.prose.amounts import delivery_sentence
from notifications.prose.ends import (
    distinct_ends,
    end_words,
    ends_words,
    one_of_moments,
    stated_ends_words,
)
from notifications.prose.reader import Reader
from tracker.documents.ends import end_of_last_period, end_of_notice, ending_notice
from tracker.documents.periods import has_cap
from tracker.documents.remarks import owed_to
from tracker.model.readings import last_moment, rule_of_end

LONGEST = 300

STANDING: Mapping[str, str] = {
    "proposed": N_("Proposed; nobody has accepted it yet."),
    "conditional": N_("Binds only once its conditions are met."),
    "conditional on one": N_("Binds only once its condition is met: {conditions}."),
    "conditional on several": N_("Binds only once its conditions are met: {conditions}."),
    "in_force achievement": N_("Due {ends}."),
    "in_force": N_("In force; ends {ends}."),
    "in_force without end": N_("In force, with no end set."),
    "in_force awaiting": N_(
        "In force; its end is counted from something that has not happened yet."
    ),
    "in_force given notice": N_("In force."),
    "suspended": N_("Suspended{until}."),
    "suspended contested": N_(
        "Suspended by {by} alone{until}, which does not free it from anything."
    ),
    "overdue": N_("Overdue; it was due {ends}."),
    "lapsed": N_("Missed; it was due {ends}."),
    "discharged": N_("Done."),
    "violated": N_("Broken."),
    "expired": N_("Has run out."),
    "cancelled": N_("Cancelled."),
    "released": N_("Its debtor was released from it."),
    "rejected": N_("Rejected."),
    "superseded": N_("Replaced by another promise."),
}
COMPLIANCE: Mapping[str, str] = {
    "alleged": N_("A breach is alleged{alleged_by}."),
    "disputed": N_("A breach is alleged{alleged_by} and denied{denied_by}."),
    "confirmed": N_("A breach is confirmed{confirmed_by}."),
    "clear": N_("Kept so far."),
}


NOT_COUNTED: Mapping[str, str] = {
    "out_of_force": N_("The promise did not bind then, so it does not count."),
    "while_suspended": N_("The promise was suspended by agreement then, so it does not count."),
}
"""Tags of an incident that does not count, with the reason."""
MISSED_PERIODS = N_("Periods missed: {missed} of {count}.")
EXCEEDED_PERIODS = N_("Limit exceeded in {missed} of {count} periods.")
ITS_DUE_DATE, ITS_END = N_("It is due {ends}."), N_("It ends {ends}.")
REASON = N_("Reason given: {reason}.")
BY_NOTICE = N_("Notice of withdrawal was given{by_notice}, so it ends {end}.")


def headline(commitment: CommitmentDocument, reader: Reader) -> str:
    """`Russia to Ukraine: hand over 175 prisoners`; a side that is not known is left out."""
    debtors, creditors = commitment.get("debtor", ()), owed_to(commitment)
    if not debtors:
        return clean_text(str(commitment.get("promise", "")), LONGEST)
    promise = promise_words(commitment)
    owed = reader.all_of(debtors)
    if creditors and set(creditors) != set(debtors):
        owed = reader.text(
            "{debtors} to {creditors}", debtors=owed, creditors=reader.all_of(creditors)
        )
    sides = f"T{owed[1:]}" if owed.startswith("the ") else owed
    return clean_text(f"{sides}: {promise}", LONGEST)


def promise_words(commitment: CommitmentDocument) -> str:
    """What is promised, as a sentence goes on with it: `hand over 175 prisoners`."""
    promise = clean_text(str(commitment.get("promise", "")), LONGEST)
    return re.sub(r"^[Tt]o (?=[a-z])", "", promise).replace("Not to ", "not to ", 1)


def standing_sentences(commitment: CommitmentDocument, reader: Reader) -> str:
    """How it stands, how much is done, what is said of keeping it, and which periods it missed."""
    words = (state_sentence, delivery_sentence, keeping_sentences)
    return " ".join(filter(None, (each(commitment, reader) for each in words)))


def keeping_sentences(commitment: CommitmentDocument, reader: Reader) -> str:
    """What is said of keeping it, and how many of its periods were missed."""
    about_keeping = COMPLIANCE.get(str(commitment.get("compliance")))
    sentences = []
    if about_keeping:
        sentences.append(reader.text(about_keeping, **by_of_breaches(commitment, reader)))
    periods = commitment.get("periods") or {}
    if missed := periods.get("missed"):
        words = EXCEEDED_PERIODS if has_cap(commitment) else MISSED_PERIODS
        sentences.append(reader.text(words, missed=missed, count=periods["of"]))
    return " ".join(sentences)


def by_of_breaches(commitment: CommitmentDocument, reader: Reader) -> dict[str, str]:
    """` by Ukraine`: who alleges, denies or confirms the breaches by which it stands so.

    Empty where nobody is named.
    """
    counted = [
        each
        for each in commitment.get("incidents", ())
        if each["status"] == commitment.get("compliance")
        and not NOT_COUNTED.keys() & {*each["tags"]}
    ]
    by = {}
    for role in ("alleged_by", "denied_by", "confirmed_by"):
        names = dict.fromkeys(name for each in counted for name in each.get(role, ()))
        by[role] = reader.by(reader.all_of(names))
    return by


def state_sentence(
    commitment: CommitmentDocument, reader: Reader, *, with_notices: bool = True
) -> str:
    """How it stands by itself, with its ends where it has some, and by whose notice it ends."""
    last_period = end_of_last_period(commitment)
    ends = [last_period] if last_period else distinct_ends(commitment)
    state = str(commitment.get("state", ""))
    suspension = commitment.get("suspension") or {}
    sort = "contested" if suspension.get("contested") else str(commitment.get("kind"))
    conditions = open_conditions(commitment)
    endless = "awaiting" if commitment.get("awaiting") else "without end"
    keys = [f"{state} {sort if ends or suspension else endless}", state]
    if ending_notice(commitment) is not None:
        keys.insert(0, f"{state} given notice")
    if conditions:
        keys.insert(0, f"{state} on {'several' if len(conditions) > 1 else 'one'}")
    message = next((STANDING[key] for key in keys if key in STANDING), "")
    when = ends_words(ends, reader) if last_period else stated_ends_words(commitment, reader)
    values = {
        "by": reader.all_of(suspension.get("by", ())),
        "conditions": "; ".join(_conditions_with_days(commitment, reader)),
        "until": suspended_until(commitment, reader),
    }
    sentence = reader.text(message, ends=when, **values) if message else ""
    rest = [reason_of_suspension(commitment, reader), *_offer_sentences(commitment, reader)]
    if state == "suspended" and ends:
        is_due = commitment.get("kind") == "achievement"
        rest.append(reader.text(ITS_DUE_DATE if is_due else ITS_END, ends=when))
    notices = _notice_sentences(commitment, reader) if with_notices else ()
    return " ".join(filter(None, (sentence, *rest, *notices)))


def suspended_until(commitment: CommitmentDocument, reader: Reader) -> str:
    """` until Thu 20 March`: when a suspension ends by itself; empty where it does not."""
    suspension = commitment.get("suspension") or {}
    until = suspension.get("until")
    if not until:
        return ""
    zone = suspension.get("zone", reader.zone)
    end = {"at": until, "rule": rule_of_end(parse_instant(until), zone), "zone": zone}
    last = last_moment(end)
    is_day = not isinstance(last, datetime)
    return reader.text(" until {end}", end=reader.day(last) if is_day else end_words(end, reader))


def suspended_by(commitment: CommitmentDocument, reader: Reader) -> str:
    """` by Norway`: whose act a suspension is; empty where nobody is named."""
    return reader.by(reader.all_of((commitment.get("suspension") or {}).get("by", ())))


def reason_of_suspension(commitment: CommitmentDocument, reader: Reader) -> str:
    """Why it is suspended, in the words on record; empty where nobody gave a reason."""
    reason = str((commitment.get("suspension") or {}).get("reason") or "").rstrip(".")
    return reader.text(REASON, reason=clean_text(reason, LONGEST)) if reason else ""


def open_conditions(commitment: CommitmentDocument) -> dict[str, str]:
    """What it still waits for: each condition by its id, in its own words."""
    return {
        each["id"]: clean_text(each["text"], LONGEST).rstrip(".")
        for each in commitment.get("conditions", ())
        if each["status"] == "open"
    }


def _conditions_with_days(commitment: CommitmentDocument, reader: Reader) -> Iterator[str]:
    """What it still waits for, each with the day by which it has to come, where there is one."""
    last = {each["id"]: last_moment(each) for each in commitment.get("pending", ())}
    for name, condition in open_conditions(commitment).items():
        if name not in last:
            yield condition
            continue
        day = one_of_moments([last[name]], reader, reader.day)
        yield reader.text("{condition} (by {day})", condition=condition, day=day)


def _offer_sentences(commitment: CommitmentDocument, reader: Reader) -> Iterator[str]:
    for pending in commitment.get("pending", ()):
        if pending["term"] == "offer":
            yield reader.text("The offer runs out {end}.", end=end_words(pending, reader))


def _notice_sentences(commitment: CommitmentDocument, reader: Reader) -> Iterator[str]:
    for notice in commitment.get("withdrawals", ()):
        end = end_words(end_of_notice(notice), reader)
        by = reader.by(reader.all_of(notice["by"]))
        yield reader.text(BY_NOTICE, by_notice=by, end=end)
