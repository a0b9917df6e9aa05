"""Event lines that are wrong in every way, and lines that are well-formed and say odd things."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from tests.support.dataset import ROOT
from trials.facts import Line, agreement, event

NASTY = [
    "", " ", "\0", "\u202e", "\r\nBcc: x@y", "=?utf-8?q?x=0D=0Ay?=", "../../x", "/etc/passwd", "..",
    "a" * 5000, "é" * 300, "💥", "<script>alert(1)</script>", "{{7*7}}", "=1+1", "\x1b[31m", "a/b",
    "%2e%2e%2f", "NaN", "-1", "1e999", "9999-12-31", "0000-00-00", "2026-02-30", "2026-W60",
    "10000-01-01T00:00:00Z", "2026-03-29T02:30:00[Europe/Oslo]", "P99999999999D", "2026-13",
    "P1Y2M3DT4H5M6.7S", "2026-01-01/..", "[..2026-01-01]", "2026-01-01T25:00:00Z", "Mars/Olympus",
    "-9999", "\u2028", "\ufeff",
]  # fmt: skip
VALUES: list[Any] = [
    *NASTY, 2**63, 2**53, -1, 0, True, None, [], {}, [[]], {"a": {"b": [1]}}, 1.5, [None],
    ["NOR", "NOR"], {"due": "2026-01-01"}, list(range(50)),
]  # fmt: skip
NUMBERS = (b"NaN", b"Infinity", b"-0", b"1e400", b"9223372036854775808", b"1" * 5000, b"01", b"0x1")
STRANGE = (b"", b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"\\u0000", b"\\ud800")
DATA = b'"data": {'
REFERENCES = ("commitment", "successor", "agreement", "event", "derived_from")
DAYS = ("2026-11-26", "2026-11", "2026-11-25/2026-11-26", "2026-11-26?", "2026-11-26~")


def sample_events() -> list[Line]:
    """One event of every type, from the samples of the tests, and an agreement."""
    text = (ROOT / "tests/samples/event-types.jsonl").read_text()
    head = {"specversion": "1.0", "id": "x", "source": "s", "subject": "a"}
    time = {"time": "2026-03-01T00:00:00Z"}
    samples = [{**head, **time, **json.loads(line)} for line in text.splitlines()]
    return [*samples, *agreement("a", count=40)]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _paths(item, (*path, key))


def _changed_field(line: Line, draw: random.Random) -> bytes:
    """The line with a value somewhere replaced, removed, added or repeated."""
    changed = copy.deepcopy(line)
    *parents, last = draw.choice(list(_paths(changed)))
    spot: Any = changed
    for step in parents:
        spot = spot[step]
    kind = draw.randrange(5)
    if kind == 0 and isinstance(spot, dict):
        del spot[last]
    elif kind == 1 and isinstance(spot, dict):
        spot[draw.choice(NASTY) or "x"] = draw.choice(VALUES)
    elif kind == 2:
        spot[last] = [spot[last]] * draw.choice((1, 2, 40))
    else:
        spot[last] = draw.choice(VALUES)
    return json.dumps(changed, ensure_ascii=draw.random() < 0.5).encode()


def _flipped_bits(line: Line, draw: random.Random) -> bytes:
    content = bytearray(_bytes(line))
    for _ in range(draw.choice((1, 1, 2, 8))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(content)


def _strange_bytes(line: Line, draw: random.Random) -> bytes:
    content = _bytes(line)
    at = draw.randrange(len(content))
    return content[:at] + draw.choice(STRANGE) + content[at + draw.randrange(3) :]


def _deep(line: Line, draw: random.Random) -> bytes:
    n = draw.choice((31, 33, 100, 5000, 100_000))
    opened, closed = draw.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nested = opened * n + b"1" + closed * draw.choice((n, n - 1, 0))
    return _bytes(line).replace(DATA, DATA + b'"deep": ' + nested + b",", 1)


def _number(line: Line, draw: random.Random) -> bytes:
    return _bytes(line).replace(DATA, DATA + b'"n": ' + draw.choice(NUMBERS) + b", ", 1)


def _double_key(line: Line, _draw: random.Random) -> bytes:
    keys = b'"occurred": "2026-01-01", "occurred": "2026-01-02", '
    return _bytes(line).replace(DATA, DATA + keys, 1)


def _no_line(line: Line, draw: random.Random) -> bytes:
    good = _bytes(line)
    return draw.choice(
        (b"\xef\xbb\xbf" + good, good + b"\r", gzip.compress(good), b"", b"[]", b"null", good * 2,
         b"\xff" * 40, b"{}" * 1000, b'"' + b"\\" * 99_999, good[:-1],
         good.decode().encode("utf-16"))
    )  # fmt: skip


def _long(line: Line, draw: random.Random) -> bytes:
    text = b"x" * draw.choice((1000, 2**20, 2**21))
    return _bytes(line).replace(DATA, DATA + b'"note": "' + text + b'", ', 1)


MUTATIONS: tuple[Callable[[Line, random.Random], bytes], ...] = (
    *[_changed_field] * 6, _flipped_bits, _strange_bytes, _deep, _number, _double_key, _no_line,
    _long,
)  # fmt: skip


def _bytes(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode()


def hostile_line(samples: Sequence[Line], n: int, draw: random.Random) -> bytes:
    """A line that is most often wrong, under the id `f{n}`."""
    return draw.choice(MUTATIONS)(plausible_line(samples, f"f{n}", draw), draw)


def odd_line(samples: Sequence[Line], n: int, draw: random.Random) -> bytes:
    """A well-formed event under the id `q{n}`, with at most a field of another value."""
    line = plausible_line(samples, f"q{n}", draw)
    data = cast("dict[str, Any]", line["data"])
    free = [field for field in data if field not in (*REFERENCES, "kind", "basis", "occurred")]
    if free and draw.random() < 0.7:
        field = draw.choice(free)
        same_type = [value for value in VALUES if type(value) is type(data[field])]
        data[field] = draw.choice(same_type or VALUES)
    return json.dumps(line).encode()


def former_poisons() -> Iterator[bytes]:
    """Lines about the agreement `a` that once broke views for good after they were taken."""
    at = datetime(2026, 11, 27, tzinfo=UTC)
    replacement = {"event": "a-0", "reason": "r", "replacement": {"incident": "x"}}
    stated = {"commitment": "a-c0", "by": "NOR", "text": "x", "term": "due"}
    lasting = {"duration": "P30D", "tacit_renewal": True}
    promise = {"kind": "maintenance", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "keep"}
    yield _bytes(event("FindingRevised", "a", "e0", at, **replacement))
    for n, value in enumerate(([], {}, [["x"]], "", True)):
        yield _bytes(event("PositionStated", "a", f"e1-{n}", at, **stated, value=value))
    wide: dict[str, object] = {"commitment": "a-c0", "incident": "i1", "speaker": "x" * 5000}
    yield _bytes(event("ViolationAlleged", "a", "e2", at, **wide))
    for n, commitment in enumerate(("e", "e.html")):
        more = {**promise, "commitment": commitment, "terms": lasting}
        yield _bytes(event("CommitmentAccepted", "a", f"e3-{n}", at, **more))


def plausible_line(samples: Sequence[Line], identity: str, draw: random.Random) -> Line:
    """A sample that is about what is there: the agreement `a`, its promises and events."""
    sample = draw.choice(samples)
    name = str(sample["type"]).split(".")[1]
    subject = f"p-{identity}" if name == "AgreementRecorded" else "a"
    data: dict[str, Any] = copy.deepcopy(cast("dict[str, Any]", sample["data"]))
    is_promise = "promise" in data
    known, other = f"a-c{draw.randrange(10)}", f"a-{draw.randint(1, 39)}"
    named = {
        "commitment": draw.choice((known, f"n-{identity}")) if is_promise else known,
        "successor": f"a-c{draw.randrange(10)}",
        "agreement": subject,
        "event": other,
        "derived_from": [other],
    }
    data |= {field: value for field, value in named.items() if field in data}
    data.pop("effective_at", None)
    data["occurred"] = draw.choice(DAYS)
    streams = {"PartyRegistered": "parties"}
    streams |= dict.fromkeys(("SourceRegistered", "SourceLineRead"), "source/blog")
    stream = streams.get(name, subject)
    head = {"id": identity, "subject": stream, "time": "2026-11-28T00:00:00Z"}
    return {**sample, **head, "data": data}
