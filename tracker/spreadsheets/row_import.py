"""Turns the rows of a sheet into events and judges each, in order; every problem is kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from msgspec.structs import replace

from events import EventStoreError
from events.cloudevents import MAX_NAME, CloudEvent
from events.encoding.canonical import canonical_bytes
from events.envelope import EventData
from events.errors import HintedError
from tracker.documents.previews import MovedEnd, ends_moved
from tracker.entries.decoding import full_type
from tracker.entries.lookup import ROW_ID
from tracker.entries.streams import STATEMENTS
from tracker.errors import InvalidEvent, TrackerError, unknown_id
from tracker.model.event_types import EVENT_TYPES, PROMISES
from tracker.recording.accepted import Accepted, Remark
from tracker.recording.effect import AxisChange, effect_of
from tracker.recording.fields import Field, check_word, missing
from tracker.recording.lint import GARBLED
from tracker.recording.recorder import Recording, ahead_words
from tracker.recording.typed_fields import put_field
from tracker.rules.agreement import AgreementState
from tracker.spreadsheets.columns import column_name, heading_problems, written_type
from tracker.spreadsheets.encodings import doubts_in
from tracker.spreadsheets.sheet import Problem, Row, Sheet, SheetRefused

NAMED_IN_MESSAGE = re.compile(r"(?:^|: |\$\.|`)([a-z_]+(?:\.[a-z_]+)*)(?:`|:|$| )")


class CellRefused(TrackerError):
    """A cell that cannot be taken, by its column and by what the error says of it."""

    def __init__(self, column: int | None, error: HintedError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.column = column
        if isinstance(error, TrackerError):
            self.field, self.type_name = error.field, error.type_name


class RowRefused(Exception):
    """A row of which some cells cannot be taken."""

    def __init__(self, errors: list[CellRefused]) -> None:
        self.errors = errors


class SheetImport:
    """Takes the rows of one sheet into an intake; `accepted` is what may then be appended."""

    def __init__(self, recording: Recording, zone: str, *, takes_ahead: bool = False) -> None:
        """Days without a place of their own count in `zone`.

        A row that is dated later than now is taken with `takes_ahead` alone.
        """
        self.recording = recording
        self.takes_ahead = takes_ahead
        self.intake = recording.intake
        self.zone = zone
        self.before: dict[str, AgreementState] = {}
        """The agreements that the rows are about, as they stood before."""
        self.columns: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.rows: dict[str, int] = {}
        """The row of each id in the sheet."""
        self.derived: set[str] = set()
        """The ids that follow from what their rows say."""
        self.said: dict[str, set[bytes]] = {}
        """What rows without an id say that are on record already, by stream."""
        self.failed: set[str] = set()
        """The promises and agreements that would be there if their rows could be taken."""

    def take(self, sheet: Sheet) -> Accepted:
        """Takes every row; raises SheetRefused with all that cannot be taken."""
        sheet = replace(sheet, heading=tuple(map(column_name, sheet.heading)))
        self.problems = [*heading_problems(sheet)]
        if self.problems:
            raise SheetRefused(self.problems)
        self.columns = {name: column for column, name in enumerate(sheet.heading, start=1)}
        self.problems += sheet.problems
        for words in doubts_in(sheet):
            self.intake.remark(words)
        broken = {problem.row for problem in sheet.problems}
        for row in sheet.rows:
            if row.number in broken:
                continue
            cells = {name: (column, text) for column, name, text in sheet.fields(row)}
            try:
                self._take_event(self._event(cells, row))
            except RowRefused as refused:
                self._note(sheet, row, cells, refused.errors)
            except (TrackerError, EventStoreError) as error:
                placed = error if isinstance(error, CellRefused) else self._placed(error)
                self._note(sheet, row, cells, [placed])
        if self.problems:
            raise SheetRefused(sorted(self.problems, key=lambda problem: problem.row))
        accepted = self.intake.accepted()
        # A text that was read wrongly is named by its cell already.
        others = (remark for remark in accepted.remarks if remark.code != GARBLED)
        return replace(accepted, remarks=[*map(self._by_row, others)])

    def _by_row(self, remark: Remark) -> Remark:
        """The remark with the row of an entry in place of an id that was made up for it."""
        name, _, words = remark.text.partition(": ")
        is_made_up = name in self.derived and words
        return replace(remark, text=f"row {self.rows[name]}: {words}") if is_made_up else remark

    def effect(self) -> list[AxisChange]:
        """What the rows change of each promise, as of now."""
        return [change for before, after in self._states() for change in effect_of(before, after)]

    def ends(self) -> list[MovedEnd]:
        """Each end that the rows move, set or take away."""
        return [
            end
            for before, after in self._states()
            for end in ends_moved(before.commitments, after.commitments)
        ]

    def _states(self) -> Iterator[tuple[AgreementState, AgreementState]]:
        """The agreements that the rows are about, before and after them."""
        for name, before in self.before.items():
            yield before, self.recording.state(name, self.recording.now)[0]

    def _note(self, sheet: Sheet, row: Row, cells: Cells, errors: list[CellRefused]) -> None:
        """Notes the problems of a row, unless it only hangs on one that could not be taken."""
        about = {cells[name][1] for name in ("agreement", "commitment") if name in cells}
        if not about & self.failed:
            self.problems += [sheet.problem_of(row.number, error.column, error) for error in errors]
        _, kind = cells.get("type", (0, ""))
        made = "agreement" if kind == "AgreementRecorded" else "commitment"
        if made in cells and kind in {"", *PROMISES, "AgreementRecorded"}:
            self.failed.add(cells[made][1])

    def _event(self, cells: Cells, row: Row) -> CloudEvent | None:
        """The event of a row; None for one that repeats another."""
        if "" in cells:
            raise CellRefused(cells[""][0], InvalidEvent("a value under no heading"))
        name = self._type(cells)
        event_id = self._id(cells, row)
        if event_id is None:
            return None
        data = self._data(name, cells, event_id)
        new = name in PROMISES and data.get("commitment") not in self.intake.index
        absent = missing(name, data, new=new)
        if absent:
            raise RowRefused([self._missing(name, field) for field in absent])
        subject = self._subject(name, data, cells)
        canonical_bytes(data)
        source, now = self.recording.source, self.recording.now
        event = CloudEvent(event_id, source, full_type(name), subject, now, data)
        return self.recording.taking_effect(event, self.intake.find(event_id))

    def _missing(self, name: str, field: Field) -> CellRefused:
        words = f"{name} needs {field.name}: {' or '.join(field.allowed) or field.meaning}"
        hint = "" if field.name in self.columns else f"add the column `{field.name}`"
        return CellRefused(self.columns.get(field.name), InvalidEvent(words, hint=hint))

    def _data(self, name: str, cells: Cells, event_id: str) -> EventData:
        """The data of a row, as it is recorded; raises RowRefused with every cell that is wrong."""
        data: EventData = {}
        errors: list[CellRefused] = []
        # The form of a value is that of the term that it reads.
        for field in sorted(cells, key="term".__ne__):
            column, text = cells[field]
            if field in ("id", "type", "agreement") and field not in payload_fields(name):
                continue
            try:
                put_field(data, name, field, text)
                check_word(name, field, data.get(field))
            except TrackerError as error:
                errors.append(CellRefused(column, error))
        target = next((cells[name][1] for name in ("agreement", "commitment") if name in cells), "")
        written = self.recording.written_fields(target, self.zone, event_id)
        context: EventData = {field: data[field] for field in ("zone", "term") if field in data}
        for field, value in data.items():
            try:
                data[field] = written.resolve({**context, field: value})[field]
            except TrackerError as error:
                errors.append(self._placed(error))
        if errors:
            raise RowRefused(errors)
        return data

    def _type(self, cells: Cells) -> str:
        column, text = cells.get("type", (None, ""))
        if not text:
            raise InvalidEvent("no type", hint="e.g. ViolationAlleged")
        try:
            return written_type(text)
        except InvalidEvent as error:
            raise CellRefused(column, error) from error

    def _placed(self, error: HintedError) -> CellRefused:
        """The error with the column that it is about, or that its message names, where there is."""
        field = error.field if isinstance(error, TrackerError) else ""
        named = (field, *NAMED_IN_MESSAGE.findall(error.message))
        column = next((self.columns[name] for name in named if name in self.columns), None)
        return CellRefused(column, error)

    def _id(self, cells: Cells, row: Row) -> str | None:
        """The id that is given, or that of what the row says; None where a row repeats another."""
        column, given = cells.get("id", (None, ""))
        event_id = given or row_id({name: text for name, (_, text) in cells.items()})
        if not given:
            self.derived.add(event_id)
        earlier = self.rows.setdefault(event_id, row.number)
        if earlier == row.number:
            if len(event_id) > MAX_NAME:
                words = f"an id of {len(event_id)} characters; expected at most {MAX_NAME}"
                raise CellRefused(column, InvalidEvent(words))
            return event_id
        if given:
            words = f"the id {given!r} stands in row {earlier} already"
            raise CellRefused(column, InvalidEvent(words, hint="give each row an id of its own"))
        self.intake.remark(f"row {row.number} says what row {earlier} says: one entry")
        return None

    def _subject(self, name: str, data: EventData, cells: Cells) -> str:
        """The stream of the event: its agreement's, that of its party, or that of no agreement."""
        if EVENT_TYPES[name].level == "registry":
            return self.recording.resolve_target(name, "", data)
        if "agreement" in cells:
            return cells["agreement"][1]
        commitment = data.get("commitment")
        if isinstance(commitment, str):
            agreement = self.intake.index.get(commitment)
            if agreement is None:
                error = unknown_id("commitment", commitment, list(self.intake.index))
                raise CellRefused(cells["commitment"][0], error)
            return agreement
        target = self.intake.find(str(data.get("event")))
        if target is not None:
            return target.stream
        if EVENT_TYPES[name].level == "note":
            return STATEMENTS
        raise InvalidEvent(
            f"{name} needs an agreement or a commitment", hint="fill in the column `commitment`"
        )

    def _take_event(self, event: CloudEvent | None) -> None:
        """Takes an event; one under an id on record is passed over where it says the same."""
        if event is None:
            return
        known = self.intake.find(event.id)
        subject = event.subject or STATEMENTS
        if known is None and event.id in self.derived and self._is_said(subject, event):
            self.intake.already_known += 1
            return
        if known is None:
            if subject not in self.before:
                self.before[subject], _ = self.recording.state(subject, self.recording.now)
            self.intake.take(event)
            self._check_not_ahead(event)
            return
        new = (event.type, event.subject, event.data)
        if event.id not in self.derived and new != (known.type, known.stream, known.data):
            raise InvalidEvent(
                f"{event.id!r} is taken by another event at position {known.position}",
                hint=f"to change it: pactwatch event correct {event.id} FIELD=VALUE --reason WHY",
            ).of_field("id")
        self.intake.already_known += 1

    def _is_said(self, subject: str, event: CloudEvent) -> bool:
        """Whether a row on record says the same in another form: 20 Nov 2026, and 2026-11-20.

        A spreadsheet makes dates of what was typed. Rows that were taken back count as well, as
        those do that are imported again.
        """
        if subject not in self.said:
            rows = self.intake.stream(subject).recorded
            self.said[subject] = {_gist(r.type, r.data) for r in rows if r.id.startswith(ROW_ID)}
        return _gist(event.type, event.data) in self.said[subject]

    def _check_not_ahead(self, event: CloudEvent) -> None:
        """Raises CellRefused for a row that is dated later than now, where that is not meant."""
        if not self.takes_ahead and self.recording.is_ahead(event):
            words = ahead_words(event.data, self.recording.now)
            raise CellRefused(
                self.columns["occurred"], InvalidEvent(words, hint="if that is meant, add --yes")
            )


Cells = dict[str, tuple[int, str]]
"""The cells of a row that say something, by the name of their column: column and text."""


def row_id(texts: dict[str, str]) -> str:
    """The id of a row without one: it follows from what the cells say, wherever they stand."""
    return ROW_ID + sha256(canonical_bytes(texts)).hexdigest()[:20]


def _gist(type_: str, data: EventData) -> bytes:
    return canonical_bytes({"type": type_, "data": data})


def payload_fields(name: str) -> tuple[str, ...]:
    return EVENT_TYPES[name].__struct_fields__
