"""The grain corridor: periods, one side's suspension, and a notice that ends the whole."""

from __future__ import annotations

import pytest

from tests.acceptance.examples.conftest import Enter
from tests.support.example import ends, standing

ALL = ("grain-rus", "grain-ukr", "grain-tur")


@pytest.mark.parametrize(
    ("as_of", "expected", "disputed"),
    [
        ("2022-10-01", {"2022-11-19T21:00:00Z": {"un"}}, False),
        ("2022-12-01", {"2023-03-19T21:00:00Z": {"un"}}, False),
        ("2023-03-20", {"2023-05-18T21:00:00Z": {"RUS"},
                        "2023-07-17T21:00:00Z": {"UKR", "un"}}, True),
        ("2023-06-01", {"2023-07-17T21:00:00Z": {"all parties"}}, False),
    ],
)  # fmt: skip
def test_one_entry_moves_the_end_of_all(
    example: Enter, as_of: str, expected: dict[str, set[str | None]], disputed: bool
) -> None:
    """19 November, 19 March, then 18 May or 17 July by who says so, then 17 July for all."""
    commitments = standing(example("grain"), as_of)

    assert [ends(commitments[name]) for name in ALL] == [expected] * 3
    assert {"terms_disputed" in commitments[name]["flags"] for name in ALL} == {disputed}


def test_one_sides_suspension_is_its_own_and_shields_nobody(example: Enter) -> None:
    """Only Russia's promise rests, contested; what is alleged meanwhile counts."""
    run = example("grain")
    meanwhile, after = standing(run, "2022-10-31T20:00:00Z"), standing(run, "2022-11-03")

    assert [meanwhile[name]["state"] for name in ALL] == ["suspended", "in_force", "in_force"]
    assert "suspension_contested" in meanwhile["grain-rus"]["flags"]
    assert meanwhile["grain-rus"]["suspension"]["by"] == ["RUS"]
    assert meanwhile["grain-rus"]["compliance"] == "alleged"
    assert [after[name]["state"] for name in ALL] == ["in_force"] * 3
    words = run("explain", "grain-rus", "--as-of", "2022-10-31").out
    assert "by its debtor's own word" in " ".join(words.split())


def test_one_partys_notice_ends_the_promises_of_all(example: Enter) -> None:
    """On the evening of 17 July they still bind; after it all are over, and none is renewed."""
    run = example("grain")
    before, after = standing(run, "2023-07-17T20:00:00Z"), standing(run, "2023-12-01")

    assert [before[name]["state"] for name in ALL] == ["in_force"] * 3
    assert [after[name]["state"] for name in ALL] == ["expired"] * 3
