"""How long does a bad line take to be refused? The goal is within 100 ms, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.timing import clocked, row, taking_turns
from events.cloudevents import MAX_LINE, parse_line
from events.errors import InvalidLine

HEAD = (
    b'{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"a",'
    b'"time":"2026-01-01T00:00:00Z","data":'
)
KEYS = b",".join(b'"k%06d":1' % n for n in range(80_000))
WORST = {
    "100 MiB": b"x" * 100 * MAX_LINE,
    "1 MiB + 1": b"x" * (MAX_LINE + 1),
    "depth 33 behind 300,000 lists": b'{"a":[' + b"[]," * 300_000 + b"[" * 33 + b"]" * 33 + b"]}",
    "depth 100,000": b"[" * 100_000,
    "a float behind 300,000 lists": b'{"a":[' + b"[]," * 300_000 + b"1.5]}",
    "a float behind a million brackets in text": b'{"a":"' + b"[" * 1_000_000 + b'","b":1.5}',
    "2^53 behind 500,000 numbers": b'{"a":[' + b"1," * 500_000 + b"9007199254740992]}",
    "500,000 escaped quotes without end": b'{"a":' + b"[" * 40 + b'"' + b'\\"' * 500_000,
    "5,000 digits": b'{"a":' + b"9" * 5000 + b"}",
    "a key twice among 80,000": b"{" + KEYS + b',"k000001":2}',
    "a lone surrogate behind 1 MB": b'{"a":"' + b"x" * 1_000_000 + b'\\ud800"}',
    "NUL behind 1 MB": b'{"a":"' + b"x" * 1_000_000 + b'\\u0000"}',
    "bad UTF-8 behind 1 MB": b'{"a":"' + b"x" * 1_000_000 + b'\xff"}',
}


def rows() -> Iterator[str]:
    for name, data in WORST.items():
        line = HEAD + data + b"}"
        (seconds,) = taking_turns(lambda line=line: clocked(lambda: refuse(line)))  # type: ignore[misc]
        yield row(f"refuse {name}", f"{seconds * 1000:.1f} ms", "-", "-", "-", "<= 100 ms")


def refuse(line: bytes) -> None:
    try:
        parse_line(line)
    except InvalidLine:
        return
    raise AssertionError("taken")
