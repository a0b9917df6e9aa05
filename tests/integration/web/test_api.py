"""The API: what its description says is what it answers, and who follows it misses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events import parse_instant
from tests.support.dataset import SHIPPED
from tests.support.served import Board, project, record, serving
from web.reference.answers import ErrorAnswer
from web.reference.openapi import openapi
from web.reference.operations import Operation, operations_of
from web.serving.app import application
from web.settings import Site

EVENING = "2025-03-18T22:00:00Z"
IDS = {"agreement": "energy-pause-2025", "commitment": "ep-rus", "event": "49"}


INSTANTS = ("2025-03-18", "+1d", None)


def ids_for(operation: Operation) -> list[str]:
    """Ids of the shipped data set that may stand in the path."""
    return [id_ for kind, id_ in IDS.items() if kind in operation.id_of]


@pytest.fixture(scope="module")
def schema(projected_database: Path) -> Any:
    """The description, bound to the application in this process."""
    # Loaded by the one worker that asks for it: it costs as much as all else at the start.
    import schemathesis

    site = Site(db=str(projected_database), clock=lambda: parse_instant(EVENING))
    return schemathesis.openapi.from_asgi("/api/openapi.json", application(site))


@pytest.fixture(scope="module")
def conformance() -> list[Any]:
    """Not that every text is accepted: which words are a date no schema can say."""
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as openapi_checks

    return [
        checks.not_a_server_error,
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_headers_conformance,
        openapi_checks.response_schema_conformance,
    ]


@pytest.mark.parametrize("operation", operations_of(), ids=lambda each: each.name)
def test_no_answer_is_undocumented(
    schema: Any, conformance: list[Any], operation: Operation
) -> None:
    """Whatever a client asks by the description: status, type and form are those described."""
    cases = schema[operation.path]["GET"].as_strategy()
    ids = st.sampled_from([*ids_for(operation), None])

    @settings(
        max_examples=5, deadline=None, phases=[Phase.generate], database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases, ids, st.sampled_from(INSTANTS))
    def ask(case: Any, id_: str | None, instant: str | None) -> None:
        if id_ is not None:
            case.path_parameters["id"] = id_
        if instant is not None:
            case.query |= {name: instant for name in ("as_of", "known_at") if name in case.query}
        case.call_and_validate(checks=conformance)

    ask()


def test_every_answer_has_the_form_that_is_described(board: Board) -> None:
    """Each key and its kind, on the shipped data set."""
    for operation in operations_of():
        if operation.answer is not None:
            reply = board.ask(operation.path.format(id=next(iter(ids_for(operation)), "")))

            assert 200 == reply.status
            msgspec.json.decode(reply.body, type=operation.answer, dec_hook=lambda _, value: value)


def test_the_description_is_whole(board: Board) -> None:
    """Every document has its operation, the index lists it, and the page has its anchor."""
    index, page = board.ask("/api").json, board.ask("/api/reference").text

    assert "3.1.0" == board.ask("/api/openapi.json").json["openapi"]
    assert set(openapi()["paths"]) == {f"/{each['path']}" for each in index["documents"]}
    assert all(each.path in page for each in operations_of())
    assert all(f'id="{name}"' in page for name in ("StatusAnswer", "CommitmentDocument"))


def test_the_index_answers_programs_in_json_also_where_it_refuses(board: Board) -> None:
    """It is the document at the top of the others, so errors at it are as below it."""
    refused = board.ask("/api?party=RUS")

    assert (400, "This page cannot be asked for “party”.") == (
        refused.status,
        refused.json["error"],
    )


def test_the_metrics_are_described_where_they_are_served() -> None:
    """As text of Prometheus; a board without them does not name the address."""
    with_metrics = openapi(has_metrics=True)["paths"]

    assert {"/metrics"} == with_metrics.keys() - openapi()["paths"].keys()
    assert "text/plain" in with_metrics["/metrics"]["get"]["responses"]["200"]["content"]


@pytest.mark.parametrize(
    ("path", "word"),
    [("/api/status?party=XXX", "There is no party"),
     ("/api/status?colour=red", "Known here: q, party"),
     ("/api/events?since=x", "Known here: after"), ("/api/parties?party=RUS", "Known here: page"),
     ("/api/status?limit=0", "limit is a number"),
     ("/api/status?limit=1001", "at most 1000"),
     ("/api/status?page=2", "Without limit"), ("/api/events?after=3&page=2", "Leave out one"),
     ("/api/changes?after=3&since=2025-03-01", "Leave out one"),
     ("/api/changes?since=2030-01-01", "later"),
     ("/api/deadlines?after=1", "cannot be asked for"),
     ("/api/commitments/ep-rus?q=x", "cannot be asked for"),
     ("/api/events?after=-1", "after is a number from 0")],
)  # fmt: skip
def test_a_filter_counts_or_is_refused(board: Board, path: str, word: str) -> None:
    """400, with those that are known."""
    reply = board.ask(path)

    assert 400 == reply.status
    error = msgspec.json.decode(reply.body, type=ErrorAnswer)
    assert word in f"{error.error} {error.hint}"


def pages(board: Board, path: str, key: str) -> Iterator[list[Any]]:
    """The lists of a document, one page after the other by its links."""
    url: str | None = path
    while url is not None:
        document = board.ask(url).json
        yield document[key]
        url = urljoin(url, document["next"]) if document["next"] else None


@pytest.mark.parametrize(
    ("path", "key"),
    [("/api/status", "agreements"), ("/api/deadlines", "deadlines"), ("/api/events", "events"),
     ("/api/events?after=0", "events"), ("/api/parties", "parties"),
     ("/api/incidents", "incidents"),
     ("/api/changes?since=2025-03-01", "changes")],
)  # fmt: skip
def test_pages_make_up_the_whole(board: Board, path: str, key: str) -> None:
    """Each row once, in one order."""
    mark = "&" if "?" in path else "?"
    whole = [row for page in pages(board, f"{path}{mark}limit=1000", key) for row in page]
    size = max(1, len(whole) // 3)
    parts = list(pages(board, f"{path}{mark}limit={size}", key))

    assert whole == [row for part in parts for row in part]
    assert {size} >= {len(part) for part in parts[:-1]}


def test_filters_narrow_status_and_deadlines(board: Board) -> None:
    """To promises of a party; agreements without any are left out."""
    status = board.ask("/api/status?party=USA&state=conditional").json["agreements"]
    deadlines = board.ask("/api/deadlines?party=USA").json["deadlines"]

    chosen = [c for a in status for c in a["commitments"]]
    assert chosen
    assert all("USA" in (*c["debtor"], *c["creditor"]) for c in chosen)
    assert {"conditional"} == {c["state"] for c in chosen}
    assert 0 < len(deadlines) < len(board.ask("/api/deadlines").json["deadlines"])


def test_whoever_goes_on_after_a_position_misses_nothing(own_board: Board, database: str) -> None:
    """Entries that come meanwhile are in the next answer, and no other."""
    first = own_board.ask("/api/events?after=0&limit=1000").json
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:00:00Z",
           commitment="ep-rus", occurred="2025-03-18", incident="i1", text="a strike")  # fmt: skip
    then = own_board.ask(f"/api/events?after={first['position']}").json
    changes = own_board.ask(f"/api/changes?after={first['position']}").json

    assert SHIPPED == len(first["events"]) == first["position"]
    assert ["ViolationAlleged"] == [event["name"] for event in then["events"]]
    assert (SHIPPED + 1, None) == (then["position"], then["next"])
    assert "i1" in {row["axis"].partition(" ")[2] for row in changes["changes"]}


def test_changes_since_the_last_answer_come_once(own_board: Board, database: str) -> None:
    """What the clock does, too."""
    before = own_board.ask("/api/changes?since=2025-03-18").json
    own_board.set_now("2025-03-21T00:00:00Z")
    project(database, parse_instant("2025-03-21T00:00:00Z"))
    after = own_board.ask(f"/api/changes?since={before['as_of']}").json
    whole = own_board.ask("/api/changes?since=2025-03-18").json

    first, then, every = ({row_key(r) for r in d["changes"]} for d in (before, after, whole))
    assert then
    assert first.isdisjoint(then)
    assert every <= first | then


def row_key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("at", "commitment", "axis", "after"))


def test_pages_of_other_origins_read_documents_where_they_may(projected_database: Path) -> None:
    """Documents, not pages; and nothing at all where nobody said so."""
    origin = {"Origin": "https://notebooks.example"}
    with serving(str(projected_database), cors=("https://notebooks.example",)) as board:
        shared = board.ask("/api/status", **origin).headers
        page = board.ask("/", **origin).headers
        reply = board.ask("/api/status", "OPTIONS", **origin, Access_Control_Request_Method="GET",
                          Access_Control_Request_Headers="if-none-match")  # fmt: skip
        other = board.ask("/commitments.csv", Origin="https://evil.example").headers
    with serving(str(projected_database)) as board:
        alone = board.ask("/api/status", **origin).headers

    assert origin["Origin"] == shared["access-control-allow-origin"]
    assert "cross-origin-resource-policy" not in shared
    assert (200, "GET, HEAD") == (reply.status, reply.headers["access-control-allow-methods"])
    for headers in (page, other, alone):
        assert "access-control-allow-origin" not in headers
        assert "same-origin" == headers["cross-origin-resource-policy"]
