"""The commands that amend an entry: `event correct` and `event retract`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from events import EventStore, RecordedEvent
from tracker.cli.entering.entry_options import writing_options
from tracker.cli.views.entries import change_line
from tracker.errors import InvalidEvent
from tracker.terminal.options import HELP, entry_argument, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading, print_info

if TYPE_CHECKING:
    from tracker.cli.entering.appending import Draft

reason_option = click.option("--reason", help="Why; kept with the entry.")


@click.command("correct", context_settings={**HELP, "ignore_unknown_options": True})
@entry_argument
@click.argument("fields", nargs=-1, required=True, type=click.UNPROCESSED, metavar="FIELD=VALUE...")
@reason_option
@writing_options
@pass_session
def event_correct(
    session: Session,
    event_id: str,
    fields: tuple[str, ...],
    reason: str | None,
    own_id: str | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Say what an entry should have said; what it said first stays on record.

    Only the fields given are replaced, with dots also parts (terms.due=2025-03-20); null takes a
    field back. After a correction `last` is the entry that it corrects, so that giving the
    command again corrects the same entry again. A correction is an entry, too: by its number it
    can be corrected and retracted itself.

    \b
    Examples:
      pactwatch event correct 50 terms.count=inclusive -n
      pactwatch event correct last credibility=2 --reason "confirmed since" -n
      pactwatch event correct ds-ep-002 occurred=2025-03-17 \\
          --reason "the post is of the 17th" -n
      pactwatch event correct ds-ep-002 terms.duration=P31D --reason "misread" -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.entries.lookup import LAST, entry_words, find_entry_to_correct, position_of
    from tracker.queries.entries import replacement
    from tracker.recording.as_written import WrittenFields
    from tracker.terminal.prompts import at_terminal

    with closing(session.store()) as store:
        target = find_entry_to_correct(store, event_id, position_of(store, own_id))
        if event_id == LAST:
            print_info(session, f"corrects {entry_words(target)}")
        written = WrittenFields.of(store, target.stream, session.now, session.tz)
        new, changed = replacement(store, target, fields, written, own_id)
        for resolved in written.take_changes():
            print_info(session, resolved)
        for change in changed:
            print_heading(session, change_line(change))
        data = {"event": target.id, "replacement": new}
        if reason is None and at_terminal() and not (yes or dry_run):
            reason = str(click.prompt("reason (Enter for none)", "", show_default=False, err=True))
        data |= {"reason": reason.strip()} if reason and reason.strip() else {}
        draft = Draft("EntryCorrected", target.stream, data, own_id)
        return amend(session, store, target, draft, dry_run=dry_run, yes=yes)


@click.command("retract", context_settings=HELP)
@entry_argument
@reason_option
@writing_options
@pass_session
def event_retract(
    session: Session,
    event_id: str,
    reason: str | None,
    own_id: str | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Take back an entry that was our own error; a tombstone stays on record.

    A retraction that is itself retracted brings the entry back.

    \b
    Examples:
      pactwatch event retract ds-ep-002 --reason "entered twice" -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.entries.lookup import find_entry, position_of

    with closing(session.store()) as store:
        target = find_entry(store, event_id, position_of(store, own_id))
        command = f"pactwatch event retract {event_id} --reason WHY"
        data = {"event": target.id, "reason": ask_reason(reason, command)}
        draft = Draft("EntryRetracted", target.stream, data, own_id)
        return amend(session, store, target, draft, dry_run=dry_run, yes=yes)


def amend(
    session: Session,
    store: EventStore,
    target: RecordedEvent,
    draft: Draft,
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    """Records a correction or a retraction of an entry; returns the exit code."""
    from tracker.cli.entering.record_flow import record_event

    next_step = f"pactwatch event show {target.position}"
    return record_event(session, store, draft, dry_run=dry_run, yes=yes, next_step=next_step)


def ask_reason(reason: str | None, command: str) -> str:
    """Gives the reason, or asks for it at a terminal; elsewhere hints at `command`."""
    from tracker.terminal.prompts import ask_needed, at_terminal

    if reason:
        return reason
    if not at_terminal():
        raise InvalidEvent("a reason is needed", hint=command)
    return ask_needed("* reason")
