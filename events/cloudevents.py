"""The event file: one CloudEvents 1.0 JSON object a line, read strictly and written canonically."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import datetime
from sys import intern
from typing import IO, Any, NoReturn

import msgspec
from msgspec import Struct

from events.encoding.canonical import LARGEST, MAX_DEPTH, NUL, canonical_bytes, decode_plain
from events.envelope import RecordedEvent
from events.errors import EventStoreError, InvalidLine
from events.instants import format_instant, parse_foreign_instant

MAX_LINE = 1024 * 1024
REQUIRED = ("specversion", "id", "source", "type", "time", "data")
OPTIONAL = ("subject", "datacontenttype")
DROPPED = frozenset(
    {
        "dataschema", "traceparent", "tracestate", "partitionkey", "sequence", "sequencetype",
        "sampledrate", "recordedtime", "expirytime", "severitynumber", "severitytext", "authtype",
        "authid", "authclaims", "bamid", "correlationid", "causationid", "deprecated",
    }
)  # fmt: skip
"""Attributes that CloudEvents defines, the extensions of its documentation included, and that say
nothing of what happened: they are taken, and not kept. Any other name may be a field gone astray.
"""
KNOWN = DROPPED.union(REQUIRED, OPTIONAL)
MAX_NAME = 512
MAX_ARRAY = 64 * MAX_LINE
"""A JSON array has to be read as a whole; lines are read one by one."""
STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Possessive, and content with no closing quote: no text makes it look at anything twice."""
FRACTION = re.compile(r"-?\d+[.eE][-+.\deE]*")
BRACKETS = re.compile(r"[\[\]{}]+")
LONG_NUMBER = re.compile(rb"\d{16}")


class CloudEvent(Struct, frozen=True):
    """One event of a file: `subject` is its stream, `time` when it was recorded."""

    id: str
    source: str
    type: str
    subject: str | None
    time: datetime
    data: dict[str, Any]


def bounded_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, none read further than it takes to refuse it: memory stays flat.

    A byte order mark at the beginning is passed over. A JSON array of events, the batch format of
    CloudEvents, comes as one line for each of them.
    """
    first = file.readline(MAX_LINE + 1).removeprefix(BOM_UTF8)
    while first and not first.strip():
        yield first
        first = file.readline(MAX_LINE + 1)
    if first.lstrip().startswith(b"["):
        yield from array_events(first + file.read(MAX_ARRAY))
        return
    while first:
        yield first
        first = file.readline(MAX_LINE + 1)


def array_events(content: bytes) -> Iterator[bytes]:
    """The events of a JSON array, each as it stands there."""
    if len(content) > MAX_ARRAY:
        raise InvalidLine(
            f"a JSON array of more than {MAX_ARRAY} bytes", hint="jq -c '.[]' FILE > events.jsonl"
        )
    try:
        yield from map(bytes, msgspec.json.decode(content, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidLine(
            f"not a JSON array of events: {error}", hint="jq -c '.[]' FILE > events.jsonl"
        ) from error


def parse_line(line: bytes) -> CloudEvent:
    """Read one line; InvalidLine says what was expected and what was found."""
    event = _compact_object(line.rstrip(b"\r\n")) or _checked_object(line)
    _check_attributes(event)
    data = event["data"]
    if not isinstance(data, dict):
        raise _wrong("data", "an object", data)
    try:
        time = parse_foreign_instant(event["time"])
    except ValueError as error:
        raise _wrong("time", "an instant like 2025-03-18T16:30:00Z", event["time"]) from error
    # The events of a file share these few texts: each is in memory once.
    source, type_, subject = intern(event["source"]), intern(event["type"]), event.get("subject")
    return CloudEvent(event["id"], source, type_, subject and intern(subject), time, data)


def encode(event: RecordedEvent) -> bytes:
    """The line of an event, byte-stable: reading it in and writing it again changes nothing."""
    return (
        canonical_bytes(
            {
                "specversion": "1.0",
                "id": event.id,
                "source": event.source,
                "type": event.type,
                "subject": event.stream,
                "time": format_instant(event.recorded_at),
                "datacontenttype": "application/json",
                "data": event.data,
            }
        )
        + b"\n"
    )


def _compact_object(line: bytes) -> dict[str, Any] | None:
    """The plain object of a line without spaces, as an export is written; None for another line.

    It is written again to the same bytes, so no key stood twice and no number had a fraction.
    """
    if len(line) > MAX_LINE or NUL in line:
        return None
    try:
        event = decode_plain(line)
        return event if isinstance(event, dict) and _encode(event) == line else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _checked_object(line: bytes) -> dict[str, Any]:
    """The object of any line; refuses what has no canonical form, in words that say where."""
    text = _decoded(line)
    _check_integers(line)
    try:
        event = _decode(text)
        canonical_bytes(event)
    except json.JSONDecodeError as error:
        raise InvalidLine(
            f"not JSON: {error.msg} at column {error.colno}", hint="one JSON object a line"
        ) from error
    except EventStoreError as error:
        raise InvalidLine(error.message, hint=error.hint) from error
    if not isinstance(event, dict):
        raise _wrong("the line", "a JSON object", event)
    return event


def _check_integers(line: bytes) -> None:
    """Refuse a large number at the speed of C, since a line may hold half a million others."""
    if LONG_NUMBER.search(line):
        try:
            decode_plain(line)
        except msgspec.MsgspecError as error:
            if str(LARGEST) in str(error):
                at = str(error).partition(" - at ")[2] or "the line"
                raise InvalidLine(
                    f"an integer of 2^53 or more at {at}", hint=LARGER_UNITS
                ) from error


def _decoded(line: bytes) -> str:
    line = line.rstrip(b"\r\n")
    if len(line) > MAX_LINE:
        raise InvalidLine(
            f"at least {len(line)} bytes; expected at most {MAX_LINE}",
            hint="split the event in two",
        )
    if line.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InvalidLine("UTF-16; expected UTF-8", hint="iconv -f UTF-16 -t UTF-8 FILE")
    if b"\0" in line:
        raise InvalidLine("a NUL byte", hint="remove it; JSON text has none")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidLine(
            f"not UTF-8: byte {error.start + 1}", hint="iconv -t UTF-8 FILE"
        ) from error
    _check_depth(text)
    return text


def _check_depth(text: str) -> None:
    """Refuse what would overflow the parser: brackets outside strings, pair by pair from inside."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    bare = STRINGS.sub("", text)
    if fraction := FRACTION.search(bare):
        _no_float(fraction[0])
    left = "".join(BRACKETS.findall(bare))
    for _ in range(MAX_DEPTH):
        left = left.replace("[]", "").replace("{}", "")
    if left:
        raise InvalidLine(
            f"more than {MAX_DEPTH} levels deep, or brackets that do not match",
            hint="flatten the data",
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Every line of a file has the same few keys: each is in memory once.
    members = {intern(key): value for key, value in pairs}
    if len(members) < len(pairs):
        raise InvalidLine(f"key {_repeated(pairs)!r} stands twice", hint="keep one of them")
    return members


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    """The first key that stands a second time."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return key


LARGER_UNITS = "count in larger units, or say it in a field of text, in quotes"
SMALLER_UNITS = "count in whole units, grams for kilograms, or say it in text, in quotes"


def _no_float(text: str) -> NoReturn:
    whole = text.partition(".")[0] if re.fullmatch(r"-?\d+\.0+", text) else ""
    raise InvalidLine(
        f"a number with a fraction or exponent: {text[:40]}",
        hint=f"write it as a whole number: {whole[:20]}" if whole else SMALLER_UNITS,
    )


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST:
        raise InvalidLine(f"an integer of 2^53 or more: {text[:40]}", hint=LARGER_UNITS)
    return int(text)


_encode = msgspec.json.Encoder().encode
_decode = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_no_float,
    parse_constant=_no_float,
    parse_int=_integer,
).decode


def _check_attributes(event: dict[str, Any]) -> None:
    missing = [name for name in REQUIRED if name not in event]
    if missing:
        raise InvalidLine(f"missing {', '.join(missing)}", hint=f"expected {', '.join(REQUIRED)}")
    if not KNOWN.issuperset(event):
        unknown = [name for name in event if name not in KNOWN]
        raise InvalidLine(
            f"unknown attribute {', '.join(unknown)}",
            hint=f"expected {', '.join(REQUIRED + OPTIONAL)}",
        )
    for name in ("id", "source", "type", "time", "subject"):
        value = event.get(name, "-")
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
            raise _wrong(name, f"text of 1 to {MAX_NAME} characters", value)
    if event["specversion"] != "1.0":
        raise _wrong("specversion", "1.0", event["specversion"])
    media_type = event.get("datacontenttype")
    # Whatever its case and its parameters.
    plain = media_type.partition(";")[0] if isinstance(media_type, str) else ""
    if media_type is not None and plain.strip().lower() != "application/json":
        raise _wrong("datacontenttype", "application/json", media_type)


def _wrong(name: str, expected: str, value: object) -> InvalidLine:
    return InvalidLine(
        f"{name}: expected {expected}, found {json.dumps(value)[:60]}",
        hint='e.g. {"specversion":"1.0","id":"ev-1","source":"desk","type":"x.Y.v1",'
        '"subject":"some-stream","time":"2026-02-03T09:00:00Z","data":{}}',
    )
