"""Appends entries as they were judged; where others were faster, judges them again first.

An entry that does the same after the other's append is recorded; else nothing is, and both effects
are known.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from events import EventStore
from events.address import is_postgres
from events.envelope import EventData
from events.errors import AnswerLost, EventIdConflict, StoreUnavailable, WrongExpectedVersion
from tracker.entries.lookup import entry_words
from tracker.entries.unreadable import reason_of
from tracker.errors import ProjectingFailed, TrackerError
from tracker.recording.accepted import Accepted, append_accepted
from tracker.recording.effect import RecordingDocument, has_same_effect
from tracker.recording.preview import preview
from tracker.recording.recorder import Recording
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_info

if TYPE_CHECKING:
    from tracker.projections.agreement_rows import JudgedAgreements


class Draft(Struct):
    """One entry as it was typed; its id stays the same however often it is judged."""

    name: str
    target: str
    data: EventData
    event_id: str | None = None
    is_to_be_kept: bool = False
    """Whether it is printed where it is not recorded: some of it was answered at a prompt, or
    others were faster."""


class Judgement(Struct, frozen=True):
    """What drafts would do, judged by the log as one recording has read it."""

    recording: Recording
    documents: list[RecordingDocument]

    @property
    def is_known(self) -> bool:
        """Whether all of it is on record already."""
        return all(document["already_known"] for document in self.documents)


class EffectChanged(TrackerError):
    """What others have recorded since the preview changes what the entry does."""

    exit_code = 3

    def __init__(self, drafts: list[Draft], judgement: Judgement, since: list[str]) -> None:
        super().__init__(
            "others were faster, and the entry would do something else now; nothing was recorded",
            hint=f"if that is right: {' && '.join(map(command_line, drafts))}",
        )
        self.judgement = judgement
        self.since = since


def judge(recording: Recording, drafts: list[Draft], *, dry_run: bool = False) -> Judgement:
    """Judges drafts by what a recording has read."""
    documents: list[RecordingDocument] = []
    for draft in drafts:
        event = recording.event(draft.name, draft.target, {**draft.data}, draft.event_id)
        draft.event_id = event.id
        documents.append(preview(recording, event, dry_run=dry_run))
        # What one of them lacks, the next may bring.
        documents[-2:-1] = [{**each, "warnings": []} for each in documents[-2:-1]]
    return Judgement(recording, documents)


def append_judged(
    session: Session, store: EventStore, drafts: list[Draft], judgement: Judgement
) -> tuple[Judgement, ProjectingFailed | None]:
    """Appends drafts, and those of another's turn once more under the lock that writers wait for.

    Raises EffectChanged, and appends nothing, where they would do something else by then.
    """
    accepted = judgement.recording.intake.accepted()
    with lost_answers_named(drafts):
        try:
            failure = append(session, store, accepted)
            if store is session.draft:
                store.append_batch(accepted.items)  # it goes on as the database that was made
        except (EventIdConflict, WrongExpectedVersion):
            if store is not session.draft:
                return _append_in_turn(session, store, drafts, judgement)
        else:
            return judgement, failure
        # Others have made the database meanwhile, which a draft in memory does not see.
        with closing(session.store()) as log:
            return _append_in_turn(session, log, drafts, judgement)


def _append_in_turn(
    session: Session, store: EventStore, drafts: list[Draft], judgement: Judgement
) -> tuple[Judgement, ProjectingFailed | None]:
    """Judges and appends drafts while no other writer appends: one more try is enough."""
    with store.exclusive():
        session.renew_now()
        recording = Recording(store, session.now, session.alerting.preview, session.source)
        renewed = judge(recording, drafts)
        if not has_same_effect(judgement.documents, renewed.documents):
            for draft in drafts:
                draft.is_to_be_kept = True
            raise EffectChanged(drafts, renewed, _others_since(judgement, store))
        accepted = recording.intake.accepted()
        session.advance_witness(store)
        store.append_batch(accepted.items, accepted.versions)
    return renewed, after_append(session, store, accepted)


def _others_since(judgement: Judgement, store: EventStore) -> list[str]:
    """What others have recorded in the streams of a judgement since it was made."""
    versions = judgement.recording.intake.accepted().versions
    return [
        entry_words(event)
        for stream, version in versions.items()
        for event in store.read_stream(stream, after=version)
    ]


@contextmanager
def lost_answers_named(drafts: list[Draft]) -> Iterator[None]:
    """Names the id to use again where the answer of an append is lost."""
    try:
        yield
    except AnswerLost as error:
        event_id = drafts[-1].event_id
        hint = f"give the same command again with --id {event_id}, and it counts once"
        raise AnswerLost(error.message, hint=hint) from error


def append(session: Session, store: EventStore, accepted: Accepted) -> ProjectingFailed | None:
    """Appends events and brings the projections up to them; returns what failed after the commit.

    What fails before raises, and nothing is recorded. After it the events stay. A draft in
    memory stands for a database that is not there yet, which is made.
    """
    if store is session.draft:
        with closing(session.complete_store()) as made:
            return append(session, made, accepted)
    session.advance_witness(store)
    with Progress(session, "events appended") as progress:
        append_accepted(store, accepted, progress)
    return after_append(session, store, accepted)


def after_append(
    session: Session, store: EventStore, accepted: Accepted
) -> ProjectingFailed | None:
    """Brings the projections up to the log; returns what fails, since the events stay."""
    try:
        session.advance_witness(store)
        _catch_up(session, store, accepted.folded)
    except KeyboardInterrupt:
        print_info(session, str(ProjectingFailed(len(accepted.events), "it was interrupted")))
        raise
    except Exception as error:
        # What a server refuses a login it would refuse a rebuild as well.
        hint = error.hint if isinstance(error, StoreUnavailable) else ""
        before = hint if is_postgres(session.db) else ""
        return ProjectingFailed(len(accepted.events), reason_of(error), before)
    return None


LEFT_TO_A_TURN = (
    "recorded; another release made the tables of this long log, and the next turn makes them anew,"
    " or now: pactwatch projection rebuild --yes"
)


def _is_left_to_a_turn(store: EventStore) -> bool:
    """Whether all rows are to be made anew, and they are too many for a command that records."""
    from tracker.projections.processes import LARGE
    from tracker.projections.reader import projected, projected_to

    made = projected_to(store)
    return made is not None and made[0] > LARGE and projected(store) is None


def _catch_up(session: Session, store: EventStore, judged: JudgedAgreements) -> None:
    """Brings the projections to the head of the log; makes the tables first where they are not."""
    from tracker.projections.bring_up import bring_up, has_tables

    has_all = session.is_complete or has_tables(store)
    if not has_all and _is_left_to_a_turn(store):
        print_info(session, LEFT_TO_A_TURN)
        return
    with Progress(session, "agreements projected") as progress:
        transaction = store.write_tables() if has_all else None
        if transaction is not None:
            with transaction as tables:
                bring_up(store, tables, session.now, progress, judged)
            return
        from events.database.engine import write_transaction
        from tracker.projections.catch_up import catch_up

        with write_transaction(session.engine()) as connection:
            catch_up(store, connection, session.now, progress, judged)


def command_line(draft: Draft) -> str:
    """The command that records a draft, whole and quoted for the shell, with all that was typed."""
    words = ["record", draft.name, draft.target]
    words += [
        f"{key}={field_text(value)}" for key, value in draft.data.items() if value != draft.target
    ]
    return shlex.join(["pactwatch", *_global_options(), *words])


def field_text(value: object) -> str:
    """Writes a value as `name=value` takes it."""
    if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
        return ",".join(value)
    if isinstance(value, str):
        return value
    from tracker.sources.citations import short_words

    return short_words(value) or json.dumps(value, ensure_ascii=False)


def _global_options() -> Iterator[str]:
    """The options given before the command that decide what it does, and who records."""
    context = click.get_current_context(silent=True)
    root = context.find_root() if context else None
    for name, option in (("db", "--db"), ("now_text", "--now"), ("tz", "--tz")):
        source = root.get_parameter_source(name) if root else None
        if root is not None and source is click.core.ParameterSource.COMMANDLINE:
            yield from (option, str(root.params[name]))
    author = root.obj.author if root else None
    if author and author != os.environ.get("PACTWATCH_AUTHOR"):
        yield from ("--author", author)
