"""Checks what the form of a payload cannot: that dates, zones and terms can be read."""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError, convert, to_builtins

from tracker.dates.zones import parse_zone
from tracker.entries.decoding import cached_edtf
from tracker.errors import InvalidDate, InvalidEvent
from tracker.model import event_types as types
from tracker.model.payload import Payload, is_set
from tracker.model.terms import Terms, check_terms
from tracker.rules.accounts import terms_named

ENDING = ("until", "offer_valid_until")
"""Fields with a date at which something ends, and which therefore need one."""
DATED = ("first_seen", "last_seen", "window")
"""Further fields, besides `occurred`, that hold a date as said."""


def check_fields(payload: Payload) -> None:
    """Checks dates, zones and terms; raises InvalidEvent naming the field."""
    terms = getattr(payload, "terms", None)
    if terms is not None:
        check_terms(terms)
    if isinstance(payload, types.PartyRegistered):
        parse_zone(payload.zone)
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        says = (payload.term, payload.terms, getattr(payload, "power", None))
        if says == (None, None, None):
            raise InvalidEvent(
                f"{type(payload).__name__}: expected `term` with `value`, or `terms`; "
                "found neither",
                hint="a length: term=duration value=P30D",
            )
        check_terms(checked_terms(payload))
    if isinstance(payload, types.Statement) and is_set(payload.value) and payload.term is None:
        raise InvalidEvent(
            f"{type(payload).__name__}: expected `term` beside `value`; found none",
            hint="what it is about, in a word: term=call_length value='148 minutes'",
        )
    _check_dates(payload)


def checked_terms(payload: Any) -> Terms:
    """The terms a reading names, with a wrong type told as such."""
    terms, _ = terms_named(payload)
    try:
        return convert(to_builtins(terms), Terms)
    except ValidationError as error:
        raise InvalidEvent(f"{type(payload).__name__}: term {payload.term!r}: {error}") from error


def _check_dates(payload: Payload) -> None:
    """Checks the dates besides `occurred`; one that ends something has to have an end."""
    ends = [(name, getattr(payload, name, None)) for name in ENDING]
    ends += [("antecedents.deadline", a.deadline) for a in getattr(payload, "antecedents", ())]
    for name, text in ends:
        if isinstance(text, str) and cached_edtf(text).last is None:
            raise InvalidDate(
                f"{name}: an open end closes nothing: {text!r}",
                hint="leave the field out, or give its end: 2025-03-11, or ../2025-03-11",
            )
    for name in DATED:
        text = getattr(payload, name, None)
        if isinstance(text, str):
            cached_edtf(text)


def mentioned_parties(payload: Payload) -> list[str]:
    """The parties whose zone or name an event depends on."""
    named = [payload.speaker] if payload.speaker else []
    if isinstance(payload, types.Promise):
        named += [*payload.debtor, *payload.creditor]
    if isinstance(payload, types.AgreementRecorded):
        named += payload.parties
    return named
