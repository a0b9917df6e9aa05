"""What the page of a reader's preferences says: what is set, what is offered, what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from events import parse_instant
from notifications.addresses.mailbox import masked
from notifications.alerts.calendar_rules import WEEKDAYS
from notifications.alerts.filters import Filter
from notifications.language import N_, languages
from notifications.prose.ends import moment_words
from notifications.prose.reader import Reader
from notifications.subscriptions.link_actions import LinkPreferences
from notifications.subscriptions.reader_words import (
    CLOCKS,
    Choice,
    choices,
    day_names,
    hour_words,
    language_name,
)
from tracker.dates.places import all_zones
from web.model.preference_form import HEADINGS, FormValues, Offer, values_of
from web.model.reader import Reader as BoardReader
from web.pages.render import Facts

MOST_OFFERED = 100
"""So many names a list of boxes has beside those that are ticked."""
CADENCE_WORDS: Mapping[str, str] = {
    "immediate": N_("At once, as soon as there is news"),
    "daily": N_("Every day"),
    "weekly": N_("Every week"),
    "monthly": N_("Every month"),
}
SEVERITY_WORDS: Mapping[str, str] = {
    "info": N_("Everything"),
    "warning": N_("Warnings and what is graver"),
    "critical": N_("Only what was missed or broken"),
}
LIST_WORDS: Mapping[str, str] = {
    "agreements": N_("Agreements"),
    "parties": N_("Parties"),
    "tags": N_("Tags"),
    "commitments": N_("Single promises"),
}
STATES: Mapping[str, str] = {
    "active": N_("The next mail is due {when}."),
    "paused": N_("The mails are paused until {when}."),
    "pending": N_("Nothing is sent before you have confirmed it by the link in the first mail."),
    "suppressed": N_("Nothing is sent: mail to this address came back. Write to whoever sends it."),
    "removed": N_("These mails have ended."),
}
FIXED_ZONES = ("Etc/", "posix", "right", "System")


class TokenPage(Struct, frozen=True):
    """What a token leads to, and what its page is written from."""

    token: str
    known: LinkPreferences
    now: datetime
    offer: Offer

    @property
    def reader(self) -> Reader:
        subscription = self.known.subscription
        parties = self.offer["parties"].items()
        registered = {party: name for party, name in parties if name != party}
        return subscription.reader(self.now, registered)


def offer_of(board: BoardReader, wants: Filter) -> Offer:
    """What may be ticked: what the board shows to everybody, and what is ticked already."""
    agreements = board.agreement_summaries[:MOST_OFFERED]
    parties = sorted({party for each in board.agreement_summaries for party in each.parties})
    tags = sorted({tag for each in board.agreement_summaries for tag in each.tags})
    titles = {each.id: each.title for each in board.agreement_summaries}
    promises = {
        promise.id: f"{', '.join(map(board.registry.name_of, promise.debtor))}: {promise.promise}"
        for each in (board.agreement_summaries if wants.commitments else ())
        for promise in each.commitments
        if promise.id in wants.commitments
    }
    return {
        "agreements": {
            **{id_: titles.get(id_, id_) for id_ in wants.agreements},
            **{each.id: each.title for each in agreements},
        },
        "parties": {
            party: board.registry.name_of(party)
            for party in (*wants.parties, *parties[:MOST_OFFERED])
        },
        "tags": {tag: tag for tag in (*wants.tags, *tags[:MOST_OFFERED])},
        "commitments": {id_: promises.get(id_, id_) for id_ in wants.commitments},
    }


def page_facts(
    page: TokenPage,
    *,
    values: FormValues | None = None,
    errors: Mapping[str, str] | None = None,
    failure: str = "",
    before: LinkPreferences | None = None,
) -> Facts:
    """What the template reads; with `before` it says what is different since."""
    reader, subscription = page.reader, page.known.subscription
    parties = {party: reader.name(party) for party in page.offer["parties"]}
    return {
        "page": page,
        "address": masked(subscription.email),
        "state": page.known.state,
        "standing": _standing(page),
        "values": values or values_of(subscription.preferences),
        "errors": errors or {},
        "failure": failure,
        "is_done": before is not None,
        "changed": _changed(page, before) if before else [],
        "is_resumed": before is not None and before.state == "paused" != page.known.state,
        "cadences": _options(CADENCE_WORDS, reader),
        "weekdays": list(zip(WEEKDAYS, day_names(reader), strict=True)),
        "hours": [(str(hour), hour_words(hour, reader)) for hour in range(24)],
        "zones": zones(),
        "severities": _options(SEVERITY_WORDS, reader),
        "headings": [(heading, reader.text(heading)) for heading in HEADINGS],
        "lists": [
            (part, label, {**page.offer[part], **(parties if part == "parties" else {})})
            for part, label in _options(LIST_WORDS, reader)
        ],
        "languages": [(code, language_name(code)) for code in languages()],
        "clocks": [(str(clock), reader.text(words)) for clock, words in CLOCKS.items()],
    }


def zones() -> list[str]:
    """The zones of places, for a field to suggest."""
    places = (zone for zone in all_zones() if "/" in zone)
    return sorted(zone for zone in places if not zone.startswith(FIXED_ZONES))


def _options(words: Mapping[str, str], reader: Reader) -> list[tuple[str, str]]:
    return [(value, reader.text(message)) for value, message in words.items()]


def _changed(page: TokenPage, before: LinkPreferences) -> list[tuple[str, str, str]]:
    """What differs from before: what it is called, how it was, how it is."""
    titles = {**page.offer["agreements"], **page.offer["commitments"]}

    def words(known: LinkPreferences) -> list[Choice]:
        return choices(known.subscription.preferences, page.reader, titles)

    pairs = zip(words(before), words(page.known), strict=True)
    return [(new.label, old.words, new.words) for old, new in pairs if old != new]


def _standing(page: TokenPage) -> str:
    """When the next mail comes, or why none does."""
    reader, subscription, state = page.reader, page.known.subscription, page.known.state
    due = subscription.paused_until if state == "paused" else subscription.next_due
    if due is None and state == "active":
        return reader.text("The next mail comes as soon as there is news.")
    if due is None and state == "paused":
        return reader.text("The mails are paused until you let them go on.")
    when = moment_words(parse_instant(due), reader, reader.zone) if due else ""
    return reader.text(STATES[state], when=when)
