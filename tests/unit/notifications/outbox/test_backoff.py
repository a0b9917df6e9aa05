"""Waits after failures, circuits of relays, and limits: pure, with the time given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.outbox.circuit import LONGEST_PAUSE, Circuit, after_failure, state_of
from notifications.outbox.due import LONGEST, WAITS, backoff
from notifications.outbox.rate_limit import Allowance, Limits

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("phase", sorted(WAITS))
def test_waits_double_up_to_a_cap_and_are_spread(phase: str) -> None:
    """From the first wait of its phase to the longest and a quarter, the same for one message."""
    wait = WAITS[phase]  # type: ignore[index]
    waits = [backoff(phase, n, "key") for n in range(1, 40)]  # type: ignore[arg-type]

    assert waits == [backoff(phase, n, "key") for n in range(1, 40)]  # type: ignore[arg-type]
    assert wait.first <= waits[0] <= wait.first * 1.25
    assert wait.longest <= max(waits) <= wait.longest * 1.25 <= LONGEST


def test_retries_of_many_messages_do_not_march_in_step() -> None:
    """A thousand messages put off together come back spread over a quarter of the wait."""
    waits = {backoff("data", 1, f"key{n}") for n in range(1000)}

    assert 200 < len(waits)


def test_a_greylisted_recipient_waits_at_least_five_minutes() -> None:
    """Who comes back sooner is sent away again."""
    assert timedelta(minutes=5) <= min(backoff("recipient", 1, f"k{n}") for n in range(100))


def after(failures: int) -> Circuit:
    circuit = Circuit("relay")
    for _ in range(failures):
        circuit = after_failure(circuit, NOW, "down")
    return circuit


def test_a_circuit_opens_at_the_third_failure_in_a_row() -> None:
    """Two may be chance; from the third on each failure doubles the pause, up to half an hour."""
    pauses = [c.open_until - NOW for n in range(3, 12) if (c := after(n)).open_until]

    assert [None, None] == [after(1).open_until, after(2).open_until]
    assert [1, 2, 4, 8, 16, 30] == [p.total_seconds() / 60 for p in pauses][:6]
    assert LONGEST_PAUSE == max(pauses)


@given(st.timedeltas(timedelta(days=-4000), timedelta(days=4000)))
def test_a_circuit_is_never_open_longer_than_its_pause(jump: timedelta) -> None:
    """Wherever the clock jumps, a relay is looked at again within half an hour."""
    circuit = after(8)
    state = state_of(circuit, NOW + jump)
    inside = timedelta(0) <= jump < LONGEST_PAUSE

    assert ("open" if inside else state) == state
    assert state in ("open", "probe")
    assert "probe" == state_of(circuit, max(NOW + jump, NOW) + LONGEST_PAUSE)


@given(
    st.integers(1, 20) | st.none(),
    st.integers(1, 5) | st.none(),
    st.lists(st.sampled_from("abc"), max_size=60),
)
def test_no_more_leave_than_limits_allow(
    relay: int | None, domain: int | None, domains: list[str]
) -> None:
    """Neither in all nor to one domain, and none is held back while there is room."""
    allowance = Allowance(Limits(relay, domain), {"a": 1})
    left = [name for name in domains if allowance.take(name)]
    counts = {name: left.count(name) + (name == "a") for name in "abc"}

    assert relay is None or len(left) + 1 <= max(relay, 1)
    assert domain is None or max(counts.values()) <= max(domain, 1)
    if relay is None and domain is None:
        assert domains == left
