"""Options of the commands that bring agreements and commitments onto the record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, get_args

import click

from tracker.entries.tlp import LEVELS
from tracker.errors import InvalidDate, InvalidField, RefusedOption
from tracker.terminal.completion import parties
from tracker.terminal.options import author_option, now_option, with_options, yes_option

Command = TypeVar("Command", bound=Callable[..., Any])


def several(*names: str, help: str) -> Callable[[Command], Command]:
    return click.option(*names, multiple=True, metavar="TEXT", help=help)


id_option = click.option(
    "--id", "own_id", metavar="ID", help="The entry's own id: with it the command counts once."
)
WRITING = (
    id_option,
    author_option,
    click.option("-n", "--dry-run", is_flag=True, help="Show the effect, write nothing."),
    yes_option,
    now_option,
)
writing_options = with_options(WRITING)
"""In whose name an entry is written, when, and whether at all."""

_entry_options = with_options(
    [
        click.option("--occurred", metavar="DATE", help="When, as said (default: today)."),
        click.option("--said", metavar="DATE", help="When it was said, where that is another day."),
        click.option("--text", help="What was said, in a sentence or two."),
        click.option("--effective-at", metavar="INSTANT", help="Counts from this instant."),
        click.option(
            "--speaker",
            metavar="PARTY",
            shell_complete=parties,
            help="Who says so: a party, or an account.",
        ),
        several("--reported-by", help="Through whom it came, nearest last."),
        click.option("--primary-source", help="The source all reports of it go back to."),
        click.option(
            "--source",
            metavar="WHERE",
            help="A line of a document, blog:53 or blog:53-55, or an address.",
        ),
        click.option("--source-title", help="Title of the article or the text."),
        click.option("--source-publisher", help="Who published it."),
        click.option("--source-published", metavar="DATE", help="When it was published."),
        click.option("--source-url", help="Where it stands."),
        click.option("--source-archived-url", help="Where a copy of it is kept."),
        click.option("--source-quote", help="Its words."),
        click.option("--source-line", type=int, help="Its line in the source text."),
        click.option("--reliability", type=click.Choice(list("ABCDEF")), help="Of the source."),
        click.option("--credibility", type=click.IntRange(1, 6), help="Of what is said."),
        click.option("--tlp", type=click.Choice(LEVELS), help="How far it may be passed on."),
        several("--derived-from", help="An entry on record that it follows from."),
        click.option("--note", help="Free text, which can be erased later."),
        *WRITING,
    ]
)


ASSIGNED = re.compile(r"^([a-z_.]+)=")
"""The field that a hint gives a value to, as it is written without options."""
OPTION_OF = {
    "phases": "phase",
    "clauses": "clause",
    "aliases": "alias",
    "tags": "tag",
    "antecedents": "conditional_on",
    "antecedents.deadline": "condition_deadline",
}
"""Options that are not named as their fields are."""
ARGUMENTS = ("agreement", "commitment", "party")
"""Fields that are no options, but the id of what is entered."""


@contextmanager
def values_named_as_options() -> Iterator[None]:
    """Names a value that has not its form as it was typed: as an option."""
    try:
        yield
    except (InvalidDate, InvalidField) as error:
        if error.field in ARGUMENTS:
            raise
        words = f"{option_of(error.field)}: {error.words}" if error.field else error.message
        hint = ASSIGNED.sub(lambda match: f"{option_of(match[1])} ", error.hint)
        raise RefusedOption(words, hint, typo=error.typo, more=error.more) from error


def option_of(field: str) -> str:
    """The option that a field is given by: `--due` of `terms.due`."""
    field = field.removeprefix("terms.")
    name = OPTION_OF.get(field) or OPTION_OF.get(field.partition(".")[0]) or field
    return f"--{name.replace('_', '-').replace('.', '-')}"


def entry_options(command: Command) -> Command:
    """Adds who says so, and whether it is written; wrong values are named as options."""
    return _entry_options(values_named_as_options()(command))


def term_options(command: Command) -> Command:
    """Adds one option a term, made from the struct of terms."""
    from tracker.recording.from_options import TERM_HINTS, TERM_MEANINGS

    terms = (_term(name, hint, TERM_MEANINGS[name]) for name, hint in TERM_HINTS.items())
    return with_options(terms)(command)


OF_ONE_PROMISE = ("zone", "parties", "reading", "reading_of")
"""Terms for which an agreement has an option of its own, or none."""


def agreement_term_options(command: Command) -> Command:
    """Adds one option for each term that an agreement may have for all its promises."""
    from tracker.recording.from_options import TERM_HINTS, TERM_MEANINGS

    hints = ((name, hint) for name, hint in TERM_HINTS.items() if name not in OF_ONE_PROMISE)
    return with_options(_term(name, hint, TERM_MEANINGS[name]) for name, hint in hints)(command)


def _term(name: str, hint: Any, text: str) -> Callable[[Any], Any]:
    kinds = [str(getattr(part, "__name__", part)) for part in get_args(hint)]
    option, dest = f"--{name.replace('_', '-')}", f"term_{name}"
    if "bool" in kinds and "str" not in kinds:
        off = f"--no-{name.replace('_', '-')}"
        return click.option(f"{option}/{off}", dest, default=None, help=text)
    many = any(kind.startswith("list") for kind in kinds)
    return click.option(option, dest, multiple=many, metavar="VALUE", help=text)
