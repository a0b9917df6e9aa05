"""How answers are given: entity tags, the shapes of the command line, feeds and calendars."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from events import EventStore, NewEvent, parse_instant
from tests.support.dataset import EVENING, SHIPPED
from tests.support.served import Board, project, record, serving
from tracker.queries.deadlines import deadlines
from tracker.queries.status import status
from web.api import bodies

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    "path", ["/", "/commitments/ep-rus", "/api/status", "/atom.xml", "/deadlines.ics"]
)
def test_what_has_not_changed_is_not_sent_again(own_board: Board, path: str) -> None:
    """The tag of an answer holds while nothing on it changes, minutes later too."""
    own_board.set_now("2025-03-18T22:02:00Z")
    tag = own_board.ask(path).headers["etag"]
    own_board.set_now("2025-03-18T22:05:30Z")
    again = own_board.ask(path, If_None_Match=tag)

    assert (304, b"", tag) == (again.status, again.body, again.headers["etag"])


def test_an_event_changes_the_tag(own_board: Board, database: str) -> None:
    """At once, without waiting for a minute to pass."""
    tag = own_board.ask("/commitments/ep-rus").headers["etag"]
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:00:00Z",
           commitment="ep-rus", occurred="2025-03-18", incident="i1", text="a strike")  # fmt: skip

    reply = own_board.ask("/commitments/ep-rus", If_None_Match=tag)

    assert 200 == reply.status
    assert "a strike" in reply.text


def test_the_clock_changes_the_tag(own_board: Board) -> None:
    """A deadline that has passed is another page."""
    tag = own_board.ask("/").headers["etag"]
    own_board.set_now("2025-03-19T21:30:00Z")

    assert 200 == own_board.ask("/", If_None_Match=tag).status


TELLING = (
    "/agreements/accord", "/commitments/c", "/events", "/events/6", "/api/events",
    "/api/events/8", "/events.csv",
)  # fmt: skip
"""Pages that tell the note of a report: the first of them of the first, the next of the next."""


@pytest.mark.parametrize("url", ["database", "made_postgres"])
def test_an_erased_text_is_gone_at_the_next_request(
    request: pytest.FixtureRequest, url: str
) -> None:
    """No page, however lately it was made, tells it again."""
    place = str(request.getfixturevalue(url))
    with EventStore.open(place) as store:
        store.append("accord", noted(len(TELLING)))
        project(place)
        with serving(place) as board:
            for number, path in enumerate(TELLING):
                before, again = board.ask(path), board.ask(path)
                store.redact(f"told-{number}")
                after = board.ask(path, If_None_Match=before.headers["etag"])

                note, replies = f"in confidence, {number}", (before, again, after)
                assert [True, True, False] == [note in reply.text for reply in replies]
                assert 200 == after.status


def noted(reports: int) -> list[NewEvent]:
    """An agreement with a promise and some reports; the note of a report can be erased."""
    at, fields = (
        parse_instant("2025-03-18T20:00:00Z"),
        {"commitment": "c", "occurred": "2025-03-18"},
    )
    promise = {"kind": "process", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "to talk"}
    facts: list[tuple[str, dict[str, object]]] = [
        ("AgreementRecorded", {"agreement": "accord", "title": "Accord"}),
        ("CommitmentAccepted", {**fields, **promise, "terms": {}}),
        *(
            ("RoundHeld", {**fields, "text": f"round {n}", "note": f"told in confidence, {n}"})
            for n in range(reports)
        ),
    ]
    return [
        NewEvent(
            type=f"pactwatch.{name}.v1",
            data=data,
            id=f"told-{number - 2}" if "note" in data else name,
            recorded_at=at,
            erasable=("note",),
        )
        for number, (name, data) in enumerate(facts)
    ]


def test_head_says_what_get_would_send(board: Board) -> None:
    """The same headers, and no body."""
    got, head = board.ask("/"), board.ask("/", "HEAD")

    assert b"" == head.body
    assert got.headers["content-length"] == head.headers["content-length"]
    assert got.headers["etag"] == head.headers["etag"]


@pytest.mark.parametrize(
    "query", ["", "?as_of=2025-04-17T12:00:00Z", "?as_of=2025-03-20&known_at=2025-03-19"]
)
def test_the_api_answers_as_the_command_does(board: Board, store: EventStore, query: str) -> None:
    """One contract: the document of `status --json`."""
    at = {"": EVENING, "?as_of=2025-04-17T12:00:00Z": parse_instant("2025-04-17T12:00:00Z")}.get(
        query, parse_instant("2025-03-21T00:00:00Z")
    )
    known = parse_instant("2025-03-20T00:00:00Z") if "known" in query else max(at, EVENING)
    expected = status(store, at, known)

    document = board.ask(f"/api/status{query}").json

    by_id = {agreement["id"]: agreement for agreement in document["agreements"]}
    assert {name: expected[name] for name in ("as_of", "known_at", "position", "checkpoint")} == {
        name: document[name] for name in ("as_of", "known_at", "position", "checkpoint")
    }
    assert {agreement["id"]: agreement for agreement in expected["agreements"]} == by_id


def test_one_commitment_by_its_id(board: Board) -> None:
    """An agreement holds only the commitment asked for."""
    (agreement,) = board.ask("/api/status/ep-rus").json["agreements"]

    assert ["ep-rus"] == [commitment["id"] for commitment in agreement["commitments"]]


def test_an_error_of_the_api_is_json(board: Board) -> None:
    """With the nearest ids as data."""
    assert ["ep-rus"] == board.ask("/api/explain/ep-ru").json["near"][:1]


def test_deadlines_are_those_of_the_command(board: Board, store: EventStore) -> None:
    """From the tables, the same rows as from the log."""
    expected = deadlines(store, EVENING, EVENING, None)

    document = board.ask("/api/deadlines").json
    assert ([*expected.answers], [*expected.awaiting], expected.unreadable) == (
        document["deadlines"],
        document["awaiting"],
        document["unreadable"],
    )


def test_the_feed_has_one_entry_a_change(board: Board) -> None:
    """Ids are unique and stay the same; links lead to the board."""
    feed = ElementTree.fromstring(board.ask("/atom.xml").text)
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    again = ElementTree.fromstring(board.ask("/agreements/energy-pause-2025/atom.xml").text)

    assert len(ids) == len(set(ids)) > 20
    assert {entry.findtext(f"{ATOM}id") for entry in again.iter(f"{ATOM}entry")} < set(ids)


RESTORED = ("/", "/?as_of=2025-03-18T21:30:00Z", "/deadlines", "/deadlines.ics", "/api/status")


@pytest.mark.parametrize("path", RESTORED)
def test_a_log_restored_under_a_running_board_is_read_anew(tmp_path: Path, path: str) -> None:
    """Also when it has as many events, and was projected at the same instant."""
    databases = [str(tmp_path / name) for name in ("old.db", "new.db")]
    for database, promise, marks in zip(
        databases, ("promise-old", "promise-new"), (("AMBER", "CLEAR"), ("CLEAR", "AMBER")),
        strict=True,
    ):  # fmt: skip
        for agreement, mark in zip(("one", "two"), marks, strict=True):
            record(database, agreement, "AgreementRecorded", at="2025-03-18T20:00:00Z",
                   agreement=agreement, title=agreement, occurred="2025-03-18")  # fmt: skip
            record(database, agreement, "CommitmentAccepted", at="2025-03-18T20:00:00Z", tlp=mark,
                   commitment=f"{promise}-{mark}", kind="achievement", debtor=["NOR"],
                   creditor=["ISL"], promise="to talk", terms={"due": "2025-03-30"},
                   occurred="2025-03-18")  # fmt: skip
        project(database)
    with serving(databases[0]) as board:
        before = board.ask(path).text
        for left in tmp_path.glob("old.db-*"):
            left.unlink()
        Path(databases[1]).replace(databases[0])
        after = board.ask(path).text

    assert ("promise-old-CLEAR" in before, "promise-new-CLEAR" in after) == (True, True)
    assert "promise-old" not in after
    assert "AMBER" not in before + after


def test_health_says_how_far_behind(own_board: Board, database: str) -> None:
    """For those who watch the watcher."""
    assert own_board.ask("/health").json["behind"] is False
    record(database, "energy-pause-2025", "RequestMade", at="2025-03-18T21:00:00Z", text="more")

    assert {"behind": True, "head": SHIPPED + 1, "position": SHIPPED}.items() <= own_board.ask(
        "/health"
    ).json.items()

    project(database)
    assert own_board.ask("/health").json["behind"] is False


@pytest.mark.parametrize("path", ["/", "/deadlines", "/api/status", "/events.csv"])
def test_an_answer_is_compressed_for_who_takes_it(board: Board, path: str) -> None:
    """The same content under a tag of its own, and either tag is answered 304."""
    plain = board.ask(path, **{"Accept-Encoding": "gzip;q=0, br"})
    smaller = board.ask(path, **{"Accept-Encoding": "br, gzip"})
    tag = smaller.headers["etag"]

    assert "content-encoding" not in plain.headers
    assert ("gzip", "Accept-Encoding") == (
        smaller.headers["content-encoding"], smaller.headers["vary"],
    )  # fmt: skip
    assert plain.headers["etag"] != tag
    # JSON says at which instant it was asked, so its bytes may differ by that.
    assert path.startswith("/api") or plain.body == gzip.decompress(smaller.body)
    assert len(smaller.body) < len(plain.body) / 3
    assert 304 == board.ask(path, **{"If-None-Match": tag}).status


def test_a_public_board_may_be_read_by_programs(board: Board) -> None:
    """All of it."""
    assert "User-agent: *\nAllow: /\n" == board.ask("/robots.txt").text


AT, SAME_AT = "?as_of=2025-03-18T22:00:00Z", "?as_of=2025-03-18T22:00:00%2B00:00"
"""One instant in two words, of which each is computed."""


@pytest.mark.parametrize(
    "path", ["/api/status", "/api/deadlines", "/deadlines.csv", "/commitments.csv"]
)
def test_an_answer_that_waits_on_disk_is_the_same(
    board: Board, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """With its length and tag; compressed, without its body, and not sent where it is known."""
    in_memory = board.ask(path + AT)
    monkeypatch.setattr(bodies, "IN_MEMORY", 1000)
    on_disk = board.ask(path + SAME_AT)
    packed = board.ask(path + SAME_AT, Accept_Encoding="gzip")
    head = board.ask(path + SAME_AT, "HEAD")
    again = board.ask(path + SAME_AT, If_None_Match=on_disk.headers["etag"])

    assert (200, in_memory.body) == (on_disk.status, on_disk.body)
    assert in_memory.headers["etag"] == on_disk.headers["etag"]
    assert in_memory.body == gzip.decompress(packed.body)
    assert (b"", str(len(in_memory.body))) == (head.body, head.headers["content-length"])
    assert (304, b"") == (again.status, again.body)


def test_an_answer_without_room_on_disk_is_refused_for_the_time(
    board: Board, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader is told that it may pass, and the operator which folder it is."""
    monkeypatch.setattr(bodies, "IN_MEMORY", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    reply = board.ask("/api/status?as_of=2025-03-18T22:00:01Z")

    assert 503 == reply.status
    assert "There is no room for so long an answer" in reply.json["error"]
    assert "gone" not in reply.text
    assert "gone: No such file or directory" in caplog.text
