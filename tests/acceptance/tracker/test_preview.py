"""What an entry would change, as it is read before it is recorded."""

from __future__ import annotations

import pytest

from tests.support.command import Run

NOW = ("--now", "2026-11-28T12:00:00Z")
ALLEGED = ("ViolationAlleged", "ep-rus", "speaker=UKR")
AT_BOTH = "on 2025-03-20 09:00Z today"
ENTRIES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "at its own date and today": (
        (*ALLEGED, "occurred=2025-03-20", "incident=i2"),
        [AT_BOTH, "state in_force expired",
         "compliance unassessed -> alleged unassessed -> alleged", "breach i2: none -> alleged",
         "would alert: info suggestion, ep-rus: may need a look: allegation i2 unanswered for 90 "
         "days, at"],
    ),
    "a breach out of force": (
        (*ALLEGED, "occurred=2025-03-17", "incident=i2"),
        ["state not made yet expired", "tagged out_of_force: not counted"],
    ),
    "a breach at the edge of the window": (
        (*ALLEGED, "occurred=2025-03", "incident=i2"),
        ["tagged window_edge: partly outside the window"],
    ),
    "an end by each reading": (
        ("TermExtended", "ep-rus", "by=RUS,UKR,USA", "terms.extend_by=P30D", "occurred=2025-04-01"),
        ["ep-rus: end inclusive (kremlin): end of Wed 16 Apr 2025 -> "
         "Fri 16 May 2025 (Europe/Moscow)",
         "ep-rus: end exclusive (kremlin): end of Thu 17 Apr 2025 -> "
         "Sat 17 May 2025 (Europe/Moscow)"],
    ),
    "an end that is read otherwise": (
        ("ReadingAsserted", "ep-rus", "term=end", "value=2025-04-30", "speaker=UKR",
         "occurred=2025-03-25"),
        ["ep-rus: end (UKR): none -> end of Wed 30 Apr 2025 (Europe/Moscow)",
         "would take back: warning ended, ep-rus: has ended: expired"],
    ),
    "a part delivered": (
        ("PerformanceConfirmed", "sw-rus", "quantity=13", "basis=both_sides",
         "occurred=2025-03-19"),
        ["fulfilment none 0 of 175 -> partial 13 of 175 none 0 of 175 -> partial 13 of 175",
         "sw-rus: delivered none -> 13 of 175"],
    ),
    "a suspension of one side": (
        ("SuspensionDeclared", "bs-rus", "by=RUS", "effective_at=2027-01-01T00:00:00Z"),
        ["today on 2027-01-01 00:00Z", "state in_force in_force -> suspended",
         "flags single_source +suspension_contested", "suspension none none -> by RUS alone"],
    ),
    "a waiver of one creditor of two": (
        ("CreditorReleased", "ep-rus", "speaker=USA", "occurred=2025-03-25"),
        ["ep-rus: is waived by USA, still owed to UKR"],
    ),
    "a new promise": (
        ("CommitmentAccepted", "pow-swap-2025-03-19", "commitment=sw-late", "kind=achievement",
         "debtor=RUS", "promise=more", "terms.due=2027-04-20"),
        ["on 2026-11-28 09:00Z and today", "state new: in_force",
         "sw-late: due: none -> end of Tue 20 Apr 2027 (Europe/Moscow)"],
    ),
    "nothing": (
        ("PositionStated", "ep-rus", "by=RUS", "text=no"),
        ["no state and no end changes, and nobody is alerted; the entry stays on record"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_the_preview_says_what_changes(shipped: Run, name: str) -> None:
    """Each axis at the entry's own date and today, each end by its reading, each alert."""
    words, expected = ENTRIES[name]
    done = shipped("record", *words, *NOW, "-n")
    preview = " ".join(done.out.split())

    assert 0 == done.code, done.err
    assert [] == [line for line in expected if line not in preview], preview
    assert ("nobody is alerted" in preview) == (name == "nothing")


def test_a_second_breach_is_told_beside_the_first(shipped: Run) -> None:
    """Another one moves no axis and counts; the same one again is known as such."""
    first = shipped("record", *ALLEGED, "occurred=2025-03-20", "incident=i1", *NOW)
    another, again = (
        " ".join(
            shipped("record", *ALLEGED, "occurred=2025-03-21", incident, *NOW, "-n").out.split()
        )
        for incident in ("incident=i2", "incident=i1")
    )

    assert 0 == first.code
    assert "breach i2: none -> alleged, beside 1 more on record" in another
    assert "breach i1: alleged already, said once more" in again


def test_a_breach_that_is_taken_back_is_told(shipped: Run) -> None:
    """Also where another stands, so that the axes stay as they are."""
    for name in ("i2", "i3"):
        shipped("record", *ALLEGED, "occurred=2025-03-20", f"incident={name}", "-y", *NOW)
    preview = " ".join(shipped("undo", "-n", *NOW).out.split())

    assert "ep-rus: breach i3: alleged -> none, 1 more on record" in preview
    assert "no promise changes" not in preview


def test_a_correction_is_shown_at_the_date_of_what_it_corrects(shipped: Run) -> None:
    """And where a retraction takes a promise off the record, the preview says so."""
    correct = ("event", "correct", "ds-ep-002", "terms.duration=P60D", "--reason", "x", "-n")
    corrected, retracted = (
        shipped(*command, *NOW, "--json").json
        for command in (correct, ("event", "retract", "ds-sw-002", "--reason", "x", "-n"))
    )
    (gone,) = [row for row in retracted["at_entry"] if row["axis"] == "state"]

    assert "2025-03-18T09:00:00Z" == corrected["entry_at"]
    assert ["2025-05-16", "2025-05-17"] == [end["day_after"] for end in corrected["ends"]]
    assert ("in_force", None) == (gone["before"], gone["after"])


def test_json_says_what_the_preview_says(shipped: Run) -> None:
    """Breaches with their tags, and what else is news."""
    alleged = shipped("record", *ALLEGED, "occurred=2025-03", "incident=i1", *NOW, "-n", "--json")
    part = ("PerformanceReported", "sw-rus", "quantity=13", "speaker=RUS", "occurred=2025-03-19")
    reported = shipped("record", *part, *NOW, "-n", "--json")

    (breach,) = alleged.json["breaches"]
    assert {"commitment": "ep-rus", "incident": "i1", "position": None, "before": None,
            "after": "alleged", "tags": ["window_edge"], "breaches": 1} == breach  # fmt: skip
    assert ["sw-rus: delivered none -> 13 of 175 reported, by RUS"] == reported.json["news"]


def test_the_promises_of_each_are_previewed_in_one_table(shipped: Run) -> None:
    """One heading, one warning for all, and the alerts that are alike on one line."""
    words = ("commitment", "add", "black-sea-talks", "safe", "--kind", "maintenance", "--each",
             "RUS,UKR,TUR", "--promise", "to let ships pass", "--start", "2025-01-10",
             "--duration", "P1Y", "-n")  # fmt: skip
    done = shipped(*words, "--now", "2025-03-20T09:00:00Z")

    assert 1 == done.err.count("warning: its start is 2025-01-10")
    assert "CommitmentAccepted on safe-rus, safe-ukr, safe-tur take effect at" in done.err
    assert 1 == done.out.count("promise ")
    assert (
        "would alert: info state_changed, safe-rus, safe-ukr, safe-tur: state: new -> " in done.out
    )
    assert "would record CommitmentAccepted on safe-ukr\n" in done.err


def test_an_entry_that_says_what_another_says_is_pointed_out(shipped: Run) -> None:
    """By its number, until that is taken back."""
    now = ("-y", "--now", "2025-03-20T09:00:00Z")
    words = ("record", "PositionStated", "ep-rus", "by=UKR", "text=we support it", *now)
    first = shipped(*words, "--json").json
    twice = f"#{first['position']} says the same: entered twice?"
    assert twice in shipped(*words, "-n").err
    assert [f"#{first['position']}"] == shipped(*words, "-n", "--json").json["repeats"]
    assert 0 == shipped("undo", *now).code
    assert twice not in shipped(*words, "-n").err
