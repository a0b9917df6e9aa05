"""Webhooks over a real connection: what each answer, and each silence, makes of a message."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from events import EventStore, parse_instant
from events.database.engine import open_engine, read_snapshot, write_transaction
from notifications.addresses.resolving import HookRules, resolve
from notifications.addresses.webhook_url import parse_hook
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.webhook import post, secret_text
from notifications.errors import InvalidAddress, TransportError
from notifications.outbox import circuit as circuits
from notifications.outbox import operator as outbox_operator
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import destinations
from notifications.subscriptions import subscription as subscriptions
from tests.support.dataset import EVENING, SHIPPED
from tests.support.http_server import (
    DRIP,
    FLOOD,
    GARBAGE,
    HANG_UP,
    SILENCE,
    HookScript,
    Post,
    taking_hooks,
)
from tests.support.mail import row, rows, states, way
from tests.support.subscribers import add_reader
from tests.support.tls import certificate
from tracker.projections.catch_up import catch_up

NEWS = parse_instant("2025-03-19T22:00:00Z")
PATH = "/hooks/T0KEN-of-the-desk"
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(
        mail_dir=tmp_path / "mail",
        secret_file=tmp_path / "secret",
        public_url="https://board.example.org/",
        hook_networks=LOOPBACK,
        hook_timeout=1,
    )


Follow = Callable[..., subscriptions.Subscription]
Turn = Callable[..., TickReport]


@pytest.fixture
def follow(engine: Engine, settings: MailSettings) -> Follow:
    """Subscribe a webhook on some port of this machine."""

    def run(port: int, path: str = PATH, **more: Any) -> subscriptions.Subscription:
        named = {"cadence": "immediate", "hook_version": 1, **more}
        goal = destinations.webhook_destination(f"http://127.0.0.1:{port}{path}", settings)
        with write_transaction(engine) as connection:
            return add_reader(connection, destination=goal, now=EVENING, **named)

    return run


@pytest.fixture
def turn(store: EventStore, engine: Engine, settings: MailSettings) -> Turn:
    def run(now: datetime = NEWS, own: MailSettings | None = None) -> TickReport:
        chosen = own or settings
        return tick(store, engine, chosen, EmlTransport(chosen.mail_dir), now)

    return run


def at(where: str, what: str) -> Callable[[str], str | None]:
    return lambda here: what if here == where else None


def is_signed(post: Post, key: bytes) -> bool:
    """Checked as a receiver would, by the words of the standard."""
    content = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode()
    made = base64.b64encode(hmac.digest(key, content + post.body, "sha256")).decode()
    return f"v1,{made}" in post.headers["webhook-signature"].split()


def key_of(
    engine: Engine, settings: MailSettings, subscription: Any, now: datetime = NEWS
) -> list[bytes]:
    with read_snapshot(engine) as connection:
        return destinations.secrets_of(connection, settings, subscription.id, now)


def test_a_webhook_gets_the_facts_of_the_digest_signed(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn, settings: MailSettings
) -> None:
    """The same items as the mail of the same turn, each with why; id, position, checkpoint."""
    script = HookScript()
    subscription = follow(place.enter_context(taking_hooks(script)))
    with write_transaction(engine) as connection:
        add_reader(connection, email="r@example.org", cadence="immediate", now=EVENING)
    report = turn()
    (post,) = script.posts
    document = json.loads(post.body)
    data = document["data"]
    items = [item for section in data["sections"] for item in section["items"]]
    letter = next(path for path in settings.mail_dir.glob("*.eml")).read_bytes()

    assert (2, {"sent": 2}) == (report.delivered, states(engine))
    assert (PATH, "application/json") == (post.path, post.headers["content-type"])
    assert is_signed(post, *key_of(engine, settings, subscription))
    assert "pactwatch.digest.v1" == document["type"]
    assert (post.headers["webhook-id"], "2025-03-19T22:00:00Z", SHIPPED, subscription.id) == (
        document["id"], document["timestamp"], data["position"], data["subscription"],
    )  # fmt: skip
    origin, size, root = data["checkpoint"].split()
    record = f"{origin} {size}\r\nsha256:{base64.b64decode(root).hex()}"
    assert record.encode() in letter.replace(b"=\r\n", b"")
    assert {"commitment", "agreement", "what", "why", "readings", "at"} <= set(items[0])
    assert {"kind", "key", "before", "after", "by", "ends", "when", "more"} <= set(items[0])
    assert all(item["why"].startswith("rule ") for item in items)
    assert all(item["commitment"].encode() in letter for item in items)
    assert data["unsubscribe_url"].startswith("https://board.example.org/u/")


def test_the_second_version_is_data_for_machines(
    place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """Instants in UTC, readings as data, parties by id and name, a link; prose beside it."""
    script = HookScript()
    follow(place.enter_context(taking_hooks(script)), hook_version=2)
    turn()
    document = json.loads(script.posts[0].body)
    item = next(each for each in document["data"]["items"] if each["commitment"] == "sw-rus")
    news = item["news"][0]

    assert "pactwatch.digest.v2" == document["type"]
    assert [{"id": "RUS", "name": "Russia"}] == item["debtor"]
    assert [{"id": "UKR", "name": "Ukraine"}] == item["creditor"]
    assert f"https://board.example.org/commitments/{item['commitment']}" == item["link"]
    assert {"kind", "key", "at", "before", "after", "by", "ends", "rule", "events"} <= set(news)
    assert {"id", "by", "rule", "zone", "at"} == set(item["readings"][0])
    assert all(each["at"].endswith("Z") for each in (*item["readings"], *item["news"]))
    assert item["headline"].startswith("Russia to Ukraine: ")
    assert item["sentence"] == news["sentence"]


ANSWERS = [
    ("200 OK", "sent", None),
    ("202 Accepted", "sent", None),
    ("301 Moved\r\nLocation: http://127.0.0.1/", "parked", "answer"),
    ("400 Bad Request", "parked", "answer"),
    ("401 Unauthorized", "parked", "answer"),
    ("404 Not Found", "parked", "answer"),
    ("408 Request Timeout", "due", "answer"),
    ("410 Gone", "parked", "answer"),
    ("413 Too Large", "parked", "answer"),
    ("421 Misdirected", "parked", "answer"),
    ("429 Too Many Requests", "due", "answer"),
    ("500 Oops", "due", "answer"),
    ("502 Bad Gateway", "due", "answer"),
    ("503 Busy", "due", "answer"),
    ("530 Origin Error", "due", "answer"),
    (HANG_UP, "uncertain", "after_data"),
    (SILENCE, "uncertain", "after_data"),
    (GARBAGE, "uncertain", "after_data"),
    (DRIP, "uncertain", "after_data"),
    (FLOOD, "uncertain", "after_data"),
]


@pytest.mark.parametrize(("what", "state", "phase"), ANSWERS)
def test_each_answer_has_its_outcome(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn,
    what: str, state: str, phase: str | None,
) -> None:  # fmt: skip
    """Refused for good is parked, busy is due again, and no clear answer is uncertain."""
    script = HookScript(at("body", what))
    follow(place.enter_context(taking_hooks(script)))
    (done,) = turn().deliveries
    last = row(engine)["steps"][-1]

    assert (state, phase, state) == (done.state, done.phase, last["state"])
    assert 1 == len(script.posts)
    assert PATH not in json.dumps(row(engine))


def test_a_line_that_breaks_before_all_is_written_is_safe_to_send_again(place: ExitStack) -> None:
    """A body that is larger than any buffer never got there whole."""
    rules = HookRules(resolvable(), 2)
    port = place.enter_context(taking_hooks(HookScript(at("head", HANG_UP))))
    with pytest.raises(TransportError) as caught:
        post(f"http://127.0.0.1:{port}/", b"x" * 30_000_000, {}, rules)

    assert ("data", False) == (caught.value.phase, caught.value.permanent)


def test_an_early_refusal_counts_though_not_all_was_written(place: ExitStack) -> None:
    """A server that has seen enough says so and hangs up."""
    listening = place.enter_context(socket.create_server(("127.0.0.1", 0)))

    def refuse() -> None:
        client, _ = listening.accept()
        with client:
            client.recv(100)
            client.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            client.settimeout(1.5)
            threading.Event().wait(1.2)

    threading.Thread(target=refuse, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(TransportError) as caught:
        post(url, b"x" * 30_000_000, {}, HookRules(resolvable(), 1))

    assert ("answer", 413, True) == (caught.value.phase, caught.value.code, caught.value.permanent)


def resolvable() -> Any:
    from notifications.setting_forms import parse_networks

    return parse_networks(LOOPBACK)


def test_nobody_listening_is_the_hosts_trouble(
    engine: Engine, follow: Follow, turn: Turn, place: ExitStack
) -> None:
    """Due again, not counted against the message, and mail goes on as ever."""
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    follow(port)
    with write_transaction(engine) as connection:
        add_reader(connection, email="r@example.org", cadence="immediate", now=EVENING)
    report = turn()
    by_channel = {row["channel"]: row for row in rows(engine)}

    assert ("due", 0) == (by_channel["webhook"]["state"], by_channel["webhook"]["failures"])
    assert ("sent", ()) == (by_channel["mail"]["state"], report.obstacles)


def test_a_retry_has_the_same_id_and_body_and_a_signature_of_its_own_time(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn, settings: MailSettings
) -> None:
    """So a receiver can tell it from news, and refuse what is old."""
    script = HookScript(at("body", "500 Oops"))
    subscription = follow(place.enter_context(taking_hooks(script)))
    turn()
    script.fault = lambda _: None
    early = turn(NEWS + timedelta(seconds=30))
    turn(NEWS + timedelta(minutes=5))
    first, second = script.posts

    assert (0, {"sent": 1}) == (early.delivered, states(engine))
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert all(is_signed(post, *key_of(engine, settings, subscription)) for post in script.posts)
    assert ["leased", "transmitting", "due", "leased", "transmitting", "sent"] == way(engine)


def test_the_signature_says_when_the_attempt_was_made(
    place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """Receivers refuse what is more than five minutes off their clock, whatever turn it is of."""
    script = HookScript()
    follow(place.enter_context(taking_hooks(script)))
    turn()
    signed_at = datetime.fromtimestamp(int(script.posts[0].headers["webhook-timestamp"]), UTC)

    assert abs(datetime.now(UTC) - signed_at) < timedelta(minutes=1)


def test_what_is_uncertain_goes_once_more_unless_it_is_held(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn, settings: MailSettings
) -> None:
    """The list is called as its channel; receivers know it again by its id."""
    script = HookScript(at("body", HANG_UP))
    follow(place.enter_context(taking_hooks(script)))
    turn()
    script.fault = lambda _: None
    turn(NEWS + timedelta(days=1), settings.model_copy(update={"hold_uncertain": "webhook"}))
    held_back = states(engine)
    turn(NEWS + timedelta(days=1))

    assert ({"uncertain": 1}, {"sent": 1}) == (held_back, states(engine))
    assert 1 == len({post.headers["webhook-id"] for post in script.posts})


def test_a_host_says_how_long_it_wants_to_be_left_alone(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """Retry-After is kept, for the message and for the host."""
    script = HookScript(at("body", "429 Slow Down\r\nRetry-After: 1200"))
    subscription = follow(place.enter_context(taking_hooks(script)))
    turn()
    with read_snapshot(engine) as connection:
        (circuit,) = circuits.failing_relays(connection)
    until = parse_instant(row(engine)["due_at"])
    script.fault = lambda _: None
    early = turn(NEWS + timedelta(minutes=19)).delivered
    late = turn(NEWS + timedelta(minutes=21)).delivered

    assert (NEWS + timedelta(minutes=20) <= until, 0, 1) == (True, early, late)
    assert (subscription.email.split("/")[2], 1) == (circuit.host, circuit.failures)


def test_a_host_in_trouble_is_left_alone_and_holds_up_nobody_else(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """Three failures in a row; the other host has its messages at once."""
    bad, good = HookScript(at("body", "503 Busy")), HookScript()
    bad_port, good_port = (place.enter_context(taking_hooks(script)) for script in (bad, good))
    for number in range(5):
        follow(bad_port, path=f"/{number}")
        follow(good_port, path=f"/{number}")
    turn()
    calls = bad.calls
    turn(NEWS + timedelta(seconds=20))
    bad.fault = lambda _: None
    turn(NEWS + timedelta(hours=2))
    turn(NEWS + timedelta(hours=4))

    assert (3, 5, {"sent": 10}) == (calls, len(good.posts), states(engine))


def test_a_host_that_stays_away_for_a_week_is_given_up(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """Its messages are dead and shown; they can be retried."""
    follow(place.enter_context(taking_hooks(HookScript(at("body", "503 Busy")))))
    turn()
    turn(NEWS + timedelta(days=6))
    still = row(engine)["state"]
    for day in (8, 9, 10):
        turn(NEWS + timedelta(days=day))

    assert ("due", "dead") == (still, row(engine)["state"])


def test_so_many_a_minute_to_one_host(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn, settings: MailSettings
) -> None:
    """By setting, and apart from what limits mail."""
    port = place.enter_context(taking_hooks(HookScript()))
    for number in range(5):
        follow(port, path=f"/{number}")
    own = settings.model_copy(update={"hook_per_minute": 2, "mail_per_minute": 1})
    sent = [turn(NEWS + timedelta(seconds=s), own).delivered for s in (0, 30, 100)]

    assert [2, 0, 2] == sent


def test_gone_pauses_the_subscription(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """410 says that nothing more is wanted; resuming is for whoever knows better."""
    subscription = follow(place.enter_context(taking_hooks(HookScript(at("body", "410 Gone")))))
    turn()
    with read_snapshot(engine) as connection:
        assert subscriptions.get(connection, subscription.id).is_paused(NEWS)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    engine: Engine, follow: Follow, settings: MailSettings
) -> None:
    """Time for the receiver to change over, and no longer."""
    subscription = follow(9)
    (old,) = key_of(engine, settings, subscription)
    with write_transaction(engine) as connection:
        destinations.rotate_secret(connection, subscription.id, NEWS)
    both = key_of(engine, settings, subscription, NEWS + timedelta(hours=23))
    (new,) = key_of(engine, settings, subscription, NEWS + timedelta(hours=25))

    assert ([new, old], 32) == (both, len(new))
    assert secret_text(new).startswith("whsec_")


def test_without_leave_no_private_address_is_called(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn, settings: MailSettings
) -> None:
    """Parked before any connection is made, though it was let in when it was added."""
    script = HookScript()
    port = place.enter_context(taking_hooks(script))
    follow(port)
    (done,) = turn(NEWS, settings.model_copy(update={"hook_networks": ""})).deliveries

    assert ("parked", "address", 0) == (done.state, done.phase, script.calls)
    assert "not a public address" in row(engine)["last_error"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest",
     "https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/",
     "https://[2002:a00:1::]/", "https://100.64.0.1/", "https://224.0.0.1/", "http://8.8.8.8/",
     "https://127.1/", "https://2130706433/"],
)  # fmt: skip
def test_a_private_or_open_address_is_refused_when_it_is_added(
    url: str, settings: MailSettings
) -> None:
    """Nothing is stored; the error says where the host is and how to allow it."""
    with pytest.raises(InvalidAddress) as caught:
        destinations.webhook_destination(url, settings.model_copy(update={"hook_networks": ""}))

    assert caught.value.hint


def test_a_name_is_resolved_once_and_that_address_is_called(
    place: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time is never asked a second time."""
    script, real, hosts = HookScript(), socket.getaddrinfo, []

    def answers(host: str, *more: Any, **named: Any) -> Any:
        if host != "rebind.example.org":
            return real(host, *more, **named)
        hosts.append(host)
        return real("127.0.0.1" if len(hosts) == 1 else "127.0.0.99", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    port = place.enter_context(taking_hooks(script))
    done = post(f"http://rebind.example.org:{port}/x", b"{}", {}, HookRules(resolvable(), 2))

    assert (204, 1, [f"rebind.example.org:{port}"]) == (
        done.code, len(hosts), [post.headers["host"] for post in script.posts],
    )  # fmt: skip


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next attempt might pick the other."""
    both = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("8.8.8.8", "192.168.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(TransportError, match=r"192\.168\.0\.1"):
        resolve(parse_hook("https://example.org/"), ())


def test_dashboards_see_the_host_and_nothing_more(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """`reporting_deliveries` has the channel and the domain."""
    port = place.enter_context(taking_hooks(HookScript()))
    follow(port)
    turn()
    from events.database.packages import create_packages

    with write_transaction(engine) as connection:
        create_packages(connection, ("tracker.projections", "notifications"))
        row = connection.execute(text("SELECT * FROM reporting_deliveries")).mappings().one()

    assert ("webhook", f"127.0.0.1:{port}") == (row["channel"], row["recipient_domain"])
    assert PATH not in str(dict(row))


def test_the_address_stands_in_one_table_alone(
    engine: Engine, place: ExitStack, follow: Follow, turn: Turn
) -> None:
    """What holds a secret path can be granted, dumped and erased by itself."""
    follow(place.enter_context(taking_hooks(HookScript())))
    turn()
    with read_snapshot(engine) as connection:
        names = connection.dialect.get_table_names(connection)
        rows_of = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in names}
        holding = [name for name, rows in rows_of.items() if PATH in str(rows)]
        assert ["destinations"] == holding
        assert PATH not in str(outbox_operator.messages(connection))


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for `localhost`, and the file of who vouches for it."""
    cert, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


def test_over_https_the_name_has_to_be_proven(place: ExitStack, tmp_path: Path) -> None:
    """The connection goes to the address that was checked, and is for the name all the same."""
    context, cert = certified(tmp_path)
    script = HookScript()
    port = place.enter_context(taking_hooks(script, context))
    trust = ssl.create_default_context(cafile=str(cert))
    trusting = HookRules(resolvable(), 2, trust)
    done = post(f"https://localhost:{port}/x", b"{}", {}, trusting)
    with pytest.raises(TransportError) as by_number:
        post(f"https://127.0.0.1:{port}/x", b"{}", {}, trusting)
    with pytest.raises(TransportError) as by_stranger:
        post(f"https://localhost:{port}/x", b"{}", {}, HookRules(resolvable(), 2))

    assert (204, 1) == (done.code, len(script.posts))
    assert {("tls", False)} == {
        (caught.value.phase, caught.value.permanent) for caught in (by_number, by_stranger)
    }
    assert "its certificate is not accepted" in by_stranger.value.message


def test_webhooks_on_postgresql(
    shipped_postgres: str, place: ExitStack, settings: MailSettings
) -> None:
    """The same tables and the same way on this engine."""
    script = HookScript()
    port = place.enter_context(taking_hooks(script))
    engine = open_engine(shipped_postgres)
    goal = destinations.webhook_destination(f"http://127.0.0.1:{port}{PATH}", settings)
    with EventStore.open(shipped_postgres) as store:
        with write_transaction(engine) as connection:
            catch_up(store, connection, EVENING)
            add_reader(connection, destination=goal, now=EVENING, cadence="immediate")
        tick(store, engine, settings, EmlTransport(settings.mail_dir), NEWS)

    assert ({"sent": 1}, 1) == (states(engine), len(script.posts))
