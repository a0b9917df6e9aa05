"""`record` with somebody there: it shows the fields, asks, previews, and waits for a yes."""

from __future__ import annotations

import pytest

from tests.support.command import Run
from tests.support.terminal import Start
from tracker.model.event_types import EVENT_TYPES

LATE = {"PACTWATCH_NOW": "2025-03-22T12:00:00Z"}


def positions(run: Run) -> int:
    return int(run("event", "list", "--limit", "1000", "--json").json["events"][-1]["position"])


def test_without_fields_they_are_shown_and_asked_for(shipped: Run, terminal: Start) -> None:
    """Needed ones first with their words; a wrong answer is asked again; y records."""
    before = positions(shipped)
    desk = terminal("record", "PerformanceConfirmed", "sw-rus", **LATE)
    desk.until("* basis: what makes it a fact")
    desk.until("one of creditor_admission, both_sides")
    desk.answer("* basis", "claim please")
    desk.until("expected creditor_admission, both_sides, neutral_body or analyst_finding")
    desk.answer("* basis", "")
    desk.answer("* basis", "both_sides")
    desk.answer("quantity:", "?")
    desk.answer("quantity:", "175")
    desk.answer("of:", "")
    desk.answer("occurred:", "soon")
    desk.until("accepted forms")
    desk.answer("occurred:", "19 March")
    desk.until("write which one: 2024-03-19, or 2025-03-19, or 2026-03-19")
    desk.answer("occurred:", "19 March 2025")
    desk.until("occurred: 19 March 2025 -> 2025-03-19")
    desk.answer("speaker:", "UKR")
    desk.answer("more", "credibility=9")
    desk.answer("more", "source.line=5")
    desk.answer("more", "")
    desk.until("would take back")
    assert before == positions(shipped)
    desk.answer("Record it? [y/N]", "y")
    assert 0 == desk.end()

    event = shipped("event", "list", "pow-swap-2025-03-19", "--json").json["events"][-1]
    assert {"commitment": "sw-rus", "basis": "both_sides", "quantity": 175, "speaker": "UKR",
            "occurred": "2025-03-19", "source": {"line": 5}} == event["data"]  # fmt: skip
    assert "lapsed" in desk.plain
    assert "discharged" in desk.plain
    assert "full 175 of 175" in desk.plain


def test_a_breach_is_chosen_from_those_on_record(shipped: Run, terminal: Start) -> None:
    """They are listed in words; what names none of them is asked again."""
    alleged = ("record", "ViolationAlleged", "ep-rus", "occurred=2025-03-20", "speaker=UKR")
    assert 0 == shipped(*alleged, "text=a substation", "--now", LATE["PACTWATCH_NOW"], "-y").code
    number = positions(shipped)
    desk = terminal("record", "ViolationDenied", "ep-rus", "speaker=RUS", "text=no", "-n", **LATE)
    desk.until(f"{number}, alleged by UKR on 2025-03-20: 'a substation'")
    desk.answer(f"* incident [{number}]:", "y")
    desk.until(f"unknown incident 'y'; expected {number}")
    desk.answer(f"* incident [{number}]:", "")
    desk.until(f"breach #{number}: alleged -> disputed")
    assert 0 == desk.end()


def test_a_line_goes_on_in_a_terminal_that_becomes_narrower(shipped: Run, terminal: Start) -> None:
    """What is typed is drawn again in the new width; nothing of it is lost."""
    words = "strikes on a substation near the river, three kilometres from the town"
    alleged = ("record", "ViolationAlleged", "ep-rus", "occurred=2025-03-20", "-y")
    desk = terminal(*alleged, **LATE)
    desk.until("was said text:")
    desk.press(words.encode())
    desk.until("from the town")
    desk.resize(40)
    desk.until("strikes on a substation near")
    desk.type(", and a bridge")
    desk.answer("speaker:", "UKR")
    assert 0 == desk.end()

    event = shipped("event", "show", "last", "--json").json
    assert f"{words}, and a bridge" == event["data"]["text"]


def test_a_promise_is_chosen_from_those_of_the_agreement(shipped: Run, terminal: Start) -> None:
    """An entry about one promise that was given an agreement lists them; no other is taken."""
    given = ("record", "PerformanceReported", "pow-swap-2025-03-19", "speaker=UKR", "-n")
    desk = terminal(*given, **LATE)
    desk.until("sw-rus: To hand over 175 prisoners")
    desk.answer("commitment:", "ep-rus")
    desk.until("unknown commitment 'ep-rus'; expected sw-rus or sw-ukr")
    desk.answer("commitment:", "sw-ukr")
    assert 0 == desk.end()


def test_no_is_the_answer_of_a_person_who_only_presses_enter(shipped: Run, terminal: Start) -> None:
    """Nothing is written, and the exit code says so."""
    before = positions(shipped)
    desk = terminal("record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20", **LATE)
    desk.answer("Record it? [y/N]", "")

    assert (1, before) == (desk.end(), positions(shipped))
    assert "nothing was recorded" in desk.plain
    assert "the same entry again" not in desk.plain


def test_interrupting_a_question_writes_nothing(shipped: Run, terminal: Start) -> None:
    """Ctrl-C is 130; what was answered by then stands in a command to go on from."""
    before = positions(shipped)
    desk = terminal("record", "ViolationAlleged", **LATE)
    desk.answer("COMMITMENT-OR-AGREEMENT:", "")
    desk.answer("COMMITMENT-OR-AGREEMENT:", "ep-rus")
    desk.until("also: ")
    desk.answer("incident:", "i2")
    desk.answer("text:", "a strike")
    desk.until("where:")

    assert (130, before) == (desk.interrupt(), positions(shipped))
    assert "pactwatch record ViolationAlleged ep-rus incident=i2 'text=a strike'" in desk.plain


def test_yes_beforehand_is_not_asked_for_again(shipped: Run, terminal: Start) -> None:
    """-y with fields records at once, on a terminal too."""
    desk = terminal("record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20", "-y", **LATE)

    assert 0 == desk.end()
    assert "Record it?" not in desk.plain


def test_a_dry_run_asks_for_fields_and_for_no_yes(shipped: Run, terminal: Start) -> None:
    """-n ends with the preview."""
    desk = terminal("record", "PerformanceConfirmed", "sw-rus", "quantity=5", "-n", **LATE)
    desk.answer("* basis", "both_sides")

    assert (0, True) == (desk.end(), "would record" in desk.plain)


def test_what_the_table_refuses_is_refused_before_the_question(
    shipped: Run, terminal: Start
) -> None:
    """Row, state and what is allowed instead; exit code 1."""
    desk = terminal("record", "Resumed", "ep-rus", "reason=over", **LATE)

    assert 1 == desk.end()
    assert "row 21" in desk.plain
    assert "Record it?" not in desk.plain


def test_an_entry_that_does_the_same_after_anothers_is_recorded(
    shipped: Run, terminal: Start
) -> None:
    """The stream has moved on since the preview, and what was shown is still so."""
    fields = ("ComplianceObserved", "ep-rus", "occurred=2025-03-20")
    desk = terminal("record", *fields, **LATE)
    desk.until("Record it?")
    other = shipped("record", *fields, "--id", "other", **LATE)
    before = positions(shipped)
    desk.type("y")

    assert (0, 0, before + 1) == (other.code, desk.end(), positions(shipped))


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_an_entry_that_does_something_else_after_anothers_is_asked_for_again(
    shipped: Run, terminal: Start, answer: str, code: int
) -> None:
    """Both effects are shown, and a no keeps all that was typed."""
    desk = terminal("record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20", **LATE)
    desk.until("clear")
    desk.until("Record it?")
    alleged = ("record", "ViolationAlleged", "ep-rus", "occurred=2025-03-20", "speaker=UKR")
    other = shipped(*alleged, "incident=i1", "--id", "other", **LATE)
    before = positions(shipped)
    desk.type("y")
    desk.until(f"recorded by others since: #{before} other ViolationAlleged on ep-rus")
    desk.until("alleged")
    desk.answer("Record it all the same?", answer)

    assert (0, code, before + 1 - code) == (other.code, desk.end(), positions(shipped))
    again = "pactwatch record ComplianceObserved ep-rus occurred=2025-03-20\n"
    assert (answer == "n") == (again in desk.plain)


def test_a_new_promise_is_asked_for_with_its_id(shipped: Run, terminal: Start) -> None:
    """On an agreement: id, kind, who promises what; terms by parts."""
    desk = terminal("record", "CommitmentAccepted", "pow-swap-2025-03-19", **LATE)
    for question, answer in (
        ("* commitment", "sw-more"), ("* kind", "achievement"), ("* debtor", "RUS"),
        ("* promise", "to hand over ten more"), ("deontic", ""), ("creditor", "UKR"),
        ("terms", "due=2025-04-01 quantity=10"), ("reciprocal_with", ""), ("proposed_by", ""),
        ("offer_valid_until", ""), ("phase", ""), ("occurred", "2025-03-21"), ("speaker", "RUS"),
        ("more", ""), ("Record it?", "y"),
    ):  # fmt: skip
        desk.answer(question, answer)

    assert 0 == desk.end(), desk.plain
    promise = shipped("status", "sw-more", "--json", **LATE).json["agreements"][0]["commitments"][0]
    assert ("in_force", 10, ["RUS"]) == (
        promise["state"], promise["fulfilment"]["promised"], promise["debtor"]
    )  # fmt: skip


def test_json_on_a_terminal_keeps_stdout_for_data(shipped: Run, terminal: Start) -> None:
    """The preview and the question are talk; the document comes last and whole."""
    desk = terminal("record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20", "--json",
                    **LATE)  # fmt: skip
    desk.answer("Record it?", "y")

    assert 0 == desk.end()
    assert '"already_known": false' in desk.plain


def test_without_a_type_the_types_are_listed(shipped: Run) -> None:
    """With their rows and fields, in every form."""
    rows = {row["type"]: row for row in shipped("record", "--json").json["types"]}

    assert ("15", len(EVENT_TYPES)) == (rows["ViolationAlleged"]["rows"], len(rows))
    assert "basis*" in rows["PerformanceConfirmed"]["fields"]


def test_off_a_terminal_nothing_is_asked(shipped: Run) -> None:
    """What is missing is named; a missing target is a slip of usage."""
    missing = shipped("record", "PerformanceConfirmed", "sw-rus", **LATE)
    target = shipped("record", "PerformanceConfirmed", **LATE)

    assert (1, 2) == (missing.code, target.code)
    assert "basis (creditor_admission, both_sides" in missing.err


def test_off_a_terminal_what_is_complete_is_recorded_at_once(shipped: Run) -> None:
    """A script needs no yes."""
    done = shipped("record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20", **LATE)

    assert (0, True) == (done.code, "recorded ComplianceObserved" in done.err)


TAB = b"\t"


def test_a_line_is_completed_recalled_and_edited(shipped: Run, terminal: Start) -> None:
    """Tab knows accounts, the arrow up what was answered before, Ctrl-A goes to the beginning."""
    stated = ("record", "PositionStated", "ep-rus", "by=RUS", "text=first", "speaker=zelensky")
    assert 0 == shipped(*stated, **LATE).code
    desk = terminal("record", "ViolationAlleged", "ep-rus", **LATE)
    desk.until("also: ")
    desk.answer("incident:", "i1")
    desk.until("text:")
    desk.press(b"\x1b[A")  # up
    desk.until("first")
    desk.press(b"\x01")  # Ctrl-A
    desk.type("the ")
    for question in ("where:", "first_seen:", "last_seen:", "claimed_count:", "occurred:"):
        desk.answer(question, "")
    desk.until("speaker:")
    desk.press(b"zel" + TAB)
    desk.until("zelensky")
    desk.type("")
    desk.answer("more, as", "")
    desk.answer("Record it?", "y")

    assert 0 == desk.end(), desk.plain
    data = shipped("event", "list", "energy-pause-2025", "--json").json["events"][-1]["data"]
    assert ("zelensky", "the first") == (data["speaker"], data["text"])


def test_an_allegation_without_speaker_and_text_is_refused(shipped: Run, terminal: Start) -> None:
    """Off a terminal as on it; the hint has what was given."""
    words = ("record", "ViolationAlleged", "ep-rus", "incident=i1", "occurred=2025-03-20")
    off = shipped(*words, **LATE)
    desk = terminal(*words, **LATE)
    desk.answer("text:", "")
    desk.answer("speaker:", "")

    assert (1, 1) == (off.code, desk.end())
    for output in (off.err, desk.plain):
        assert "needs text (what happened or was said); speaker (who says so: a party's id)" in (
            " ".join(output.split())
        )
    assert "incident=i1 occurred=2025-03-20 text=" in off.err
