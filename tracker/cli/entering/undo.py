"""`undo`: takes back the last entry of whoever calls it."""

from __future__ import annotations

import shlex
from contextlib import closing

import click

from events import EventStore, RecordedEvent
from tracker.cli.entering.amending import amend
from tracker.cli.entering.entry_options import writing_options
from tracker.entries.amendments import RETRACTED, Amendments, short_type
from tracker.entries.authors import author_of
from tracker.entries.lookup import entry_words, newest_first, position_of
from tracker.errors import ConfirmationNeeded, InvalidEvent, TrackerError, UnknownId
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading, print_info


@click.command("undo", context_settings=HELP)
@click.option("--reason", default="undone", show_default=True, help="Why; kept with the entry.")
@writing_options
@pass_session
def undo(session: Session, reason: str, own_id: str | None, dry_run: bool, yes: bool) -> int:
    """Take back the last entry of yours, after showing it; a tombstone stays on record.

    Yours is what has your name: --author, PACTWATCH_AUTHOR, else the system's user. Any other
    entry is taken back with `pactwatch event retract`.

    \b
    Examples:
      pactwatch undo -n
      pactwatch undo --yes --reason "entered twice"
    """
    from tracker.cli.entering.appending import Draft
    from tracker.queries.subjects import summary
    from tracker.terminal.prompts import at_terminal

    with closing(session.store()) as store:
        entry = last_entry_of(store, session.source, position_of(store, own_id))
        print_heading(session, f"{entry_words(entry)}: {summary(entry.data)}".removesuffix(": "))
        author = ["--author", session.author] if session.author else []
        if not (yes or dry_run or at_terminal()):
            raise ConfirmationNeeded(
                f"{entry_words(entry)} would be taken back; that needs a yes",
                hint=shlex.join(["pactwatch", "undo", "--yes", *author]),
            )
        data = {"event": entry.id, "reason": reason}
        draft = Draft("EntryRetracted", entry.stream, data, own_id)
        code = amend(session, store, entry, draft, dry_run=dry_run, yes=yes)
        if code == 0 and not dry_run:
            print_state(session, store, entry)
    return code


def last_entry_of(store: EventStore, source: str, before: int | None) -> RecordedEvent:
    """The last entry of an author; raises where there is none, or it is taken back already.

    With `before` as it was below that position, when the same was said first.
    """
    own = (entry for entry in newest_first(store, before) if entry.source == source)
    last = next(own, None)
    if last is None:
        raise _nothing_of(store, source)
    retraction = last if short_type(last) == RETRACTED else _retraction(store, last, before)
    if retraction is None:
        return last
    undone = store.find(str(retraction.data.get("event")))
    what = entry_words(undone) if undone else "the last entry"
    words = f"{what} is taken back already, by #{retraction.position}"
    for entry in own:
        if short_type(entry) != RETRACTED and _retraction(store, entry, before) is None:
            raise InvalidEvent(
                f"{words}; the one before is {entry_words(entry)}",
                hint=f"pactwatch event retract {entry.position} --reason WHY",
            )
    raise InvalidEvent(
        f"{words}, and there is none before it",
        hint=f"to bring it back: pactwatch event retract {retraction.position} --reason WHY",
    )


def _retraction(
    store: EventStore, entry: RecordedEvent, before: int | None
) -> RecordedEvent | None:
    """What takes an entry back, as it was below a position."""
    events = store.read_stream(entry.stream)
    known = (event for event in events if before is None or event.position < before)
    return Amendments(known).retracted_by.get(entry.id)


def _nothing_of(store: EventStore, source: str) -> UnknownId:
    last = next(newest_first(store), None)
    name = f"nothing is recorded by {author_of(source)!r}"
    if last is None:
        return UnknownId(name, hint="pactwatch record --help")
    by = author_of(last.source) or last.source
    return UnknownId(
        f"{name}; the last entry is {entry_words(last)}, by {by}",
        hint=f"pactwatch event retract {last.position} --reason WHY",
    )


def print_state(session: Session, store: EventStore, entry: RecordedEvent) -> None:
    """Says how the promise of an entry stands now that it is taken back."""
    from tracker.queries.agreements import find_commitment

    name = entry.data.get("commitment")
    if not isinstance(name, str):
        return
    try:
        _, commitment = find_commitment(store, name, session.now, session.now)
    except TrackerError:
        print_info(session, f"{name} is not on record any more")
        return
    words = (commitment.state, commitment.compliance)
    print_info(session, f"{name} is now {', '.join(w.value.replace('_', ' ') for w in words)}")
