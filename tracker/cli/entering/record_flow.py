"""Recording one event from the command line: missing fields, preview, question, append.

Every command that records an event goes this way, so that all of them preview, ask and refuse
alike.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import click

from events import EventStore
from tracker.cli.entering.appending import (
    Draft,
    EffectChanged,
    Judgement,
    append_judged,
    command_line,
    judge,
)
from tracker.cli.entering.missing_fields import complete_drafts
from tracker.cli.views.preview import show_preview
from tracker.entries.lookup import numbered, position_of
from tracker.errors import InvalidEvent, ProjectingFailed, TrackerError
from tracker.recording.effect import RecordingDocument
from tracker.recording.recorder import Recording, ahead_words
from tracker.terminal.output import emit
from tracker.terminal.prompts import at_terminal
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_info

DECLINED = 1
EFFECT_COLUMNS = ["commitment", "axis", "before", "after"]


class Entered(NamedTuple):
    """What was recorded, or would be; and what failed after the commit."""

    documents: list[RecordingDocument]
    failure: ProjectingFailed | None = None


def record_event(
    session: Session,
    store: EventStore,
    draft: Draft,
    *,
    dry_run: bool,
    yes: bool,
    next_step: str = "",
) -> int:
    """Records one event, or only shows what it would do; returns the exit code."""
    entered = enter(session, store, [draft], dry_run=dry_run, yes=yes)
    if entered is None:
        return DECLINED
    (document,) = entered.documents
    return print_entered(session, draft.name, document, entered, "" if dry_run else next_step)


def record_together(
    session: Session,
    store: EventStore,
    drafts: list[Draft],
    *,
    dry_run: bool,
    yes: bool,
    next_step: str,
) -> int:
    """Records events of one type in one transaction; returns the exit code."""
    entered = enter(session, store, drafts, dry_run=dry_run, yes=yes)
    if entered is None:
        return DECLINED
    name, document = drafts[0].name, {"recorded": entered.documents}
    return print_entered(session, name, document, entered, "" if dry_run else next_step)


def print_entered(
    session: Session,
    name: str,
    document: Mapping[str, object],
    entered: Entered,
    next_step: str,
) -> int:
    """Prints what was recorded, and raises what failed after the commit; returns the exit code."""
    documents = entered.documents
    effects = [row for each in documents for row in each["effect"]]
    rows = documents if session.format == "jsonl" else effects
    draw = partial(print_recorded, session, name, documents, next_step)
    emit(session, document, rows, EFFECT_COLUMNS, draw=draw)
    if entered.failure is not None:
        raise entered.failure
    return 0


def enter(
    session: Session, store: EventStore, drafts: list[Draft], *, dry_run: bool, yes: bool
) -> Entered | None:
    """Asks for what is missing, previews, asks for a yes and appends; None where it was a no.

    What is not asked about is printed after the append, so that a reader who goes away, as in
    `record ... | head -1`, costs no entry.
    """
    if session.now_text is None:
        session.alerting.check_clock(store, session.now)
    recording = Recording(store, session.now, session.alerting.preview, session.source)
    with answers_kept(session, drafts):
        changes = complete_drafts(session, recording, drafts)
    session.advance_witness(store)
    judgement = judge(recording, drafts, dry_run=dry_run)
    is_asked_for = not (yes or dry_run or judgement.is_known)
    asks = at_terminal() and is_asked_for
    if is_asked_for and not asks:
        check_not_ahead(drafts, judgement)
    if asks:
        print_lines(session, changes)
        print_previews(session, drafts, judgement.documents, err=not sys.stdout.isatty())
        if not confirm(session, drafts, "Record it?"):
            return None
    entered = Entered(judgement.documents)
    if not dry_run:
        appended = append_or_ask(session, store, drafts, judgement, asks=asks)
        if appended is None:
            return None
        entered = appended
    print_lines(session, () if asks else changes)
    if session.format == "table" and not (asks and sys.stdout.isatty()):
        print_previews(session, drafts, entered.documents)
    return entered


def check_not_ahead(drafts: list[Draft], judgement: Judgement) -> None:
    """Raises InvalidEvent where an entry is dated later than now, and nobody can be asked."""
    for draft, document in zip(drafts, judgement.documents, strict=True):
        if document["dated_ahead"]:
            words = ahead_words(document["data"], judgement.recording.now)
            raise InvalidEvent(
                f"{draft.name}: {words}; nothing was recorded",
                hint=f"if that is meant: {command_line(draft)} --yes",
            )


def append_or_ask(
    session: Session, store: EventStore, drafts: list[Draft], judgement: Judgement, *, asks: bool
) -> Entered | None:
    """Appends drafts; shows both effects where others have changed it, and asks once more.

    None where the answer is no. Raises EffectChanged where nobody is asked.
    """
    try:
        appended, failure = append_judged(session, store, drafts, judgement)
    except EffectChanged as changed:
        if not asks:
            print_info(session, "before:")
            print_previews(session, drafts, judgement.documents, err=True)
        print_info(session, f"recorded by others since: {', '.join(changed.since)}\nnow:")
        print_previews(session, drafts, changed.judgement.documents, err=True)
        if not asks:
            raise
        if not confirm(session, drafts, "Record it all the same?"):
            return None
        return append_or_ask(session, store, drafts, changed.judgement, asks=True)
    except TrackerError:
        # What others have recorded since may refuse it now.
        if asks:
            print_again(session, drafts)
        raise
    for document in appended.documents:
        document["position"] = position_of(store, document["id"])
        document["projecting_failed"] = failure.reason if failure else None
    return Entered(appended.documents, failure)


def print_lines(session: Session, lines: Iterable[str]) -> None:
    for line in lines:
        print_info(session, line)


def print_previews(
    session: Session, drafts: list[Draft], documents: list[RecordingDocument], *, err: bool = False
) -> None:
    """Prints what the entries would do, on stderr when stdout is for a program.

    They are of one type and date: one, or those of `--each`.
    """
    name, at = drafts[0].name, format_local(documents[0]["effective_at"], session.tz)
    where = map(_what_of, documents)
    made_up = re.compile(rf"^(?:{'|'.join(re.escape(each['id']) for each in documents)}): ")
    warnings = (made_up.sub("", text) for each in documents for text in each["warnings"])
    print_lines(session, (f"warning: {text}" for text in dict.fromkeys(warnings)))
    verb = "takes" if len(documents) == 1 else "take"
    print_info(session, f"{name} on {', '.join(where)} {verb} effect at {at}")
    show_preview(documents, session.tz, err=err or session.format != "table")


def confirm(session: Session, drafts: list[Draft], question: str) -> bool:
    """Asks for a yes; a no gets the command with all that was typed, to go on from."""
    if len(drafts) > 1:
        question = question.replace("it", f"these {len(drafts)}", 1)
    with answers_kept(session, drafts):
        is_wanted = click.confirm(question, err=True)
    if not is_wanted:
        print_again(session, drafts)
    return is_wanted


@contextmanager
def answers_kept(session: Session, drafts: list[Draft]) -> Iterator[None]:
    """Prints what was answered so far where somebody breaks off."""
    try:
        yield
    except (KeyboardInterrupt, EOFError, click.Abort):
        print_info(session, "")
        print_again(session, drafts)
        raise


def print_again(session: Session, drafts: list[Draft]) -> None:
    """Says that nothing was recorded, with commands that record what was answered at prompts."""
    answered = [draft for draft in drafts if draft.is_to_be_kept]
    again = "; the same entry again:" if answered else ""
    print_info(session, f"nothing was recorded{again}")
    print_lines(session, (f"  {command_line(draft)}" for draft in answered))


def _what_of(document: RecordingDocument) -> str:
    """What an entry is about: its promise, or the whole agreement."""
    return document["data"].get("commitment") or document["subject"]


def print_recorded(
    session: Session, name: str, documents: list[RecordingDocument], next_step: str
) -> None:
    for document in documents:
        verb = "would record" if document["dry_run"] else "recorded"
        verb = "already on record:" if document["already_known"] else verb
        entry = numbered(document["id"], document["position"])
        words = [verb, name, entry, "on", _what_of(document)]
        print_info(session, " ".join(filter(None, words)))
    if next_step:
        print_info(session, f"next: {next_step}")
