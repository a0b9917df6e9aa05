"""The options that say which entries are wanted, shared by `event list` and `search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tracker.terminal.completion import commitments, parties
from tracker.terminal.options import read_by, read_instant, tag_option, with_options
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from tracker.queries.timeline import Filter


def event_types(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the type of an entry by its name."""
    from tracker.model.event_types import EVENT_TYPES
    from tracker.queries.timeline import type_in_words

    names = (name for name in EVENT_TYPES if name.lower().startswith(incomplete.lower()))
    return [CompletionItem(name, help=type_in_words(name)) for name in names]


def _type_meant(_session: Session, text: str) -> str:
    from tracker.queries.timeline import event_type

    return event_type(text)


filter_options = with_options(
    [
        click.option("--commitment", shell_complete=commitments, help="About this promise."),
        click.option(
            "--party", shell_complete=parties, help="Said or done by this party, or binding it."
        ),
        click.option("--speaker", shell_complete=parties, help="Said by this account or party."),
        click.option(
            "--type",
            "type_",
            shell_complete=event_types,
            callback=read_by(_type_meant),
            help='E.g. "violation alleged".',
        ),
        click.option(
            "--since",
            metavar="T",
            callback=read_by(lambda session, text: session.beginning(text)),
            help="Happened on this day or later.",
        ),
        click.option(
            "--until",
            metavar="T",
            callback=read_instant,
            help="Happened on this day or earlier.",
        ),
        tag_option,
        click.option("--author", help="Recorded by this person, or of this source."),
    ]
)


def filter_of(options: dict[str, Any], words: str | None = None) -> Filter:
    """The filter that the options make up; raises for words to look for that are none."""
    from tracker.queries.timeline import Filter, search_words

    names = ("commitment", "party", "speaker", "author", "tag", "since", "until")
    return Filter(
        **{name: options[name] for name in names},
        type=options["type_"],
        words=search_words(words) if words is not None else (),
    )
