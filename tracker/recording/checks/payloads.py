"""Checks what the form of a payload cannot: that dates, zones and terms can be read."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from msgspec import UNSET, ValidationError, convert, to_builtins
from msgspec.json import encode as to_json

from tracker.dates.zones import parse_zone
from tracker.entries.decoding import stated_date
from tracker.errors import InvalidDate, InvalidEvent
from tracker.model import event_types as types
from tracker.model.clauses import Clauses, check_clauses, check_phases
from tracker.model.payload import ClaimedCount, Payload, is_set
from tracker.model.terms import Terms, check_terms
from tracker.recording.checks.limits import check_lengths
from tracker.rules.terms.accounts import terms_named

ENDING = ("until", "offer_valid_until")
"""Fields with a date at which something ends, and which therefore need one."""
DATED = ("said", "first_seen", "last_seen", "window", "effective_at", "period", "published",
         "retrieved_at")  # fmt: skip
"""Further fields, besides `occurred`, that hold a date as said."""


def check_fields(payload: Payload, new: Collection[str] | None = None) -> None:
    """Checks lengths, dates, zones and terms; raises InvalidEvent naming the field.

    Of an entry that is corrected, `new` are the fields that come in: an older log may have longer
    names, and values of another form, which the correction of a date need not mend.
    """
    check_lengths(payload, new)
    terms = getattr(payload, "terms", None)
    if terms is not None:
        check_terms(terms)
        _check_extend_by(payload, terms)
    if isinstance(payload, types.PartyRegistered | types.AgreementRecorded):
        _check_registration(payload)
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        says = (payload.term, payload.terms, getattr(payload, "power", None))
        if says == (None, None, None):
            raise InvalidEvent(
                f"{type(payload).__name__}: expected `term` with `value`, or `terms`; "
                "found neither",
                hint="a length: term=duration value=P30D",
            )
        check_terms(checked_terms(payload))
        _check_extend_by(payload, checked_terms(payload))
    if isinstance(payload, types.Statement) and is_set(payload.value) and payload.term is None:
        raise InvalidEvent(
            f"{type(payload).__name__}: expected `term` beside `value`; found none",
            hint="what it is about, in a word: term=call_length value='148 minutes'",
        )
    if new is None or "value" in new:
        _check_value(payload)
    count = getattr(payload, "claimed_count", None)
    if count is not None:
        _check_count(count)
    _check_dates(payload)


def _check_registration(payload: types.PartyRegistered | types.AgreementRecorded) -> None:
    if payload.zone:
        try:
            parse_zone(payload.zone)
        except InvalidDate as error:
            raise error.of_field("zone") from error
    if isinstance(payload, types.AgreementRecorded):
        check_clauses(payload.clauses or Clauses())
        check_phases(payload.phases)


def _check_count(count: ClaimedCount) -> None:
    """Checks that a claimed number has a number or words, and bounds that hold together."""
    bounds = (count.at_least, count.at_most, count.about)
    if count.number is None and (count.text is None or True in bounds):
        raise InvalidEvent(
            "expected a number, or `text` without a bound; found neither",
            hint="claimed_count.at_least=200, or claimed_count.text='several hundred'",
        ).of_field("claimed_count")
    numbers = [bound for bound in bounds[:2] if not isinstance(bound, bool)]
    if bounds[:2] == (True, True) or (len(numbers) == 2 and numbers[0] > numbers[1]):
        raise InvalidEvent(
            f"at_least {count.at_least} and at_most {count.at_most} leave no number",
            hint="from the lower to the higher: claimed_count.at_least=200 "
            "claimed_count.at_most=300",
        ).of_field("claimed_count")


def _check_extend_by(payload: Payload, terms: Terms) -> None:
    if is_set(terms.extend_by) and not isinstance(payload, types.TermExtended):
        raise InvalidEvent(
            "expected only in TermExtended, which moves an end on record; found "
            f"{terms.extend_by!r}",
            hint="the length of a period: terms.duration=P30D",
        ).of_field("terms.extend_by", type_name=type(payload).__name__)


def checked_terms(payload: Any) -> Terms:
    """The terms a reading names, with a wrong type told as such."""
    terms, _ = terms_named(payload)
    try:
        return convert(to_builtins(terms), Terms)
    except ValidationError as error:
        from tracker.entries.form_errors import expected_words

        expected = expected_words(get_type_hints(Terms, include_extras=True)[payload.term])
        raise InvalidEvent(
            f"{type(payload).__name__}: value of term {payload.term!r}: expected {expected}, "
            f"found {payload.value!r}",
            hint=f"term={payload.term} value=VALUE",
        ) from error


def _check_value(payload: Payload) -> None:
    """Checks that the value of a term is one that accounts can be compared by.

    `null` is silence. What a field of the terms has may be of the type of that field.
    """
    value = getattr(payload, "value", UNSET)
    if value is UNSET or value is None or type(value) in (str, int):
        return
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return
    term = getattr(payload, "term", None)
    try:
        convert({term: value}, Terms)
    except ValidationError as error:
        raise InvalidEvent(
            f"{type(payload).__name__}: value of term {term!r}: expected text, a whole number or "
            f"a list of text; found {to_json(value).decode()[:60]}",
            hint="say it in words: value='148 minutes'; null says that nothing was said of it",
        ) from error


class _DatedFields(NamedTuple):
    """The fields of a type that hold dates."""

    ending: tuple[str, ...]
    dated: tuple[str, ...]
    has_conditions: bool


@cache
def _dated_fields(payload: type[Payload]) -> _DatedFields:
    fields = frozenset(payload.__struct_fields__)
    ending, dated = (tuple(n for n in names if n in fields) for names in (ENDING, DATED))
    return _DatedFields(ending, dated, not fields.isdisjoint(("antecedents", "antecedent")))


def _check_dates(payload: Payload) -> None:
    """Checks the dates besides `occurred`; one that ends something has to have an end."""
    names = _dated_fields(type(payload))
    ends: list[tuple[str, object]] = [(name, getattr(payload, name)) for name in names.ending]
    if names.has_conditions:
        ends += [
            (f"{name}.deadline", getattr(each, "deadline", None))
            for name, conditions in (
                ("antecedents", getattr(payload, "antecedents", ())),
                ("antecedent", [getattr(payload, "antecedent", None)]),
            )
            for each in conditions
        ]
    for name, text in ends:
        if isinstance(text, str) and stated_date(name, text).last is None:
            raise InvalidDate(
                f"an end that is open or unknown closes nothing: {text!r}",
                hint="leave the field out, or give its end: 2025-03-11, or ../2025-03-11",
            ).of_field(name)
    for name in names.dated:
        text = getattr(payload, name)
        if isinstance(text, str):
            stated_date(name, text)


def mentioned_parties(payload: Payload) -> list[str]:
    """The parties whose zone or name an event depends on."""
    named = [payload.speaker] if payload.speaker else []
    if isinstance(payload, types.Promise):
        named += [*payload.debtor, *payload.creditor]
    if isinstance(payload, types.AgreementRecorded):
        named += payload.parties
    return named
