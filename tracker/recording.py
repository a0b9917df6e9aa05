"""One follow-up event from the command line: built from typed fields, previewed, then recorded."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, get_args, get_type_hints

from msgspec.structs import replace
from uuid_utils import uuid7

from events import EventStore, format_instant
from events.cloudevents import CloudEvent
from tracker.commitment import Commitment
from tracker.errors import InvalidEvent
from tracker.event_types import EVENT_TYPES, Statement
from tracker.fold import AgreementState
from tracker.intake import Intake
from tracker.record import entry_of, full_type, type_name
from tracker.report import commitment_json
from tracker.streams import PARTIES, STATEMENTS
from tracker.unknown import unknown_id

SOURCE = "pactwatch/cli"
AXES = ("state", "compliance", "timing", "fulfilment", "late", "flags")


class Recording:
    """Builds an event for a target, shows what it changes, and appends it."""

    def __init__(self, store: EventStore, now: datetime) -> None:
        self.store = store
        self.now = now.replace(microsecond=0)
        self.intake = Intake(store, now)

    def event(
        self, name: str, target: str, fields: tuple[str, ...], event_id: str | None
    ) -> CloudEvent:
        """The event as it would stand in an event file."""
        type_name(full_type(name))
        data = typed_fields(name, fields)
        subject = self._aim(name, target, data)
        event = CloudEvent(
            id=event_id or str(uuid7()),
            source=SOURCE,
            type=full_type(name),
            subject=subject,
            time=self.now,
            data=data,
        )
        return self._effective_by_now(event)

    def _aim(self, name: str, target: str, data: dict[str, Any]) -> str:
        """The stream the event belongs to; a commitment's id is put into the data."""
        if name == "PartyRegistered":
            data.setdefault("party", target)
            return PARTIES
        if name == "AgreementRecorded":
            data.setdefault("agreement", target)
            return target
        owner = self.intake.owners.get(target)
        if owner is not None and target != data.get("commitment", target):
            raise InvalidEvent(f"two commitments named: {target!r} and {data['commitment']!r}")
        if owner is not None and "commitment" not in data:
            data["commitment"] = target
        return owner or self._agreement(name, target)

    def _agreement(self, name: str, target: str) -> str:
        if target == STATEMENTS and issubclass(EVENT_TYPES[name], Statement):
            return target
        if not self.store.stream_version(target):
            known = {*self.intake.owners, *self.intake.owners.values()}
            raise unknown_id("agreement or commitment", target, known)
        return target

    def _effective_by_now(self, event: CloudEvent) -> CloudEvent:
        """An event of today takes effect when it is recorded, not at a noon still to come."""
        recorded = self.intake.provisional(event)
        entry = entry_of(recorded, self.intake.registry.zone_of)
        if "effective_at" in event.data or entry.effective_at <= self.now:
            return event
        if entry.effective_at.date() > self.now.date():
            return event
        return replace(event, data={**event.data, "effective_at": format_instant(self.now)})

    def take(self, event: CloudEvent, *, dry_run: bool) -> dict[str, Any]:
        """Check the event, show its effect, and append it unless only asked what would happen."""
        subject = event.subject or STATEMENTS
        before = self.intake.stream(subject).state(self.now)
        self.intake.take(event)
        accepted = self.intake.accepted()
        after = self.intake.stream(subject).state(self.now)
        if not dry_run:
            self.store.append_batch(accepted.items, accepted.versions)
        return {
            "id": event.id,
            "type": event.type,
            "subject": subject,
            "time": format_instant(event.time),
            "effective_at": format_instant(self._effective_at(event)),
            "data": event.data,
            "effect": effect_of(before, after),
            "already_known": not accepted.items,
            "warnings": list(accepted.warnings),
            "dry_run": dry_run,
        }

    def _effective_at(self, event: CloudEvent) -> datetime:
        held = self.intake.stream(event.subject or STATEMENTS).events
        recorded = next(found for found in held if found.id == event.id)
        return entry_of(recorded, self.intake.registry.zone_of).effective_at


def effect_of(before: AgreementState, after: AgreementState) -> list[dict[str, Any]]:
    """Every axis of every commitment that differs."""
    rows = []
    for commitment_id, commitment in after.commitments.items():
        new = axes_of(commitment, after.as_of)
        held = before.commitments.get(commitment_id)
        old = axes_of(held, before.as_of) if held else {}
        rows += [
            {"commitment": commitment_id, "axis": axis, "before": old.get(axis), "after": new[axis]}
            for axis in AXES
            if old.get(axis) != new[axis] and (held or new[axis])
        ]
    return rows


def axes_of(commitment: Commitment, as_of: datetime) -> dict[str, Any]:
    """The axes of a commitment in words; fulfilment as grade and quantities."""
    shown = commitment_json(commitment, as_of)
    axes = {axis: shown[axis] for axis in AXES}
    done = shown["fulfilment"]
    counts = f" {done['delivered'] or 0} of {done['promised']}" if done["promised"] else ""
    return axes | {"fulfilment": done["grade"] + counts}


def typed_fields(name: str, fields: tuple[str, ...]) -> dict[str, Any]:
    """`name=value` and `--name value` pairs as data, each of the type its field has."""
    hints = get_type_hints(EVENT_TYPES[name])
    data: dict[str, Any] = {}
    for key, text in _pairs(fields):
        outer, _, inner = key.replace("-", "_").partition(".")
        if outer not in EVENT_TYPES[name].__struct_fields__:
            raise unknown_field(name, outer)
        if inner:
            data.setdefault(outer, {})[inner] = _value(text, None)
        else:
            data[outer] = _value(text, hints.get(outer))
    return data


def unknown_field(name: str, field: str) -> InvalidEvent:
    from difflib import get_close_matches

    known = EVENT_TYPES[name].__struct_fields__
    close = get_close_matches(field, known, n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    own = ", ".join(sorted(known))
    return InvalidEvent(f"{name} has no field {field!r}{meant}", hint=f"its fields: {own}")


def _pairs(fields: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs, rest = [], list(fields)
    while rest:
        field = rest.pop(0)
        if field.startswith("--") and "=" not in field:
            if not rest:
                raise InvalidEvent(f"{field} needs a value", hint=f"{field} VALUE")
            pairs.append((field[2:], rest.pop(0)))
            continue
        key, equals, text = field.removeprefix("--").partition("=")
        if not equals:
            raise InvalidEvent(f"expected name=value, found {field!r}", hint="e.g. basis=claim")
        pairs.append((key, text))
    return pairs


def _value(text: str, hint: Any) -> Any:
    """JSON where it is meant: structures, numbers, true, false, null; lists also with commas."""
    kinds = _kinds(hint)
    if text[:1] in ("{", "[") or (text in ("true", "false", "null") and kinds != {"str"}):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidEvent(f"not JSON: {text!r} ({error})") from error
    if "tuple" in kinds:
        return [part.strip() for part in text.split(",") if part.strip()]
    is_number = text.isascii() and text.isdigit()
    return int(text) if is_number and ("int" in kinds or hint is None) else text


def _kinds(hint: Any) -> set[str]:
    """The plain type names inside a field's annotation."""
    found: set[str] = set()
    for part in (hint, *get_args(hint)):
        origin = getattr(part, "__origin__", part)
        name = getattr(origin, "__name__", "")
        found |= {name} if name in ("str", "int", "bool", "tuple", "dict") else set()
        if part is not hint and get_args(part):
            found |= _kinds(part)
    return found
