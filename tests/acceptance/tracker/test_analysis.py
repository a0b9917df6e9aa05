"""The analyst's tables through the installed command: shapes, widths, instants, ceilings."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.command import Run, database_of_commands
from tests.support.dataset import DATASET

EVENING = "2025-03-18T22:00:00Z"
COMMANDS = [
    ("explain", "ep-rus"),
    ("readout", "energy-pause-2025"),
    ("readout",),
    ("ledger", "energy-pause-2025"),
    ("releases",),
    ("releases", "energy-pause-2025"),
    ("blocked",),
    ("blocked", "general-ceasefire-30d"),
    ("precedents",),
    ("precedents", "energy-pause-2025"),
]
SECRET = "sesame"


@pytest.fixture(scope="module")
def imported_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped agreements, taken in at the time of the test."""
    lines = "".join(file.read_text("utf-8") for file in sorted(DATASET.glob("*.jsonl")))

    def fill(run: Run) -> None:
        assert 0 == run("import", "-", stdin=lines).code

    return database_of_commands(tmp_path_factory.mktemp("imported"), fill)


def at_evening(run: Run, *args: str, **more: str) -> str:
    done = run("--now", EVENING, *args, **more)
    talk = [line for line in done.err.splitlines() if not line.startswith(("TLP:CLEAR", "as of "))]
    assert (0, []) == (done.code, talk), done.err
    return done.out


def test_every_table_has_every_shape_and_fits(shipped: Run) -> None:
    """80 columns; json with its instants and mark; csv, jsonl and md rows."""
    for command in COMMANDS:
        table = at_evening(shipped, *command)
        document = json.loads(at_evening(shipped, "--json", *command))
        lines = at_evening(shipped, "--format", "jsonl", *command).splitlines()
        rows = list(csv.reader(io.StringIO(at_evening(shipped, "--format", "csv", *command))))
        marked = at_evening(shipped, "--format", "md", *command)

        assert max(map(len, table.splitlines())) <= 80, command
        assert table.endswith("TLP:CLEAR\n")
        assert (EVENING, EVENING, "CLEAR") == tuple(
            document[name] for name in ("as_of", "known_at", "tlp")
        )
        assert len(lines) + 1 == len(rows), command
        assert all(isinstance(json.loads(line), dict) for line in lines)
        assert marked.startswith("| ")
        assert marked.endswith("TLP:CLEAR\n")


@pytest.mark.parametrize("command", ["explain", "readout", "ledger", "releases", "blocked",
                                     "precedents"])  # fmt: skip
def test_an_unknown_id_is_answered_with_the_nearest(shipped: Run, command: str) -> None:
    """Exit 1, and a hint that can be run."""
    done = shipped(command, "energy-pause-2052")

    assert (1, "") == (done.code, done.out)
    assert "did you mean energy-pause-2025" in done.err
    assert "hint: pactwatch" in done.err


def test_the_tables_answer_as_of_and_as_known(shipped: Run) -> None:
    """Before it was recorded, nothing was known of the pause; the refusal says from when on."""
    command = ("--json", "readout", "energy-pause-2025", "--as-of", EVENING)
    before = shipped(*command, "--known-at", "2025-03-18T20:10:00Z")

    assert (1, "") == (before.code, before.out)
    assert "was not on record by 2025-03-18T20:10:00Z" in before.err
    assert shipped(*command).json["rows"]


def test_the_graph_can_be_drawn(shipped: Run) -> None:
    """For Graphviz and for Mermaid."""
    assert shipped("blocked", "--graph", "dot").out.startswith("digraph blocked {")
    assert shipped("blocked", "--graph", "mermaid").out.startswith("flowchart LR")


def test_a_ceiling_holds_wherever_it_is_given(shipped: Run) -> None:
    """As a global option, after the command, or in the environment."""
    recorded = shipped("--now", EVENING, "record", "PositionStated", "ep-rus", f"text={SECRET}",
                       "tlp=AMBER", "occurred=2025-03-18", "reserves=release")  # fmt: skip
    open_ = shipped("--now", EVENING, "explain", "ep-rus").out
    closed = [
        shipped("--now", EVENING, "--tlp", "GREEN", "explain", "ep-rus").out,
        shipped("--now", EVENING, "explain", "ep-rus", "--tlp", "green").out,
        shipped("--now", EVENING, "explain", "ep-rus", PACTWATCH_TLP="GREEN").out,
        shipped("export", "--tlp", "GREEN").out,
        shipped("event", "list", "energy-pause-2025", "--json", "--tlp", "GREEN").out,
        shipped("commitment", "show", "ep-rus", "--tlp", "GREEN").out,
        shipped("agreement", "show", "energy-pause-2025", "--tlp", "GREEN", "--json").out,
        shipped("--now", EVENING, "--json", "status", "--tlp", "GREEN").out,
        shipped("--now", EVENING, "--json", "releases", "--tlp", "GREEN").out,
    ]

    assert 0 == recorded.code
    assert SECRET in open_
    assert open_.endswith("TLP:AMBER\n")
    assert all(text and SECRET not in text and "AMBER" not in text for text in closed)


@pytest.mark.parametrize("command", [("tick",), ("import", "-"), ("check",), ("verify",),
                                     ("digest", "preview"), ("projection", "list")])  # fmt: skip
def test_what_cannot_keep_a_ceiling_refuses_it(shipped: Run, command: tuple[str, ...]) -> None:
    """Rather than show, or project, more or less than was asked for."""
    done = shipped("--tlp", "GREEN", *command)

    assert (1, "") == (done.code, done.out)
    assert "the ceiling is TLP:GREEN" in done.err
    assert "hint: leave out --tlp" in done.err


def test_an_odd_promise_is_pointed_out_when_it_is_recorded(shipped: Run) -> None:
    """A warning, not a refusal; explain shows it again."""
    done = shipped("--now", EVENING, "record", "CommitmentAccepted", "energy-pause-2025",
                   "commitment=ep-new", "kind=maintenance", "debtor=RUS", "promise=hold fire",
                   "occurred=2025-03-18")  # fmt: skip
    explained = shipped("--now", EVENING, "explain", "ep-new").out

    assert 0 == done.code
    for code in ("never_expires", "no_creditor"):
        assert f"[{code}]" in done.err
        assert f"[{code}]" in explained


def test_what_is_derived_names_an_entry_on_record(shipped: Run) -> None:
    """An id that is not there is refused."""
    done = shipped("--now", EVENING, "record", "FactClaimed", "energy-pause-2025", "text=so",
                   "derived_from=ds-nowhere")  # fmt: skip

    assert 1 == done.code
    assert "unknown event 'ds-nowhere'" in done.err


def test_a_value_says_what_it_is_about(shipped: Run) -> None:
    """A statement with a value and no term is refused, with the way to write it."""
    done = shipped("--now", EVENING, "record", "FactClaimed", "energy-pause-2025", "text=so",
                   "value=5")  # fmt: skip

    assert 1 == done.code
    assert "expected `term` beside `value`" in done.err


def test_likelihood_belongs_to_judgements_alone(shipped: Run) -> None:
    """ICD 203 words rate an analyst's judgement, not a party's claim."""
    judged = ("text=it holds", "likelihood=likely", "analytic_confidence=low")
    refused = shipped("--now", EVENING, "record", "FactClaimed", "ep-rus", *judged)
    taken = shipped("--now", EVENING, "record", "AssessmentMade", "ep-rus", *judged)
    text = shipped("--now", EVENING, "explain", "ep-rus").out

    assert (1, 0) == (refused.code, taken.code)
    assert "likely (55-80%); confidence low" in text


def test_a_readout_of_many_accounts_is_turned(shipped: Run) -> None:
    """A block a term within 80 columns; who has no entry on it is named."""
    out = shipped("readout", "energy-pause-2025", "--as-of", EVENING).out

    assert "scope [CONFLICT: 3 values]\n    kremlin (RUS)      strikes on energy" in out
    assert "    trump (USA)        (silent)\n" in out
    assert "    -: russian-mod (RUS), zelensky (UKR), live-blog\n" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "term                kremlin (RUS)  RUS\n" in (
        shipped("readout", "pow-swap-2025-03-19", "--as-of", EVENING).out
    )


def test_the_id_of_a_promise_means_that_promise(shipped: Run) -> None:
    """Its numbers, its terms with those of the whole, and whether it is bound; no other's."""
    ledger = shipped("ledger", "sw-rus", "--json").json
    readout = shipped("readout", "ep-ukr", "--json").json
    releases = shipped("releases", "ep-ukr", "--json").json["agreements"][0]

    assert (["sw-rus"], []) == (
        [each["commitment"] for each in ledger["commitments"]],
        ledger["statements"],
    )
    assert ["ep-ukr"] == readout["commitments"]
    assert {(), ("ep-ukr",)} == {tuple(row["commitments"]) for row in readout["rows"]}
    assert ["ep-ukr"] == [each["commitment"] for each in releases["commitments"]]


def test_an_id_that_agreement_and_promise_share_means_the_agreement(run: Run) -> None:
    """As everywhere: the whole, with what is said of no promise."""
    made = ("--now", "2025-03-18T12:00:00Z")
    run("agreement", "add", "a", "--title", "A", "--party", "NOR", "--party", "ISL", *made)
    run("commitment", "add", "a", "a", "--kind", "achievement", "--debtor", "NOR", "--creditor",
        "ISL", "--promise", "p", "--quantity", "5", *made)  # fmt: skip
    run("record", "FactClaimed", "a", "text=seven came", "term=lorries", "value=7", "speaker=ISL",
        *made, "-y")  # fmt: skip

    ledger = run("ledger", "a", "--json").json
    assert [["a"], [7]] == [
        [each["commitment"] for each in ledger["commitments"]],
        [each["latest"] for each in ledger["statements"]],
    ]
