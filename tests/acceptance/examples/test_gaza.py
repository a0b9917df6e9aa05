"""The ceasefire in Gaza: two ways to count, instalments, a daily quota, one side's extension."""

from __future__ import annotations

from tests.acceptance.examples.conftest import Enter
from tests.support.example import ends, standing


def test_phase_one_ends_on_either_of_two_days(example: Enter) -> None:
    """Nobody says whether the first day counts: 1 or 2 March, and no dispute between parties."""
    run = example("gaza")
    truce = standing(run, "2025-02-01")["truce-isr"]

    assert [*ends(truce)] == ["2025-03-01T22:00:00Z", "2025-03-02T22:00:00Z"]
    assert "terms_disputed" not in truce["flags"]
    words = run("explain", "truce-isr", "--as-of", "2025-02-01").out
    assert "1 or 2 March 2025 (nobody says whether the first day counts)" in " ".join(words.split())


def test_the_exchange_is_complete_by_instalments(example: Enter) -> None:
    """22 of 33, and on 27 February all: discharged, in time."""
    run = example("gaza")
    halfway, last = (standing(run, day)["hostages"] for day in ("2025-02-21", "2025-02-28"))

    assert (halfway["fulfilment"]["grade"], halfway["fulfilment"]["delivered"]) == ("partial", 23)
    assert (last["state"], last["late"], last["fulfilment"]["delivered"]) == (
        "discharged", False, 33,
    )  # fmt: skip


def test_the_quota_is_met_or_missed_day_by_day(example: Enter) -> None:
    """Of 42 days five are met; what nobody reported is missed once its grace is over."""
    run = example("gaza")
    first, whole = (standing(run, day)["lorries"] for day in ("2025-01-22", "2025-03-10"))

    assert first["periods"]["met"] == 4
    assert (whole["periods"]["met"], whole["periods"]["of"]) == (5, 42)
    assert "periods_missed" in whole["flags"]
    assert whole["state"] == "expired"


def test_the_talks_were_missed(example: Enter) -> None:
    """Day 16 is 3 February; nothing is reported, and it lapses."""
    run = example("gaza")

    assert [*ends(standing(run, "2025-01-20")["talks"])] == ["2025-02-03T22:00:00Z"]
    assert standing(run, "2025-02-10")["talks"]["state"] == "lapsed"


def test_an_extension_that_one_side_states_is_its_reading(example: Enter) -> None:
    """Israel's promise has an end by Israel beside the others; that of Hamas has not."""
    commitments = standing(example("gaza"), "2025-03-02T23:00:00Z")

    assert ends(commitments["truce-isr"])["2025-04-20T21:00:00Z"] == {"ISR"}
    assert "terms_disputed" in commitments["truce-isr"]["flags"]
    assert commitments["truce-hamas"]["state"] == "expired"


def test_each_later_allegation_is_an_alert_of_its_own(example: Enter) -> None:
    """The second breach is told as the first was."""
    run = example("gaza")
    run("tick", "--now", "2025-03-17T06:00:00Z")
    alerts = [
        (alert["kind"], alert["commitment"])
        for now in ("2025-03-18T18:00:00Z", "2025-03-19T20:00:00Z")
        for alert in run("tick", "--json", "--now", now).json["alerts"]
    ]

    assert alerts.count(("incident_alleged", "truce-isr")) == 2


def test_a_body_that_was_not_a_hostages_is_taken_back(example: Enter) -> None:
    """Known on the evening 23, the next morning 22, and with the right one 23 again."""
    run = example("gaza")
    known = ("2025-02-20T21:00:00Z", "2025-02-21T09:00:00Z", "2025-02-21T23:00:00Z")
    delivered = [
        run("status", "hostages", "--as-of", at, "--known-at", at, "--json")
        .json["agreements"][0]["commitments"][0]["fulfilment"]["delivered"]
        for at in known
    ]  # fmt: skip

    assert [23, 22, 23] == delivered


def test_what_nobody_reported_is_missed_and_not_zero(example: Enter) -> None:
    """Nothing is on record of a day, which is not that nothing came; a total stands by."""
    words = example("gaza")("explain", "lorries", "--as-of", "2025-03-10").out

    assert "nothing confirmed of 600" in words
    assert "0 of 600" not in words
    assert "more than 10,000 lorries went in" in words
