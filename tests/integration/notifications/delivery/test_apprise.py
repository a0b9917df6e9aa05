"""Other services by apprise, over a real connection to its JSON service."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from events import EventStore, parse_instant
from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.channels import domain_of, name_of
from notifications.addresses.connect_guard import only_public
from notifications.addresses.resolving import HookRules
from notifications.delivery.apprise import notify
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import InvalidAddress, NotificationError, TransportError
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import destinations
from tests.support.dataset import EVENING
from tests.support.http_server import HANG_UP, SILENCE, HookScript, taking_hooks
from tests.support.mail import row
from tests.support.subscribers import add_reader

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""The library's own, on the Pythons that still have it."""
NEWS = parse_instant("2025-03-19T22:00:00Z")
LOCAL = HookRules((ip_network("127.0.0.0/8"),), seconds=5)
TOKEN = "T0KEN-of-the-desk"
Turn = Callable[[int], TickReport]


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(mail_dir=tmp_path, hook_networks="127.0.0.0/8", hook_timeout=1)


@pytest.fixture
def turn(store: EventStore, engine: Engine, settings: MailSettings) -> Turn:
    """Follow everything by the JSON service at a port, and run the turn that has news."""

    def run(port: int) -> TickReport:
        goal = destinations.apprise_destination(
            f"json://desk:{TOKEN}@127.0.0.1:{port}/{TOKEN}", settings
        )
        with write_transaction(engine) as connection:
            add_reader(connection, destination=goal, now=EVENING, cadence="immediate")
        return tick(store, engine, settings, EmlTransport(settings.mail_dir), NEWS)

    return run


def test_a_service_gets_the_subject_and_the_text(
    engine: Engine, place: ExitStack, turn: Turn, caplog: pytest.LogCaptureFixture
) -> None:
    """What the mail would say; and the address is in no list and in no log."""
    script = HookScript(lambda at: "200 OK" if at == "body" else None)
    with caplog.at_level(logging.DEBUG):
        report = turn(place.enter_context(taking_hooks(script)))
    (post,) = script.posts
    document = json.loads(post.body)

    assert (1, "sent") == (report.delivered, row(engine)["state"])
    assert row(engine)["subject"] == document["title"]
    assert all(word in document["message"] for word in ("sw-rus", "rule T6", "Overdue: it was due"))
    assert TOKEN in post.path
    # caplog listens to loggers whose records reach no log of the process, too.
    assert TOKEN not in f"{report}{row(engine)}" + "".join(
        record.getMessage()
        for record in caplog.records
        if logging.getLogger(record.name).propagate and record.name != "urllib3.connectionpool"
    )


@pytest.mark.parametrize(
    ("what", "state", "phase"),
    [
        ("404 Not Found", "parked", "answer"),
        ("401 Unauthorized", "parked", "answer"),
        ("429 Slow Down", "due", "answer"),
        ("500 Oops", "due", "answer"),
        (HANG_UP, "uncertain", "after_data"),
        (SILENCE, "uncertain", "after_data"),
    ],
)
def test_each_failure_has_its_outcome(
    engine: Engine, place: ExitStack, turn: Turn, what: str, state: str, phase: str
) -> None:
    """As with a webhook: refused is parked, busy is due, and no answer is uncertain."""
    script = HookScript(lambda at: what if at == "body" else None)
    (done,) = turn(place.enter_context(taking_hooks(script))).deliveries

    assert (state, phase) == (done.state, done.phase)
    assert TOKEN not in str(row(engine))


def test_nobody_listening_is_due_again(engine: Engine, turn: Turn) -> None:
    """No request was written, so nothing can arrive twice."""
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    (done,) = turn(port).deliveries

    assert ("due", "connect", 0) == (done.state, done.phase, row(engine)["failures"])


@pytest.mark.parametrize("url", ["nosuch://token/", "json://", "not an address", ""])
def test_what_apprise_does_not_know_is_refused(url: str, settings: MailSettings) -> None:
    """With an example and where the services are listed."""
    with pytest.raises(InvalidAddress) as caught:
        destinations.apprise_destination(url, settings)

    assert "tgram://" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1/", "ntfys://localhost/topic", "gotify://10.0.0.1/k"]
)
def test_a_private_host_is_refused_like_that_of_a_webhook(url: str, settings: MailSettings) -> None:
    """Unless its network is named as one's own."""
    with pytest.raises(InvalidAddress, match="not a public address") as caught:
        destinations.apprise_destination(url, settings.model_copy(update={"hook_networks": ""}))

    assert "PACTWATCH_HOOK_NETWORKS" in caught.value.hint


def test_a_token_in_the_place_of_a_host_is_not_taken_for_one(settings: MailSettings) -> None:
    """The number of a bot is no address, though it could be read as one."""
    none = settings.model_copy(update={"hook_networks": ""})
    goal = destinations.apprise_destination(
        "tgram://167772161:abcdefghijklmnopqrstuvwxyz_1234567/12345/", none
    )

    assert goal.name.startswith("tgram://\N{HORIZONTAL ELLIPSIS}")


def test_without_the_extra_the_command_that_helps_is_named(
    settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain install says what is missing when it is asked for, and not before."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NotificationError) as caught:
        destinations.apprise_destination("json://example.org/", settings)

    assert "pip install 'pactwatch[channels]'" == caught.value.hint


def test_nothing_of_an_address_is_in_its_name(engine: Engine, turn: Turn, place: ExitStack) -> None:
    """Two addresses of a service can be told apart all the same, and each is a lane of its own."""
    first, second = (name_of(f"slack://{key}/B1/C2", "apprise") for key in ("A1", "A2"))
    turn(place.enter_context(taking_hooks(HookScript())))
    with read_snapshot(engine) as connection:
        stored = connection.execute(text("SELECT email FROM subscriptions")).scalar_one()

    assert first != second
    assert domain_of(first, "apprise") != domain_of(second, "apprise")
    assert ("json", False) == (stored.partition("://")[0], "127.0.0.1" in stored)


@pytest.mark.parametrize(
    "url",
    ["json://[::1]:8080/", "form://[::1]/x", "json://127.0.0.1", "json://localhost/x",
     "json://2130706433/", "json://[::ffff:10.0.0.1]/", "json://[fe80::1]/", "rsyslog://127.0.0.1",
     "mailto://u:p@example.com:9925?smtp=127.0.0.1", "mailto://u:p@example.com?smtp=[::1]",
     "mailto://u:p@example.com?smtp=localhost", "json://8.8.8.8/?-X-Callback=http://10.0.0.1/"],
)  # fmt: skip
def test_no_part_of_an_address_leads_inside(url: str, tmp_path: Path) -> None:
    """Its host in any spelling, or a parameter of it."""
    with pytest.raises(InvalidAddress, match="not a public address"):
        destinations.apprise_destination(url, MailSettings(mail_dir=tmp_path))


@pytest.mark.parametrize("asks", ["", "?redirect=yes"])
def test_a_redirect_is_not_followed(asks: str) -> None:
    """Wherever it leads, and whatever the address says: a service answers where it is."""
    with taking_hooks(HookScript()) as inner:
        script = HookScript(
            lambda at: (
                f"307 Elsewhere\r\nLocation: http://127.0.0.1:{inner}/x" if at == "body" else None
            )
        )
        with taking_hooks(script) as port, pytest.raises(TransportError, match="307"):
            notify(f"json://127.0.0.1:{port}/{asks}", "title", "body", LOCAL)

    assert 1 == len(script.posts)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_what_is_called_is_what_is_checked(host: str) -> None:
    """A name that was public when it was looked at may lead inside a moment later."""
    with taking_hooks(HookScript()) as port, only_public(()) as calls:
        with pytest.raises(OSError, match="not a public address"):
            socket.create_connection((host, port))

        assert calls.refused in ("127.0.0.1", "::1")


def test_other_threads_call_whom_they_like() -> None:
    """The relay of mail is often on the machine itself."""
    with taking_hooks(HookScript()) as port, only_public(()), ThreadPoolExecutor(1) as others:
        others.submit(socket.create_connection, ("127.0.0.1", port)).result().close()
    with taking_hooks(HookScript()) as port:
        socket.create_connection(("127.0.0.1", port)).close()
