"""Which entry is named when an agreement cannot be read."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec import structs

from events import RecordedEvent, parse_instant
from tracker.entries.unreadable import Recorded, readable
from tracker.errors import UnreadableAgreement

AT = parse_instant("2025-03-18T20:00:00Z")


def entry(number: int) -> RecordedEvent:
    return RecordedEvent(
        number, "accord", number, f"e{number}", "pactwatch.PositionStated.v1", "test", AT, {}
    )


class Answer:
    """Fails once it reads one of the wrong entries; counts how often it was asked."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = wrong
        self.times = 0

    def __call__(self, recorded: Recorded) -> int:
        self.times += 1
        if any(event.id in self.wrong for event in recorded):
            raise ValueError("cannot be read")
        return len(recorded)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 21])
def test_the_first_wrong_entry_is_named_wherever_it_stands(count: int) -> None:
    """Alone or with another behind it, and never after more readings than two for each halving."""
    recorded = [entry(n) for n in range(1, count + 1)]
    for first, second in product(range(1, count + 1), repeat=2):
        answer = Answer(f"e{first}", f"e{second}")
        with pytest.raises(UnreadableAgreement) as caught:
            readable("accord", recorded, answer)

        assert f"e{min(first, second)}" == caught.value.event
        assert answer.times <= 1 + 2 * count.bit_length()


def test_an_entry_to_which_nobody_gave_an_id_goes_by_its_number() -> None:
    """In the message, in what it says of others, and in the command."""
    one, two = (f"01a22d5f-96e2-75cb-b3b5-6cdf39ee2e6{n}" for n in "67")
    recorded = [structs.replace(entry(7), id=one), structs.replace(entry(9), id=two)]

    def answer(events: Recorded) -> None:
        if len(events) > 1:
            raise ValueError(f"{two} denies what {one} does not say")

    with pytest.raises(UnreadableAgreement) as caught:
        readable("accord", recorded, answer)

    assert (
        "agreement 'accord' cannot be read because of entry #9: unexpected ValueError: #9 denies "
        "what #7 does not say"
    ) == caught.value.message
    assert (two, "pactwatch event retract 9 --reason WHY") == (
        caught.value.event, caught.value.hint,
    )  # fmt: skip


def test_the_newest_entry_is_named_after_one_more_reading() -> None:
    """However long the agreement is."""
    answer = Answer("e500")
    with pytest.raises(UnreadableAgreement, match="e500"):
        readable("accord", [entry(n) for n in range(1, 501)], answer)

    assert 2 == answer.times
