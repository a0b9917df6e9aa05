"""The readout: one row a term, one column an account; silence and single sources stay visible."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History, dossier
from tracker.analysis.readout import readout
from tracker.analysis.readout_document import in_words, note_of

AT = "2026-01-02T00:00:00Z"
TERMS = {"duration": "P30D", "scope": "ports", "start": "2026-01-02", "reading_of": "oslo"}


def accord() -> History:
    return History().promise(at=AT, kind="maintenance", terms=TERMS, speaker="NOR",
                             primary_source="oslo")  # fmt: skip


def rows(history: History) -> dict[str, dict[str, Any]]:
    return {row["term"]: row for row in readout(dossier(history, AT))["rows"]}


def asserted(history: History, speaker: str, term: str, value: Any) -> History:
    return history.on("ReadingAsserted", at=AT, speaker=speaker, term=term, value=value)


def test_two_values_of_a_term_are_a_conflict() -> None:
    """Each value stands with those who say it."""
    row = rows(asserted(accord(), "reykjavik", "scope", "all ports and roads"))["scope"]

    assert (True, "values", False) == (
        row["conflict"], row["conflict_kind"], row["single_source"],
    )  # fmt: skip
    assert {"ports": ["oslo"], "all ports and roads": ["reykjavik"]} == {
        value["value"]: value["accounts"] for value in row["values"]
    }
    assert "CONFLICT: 2 values" == note_of(row)


def test_silence_is_evidence_and_a_blank_is_another() -> None:
    """An account that gives no value is silent; one without an entry is absent."""
    history = asserted(
        asserted(accord(), "reykjavik", "duration", None), "london", "scope", "ports"
    )
    cells = rows(history)["duration"]["cells"]

    assert ("value", "silent", "absent") == tuple(
        cells[name]["says"] for name in ("oslo", "reykjavik", "london")
    )
    assert "CONFLICT: reykjavik silent; oslo only" == note_of(rows(history)["duration"])
    assert "CONFLICT: reykjavik (ISL) silent; oslo (NOR) only" == note_of(
        rows(history)["duration"], {"oslo": "NOR", "reykjavik": "ISL"}
    )


def test_who_gives_a_value_in_another_entry_is_not_silent() -> None:
    """One account has two entries, of which one gives none."""
    history = asserted(
        asserted(accord(), "reykjavik", "scope", None), "reykjavik", "scope", "roads"
    )
    row = rows(history)["scope"]

    assert ([], "values") == (row["silent"], row["conflict_kind"])


def test_agreeing_accounts_are_independent_sources() -> None:
    """Two roots for one value: neither a conflict nor a single source."""
    row = rows(asserted(accord(), "reykjavik", "scope", "Ports"))["scope"]

    assert (False, False, 2) == (
        row["conflict"], row["single_source"], row["values"][0]["independent"],
    )  # fmt: skip


def test_an_echo_is_no_second_source() -> None:
    """A reporter of the same primary source adds a report, not a source."""
    history = accord().on("ReadingAsserted", at=AT, speaker="tass", primary_source="oslo",
                          term="scope", value="ports")  # fmt: skip
    (value,) = rows(history)["scope"]["values"]

    assert (2, 1) == (value["reports"], value["independent"])
    assert "oslo only" == note_of(rows(history)["scope"])


def test_what_all_parties_settled_is_no_conflict() -> None:
    """A clarification by both sides stands alone."""
    history = asserted(accord(), "reykjavik", "scope", "roads")
    history.on("TermsClarified", at=AT, term="scope", value="ports", by=["NOR", "ISL"])
    row = rows(history)["scope"]

    assert (False, ["all parties"]) == (row["conflict"], row["values"][0]["accounts"])


def test_every_defensible_end_is_reckoned() -> None:
    """Thirty days without a rule of counting have two ends, and that is no dispute."""
    row = rows(accord())["end (reckoned)"]

    assert ["inclusive", "exclusive"] == [v["value"].split(", ")[1] for v in row["values"]]
    nobody = "2 ends: nobody says whether the first day counts"
    assert f"{nobody}; oslo only" == note_of(row)


def test_ends_of_several_accounts_are_contested() -> None:
    """One side gives an end of its own."""
    row = rows(asserted(accord(), "reykjavik", "end", "2026-06-30"))["end (reckoned)"]

    assert "CONTESTED: 3 ends" in note_of(row)


def test_an_end_is_told_by_its_day_and_by_how_it_is_counted() -> None:
    """But for one that is the end of a stated day: the day says so."""
    dated = History().promise(at=AT, terms={"due": "2026-03-31"}, speaker="NOR")
    (due,) = rows(dated)["end (reckoned)"]["cells"].values()
    counted = rows(accord())["end (reckoned)"]["cells"]["oslo"]

    assert ["end of 2026-03-31, Europe/Oslo"] == due["words"]
    assert ["end of 2026-01-31, inclusive, Europe/Oslo", "end of 2026-02-01, exclusive, Europe/Oslo"
            ] == counted["words"]  # fmt: skip


def test_an_end_that_was_put_off_is_told_with_by_how_much() -> None:
    """The length that an account has given does not lead there alone."""
    longer = accord().on("TermExtended", at=AT, by=["NOR", "ISL"], terms={"extend_by": "P14D"})
    ends = rows(longer)["end (reckoned)"]["cells"]["oslo"]["words"]

    assert "end of 2026-02-14, inclusive, extended by 14 days, Europe/Oslo" == ends[0]


def test_statements_that_name_a_term_are_accounts_of_it() -> None:
    """A fact claimed of no commitment has its row too."""
    history = accord()
    for speaker, value in (("oslo", "2 hours"), ("reykjavik", "90 minutes")):
        history.add("FactClaimed", at=AT, text="they talked", speaker=speaker, term="talk",
                    value=value)  # fmt: skip

    assert rows(history)["talk"]["conflict"]


def test_rows_that_say_the_same_of_two_commitments_are_one() -> None:
    """The commitments are named, and the evidence of both is kept."""
    history = accord()
    history.add("CommitmentAccepted", at=AT, commitment="d", kind="maintenance", debtor=["ISL"],
                creditor=["NOR"], promise="the same", terms=TERMS, speaker="ISL",
                primary_source="oslo")  # fmt: skip
    row = rows(history)["scope"]

    assert (["c", "d"], ["e2", "e3"]) == (row["commitments"], row["cells"]["oslo"]["events"])


def test_a_readout_is_marked_with_the_entries_in_it() -> None:
    """Not with what else is on record."""
    history = accord().on("PositionStated", at=AT, text="aside", tlp="RED")
    open_ = readout(dossier(history, AT))["tlp"]
    history.add("FactClaimed", at=AT, text="t", term="talk", value="short", tlp="AMBER")

    assert "CLEAR" == open_
    assert "AMBER" == readout(dossier(history, AT))["tlp"]


def test_a_correction_marks_what_it_corrects() -> None:
    """Its wording is in the output."""
    history = accord().add("EntryCorrected", at=AT, event="e2", replacement={}, tlp="GREEN")

    assert "GREEN" == readout(dossier(history, AT))["tlp"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P14D after m2 discharged", "14 days after m2 is discharged"),
        ("after m2 satisfied:hall", "when m2 meets the condition hall"),
        ("P14D after the war", "P14D after the war"),
    ],
)
def test_a_relative_date_is_said_in_words(text: str, words: str) -> None:
    """Other text that looks a little like one stays as it is."""
    assert words == in_words(text)


def test_a_length_is_said_in_words() -> None:
    """P30D is thirty days and not a month."""
    assert ("30 days", "1 month", "P1M2D", "5") == tuple(map(in_words, ("P30D", "P1M", "P1M2D", 5)))


def test_accounts_of_one_party_stand_together_and_are_one_source() -> None:
    """Each keeps its column, the second where the party's first one is."""
    history = asserted(
        asserted(accord(), "reykjavik", "scope", "roads"), "oslo-press", "scope", "ports"
    )
    history.spoken_for(**{"oslo": "NOR", "oslo-press": "NOR"})
    document = readout(dossier(history, AT))
    ports = next(v for v in rows(history)["scope"]["values"] if v["value"] == "ports")

    assert ["oslo", "oslo-press", "reykjavik"] == document["accounts"]
    assert {"oslo": "NOR", "oslo-press": "NOR"} == document["speaks_for"]
    assert (2, 1, ["NOR"]) == (ports["reports"], ports["independent"], ports["sources"])
