"""Agreements are grouped by tags: every list, the subscriptions and the board can be narrowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import OnDesk, Run

NOW = "2025-03-20T12:00:00Z"


def tag_two(shipped: Run) -> None:
    """The exchange of prisoners has the tag that is asked for, the pause another."""
    for agreement, tag in (("pow-swap-2025-03-19", "prisoners"), ("energy-pause-2025", "energy")):
        given = ("agreement", "tag", agreement, tag, "--occurred", "2025-03-18", "-y")
        assert 0 == shipped(*given, "--now", NOW).code


@pytest.fixture
def tagged(on_desk: OnDesk, imported_database: Path) -> Run:
    """The shipped agreements with these tags."""
    return on_desk(tag_two, imported_database)


@pytest.mark.parametrize(
    ("command", "inside", "outside"),
    [
        (("status",), "sw-rus", "ep-rus"),
        (("status", "--by", "agreement"), "sw-rus", "ep-rus"),
        (("deadlines", "--as-of", "2025-03-18T22:00:00Z"), "sw-rus", "ep-rus"),
        (("check", "--fail-on", "overdue,terms_disputed"), "sw-rus", "ep-rus"),
        (("search", "to"), "sw-rus", "ep-rus"),
        (("event", "list"), "sw-rus", "ep-rus"),
    ],
)
def test_a_list_is_narrowed_to_a_tag(
    tagged: Run, command: tuple[str, ...], inside: str, outside: str
) -> None:
    """To the agreements that have it now."""
    out = tagged(*command, "--tag", "prisoners", "--now", NOW).out

    assert inside in out
    assert outside not in out
    assert inside not in tagged(*command, "--tag", "energy", "--now", NOW).out


def test_a_subscription_follows_a_tag(tagged: Run, desk: Path) -> None:
    """Its digest has nothing else; a tag that no agreement has is refused with the nearest."""
    slip = tagged("subscribe", "add", "r@example.org", "--tag", "prisonres", "--now", NOW)
    done = tagged("subscribe", "add", "r@example.org", "--tag", "prisoners", "--json",
                  "--cadence", "immediate", "--now", NOW)  # fmt: skip
    ticked = tagged("tick", "--now", "2025-03-22T12:00:00Z")

    assert (1, True) == (slip.code, "did you mean prisoners" in slip.err)
    assert (["prisoners"], "tag prisoners") == (done.json["tags"], done.json["follows"])
    assert 0 == ticked.code, ticked.err
    mail = "".join(file.read_text(encoding="utf-8") for file in (desk / "mail").glob("*.eml"))
    assert "sw-rus" in mail
    assert "ep-rus" not in mail
