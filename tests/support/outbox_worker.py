"""One worker, a process: `python -m tests.support.outbox_worker DATABASE ADDRESS LEASE NAME`.

It delivers until its input ends, and says so when it begins.
"""

from __future__ import annotations

import select
import sys
from datetime import UTC, datetime, timedelta

from events.database.engine import open_engine
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import Rules, deliver
from notifications.outbox.clocks import TurnClock


def main(url: str, address: str, lease: str, name: str) -> None:
    engine = open_engine(url)
    transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
    rules = Rules(lease=timedelta(seconds=float(lease)), batch=5)
    print("ready", flush=True)
    while not _told_to_end(0.02):
        now = datetime.now(UTC)
        deliver(
            engine,
            transport,
            now,
            name,
            rules=rules,
            clock=TurnClock(now, given=False),
            stop=_told_to_end,
        )


def _told_to_end(wait: float = 0.0) -> bool:
    return bool(select.select([sys.stdin], [], [], wait)[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
