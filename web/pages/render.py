"""Renders pages from templates: every text is escaped, and nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from msgspec import Struct

from events import format_instant, parse_instant
from events.wording import plural
from notifications.language import Language
from tracker.analysis.explain import judgement_words
from tracker.dates.zones import day_ended_at
from tracker.documents.ends import end_at, ends_in_words, without_repeats
from tracker.documents.fulfilment import count_words
from tracker.documents.periods import due_next, period_name, period_state_words, periods_words
from tracker.documents.remarks import TAGS, remarks
from web.errors import WebError
from web.model import words
from web.model.event_rows import value_words
from web.model.links import Links
from web.model.meanings import meaning
from web.pages.sentences import rule_words

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
Facts = Mapping[str, Any]
"""What a template reads, by name."""


class Page(Struct, frozen=True):
    """A page before it is rendered; `pages` counts those of its longest list."""

    template: str
    facts: Facts
    pages: int = 1


@cache
def environment() -> Environment:
    """Sets up the templates: every text is escaped, and an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "label": words.label,
        "event_words": words.event_words,
        "date_words": words.date_words,
        "dates": words.dates_in,
        "kind_words": lambda kind: words.KINDS.get(kind, words.label(kind)),
        "rule_words": rule_words,
        "breach_words": lambda word: words.BREACHES.get(word, words.label(word)),
        "color_class": words.color_class,
        "reading": words.reading_words,
        "without_repeats": without_repeats,
        "ends": ends_in_words,
        "end_of": end_of,
        "due_next": due_next,
        "period_name": period_name,
        "periods_words": periods_words,
        "period_state": period_state_words,
        "tag_words": lambda tag: TAGS.get(tag, words.label(tag)),
        "claimed": lambda count: count_words(count, "{:,}".format),
        "meaning": meaning,
        "value_words": value_words,
        "judged": judgement_words,
        "month_words": words.month,
        "isolated": isolated,
        "sentence": sentence,
        "shortened": shortened,
        "count": lambda number: f"{number:,}",
        "translated": translated,
    }
    environment.globals |= {"version": version("pactwatch"), "plural": plural}
    return environment


def compile_templates() -> None:
    """Compiles every template, so that no reader waits for it."""
    for name in environment().list_templates():
        environment().get_template(name)


def isolated(name: str) -> Markup:
    """A name whose direction of writing cannot spread to what stands beside it."""
    return escape(name) if name.isascii() else Markup("<bdi>{}</bdi>").format(name)


def sentence(words: str) -> Markup:
    """A sentence of ours, whose end stays at its end whatever names stand in it."""
    return escape(words) if words.isascii() else Markup('<span dir="ltr">{}</span>').format(words)


def shortened(text: str, length: int) -> str:
    """The first words of a text, with a mark where more follow."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:.–-") + "…"


@pass_context
def translated(context: Context, message: str, **values: object) -> str:
    """A sentence in the `language` of the page, with its values."""
    language: Language = context["language"]
    return language.text(message, **values)


def end_of(at: str, zone: str) -> Markup:
    """The day of a zone that ends at an instant; the instant itself where it is no end of a day."""
    return time_element(parse_instant(at), ends_in_words([end_at(at, zone)]))


def render(template: str, facts: Facts, now: datetime, zone: str) -> bytes:
    """Renders a template; instants are written as local times of the zone and relative to now."""

    def when(at: str | datetime) -> Markup:
        instant = parse_instant(at) if isinstance(at, str) else at
        return time_element(instant, words.absolute(instant, zone))

    def ago(at: str | datetime) -> str:
        return words.relative(parse_instant(at) if isinstance(at, str) else at, now)

    def day(at: str | datetime) -> Markup:
        instant = parse_instant(at) if isinstance(at, str) else at
        return time_element(instant, words.day(instant, zone))

    def by_clock(at: datetime) -> Markup:
        ended = day_ended_at(at, zone)
        text = f"the end of {words.day_of(ended)}" if ended else words.absolute(at, zone)
        return time_element(at, text)

    def names(parties: Iterable[str]) -> list[str]:
        return [facts["name"](party) for party in parties]

    def remarks_of(commitment: Mapping[str, Any], with_suspension: bool) -> list[str]:
        sides = ("debtor", "creditor", "waived_by")
        named = {**commitment, **{side: names(commitment.get(side, ())) for side in sides}}
        suspension = commitment.get("suspension") if with_suspension else None
        named["suspension"] = suspension and {**suspension, "by": names(suspension["by"])}
        notices = commitment.get("withdrawals", ())
        named["withdrawals"] = [{**notice, "by": names(notice["by"])} for notice in notices]
        if awaiting := commitment.get("awaiting"):
            after, promise = awaiting["after"], facts["promise_of"](awaiting["after"])
            sentence = awaiting["words"].replace(f" {after} ", f" “{promise}” ", 1)
            named["awaiting"] = {**awaiting, "words": sentence}
        return list(remarks(named, lambda at: words.absolute(parse_instant(at), zone)))

    context = {
        **facts,
        "remarks_of": remarks_of,
        "when": when,
        "ago": ago,
        "day": day,
        "by_clock": by_clock,
        "zone": zone,
    }
    return environment().get_template(template).render(context).encode()


HEADINGS = {
    400: "That cannot be read",
    401: "Who are you?",
    403: "Not for everybody",
    404: "Not here",
    405: "Not allowed",
    413: "Too much",
    414: "Too long",
    503: "Not now",
}


def render_error(error: WebError, status: int, links: Links) -> bytes:
    """Renders what an error says in place of the page at the path of `links`."""
    facts = {
        "heading": HEADINGS.get(status, "That did not work"),
        "message": error.message,
        "hint": error.hint,
        "near": [(name, links.to(error.near_kind, name)) for name in error.near],
        "to": links.to,
        "exported": links.exported,
    }
    return environment().get_template("error.html.j2").render(facts).encode()


def error_document(error: WebError) -> dict[str, object]:
    """What a program gets in place of a document."""
    return {"error": error.message, "hint": error.hint, "near": list(error.near)}


def time_element(at: datetime, text: str) -> Markup:
    # Written by an f-string, for a page may have hundreds and a site a hundred thousand of them.
    return Markup(f'<time datetime="{escape(format_instant(at))}">{escape(text)}</time>')
