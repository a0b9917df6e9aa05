"""Pages from templates: every text is escaped, and no template loads anything from elsewhere."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from events import parse_instant
from web.model import words

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")


@cache
def environment() -> Environment:
    """The templates, with every text escaped and every slip in a name an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"spoken": words.spoken, "tone": words.tone, "reading": words.reading_words}
    made.filters |= {"count": lambda number: f"{number:,}"}
    made.globals |= {"version": version("pactwatch"), "plural": words.plural}
    return made


def page(template: str, facts: dict[str, Any], now: datetime, zone: str) -> bytes:
    """The page of a template; instants are shown in one zone, absolute and relative."""

    def when(at: str | datetime) -> Markup:
        instant = parse_instant(at) if isinstance(at, str) else at
        return time_element(instant, words.absolute(instant, zone))

    def ago(at: str | datetime) -> str:
        return words.relative(parse_instant(at) if isinstance(at, str) else at, now)

    def day(at: str | datetime) -> Markup:
        instant = parse_instant(at) if isinstance(at, str) else at
        return time_element(instant, words.day(instant, zone))

    context = {**facts, "when": when, "ago": ago, "day": day, "zone": zone}
    return environment().get_template(template).render(context).encode()


def time_element(at: datetime, text: str) -> Markup:
    from events import format_instant

    return Markup('<time datetime="{}">{}</time>').format(escape(format_instant(at)), escape(text))
