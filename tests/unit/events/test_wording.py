"""Which names an unknown one may stand for, and which one a hint takes for it."""

from __future__ import annotations

import pytest

from events.wording import nearest, typo_of

PARTIES = ["russian-mod", "russian-business", "russian-government", "RUS", "UKR", "USA"]


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("RUSS", PARTIES, ["RUS", "russian-mod", "russian-business"]),
        ("rus", PARTIES, ["RUS", "russian-mod", "russian-business"]),
        ("russian", PARTIES, ["russian-mod", "russian-business", "russian-government"]),
        ("pay2", ["payments-of-the-first-phase", "pay"], ["pay"]),
        ("energy-pauze-2025", ["energy", "energy-pause-2025"], ["energy-pause-2025"]),
        ("accord", ["Accord", "ACCORD"], ["Accord", "ACCORD"]),
        ("ru", PARTIES, ["RUS"]),
        ("x", PARTIES, []),
    ],
    ids=["too long", "other capitals", "begun", "a number more", "a slip", "capitals alone",
         "too short to begin one", "nothing"],
)  # fmt: skip
def test_a_name_that_is_none_stands_for_the_nearest(
    name: str, known: list[str], meant: list[str]
) -> None:
    """The one it goes on from comes first; those that go on from it do not crowd it out."""
    assert meant == nearest(name, known)


@pytest.mark.parametrize(
    ("name", "close", "meant"),
    [
        ("rus", ["RUS", "russian-mod"], "RUS"),
        ("RUSS", ["RUS", "russian-mod"], None),
        ("RUSS", ["RUS"], "RUS"),
        ("russian-m", ["russian-mod"], "russian-mod"),
        ("accord", ["Accord", "ACCORD"], None),
        ("kremln", ["kremlin", "USA"], "kremlin"),
        ("mm", ["m"], None),
    ],
)
def test_a_hint_takes_a_name_for_the_only_one_it_can_be(
    name: str, close: list[str], meant: str | None
) -> None:
    """In other capitals, too long, begun or misspelt; where it may be two, none is guessed."""
    assert (meant and (name, meant)) == typo_of(name, close)
