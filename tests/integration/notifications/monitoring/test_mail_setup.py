"""What `doctor` finds of mail: settings, a relay and a DNS that answer on loopback."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import dns.message
import dns.resolver
import dns.rrset
import pytest

from notifications.monitoring.finding import Finding
from notifications.monitoring.mail_setup import examine_mail, examine_network
from notifications.settings import MailSettings
from tests.support.loopback import free_port, smtp_server

Records = dict[tuple[str, str], list[str]]


class _Sink:
    """Takes nothing: who only looks sends no message."""


@pytest.fixture
def name_server() -> Iterator[Records]:
    """A DNS server on loopback that the resolver of this process asks; a test fills in records."""
    records: Records = {}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            data, client = server.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            reply = dns.message.make_response(query)
            name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
            if texts := records.get((name.to_text(omit_final_dot=True), kind)):
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
            server.sendto(reply.to_wire(), client)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
    before, dns.resolver.default_resolver = dns.resolver.default_resolver, resolver
    yield records
    dns.resolver.default_resolver = before
    server.sendto(b"", server.getsockname())
    thread.join(5)
    server.close()


def verdicts(findings: Iterator[Finding]) -> dict[str, str]:
    return {f"{each.area}: {each.words}": each.verdict for each in findings}


def settings(**given: object) -> MailSettings:
    values = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "Desk <desk@example.org>"}
    return MailSettings(**{**values, **given})


def test_the_records_that_receivers_ask_for(name_server: Records) -> None:
    """One SPF and one DMARC record each, and somebody who takes bounces."""
    name_server[("example.org", "TXT")] = ['"v=spf1 mx -all"', '"another=1"']
    name_server[("_dmarc.example.org", "TXT")] = ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']
    name_server[("bounce.example.org", "MX")] = ["10 mail.example.org."]
    by_words = verdicts(examine_network(settings(bounce_domain="bounce.example.org")))

    assert {
        "dns: SPF of example.org: v=spf1 mx -all": "ok",
        "dns: DMARC of _dmarc.example.org: several records, which count as none": "fault",
        "dns: a mail server takes bounces for bounce.example.org": "ok",
        "dns: SPF of bounce.example.org: no record": "fault",
    }.items() <= by_words.items()


def test_a_dns_that_does_not_answer_is_a_fault_in_words() -> None:
    """No traceback, and no record taken for missing."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], free_port(), 0.2
    before, dns.resolver.default_resolver = dns.resolver.default_resolver, resolver
    try:
        by_words = verdicts(examine_network(settings()))
    finally:
        dns.resolver.default_resolver = before

    assert any(
        words.startswith("dns: the DNS does not say what example.org has") for words in by_words
    )


def test_a_relay_that_answers_says_its_name(name_server: Records) -> None:
    """It is greeted and left; nothing is sent."""
    with smtp_server(_Sink()) as url:
        by_words = verdicts(examine_network(settings(smtp_url=url)))

    assert ["ok"] == [verdict for words, verdict in by_words.items() if words.startswith("relay: ")]
    assert name_server == {}


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_relay_without_tls_is_told_from_one_with_a_wrong_certificate(
    name_server: Records, scheme: str
) -> None:
    """No certificate is to be renewed where the scheme or the port is another."""
    with smtp_server(_Sink()) as url:
        address = url.replace("smtp://", f"{scheme}://")
        faults = [each for each in examine_network(settings(smtp_url=address)) if each.hint]

    assert ["fault"] == [each.verdict for each in faults if each.area == "relay"]
    assert "smtps:// speaks TLS from the start" in faults[0].hint
    assert name_server == {}


def test_a_relay_that_is_not_there_is_told_in_words(name_server: Records) -> None:
    """With host and port, and no name of a class."""
    port = free_port()
    by_words = verdicts(examine_network(settings(smtp_url=f"smtp://127.0.0.1:{port}")))

    words = f"relay: the relay 127.0.0.1:{port}: nobody listens there (connection refused)"
    assert {words: "fault"}.items() <= by_words.items()
    assert name_server == {}


@pytest.mark.parametrize(
    ("given", "words", "verdict"),
    [
        ({"smtp_url": None}, "and to nobody", "advice"),
        ({"mail_from": "pactwatch@localhost"}, "whose domain nobody else knows", "fault"),
        ({"public_url": "http://pacts.example.org/"}, "is not https", "fault"),
        (
            {"smtp_password_file": "/nowhere/password"},
            "PACTWATCH_SMTP_PASSWORD_FILE: /nowhere/password cannot be read by",
            "fault",
        ),
        (
            {"smtp_url": "smtp://desk@relay.example.org"},
            "PACTWATCH_SMTP_PASSWORD_FILE: expected a file, since PACTWATCH_SMTP_URL has a user",
            "fault",
        ),
        (
            {"smtp_password_file": __file__},
            "PACTWATCH_SMTP_URL: expected a user, since PACTWATCH_SMTP_PASSWORD_FILE has",
            "fault",
        ),
        ({"templates": "/dev"}, "in /dev, found none; mails have the shipped form", "fault"),
        ({"mail_dir": __file__, "smtp_url": None}, "expected a folder, found a file", "fault"),
        (
            {"imap_done_folder": "Done"},
            "PACTWATCH_IMAP_DONE_FOLDER does nothing without PACTWATCH_IMAP_URL",
            "advice",
        ),
        ({"smtp_password_file": os.devnull}, "expected a password in /dev/null", "fault"),
        (
            {"imap_url": "imaps://b@imap.example.org", "imap_password_file": "/nowhere/imap"},
            "PACTWATCH_IMAP_PASSWORD_FILE: /nowhere/imap cannot be read by",
            "fault",
        ),
        ({"imap_url": "imaps://b:secret@imap.example.org"}, "from imap.example.org", "ok"),
        ({"public_url": None}, "no link to unsubscribe by one click", "advice"),
    ],
)
def test_settings_of_mail_that_readers_would_notice(
    given: dict[str, object], words: str, verdict: str
) -> None:
    by_words = verdicts(examine_mail(settings(**given)))

    assert [verdict] == [each for text, each in by_words.items() if words in text]
