"""A date that hangs on a moment is read as commands write it, and as answers word it."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidDate
from tracker.model.relative import Relative, relative_of, typed_relative

STATED = [
    Relative(after="mou", moment="discharged"),
    Relative(after="m2", moment="in_force", by="P14D"),
    Relative(after="m2", moment="start", by="P2M"),
    Relative(after="m2", moment="end", by="P1D", count="inclusive"),
    Relative(after="m2", moment="satisfied:imf", by="P14D"),
    Relative(after="m2", moment="milestone:round-2"),
    Relative(after="m2", moment="due", by="P10D", count="business"),
    Relative(after="m2", moment="milestone:round-2", by="P1D", count="business"),
]


@pytest.mark.parametrize("relative", STATED)
def test_what_an_answer_says_can_be_typed(relative: Relative) -> None:
    """`status` words it `14 days after m2 comes into force`, a command `P14D after m2 in_force`."""
    assert [relative, relative] == [relative_of(relative.words), relative_of(relative.text)]


@pytest.mark.parametrize(
    ("text", "relative"),
    [
        ("10 working days after m2 due", STATED[6]),
        ("10 Business Days after m2 is due", STATED[6]),
        (
            "2 weeks after m2 milestone:round-2",
            Relative(after="m2", moment="milestone:round-2", by="P2W"),
        ),
        (
            "14 days after m2 in_force inclusive",
            Relative(after="m2", moment="in_force", by="P14D", count="inclusive"),
        ),
    ],
)
def test_a_length_in_words_goes_with_the_name_of_a_moment(text: str, relative: Relative) -> None:
    """As a treaty says it, whichever half is typed in the short form."""
    assert relative == relative_of(text)


@pytest.mark.parametrize(
    "text", ["2026-03-01", "soon after m2 is discharged", "when it suits them", "in March"]
)
def test_other_words_are_no_such_date(text: str) -> None:
    """They are refused as a date, with the forms that are taken."""
    assert relative_of(text) is None


def test_a_moment_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidDate, match="'payed'"):
        relative_of("P1D after m2 payed")


@pytest.mark.parametrize(
    ("text", "moment", "meant"),
    [
        ("P10D after m2 in force", "'in force'", "P10D after m2 in_force"),
        ("10 working days after m2 is broken", "'is broken'",
         "10 working days after m2 discharged"),
        ("2 weeks after m2", "none after 'm2'", "2 weeks after m2 discharged"),
    ],
)  # fmt: skip
def test_what_is_typed_after_a_length_is_a_moment_or_refused_with_those_there_are(
    text: str, moment: str, meant: str
) -> None:
    """A typed date; free text may say so and is no date."""
    with pytest.raises(InvalidDate, match=f"not a moment to count from: {moment}") as refused:
        typed_relative(text)

    assert (True, True) == (
        refused.value.hint.endswith(meant),
        "satisfied:ID" in refused.value.hint,
    )
    assert relative_of(text) is None


@pytest.mark.parametrize("text", ["two days after tomorrow", "soon after m2 is due", "2026-03-01"])
def test_what_begins_with_no_length_is_left_to_the_dates(text: str) -> None:
    """They are refused as no date, or taken as one."""
    assert typed_relative(text) is None
