"""What Prometheus is answered: true numbers of a real database, and no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events import EventStore
from events.database.engine import open_engine, write_transaction
from notifications.errors import NotificationError
from notifications.monitoring.exposition import scrape_of
from notifications.monitoring.measurements import MEANINGS
from notifications.tables import create_tables
from tests.support.dataset import EVENING, ROOT
from tracker.projections.catch_up import catch_up

RULES = ROOT / "deploy" / "prometheus"
FOLDING = ("pactwatch_folding_agreements", "pactwatch_folding_agreements_done")
Samples = dict[tuple[str, str], float]


def scraped(url: str) -> Samples:
    """Each sample by its name and the value of its label, if it has one."""
    scrape = scrape_of(partial(EventStore.open, url, create=False), lambda: EVENING)
    families = text_string_to_metric_families(scrape().decode())
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database with a projection, and mail that waits and that is stuck."""
    address = str(request.getfixturevalue(f"lively_{request.param}"))
    with EventStore.open(address) as log, write_transaction(open_engine(address)) as connection:
        create_tables(connection)
        catch_up(log, connection, EVENING)
        for n, (state, hours) in enumerate((("due", 3), ("due", 5), ("parked", 1), ("due", -2))):
            at = f"{EVENING - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
            connection.exec_driver_sql(
                "INSERT INTO outbox (dedup_key, subscription_id, recipient, message_id, subject, "
                "message, state, due_at, attempts, planned_at) VALUES "
                f"('k{n}', 1, 'a@example.org', 'm', 's', '', '{state}', '{at}', 0, '{at}')"
            )
        connection.exec_driver_sql(
            "INSERT INTO mail_circuits (host, failures, open_until, last_error, changed_at) VALUES "
            "('relay.example.org:25', 3, '2099-01-01T00:00:00Z', 'no', '2025-03-18T00:00:00Z'), "
            "('other.example.org:25', 1, NULL, 'no', '2025-03-18T00:00:00Z')"
        )
        connection.exec_driver_sql(
            "INSERT INTO mailbox_fetches (name, failures, tried_at, failing_since, last_error) "
            "VALUES ('bounces', 4, '2025-03-18T00:00:00Z', '2025-03-17T00:00:00Z', 'no')"
        )
    return address


def test_a_scrape_says_how_far_everything_is(url: str) -> None:
    """Log, projection and mail; what waits only from its hour on counts as unsent."""
    with EventStore.open(url) as log:
        head = log.head()
    samples = scraped(url)

    assert {
        ("pactwatch_up", ""): 1,
        ("pactwatch_log_events", ""): head,
        ("pactwatch_projection_lag_events", ""): 0,
        ("pactwatch_projection_timestamp_seconds", ""): EVENING.timestamp(),
        ("pactwatch_unreadable_agreements", ""): 0,
        ("pactwatch_outbox_messages", "due"): 3,
        ("pactwatch_outbox_messages", "parked"): 1,
        ("pactwatch_outbox_messages", "sent"): 0,
        ("pactwatch_outbox_oldest_unsent_timestamp_seconds", ""): EVENING.timestamp() - 5 * 3600,
        ("pactwatch_bounce_fetch_failures", ""): 4,
        ("pactwatch_relay_circuit_open", "relay.example.org:25"): 1,
        ("pactwatch_relay_circuit_open", "other.example.org:25"): 0,
    }.items() <= samples.items()
    assert 22 == sum(n for (name, _), n in samples.items() if name == "pactwatch_commitments")


def test_a_database_that_is_gone_is_said_to_be_down(tmp_path: Path) -> None:
    """A scrape that failed would look like a daemon that is gone."""
    assert {("pactwatch_up", ""): 0} == scraped(str(tmp_path / "none.db"))


def test_every_rule_asks_for_what_is_measured() -> None:
    """And promtool, where it is installed, takes the rules and what they should say."""
    text = (RULES / "pactwatch.rules.yml").read_text()
    of_turns = {"pactwatch_turn_failures_total", "pactwatch_up", *FOLDING}
    names = set(re.findall(r"\bpactwatch_\w+", text))

    assert names <= {*MEANINGS, *of_turns}
    if tool := shutil.which("promtool"):
        for verb in ("check", "test"):
            file = f"pactwatch.{'rules' if verb == 'check' else 'test'}.yml"
            subprocess.run([tool, verb, "rules", file], cwd=RULES, check=True, capture_output=True)


def test_every_metric_has_its_row_in_the_documents() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()

    assert [] == [name for name, about in MEANINGS.items() if f"| `{name}` | {about} |" not in page]


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    with pytest.raises(NotificationError) as refused:
        scrape_of(lambda: EventStore.open("none.db"), lambda: EVENING)
    assert "pactwatch[metrics]" in refused.value.hint
