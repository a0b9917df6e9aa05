"""What was said and where it stands: given with every type of entry, and shown with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.tracker.test_retry import fill
from tests.support.command import Run
from tracker.entries.decoding import decode_payload
from tracker.model.event_types import EVENT_TYPES
from tracker.model.payload import own_fields
from tracker.recording.typed_fields import typed_fields

NOW = {"PACTWATCH_NOW": "2026-03-02T09:00:00Z"}
GIVEN = (
    "--text", "They agreed in writing", "--said", "1 March 2026", "--source", "blog:53",
    "--source-title", "Truce holds", "--source-publisher", "Reuters",
    "--source-published", "20 February 2026", "--source-url", "https://example.org/a",
)  # fmt: skip
SOURCE = {
    "document": "blog", "line": 53, "title": "Truce holds", "publisher": "Reuters",
    "published": "2026-02-20", "url": "https://example.org/a",
}  # fmt: skip
WORDS = '"Truce holds", Reuters, 20 February 2026, blog line 53, https://example.org/a'


def recorded(run: Run, *command: str) -> Any:
    done = run(*command, "-y", "--json", **NOW)
    assert 0 == done.code, done.err
    return done.json["data"]


def test_commands_of_agreements_and_promises_take_them(run: Run) -> None:
    """As options; `commitment show` and `explain` show them with the promise."""
    fill(run)
    promise = ("--kind", "achievement", "--debtor", "NOR", "--promise", "p", "--due", "2026-05-01")
    data = [
        recorded(run, "agreement", "add", "new", "--title", "New", *GIVEN),
        recorded(run, "commitment", "add", "new", "d", *promise, *GIVEN),
        recorded(run, "party", "add", "mfa", "--name", "M", "--speaks-for", "NOR", *GIVEN),
        recorded(run, "agreement", "tag", "new", "sea", *GIVEN),
    ]
    output = " ".join(run("commitment", "show", "d", **NOW).out.split())
    explained = " ".join(run("explain", "d", **NOW).out.split())

    assert [("They agreed in writing", "2026-03-01", SOURCE)] * 4 == [
        (each["text"], each["said"], each["source"]) for each in data
    ]
    for text in (explained, output):
        assert "They agreed in writing" in text
        assert '"Truce holds", Reuters, 20 February 2026' in text
    assert "said 2026-03-01" in explained


def test_record_and_import_take_them_alike(run: Run) -> None:
    """With dots, in a document's short form, or as an address; an export gives them back."""
    fill(run)
    short = ("source=https://example.org/a", "source.publisher=Reuters", "said=2026-03-01")
    data = recorded(run, "record", "PerformanceReported", "c", "speaker=NOR", "text=paid", *short)
    line = json.loads(run("-q", "export").out.splitlines()[-1])
    line |= {"id": "again", "time": "2026-03-02T10:00:00Z"}
    done = run("import", "-", stdin=json.dumps(line), PACTWATCH_NOW="2026-03-03T09:00:00Z")
    wrong = run("record", "RoundHeld", "c", "source=somewhere", **NOW)

    assert {"url": "https://example.org/a", "publisher": "Reuters"} == data["source"]
    assert (0, "") == (done.code, done.out)
    assert (1, True) == (wrong.code, "source: expected DOCUMENT:LINE or an address" in wrong.err)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_has_the_fields_of_all(name: str) -> None:
    """The text is its own field only where the type says what it holds."""
    fields = {"text": "x", "said": "2026-03", "source": SOURCE}
    given = typed_fields(name, ("text=x", "said=2026-03", f"source={json.dumps(SOURCE)}"))
    needed = {"AgreementRecorded": {"agreement": "a", "title": "A"}, "RoundHeld": {}}
    if name in needed:
        decode_payload(name, given | needed[name])

    assert fields == given
    assert "said" not in own_fields(EVENT_TYPES[name])
