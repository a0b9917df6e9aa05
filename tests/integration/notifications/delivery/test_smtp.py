"""The conversation with a relay: what each failure at each verb makes of a message."""

from __future__ import annotations

import datetime as dt
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from events import format_instant
from events.database.engine import read_snapshot, write_transaction
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import Rules
from notifications.errors import TransportError
from notifications.outbox import circuit as circuits
from notifications.outbox.locks import OUTBOX
from tests.support.mail import NOW, fill, made, row, rows, states, way
from tests.support.outbox_worker import deliver
from tests.support.smtp_server import GARBAGE, HANG_UP, SILENCE, Script, serving
from tests.support.tls import certificate as make_certificate

SECRET = "secret"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return made(str(tmp_path / "p.db"))


AUTHORITIES = ssl.create_default_context()
"""Those of the machine, read once: many machines have hundreds."""


def transport(address: str, scheme: str = "smtp", **more: Any) -> SmtpTransport:
    options = {"timeout": 0.5, "final_timeout": 0.5, "context": AUTHORITIES, **more}
    return SmtpTransport(f"{scheme}://{address}", "p@example.org", SECRET, **options)


def at(verb: str, what: str) -> Any:
    verbs = (verb, "helo") if verb == "ehlo" else (verb,)
    return lambda here, _recipient: what if here in verbs else None


FAULTS = [
    *((verb, what, "due") for verb in ("connect", "ehlo", "mail", "rcpt", "data")
      for what in ("451 later", "421 busy", HANG_UP, SILENCE, GARBAGE)),
    ("connect", "554 busy", "due"),
    ("ehlo", "550 go away", "due"),
    ("mail", "530 sign in first", "due"),
    ("mail", "550 not from here", "parked"),
    ("rcpt", "450 4.7.1 greylisted", "due"),
    ("rcpt", "550 no such user", "parked"),
    ("data", "554 no", "parked"),
    ("dot", "451 later", "due"),
    ("dot", "421 busy", "due"),
    ("dot", "552 full", "parked"),
    ("dot", HANG_UP, "uncertain"),
    ("dot", SILENCE, "uncertain"),
    ("dot", GARBAGE, "uncertain"),
]  # fmt: skip
PHASES = {"mail": "sender", "rcpt": "recipient", "data": "data"}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "verb by verb"])
@pytest.mark.parametrize(("verb", "what", "state"), FAULTS)
def test_each_failure_at_each_verb_has_its_outcome(
    engine: Engine, place: ExitStack, verb: str, what: str, state: str, pipelining: bool
) -> None:
    """Only what is about the message parks it, only a loss past the final dot is uncertain."""
    script = Script(at(verb, what), patience=1.0, features=("PIPELINING",) if pipelining else ())
    fill(engine, 1)
    (done,) = deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")
    last = row(engine)["steps"][-1]

    assert (state, state, state) == (done.state, row(engine)["state"], last["state"])
    assert PHASES.get(verb, last["phase"]) == last["phase"]
    assert [] == [taken for taken in script.taken if state != "uncertain"]


def test_a_server_without_features_takes_mail(engine: Engine, place: ExitStack) -> None:
    """EHLO refused, HELO taken: the way of the oldest servers."""
    script = Script(features=())
    script.fault = lambda verb, _: "502 what is EHLO?" if verb == "ehlo" else None
    fill(engine, 1)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")

    assert ["sent", b"helo"] == [row(engine)["state"], script.lines[1][:4]]


def test_many_messages_share_one_conversation(engine: Engine, place: ExitStack) -> None:
    """Connecting costs more than a message, so a turn connects once."""
    script = Script()
    fill(engine, 120)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")

    assert ({"sent": 120}, 1, 120) == (states(engine), script.conversations, len(script.taken))


def test_a_server_that_hangs_up_between_messages_is_called_again(
    engine: Engine, place: ExitStack
) -> None:
    """A limit of messages a conversation costs no attempt and no message."""
    script = Script()
    script.fault = lambda verb, _: "421 enough" if verb == "mail" and _enough(script) else None
    fill(engine, 6)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")

    assert ({"sent": 6}, 3) == (states(engine), script.conversations)


def _enough(script: Script) -> bool:
    """Two messages in this conversation already."""
    return len(script.taken) >= 2 * script.conversations


def test_a_refusal_leaves_the_conversation_to_the_others(engine: Engine, place: ExitStack) -> None:
    """One bad address among many is parked, and the rest goes on."""
    script = Script(lambda verb, to: "550 no" if verb == "rcpt" and to.startswith("r1@") else None)
    fill(engine, 4)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")

    assert ({"sent": 3, "parked": 1}, 1) == (states(engine), script.conversations)


def test_the_bytes_on_the_wire_are_those_of_the_outbox(engine: Engine, place: ExitStack) -> None:
    """Leading dots are doubled on the way and come out as they were."""
    from events.database.engine import read_snapshot
    from notifications.outbox.operator import message_bytes

    script = Script()
    fill(engine, 1)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")
    with read_snapshot(engine) as connection:
        assert [message_bytes(connection, 1)] == [message for _, message in script.taken]


def test_bounces_go_to_the_address_of_the_message(engine: Engine, place: ExitStack) -> None:
    """The envelope sender kept with a message is the one that MAIL says; else it is ours."""
    script = Script()
    fill(engine, 1, envelope_from="b+token@bounce.example.org")
    fill(engine, 1, start=1)
    deliver(engine, transport(place.enter_context(serving(script))), NOW, "w")

    assert ["b+token@bounce.example.org", "p@example.org"] == script.froms


def test_other_letters_go_by_smtputf8_and_are_parked_without(
    engine: Engine, place: ExitStack
) -> None:
    """An address in other letters stands on the wire as it is, where the relay takes it."""
    able, unable = Script(), Script(features=("PIPELINING",))
    fill(engine, 1, recipient="ян@пошта.example.org")
    deliver(engine, transport(place.enter_context(serving(able))), NOW, "w")
    fill(engine, 1, start=1, recipient="ян@example.org")
    deliver(engine, transport(place.enter_context(serving(unable))), NOW, "w")
    mail = next(line for line in able.lines if line.startswith(b"MAIL"))

    assert ["sent", "parked"] == [each["state"] for each in rows(engine)]
    assert (True, "SMTPUTF8" in row(engine, 2)["last_error"]) == (b" SMTPUTF8" in mail, True)


def test_a_server_on_ipv6_is_reached(engine: Engine, place: ExitStack) -> None:
    """An address in brackets is an address."""
    script = Script()
    try:
        address = place.enter_context(serving(script, "::1"))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    fill(engine, 1)
    deliver(engine, transport(address), NOW, "w")

    assert {"sent": 1} == states(engine)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".example.org"])
def test_a_name_that_does_not_resolve_is_the_relays_trouble(engine: Engine, host: str) -> None:
    """DNS that fails passes; the message is due again and its failures are not counted."""
    fill(engine, 1)
    (done,) = deliver(engine, transport(f"{host}:25"), NOW, "w")

    assert ("due", "connect", 0) == (done.state, done.phase, row(engine)["failures"])


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secured(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def test_starttls_and_sign_in(
    engine: Engine, place: ExitStack, secured: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    """The password goes over an encrypted line to the server whose name is proven."""
    script = Script(context=secured, features=("AUTH PLAIN", "PIPELINING"))
    port = port_of(place.enter_context(serving(script)))
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    fill(engine, 1)
    deliver(engine, transport(f"desk@localhost:{port}", "smtp+starttls", context=trust), NOW, "w")

    assert {"sent": 1} == states(engine)
    assert [b"EHLO", b"STAR", b"EHLO", b"AUTH"] == [line[:4].upper() for line in script.lines[:4]]


@pytest.mark.parametrize(("offered", "phase"), [(True, "tls"), (False, "tls")])
def test_no_encryption_that_can_be_trusted_is_no_mail(
    engine: Engine, place: ExitStack, secured: ssl.SSLContext, offered: bool, phase: str
) -> None:
    """A certificate nobody vouches for, or no STARTTLS at all: nothing is sent in the clear."""
    script = Script(context=secured if offered else None)
    port = port_of(place.enter_context(serving(script)))
    fill(engine, 1)
    (done,) = deliver(engine, transport(f"localhost:{port}", "smtp+starttls"), NOW, "w")

    assert ("due", phase, []) == (done.state, done.phase, script.taken)
    assert not any(line.startswith(b"MAIL") for line in script.lines)


def test_a_wrong_password_is_the_relays_trouble(engine: Engine, place: ExitStack) -> None:
    """It holds up everybody, so it is told as such, and no message is parked for it."""
    script = Script(features=("AUTH PLAIN",))
    address = place.enter_context(serving(script))
    bad = SmtpTransport(f"smtp://desk@{address}", "p@example.org", "wrong", timeout=1)
    fill(engine, 1)
    (done,) = deliver(engine, bad, NOW, "w")

    assert ("due", "auth", 535) == (done.state, done.phase, done.code)


def test_a_server_that_stops_reading_costs_only_time(engine: Engine, place: ExitStack) -> None:
    """A message that went half way is safe to send again."""
    import socket
    import threading

    listening = place.enter_context(socket.create_server(("127.0.0.1", 0)))

    def half() -> None:
        client, _ = listening.accept()
        client.sendall(b"220 x\r\n")
        for answer in (b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n"):
            client.recv(1000)
            client.sendall(answer)
        threading.Event().wait(2)
        client.close()

    threading.Thread(target=half, daemon=True).start()
    stuck = transport(f"127.0.0.1:{listening.getsockname()[1]}")
    with pytest.raises(TransportError) as caught:
        stuck.send("r@example.org", b"x: y\r\n\r\n" + b"long line\r\n" * 1_000_000)

    assert ("data", False) == (caught.value.phase, caught.value.permanent)


def test_greylisting_waits_longer_than_servers_ask_for(engine: Engine, place: ExitStack) -> None:
    """Put off at RCPT, tried again after five minutes, and taken."""
    first: set[str] = set()

    def grey(verb: str, to: str) -> str | None:
        if verb != "rcpt" or to in first:
            return None
        first.add(to)
        return "450 4.7.1 greylisted, come back in five minutes"

    script = Script(grey)
    way_out = transport(place.enter_context(serving(script)))
    fill(engine, 3)
    turns = [
        [done.state for done in deliver(engine, way_out, NOW + dt.timedelta(minutes=m), "w")]
        for m in (0, 4.9, 6.5)
    ]

    assert [["due"] * 3, [], ["sent"] * 3] == turns
    assert ["leased", "transmitting", "due", "leased", "transmitting", "sent"] == way(engine)


def test_a_relay_that_is_down_is_left_alone_and_then_probed(
    engine: Engine, place: ExitStack
) -> None:
    """Three failures in a row open the circuit; the rest is given back, and one message probes."""
    script = Script(at("connect", "421 down"))
    way_out = transport(place.enter_context(serving(script)))
    fill(engine, 30)
    down = deliver(engine, way_out, NOW, "w")
    calls = script.conversations
    at_once = deliver(engine, way_out, NOW + dt.timedelta(seconds=30), "w")
    probe = deliver(engine, way_out, NOW + dt.timedelta(minutes=2), "w")
    with read_snapshot(engine) as connection:
        circuit = circuits.load_circuit(connection, way_out.host)
    script.fault = lambda *_: None
    deliver(engine, way_out, NOW + dt.timedelta(minutes=5), "w")
    up = deliver(engine, way_out, NOW + dt.timedelta(hours=2), "w")
    with read_snapshot(engine) as connection:
        healed = circuits.failing_relays(connection)

    assert (3, 3, [], 1) == (len(down), calls, at_once, len(probe))
    assert (4, True, []) == (circuit.failures, circuit.open_until is not None, healed)
    assert {"sent": 30} == states(engine), [done.state for done in up]
    assert {0} == {each["failures"] for each in rows(engine)}


def test_a_probe_with_nothing_to_send_is_kept_for_the_next_message(
    engine: Engine, place: ExitStack
) -> None:
    """A turn just before a message is due again would leave it for another minute."""
    script = Script(at("connect", "421 down"))
    way_out = transport(place.enter_context(serving(script)))
    fill(engine, 3)
    deliver(engine, way_out, NOW, "w")
    script.fault = lambda *_: None
    with write_transaction(engine) as connection:
        later = {"due_at": format_instant(NOW + dt.timedelta(seconds=63))}
        connection.execute(OUTBOX.update().values(later))
    early = deliver(engine, way_out, NOW + dt.timedelta(seconds=61), "w")
    due = deliver(engine, way_out, NOW + dt.timedelta(seconds=64), "w")

    assert ([], 3) == (early, len(due))


def test_a_relay_that_nothing_waits_for_is_in_no_trouble(engine: Engine, place: ExitStack) -> None:
    """What was to be sent is dropped, so nobody else would find out; turns count as good again."""
    way_out = transport(place.enter_context(serving(Script(at("connect", "421 down")))))
    fill(engine, 3)
    deliver(engine, way_out, NOW, "w")
    with write_transaction(engine) as connection:
        connection.execute(OUTBOX.update().values(state="dead"))
    deliver(engine, way_out, NOW + dt.timedelta(minutes=2), "w")
    with read_snapshot(engine) as connection:
        assert [] == circuits.failing_relays(connection)


def test_a_relay_that_nobody_tries_any_more_is_forgotten(engine: Engine, place: ExitStack) -> None:
    """Another has taken its place in the settings; lists named it for ever."""
    way_out = transport(place.enter_context(serving(Script(at("connect", "421 down")))))
    fill(engine, 3)
    deliver(engine, way_out, NOW, "w")
    remembered = []
    for days in (6, 8):
        with write_transaction(engine) as connection:
            circuits.forget_abandoned(connection, NOW + dt.timedelta(days=days))
            remembered.append(len(circuits.failing_relays(connection)))

    assert [1, 0] == remembered


def test_limits_count_the_minute_and_the_domain(engine: Engine, place: ExitStack) -> None:
    """So many in any minute over all workers, and so many to one domain; others go on."""
    from notifications.outbox.rate_limit import Limits

    way_out = transport(place.enter_context(serving(Script())))
    rules = Rules(limits=Limits(relay=10, domain=2))
    fill(engine, 42)
    sent = [
        len(deliver(engine, way_out, NOW + dt.timedelta(seconds=s), f"w{s}", rules=rules))
        for s in (0, 30, 59, 61, 122)
    ]
    first = [each["domain"] for each in rows(engine) if each["state"] == "sent"][:10]

    assert [10, 0, 0, 10, 10] == sent
    assert max(first.count(domain) for domain in first) == 2
