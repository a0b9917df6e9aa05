"""A board that is stopped at a moment that is hard to hit."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
import uvicorn

from tests.support.served import EVENING
from web.serving.server import listening, run
from web.settings import Site

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Those of this process, put back."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def stop_while_it_starts(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Sends a signal after uvicorn has made what it is to run, and before it runs it."""
    loop_factory = uvicorn.Config.get_loop_factory

    def interrupted(config: uvicorn.Config) -> Callable[[], asyncio.AbstractEventLoop] | None:
        signal.raise_signal(number)
        return loop_factory(config)

    monkeypatch.setattr(uvicorn.Config, "get_loop_factory", interrupted)


@pytest.mark.parametrize(("number", "outcome"), [
    (signal.SIGINT, pytest.raises(KeyboardInterrupt)), (signal.SIGTERM, nullcontext()),
])  # fmt: skip
def test_a_signal_while_it_starts_ends_it_quietly(
    monkeypatch: pytest.MonkeyPatch, number: int, outcome: AbstractContextManager[object]
) -> None:
    """Python would warn of what was made and never run, in a log that is for programs."""
    stop_while_it_starts(monkeypatch, number)

    with listening("127.0.0.1", 0) as bound, outcome:
        run(Site("unused.db", clock=lambda: EVENING), bound)
