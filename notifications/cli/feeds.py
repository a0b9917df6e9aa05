"""The group `feed`: deadlines as iCalendar, changes as Atom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from tracker.entries.tlp import LEVELS
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session, with_options
from tracker.terminal.output import OutputFile, output_option
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from tracker.queries.board.queries import BoardQueries


def read_base_url(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> str | None:
    """Reads where the board is, with a slash at its end; raises BadParameter for no address."""
    from notifications.errors import InvalidSetting
    from notifications.setting_forms import URL_FORMS, url_parts

    if text is None:
        return None
    try:
        url_parts("public_url", text)
    except InvalidSetting as error:
        words = f"{text!r}: expected {URL_FORMS['public_url'].words}"
        raise click.BadParameter(words) from error
    return text.rstrip("/") + "/"


LOCAL = "http://localhost:8000/"
"""Where `serve` is by itself, which leads nobody else anywhere."""


feed_options = with_options(
    [
        click.argument("agreements", nargs=-1, metavar="[AGREEMENT]..."),
        output_option,
        click.option(
            "--base-url",
            callback=read_base_url,
            default=LOCAL,
            show_default=True,
            envvar="PACTWATCH_PUBLIC_URL",
            show_envvar=True,
            help="Where the board is; entries link there.",
        ),
        click.option(
            "--tlp",
            "ceiling",
            type=click.Choice(LEVELS, case_sensitive=False),
            help="Nothing marked above this, nor computed from it "
            "(default: the global --tlp, else CLEAR).",
        ),
        now_option,
    ]
)


@click.group(cls=CommandGroup, context_settings=HELP)
def feed() -> None:
    """The deadlines as a calendar, changes as a feed; the board serves the same.

    \b
    Examples:
      pactwatch feed ics -o deadlines.ics
      pactwatch feed atom energy-pause-2025
    """


@contextmanager
def open_board(
    session: Session, ceiling: str | None, agreements: tuple[str, ...]
) -> Iterator[BoardQueries]:
    """What may be published up to a ceiling; raises for an agreement that is not among it."""
    from events import EventStore
    from events.database.engine import open_engine, read_snapshot
    from tracker.entries.hidden_events import hidden_events
    from tracker.entries.streams import agreement_ids, is_reserved
    from tracker.errors import unknown_id
    from tracker.projections.whole_log import streams_above
    from tracker.queries.board.queries import BoardQueries

    session.visible_store().close()  # says so where there is none to read
    level = (ceiling or session.tlp or "CLEAR").upper()
    engine = open_engine(session.read_db, read_only=True)
    with (
        closing(EventStore.open(session.read_db, read_only=True)) as store,
        read_snapshot(engine) as connection,
    ):
        marked = streams_above(store, level)
        hidden = hidden_events(store, level, marked)
        board = BoardQueries(store, connection, session.now, level, marked, hidden=hidden)
        for agreement in agreements:
            if is_reserved(agreement) or not board.view.stream_version(agreement):
                raise unknown_id("agreement", agreement, agreement_ids(board.view))
        yield board


@feed.command("ics")
@feed_options
@pass_session
def ics(
    session: Session,
    agreements: tuple[str, ...],
    output: OutputFile,
    base_url: str,
    ceiling: str | None,
) -> None:
    """Every reading of every end as an event of iCalendar, with an alarm a day before.

    The UID of a reading never changes; SEQUENCE rises by one with every change.

    \b
    Examples:
      pactwatch feed ics -o deadlines.ics
      pactwatch feed ics energy-pause-2025
    """
    from notifications.feeds.publish import calendar_file

    with open_board(session, ceiling, agreements) as board:
        body = calendar_file(board.view, session.now, base_url=base_url, agreements=agreements)
    _write(session, output, body, base_url)


@feed.command("atom")
@feed_options
@pass_session
def atom(
    session: Session,
    agreements: tuple[str, ...],
    output: OutputFile,
    base_url: str,
    ceiling: str | None,
) -> None:
    """The newest hundred changes as an Atom feed, as last projected.

    \b
    Examples:
      pactwatch feed atom -o atom.xml
      pactwatch feed atom energy-pause-2025 --base-url https://pacts.example.org/
    """
    from notifications.feeds.publish import atom_file

    path = f"agreements/{agreements[0]}/atom.xml" if len(agreements) == 1 else "atom.xml"
    with open_board(session, ceiling, agreements) as board:
        body = atom_file(board, base_url=base_url, path=path, agreements=agreements)
    _write(session, output, body, base_url)


def _write(session: Session, output: OutputFile, body: bytes, base_url: str) -> None:
    with output.writing() as stream:
        stream.write(body)
    if base_url == LOCAL:
        print_info(session, f"its links lead to {LOCAL}; --base-url says where the board is")
