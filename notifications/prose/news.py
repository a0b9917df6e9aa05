"""Puts an alert into words for its reader, in short and as a sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from string import Formatter
from typing import Any

from msgspec import Struct, structs

from events import parse_instant
from events.wording import capitalized
from notifications.alerts.alert import Alert, CommitmentDocument, alerts_of
from notifications.alerts.deadlines import deadline_of, end_before, has_end_moved
from notifications.alerts.wording import what_happened
from notifications.mail.headers import clean_text
from notifications.prose.amounts import REPORTED, amount_of, amount_words, part_delivered
from notifications.prose.ends import (
    End,
    accounts_of_end,
    distinct_ends,
    end_words,
    ends_words,
    one_of_moments,
    short_end_words,
    short_ends_words,
    stated_ends_words,
)
from notifications.prose.promises import (
    NOT_COUNTED,
    by_of_breaches,
    open_conditions,
    reason_of_suspension,
    suspended_by,
    suspended_until,
)
from notifications.prose.reader import Reader
from notifications.prose.sentence_keys import (
    accusers_of,
    claimants_of,
    incident_of,
    says_end_itself,
    sentence_keys,
    told_kind,
)
from notifications.prose.sentences import words_of
from notifications.prose.silences import last_heard, silences
from tracker.dates.zones import day_closed
from tracker.documents.changes import EndDocument, change_of_json, day_moved_from
from tracker.documents.ends import ending_notice
from tracker.documents.periods import has_cap
from tracker.model.vocabulary import State

LONGEST = 300
TERM_OF_PERIOD = re.compile(r"\bquantity of (\d{4}-\d\d-\d\d)\b")
ENDING_RULES = frozenset({"T1", "T2", "T6", "T7", "T8", "T13", "T14"})
"""The clock rules by which a state ends as a day does."""


def short_words(alert: Alert, commitment: CommitmentDocument, reader: Reader) -> str:
    """The news as it follows the name of an agreement: `due tomorrow`."""
    return _written(alert, commitment, reader, "short")


def sentence(
    alert: Alert, commitment: CommitmentDocument, reader: Reader, *, with_end: bool = True
) -> str:
    """The news in a sentence or two; `with_end` where nothing beside it says when its end is."""
    is_done = (alert.axis, alert.after) == ("state", State.DISCHARGED)
    if not with_end and (is_done or says_end_itself(alert, commitment)):
        commitment = _without({"readings"}, commitment)
    return capitalized(_written(alert, commitment, reader, "sentence"))


def news_of_change(
    change: Mapping[str, Any], commitment: CommitmentDocument, reader: Reader
) -> str:
    """Words a change, given as JSON has it, in a sentence; empty where it is news to nobody.

    It may lie far back, so nothing is said with it that came later.
    """
    alerts = alerts_of(change_of_json(change))
    return sentence(alerts[0], _as_it_was(alerts[0], commitment), reader) if alerts else ""


def _as_it_was(alert: Alert, commitment: CommitmentDocument) -> CommitmentDocument:
    """A commitment without what may have come since an alert.

    That is what was claimed and confirmed, who else alleges a breach, which conditions are met, and
    the end of what came into force.
    """
    later = {"fulfilment"} | ({"incidents"} if alert.axis == "compliance" else set())
    later |= {"readings"} if alert.after == State.IN_FORCE else set()
    if any(each["status"] != "open" for each in commitment.get("conditions", ())):
        later |= {"conditions"} if alert.after == State.CONDITIONAL else set()
    return _without(later, commitment)


def _without(names: Collection[str], commitment: CommitmentDocument) -> CommitmentDocument:
    """A commitment of which nothing of these names is known."""
    return {name: value for name, value in commitment.items() if name not in names}


def _written(alert: Alert, commitment: CommitmentDocument, reader: Reader, form: str) -> str:
    kind = told_kind(alert, commitment, reader.now)
    words = words_of(sentence_keys(structs.replace(alert, kind=kind), commitment, reader.now))
    if words is None:
        return clean_text(what_happened(alert), LONGEST)
    message = reader.language.translated(getattr(words, form))
    news = AlertNews(alert, commitment, reader)
    names = {name for _, name, _, _ in Formatter().parse(message) if name}
    return clean_text(message.format(**{name: _value(name, news) for name in names}), LONGEST)


def _value(name: str, news: AlertNews) -> str:
    """What a sentence names; with a capital where its name has one."""
    words = VALUES[name.lower()](news)
    return capitalized(words) if name[0].isupper() else words


class AlertNews(Struct, frozen=True):
    """An alert, its commitment as it stands now, and the reader of both."""

    alert: Alert
    commitment: CommitmentDocument
    reader: Reader

    @property
    def end(self) -> End:
        """The end that the alert is about; its own instant where it is about none."""
        return deadline_of(self.alert, self.commitment) or self._instant

    @property
    def ends(self) -> list[End]:
        """Those on record; where they have moved since the alert, the one that it was about."""
        if has_end_moved(self.alert, self.commitment):
            return [end_before(self.alert, self.commitment) or self._instant]
        return distinct_ends(self.commitment) or [self.end]

    @property
    def ends_words(self) -> str:
        """The ends in full; of those on record each with whose it is, where accounts differ."""
        if has_end_moved(self.alert, self.commitment) or not distinct_ends(self.commitment):
            return ends_words(self.ends, self.reader)
        return stated_ends_words(self.commitment, self.reader)

    @property
    def _instant(self) -> End:
        return {"at": self.alert.at, "rule": "instant", "zone": self.reader.zone}

    @property
    def moves(self) -> list[EndDocument]:
        return self.alert.origin.get("ends", [])

    @property
    def speakers(self) -> str:
        origin = self.alert.origin
        return self.reader.all_of(origin.get("by", ()), origin.get("speaks_for", {}))


def _by(news: AlertNews) -> str:
    """` by Ukraine`; empty where nobody is named."""
    return news.reader.by(news.speakers)


def _source(news: AlertNews) -> str:
    """`, according to Iceland`: who tells of it did not do it. What is reported is somebody's."""
    if not news.speakers or news.alert.after.endswith(REPORTED):
        return _by(news)
    return news.reader.text(", according to {names}", names=news.speakers)


def _near_ends(news: AlertNews) -> str:
    """`tomorrow, Wed 19 March, at the end of the day`; a day that is far, or disputed, as it is."""
    short, ends = short_ends_words(news.ends, news.reader), news.ends_words
    is_one_day = short in map(news.reader.text, ("today", "tomorrow"))
    return f"{short}, {ends}" if is_one_day else ends


def _by_notice(news: AlertNews) -> str:
    """` by Ukraine`: whose notice of withdrawal ends it, else whose is the last, or who tells."""
    given = news.commitment.get("withdrawals") or [None]
    notice = ending_notice(news.commitment) or given[-1]
    return news.reader.by(news.reader.all_of(notice["by"]) if notice else news.speakers)


def _day(news: AlertNews) -> str:
    """The day on which it came about, for its reader; what the clock ended, ended with its day."""
    alert, reader = news.alert, news.reader
    is_ended_by_clock = alert.axis == "state" and alert.rule in ENDING_RULES
    zones = [*(end["zone"] for end in distinct_ends(news.commitment)), reader.zone]
    day = day_closed(parse_instant(alert.at), zones if is_ended_by_clock else (), reader.zone)
    return reader.day(day)


def _before(news: AlertNews) -> str:
    """What was before: of a period its name, of a side its parties."""
    before, axis = news.alert.before or "", news.alert.axis
    if axis == "period":
        return news.reader.period(before, news.commitment)
    return _named(before, news) if axis in ("debtor", "creditor") else before.replace("_", " ")


def _delivered(news: AlertNews) -> str:
    """`100 of 175 reported`, or `partial`; what is confirmed is not said to be reported."""
    reader, after = news.reader, news.alert.after
    words = amount_words(after.removesuffix(REPORTED), reader)
    return reader.text("{amount} reported", amount=words) if after.endswith(REPORTED) else words


def _in_period(news: AlertNews) -> str:
    """How much there was in a period: `3 of 5`, or `5 instead of at most 2` of what is limited."""
    words = news.alert.origin.get("delivered", "")
    amount = amount_of(words) if has_cap(news.commitment) else None
    if amount is None or amount.promised is None:
        return amount_words(words, news.reader)
    return news.reader.text(
        "{done} instead of at most {promised}", done=amount.delivered, promised=amount.promised
    )


def _after(news: AlertNews) -> str:
    if news.alert.axis.startswith("performance"):
        return _delivered(news)
    if text := news.alert.origin.get("text"):
        return text.rstrip(".")
    after = _with_periods_named(news.alert.after, news).replace("_", " ")
    return _named(after, news) if news.alert.axis in ("debtor", "creditor") else after


def _with_periods_named(terms: str, news: AlertNews) -> str:
    """`quantity for July: 90`: a term of one period goes by the name of that, and not its day."""
    return TERM_OF_PERIOD.sub(
        lambda term: f"quantity for {news.reader.period(term[1], news.commitment)}", terms
    )


def _named(parties: str, news: AlertNews) -> str:
    return news.reader.all_of(parties.split(", "))


def _condition(news: AlertNews) -> str:
    """A condition in its own words; its id where these are not on record."""
    about = news.alert.axis.partition(" ")[2] or news.alert.before
    texts = {each["id"]: each["text"] for each in news.commitment.get("conditions", ())}
    # One that is added to a promise in force is a reading, by the entry.
    readings = news.commitment.get("readings", ())
    texts |= {r["id"]: r["value"] for r in readings if r["term"] == "condition"}
    stated = next((texts[event] for event in news.alert.events if event in texts), None)
    return str(texts.get(about) or stated or about).rstrip(".")


def moved_ends(alert: Alert, reader: Reader) -> tuple[str, str] | None:
    """The ends before and after, as days; None where none was moved.

    A side is empty where there was no end, or where there is none any more.
    """
    moves = alert.origin.get("ends", []) if alert.kind == "terms_changed" else []
    if not moves:
        return None
    return _days_of(moves, "before", reader), _days_of(moves, "after", reader)


def _days_of(moves: Sequence[EndDocument], side: str, reader: Reader) -> str:
    days = [day_moved_from(move) if side == "before" else move["day_after"] for move in moves]
    if None not in days:
        return one_of_moments(map(date.fromisoformat, filter(None, days)), reader, reader.day)
    words = dict.fromkeys(filter(None, (_moved_end(move, side, reader) for move in moves)))
    return reader.language.one_of(words) if words else ""


def _incident(news: AlertNews, form: str) -> str:
    """How an incident is described by whoever alleged it first, put into a form; or empty."""
    text = str(incident_of(news.alert, news.commitment).get("text") or "").rstrip(".")
    return form.format(text) if text else ""


def _told(news: AlertNews) -> str:
    """`: a drone strike`, in the words of who alleges it; whoever gives none names the incident."""
    if own := news.alert.origin.get("text"):
        return f": {own.rstrip('.')}"
    is_alleged_again = news.alert.kind == "incident_alleged" and news.alert.before
    return _incident(news, " ({})" if is_alleged_again else ": {}")


def _not_counted(news: AlertNews) -> str:
    """Why an incident does not count, as one more sentence; empty where it does."""
    tags = incident_of(news.alert, news.commitment).get("tags", ())
    return next((f" {news.reader.text(NOT_COUNTED[t])}" for t in tags if t in NOT_COUNTED), "")


def _moved_end(move: EndDocument, side: str, reader: Reader) -> str:
    day, at = (day_moved_from(move), move["before"])
    if side == "after":
        day, at = (move["day_after"], move["after"])
    if day is not None:
        return reader.day(date.fromisoformat(day))
    return end_words({"at": at, "rule": "instant", "zone": move["zone"]}, reader) if at else ""


def _of_suspension(news: AlertNews, words: Callable[[CommitmentDocument, Reader], str]) -> str:
    """Words about the suspension that some news is of; empty where it stands no more."""
    suspension = news.commitment.get("suspension") or {}
    is_its_own = suspension.get("since") == news.alert.at
    return words(news.commitment, news.reader) if is_its_own else ""


VALUES: Mapping[str, Callable[[AlertNews], str]] = {
    "end": lambda news: end_words(news.end, news.reader),
    "last": lambda news: end_words(news.ends[-1], news.reader),
    "of_end": lambda news: accounts_of_end(news.commitment, news.end, news.reader),
    "of_last": lambda news: accounts_of_end(news.commitment, news.ends[-1], news.reader),
    "near": lambda news: short_end_words(news.end, news.reader),
    "ends": lambda news: news.ends_words,
    "near_ends": _near_ends,
    "short": lambda news: short_ends_words(news.ends, news.reader),
    "day": _day,
    "by": _by,
    "by_notice": _by_notice,
    "source": _source,
    "alleged_by": lambda news: by_of_breaches(news.commitment, news.reader)["alleged_by"],
    "denied_by": lambda news: by_of_breaches(news.commitment, news.reader)["denied_by"],
    "confirmed_by": lambda news: by_of_breaches(news.commitment, news.reader)["confirmed_by"],
    "who": lambda news: news.speakers or news.reader.text("somebody"),
    "told": _told,
    "accusers": lambda news: news.reader.all_of(accusers_of(news.alert, news.commitment)),
    # What somebody denies is not theirs to tell.
    "about": lambda news: _incident(news, " ({})"),
    "not_counted": _not_counted,
    "before": _before,
    "after": _after,
    "delivered": lambda news: part_delivered(news.commitment, news.reader),
    "in_period": _in_period,
    "period": lambda news: news.reader.period(news.alert.axis.partition(" ")[2], news.commitment),
    "term": lambda news: _with_periods_named(
        news.alert.after.partition(": ")[0].replace("_", " "), news
    ),
    "value": lambda news: news.alert.after.partition(": ")[2],
    "condition": _condition,
    "conditions": lambda news: "; ".join(open_conditions(news.commitment).values()),
    "debtor": lambda news: news.reader.all_of(news.commitment.get("debtor", ())),
    "last_heard": lambda news: last_heard(news.alert, news.commitment, news.reader),
    "suspended_by": lambda news: _of_suspension(news, suspended_by) or _source(news),
    "until": lambda news: _of_suspension(news, suspended_until),
    "reason": lambda news: f" {_of_suspension(news, reason_of_suspension)}".rstrip(),
    "silences": lambda news: "; ".join(silences(news.alert, news.commitment, news.reader)),
    "claimants": lambda news: news.reader.all_of(dict.fromkeys(claimants_of(news.commitment))),
    "moved_from": lambda news: _days_of(news.moves, "before", news.reader),
    "moved_to": lambda news: _days_of(news.moves, "after", news.reader),
}
"""What a sentence may name, each worked out only where it is named."""
