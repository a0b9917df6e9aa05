"""Renders the templates of a digest: those shipped, or a user's own in a sandbox.

A template of one's own sees what the shipped ones see, and can call nothing and change nothing. One
that fails is refused with its file and line: a digest that says half of it is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from traceback import walk_tb

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from events.wording import capitalized
from notifications.errors import BrokenTemplate
from notifications.language import ENGLISH, language_of
from notifications.mail.headers import clean_text

SHIPPED = Path(__file__).with_name("templates")
TEXT_WIDTH = 78
FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def rendered(name: str, facts: Mapping[str, object], own: Path | None = None) -> str:
    """The text of a template, taken from the folder `own` where it is there."""
    try:
        return _environment(own).get_template(name).render(facts)
    except FAILURES as error:
        file, line = _place(name, error, own)
        raise BrokenTemplate(
            f"{file}, line {line}: {error}",
            hint="mend it and look with: pactwatch digest preview; or unset PACTWATCH_TEMPLATES",
        ) from error


@cache
def _environment(own: Path | None) -> Environment:
    # What is shipped needs no sandbox, which takes longer than all the rest of rendering.
    folders, kind = ([SHIPPED], Environment)
    if own is not None:
        folders, kind = ([own, SHIPPED], ImmutableSandboxedEnvironment)
    environment = kind(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["translated"] = translated
    environment.filters["wrapped"] = wrapped
    environment.filters["sentence"] = lambda text: f"{capitalized(text).rstrip('.')}."
    environment.filters["line"] = lambda text: clean_text(str(text), 2000)
    return environment


def check_way_out(name: str, words: str, unsubscribe: str, own: Path | None) -> None:
    """Raises where a template of one's own lacks the link by which its reader can stop it.

    Nobody is sent mail without a way out of it, and mailbox providers punish who does.
    """
    file = (own or SHIPPED) / name
    if own is None or not file.exists():
        return
    is_html = name.endswith(".html.j2")
    link = str(escape(unsubscribe)) if is_html else unsubscribe
    if link not in words:
        line = '<a href="{{ unsubscribe }}">Stop this</a>' if is_html else "{{ unsubscribe }}"
        raise BrokenTemplate(
            f"{file}: no way to unsubscribe stands in it whole",
            hint=f"add to {name}: {line}; then look with: pactwatch digest preview",
        )


@pass_context
def translated(context: Context, message: str, **values: object) -> str:
    """A sentence in the language of the digest, with its values as text."""
    code = getattr(context.get("digest"), "language", ENGLISH)
    # As text, a value has no attribute by which a format could reach out of the sandbox.
    as_text = {name: str(value) for name, value in values.items()}
    return language_of(code).text(message, **as_text)


def wrapped(text: str, indent: int = 0, following: int | None = None) -> str:
    """Text in lines of at most 78 characters, ids kept whole.

    Its first line is indented, the others by as much or by `following`.
    """
    from textwrap import wrap

    pad, line = " " * indent, clean_text(text, 2000)
    if len(line) + indent <= TEXT_WIDTH:
        return pad + line
    lines = wrap(
        line,
        TEXT_WIDTH,
        initial_indent=pad,
        subsequent_indent=pad if following is None else " " * following,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _place(name: str, error: Exception, own: Path | None) -> tuple[str, int]:
    """The place in a template: of a syntax error, else the innermost template line."""
    line = getattr(error, "lineno", None)
    if line is not None:
        return str(getattr(error, "filename", None) or name), int(line)
    frames = [(frame.f_code.co_filename, at) for frame, at in walk_tb(error.__traceback__)]
    inside = [place for place in frames if place[0].endswith(".j2")]
    return inside[-1] if inside else (str((own or SHIPPED) / name), 1)
