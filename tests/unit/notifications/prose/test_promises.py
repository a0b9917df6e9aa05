"""How a promise stands, in sentences for its reader."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from notifications.language import Language
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
