"""How a promise stands, in sentences for its reader."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from notifications.language import Language
from notifications.prose.ends import short_ends_words
from notifications.prose.promises import standing_sentences
from notifications.prose.reader import Reader

NOW = parse_instant("2025-03-20T06:00:00Z")
WORDS = {code: Reader("UTC", NOW, {}, Language(code)) for code in ("en", "de")}


def breach(status: str, by: list[str], *, denied: list[str], tags: tuple[str, ...] = ()) -> Any:
    return {"status": status, "tags": list(tags), "alleged_by": by, "denied_by": denied}


DENIED = breach("disputed", ["UKR", "POL"], denied=["RUS"])
OTHER = breach("alleged", ["MDA"], denied=[])
BEFORE = breach("disputed", ["LTU"], denied=["BLR"], tags=("out_of_force",))


@pytest.mark.parametrize(
    ("compliance", "incidents", "language", "words"),
    [
        ("disputed", [DENIED, OTHER, BEFORE], "en",
         "A breach is alleged by Ukraine and Poland and denied by Russia."),
        ("disputed", [DENIED], "de",
         "Ein Verstoß wird behauptet (Ukraine und Polen) und bestritten (Russland)."),
        ("alleged", [OTHER], "en", "A breach is alleged by Moldova."),
        ("alleged", [breach("alleged", [], denied=[])], "en", "A breach is alleged."),
        ("confirmed", [OTHER, {**breach("confirmed", ["UKR"], denied=[]), "confirmed_by": ["POL"]}],
         "en", "A breach is confirmed by Poland."),
        ("confirmed", [breach("confirmed", ["UKR"], denied=[])], "de",
         "Ein Verstoß ist bestätigt."),
    ],
)  # fmt: skip
def test_a_breach_stands_with_who_alleges_denies_or_confirms_it(
    compliance: str, incidents: list[Any], language: str, words: str
) -> None:
    """Of the breaches by which it stands so; one that does not count names nobody."""
    promise = {"state": "in_force", "compliance": compliance, "incidents": incidents}

    assert standing_sentences(promise, WORDS[language]).endswith(f" {words}")


def test_a_suspension_ends_with_a_day_of_its_promise_which_need_have_no_end() -> None:
    """The end of 3 April in Washington is the morning of the 4th for whoever reads in Kyiv."""
    suspension = {"by": ["USA"], "until": "2025-04-04T04:00:00Z", "zone": "America/New_York"}
    promise = {"state": "suspended", "readings": [], "suspension": suspension}

    assert standing_sentences(promise, WORDS["en"]).startswith("Suspended until Thu 3 April.")


def end(by: str | None, day: int, rule: str = "exclusive") -> dict[str, Any]:
    at = f"2025-04-{day + 1:02}T00:00:00Z"
    return {"term": "end", "id": f"{by}{day}", "by": by, "rule": rule, "zone": "UTC", "at": at}


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ([end("RUS", 16, "inclusive"), end("RUS", 17)], "In force; ends Wed 16 or Thu 17 April."),
        ([end("RUS", 16, "inclusive"), end("RUS", 17), end("UKR", 24)],
         "In force; ends Wed 16 or Thu 17 April (Russia) or Thu 24 April (Ukraine)."),
        ([end("UKR", 24), end(None, 16), end("POL", 24)],
         "In force; ends Wed 16 April or Thu 24 April (Ukraine and Poland)."),
    ],
)  # fmt: skip
def test_disputed_ends_stand_with_whose_they_are(readings: list[Any], words: str) -> None:
    """Two ways to count days are no dispute, and nobody is named for what nobody says."""
    promise = {"state": "in_force", "kind": "maintenance", "readings": readings}

    assert words == standing_sentences(promise, WORDS["en"])


def test_a_subject_of_three_days_has_each_by_its_date() -> None:
    """`Wed 19, yesterday, or Thu 24` would be two days; of two a near one is told as such."""
    ends = [{**end("RUS", 16), "at": f"2025-03-{day}T00:00:00Z"} for day in (19, 20, 25)]

    assert "Tue 18, Wed 19, or Mon 24 March" == short_ends_words(ends, WORDS["en"])
    assert "Tue 18 March or yesterday" == short_ends_words(ends[:2], WORDS["en"])


def test_what_waits_stands_with_the_day_by_which_it_has_to_come() -> None:
    """An offer runs out then, and a condition is missed."""
    day = {"at": "2025-05-02T00:00:00Z", "rule": "end_of_day", "zone": "UTC"}
    offer = {"state": "proposed", "pending": [{"id": "offer", "term": "offer", **day}]}
    waiting = {
        "state": "conditional",
        "pending": [{"id": "a", "term": "condition", **day}],
        "conditions": [
            {"id": "a", "text": "The ban is lifted.", "status": "open"},
            {"id": "b", "text": "Gauges stand.", "status": "open"},
        ],
    }

    assert (
        "Proposed; nobody has accepted it yet. The offer runs out Thu 1 May, at the end of the day."
    ) == standing_sentences(offer, WORDS["en"])
    assert (
        "Binds only once its conditions are met: The ban is lifted (by Thu 1 May); Gauges stand."
    ) == standing_sentences(waiting, WORDS["en"])
