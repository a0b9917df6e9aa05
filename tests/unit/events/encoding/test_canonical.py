"""Canonical bytes against RFC 8785's own implementation, and the strict reading of lines."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from events import RecordedEvent, parse_instant
from events.cloudevents import bounded_lines, encode, parse_line
from events.encoding.canonical import canonical_bytes
from events.errors import InvalidLine

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_the_bytes_equal_rfc_8785(value: Any) -> None:
    """Every value we admit has the bytes that the standard gives it."""
    assert rfc8785.dumps(value) == canonical_bytes(value)


GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "s",
    "type": "t",
    "subject": "a",
    "time": "2026-01-01T00:00:00Z",
    "data": {"n": 1},
}


def line(**change: Any) -> bytes:
    return json.dumps({k: v for k, v in {**GOOD, **change}.items() if v != "-"}).encode()


def raw(data: str) -> bytes:
    return line(data={}).replace(b'"data": {}', b'"data": ' + data.encode("utf-8", "surrogatepass"))


BAD = {
    "not JSON": b"{",
    "a list": b"[]",
    "bad UTF-8": line().replace(b'"e1"', b'"\xff"'),
    "NUL byte": line().replace(b'"e1"', b'"e\x001"'),
    "NUL escape": raw('{"n": "a\\u0000b"}'),
    "lone surrogate": raw('{"n": "\\ud800"}'),
    "float": raw('{"n": 1.0}'),
    "exponent": raw('{"n": 1e5}'),
    "NaN": raw('{"n": NaN}'),
    "2^53": raw(f'{{"n": {2**53}}}'),
    "many digits": raw('{"n": ' + "9" * 5000 + "}"),
    "duplicate key": raw('{"n": 1, "n": 2}'),
    "too deep": raw('{"n":' * 33 + "1" + "}" * 33),
    "very deep": raw("[" * 100_000),
    "too long": line(id="x" * 1024 * 1024),
    "no id": line(id="-"),
    "empty source": line(source=""),
    "number for type": line(type=3),
    "naive time": line(time="2026-01-01T00:00:00"),
    "other version": line(specversion="0.3"),
    "data is text": line(data="x"),
    "unknown attribute": line(colour="red"),
    "other content": line(datacontenttype="text/plain"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_refused_with_a_hint(name: str) -> None:
    """Each kind of bad line gets an error of its own, never a traceback."""
    with pytest.raises(InvalidLine) as caught:
        parse_line(BAD[name])

    assert caught.value.hint


def test_a_file_of_two_bytes_a_letter_is_called_what_it_is() -> None:
    """As PowerShell writes one; that it has NUL bytes is no help."""
    with pytest.raises(InvalidLine, match="UTF-16; expected UTF-8") as caught:
        parse_line(line().decode().encode("utf-16"))

    assert "iconv -f UTF-16" in caught.value.hint


def test_a_line_written_reads_back_to_the_same_bytes() -> None:
    """Export and import are byte-stable."""
    event = RecordedEvent(
        1, "a", 1, "e1", "t", "s", parse_instant("2026-01-01T00:00:00.5Z"), {"é": ["ü", None]}
    )
    read = parse_line(encode(event))
    again = RecordedEvent(
        1, str(read.subject), 1, read.id, read.type, read.source, read.time, read.data
    )

    assert encode(event) == encode(again)


FOREIGN = {
    "seven digits": line(time="2026-01-01T00:00:00.1234567Z"),
    "small t and z": line(time="2026-01-01t00:00:00z"),
    "dataschema": line(dataschema="https://example.org/accord.json"),
    "traceparent": line(traceparent="00-1f-2e-01"),
    "charset": line(datacontenttype="Application/JSON; charset=utf-8"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_other_producers_write_is_the_same_event(name: str) -> None:
    """Every form of RFC 3339, attributes that are not kept, and parameters of a media type."""
    event = parse_line(FOREIGN[name])

    assert "e1" == event.id
    assert "2026-01-01T00:00:00" == event.time.isoformat()[:19]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("batch", [False, True])
def test_a_file_may_begin_with_a_byte_order_mark_and_be_a_json_array(
    mark: bytes, batch: bool
) -> None:
    events = [line(), line(id="e2")]
    content = b"[" + b",\n ".join(events) + b"]" if batch else b"\n" + b"\n".join(events)

    read = [parse_line(each) for each in bounded_lines(io.BytesIO(mark + content)) if each.strip()]

    assert ["e1", "e2"] == [event.id for event in read]


@pytest.mark.parametrize("content", [b"[{]", b"[" * 100_000, b'[{"id":"a"}]\n{}', b"[1,2"])
def test_what_begins_like_an_array_and_is_none_is_refused_with_a_hint(content: bytes) -> None:
    with pytest.raises(InvalidLine) as caught:
        list(bounded_lines(io.BytesIO(content)))

    assert caught.value.hint
