"""Looks at what mail needs: settings, relay, and the records of its domains in the DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notifications.addresses.resolving import hook_rules
from notifications.bounces.imap import mailbox_address, open_mailbox
from notifications.delivery.lanes import mail_transport
from notifications.delivery.smtp import SmtpTransport
from notifications.errors import MailSetupError, TransportError, certificate_hint
from notifications.monitoring.file_rights import examine_mail_folder, examine_secret
from notifications.monitoring.finding import Finding, findings
from notifications.settings import MailSettings

if TYPE_CHECKING:
    from dns.rdatatype import RdataType

PATIENCE_SECONDS = 5.0
TextRecords = Callable[[str], list[str]]
"""The TXT records of a name; none where there is no such name."""
OPERATIONS = "docs/operations.md, Bounces"
HINTS = {
    "connect": "does it run, and can it be reached from here? PACTWATCH_SMTP_URL has host and port",
    "auth": "the user stands in PACTWATCH_SMTP_URL, the password in PACTWATCH_SMTP_PASSWORD_FILE",
}
"""What to do where a relay cannot be used, by how far the conversation came."""
TLS_HINT = (
    "smtps:// speaks TLS from the start (port 465), smtp+starttls:// once both agree on it (587), "
    "smtp:// not at all: which does this relay take at its port?"
)
NEEDS = {
    "smtp_password_file": "smtp_url",
    "imap_password_file": "imap_url",
    "imap_done_folder": "imap_url",
}
"""Settings that are read only beside another one."""


def examine_mail(settings: MailSettings) -> Iterator[Finding]:
    """Looks at the settings alone."""
    checks = (_forms, _settings, _mailbox)
    yield from findings("mail", *(partial(check, settings) for check in checks))


def examine_network(settings: MailSettings) -> Iterator[Finding]:
    """Talks to the relay, sending nothing, and asks the DNS as receivers will."""
    yield from findings("relay", partial(_relay, settings))
    yield from findings("bounces", partial(_mailbox_answer, settings))
    yield from findings("dns", partial(_records, settings, text_records, has_mail_server))


def _forms(settings: MailSettings) -> Iterator[Finding]:
    """The settings that are read only when a message is written or sent."""
    hook_rules(settings)
    if words := settings.words_of_templates:
        hint = "name a folder with one of them, or leave it out"
        yield Finding("mail", "fault", words, hint)
    for name in sorted(NEEDS.keys() & settings.model_fields_set):
        if not getattr(settings, NEEDS[name]):
            needed = f"PACTWATCH_{NEEDS[name].upper()}"
            words = f"PACTWATCH_{name.upper()} does nothing without {needed}"
            yield Finding("mail", "advice", words, f"set {needed}, or leave the other out")


def _settings(settings: MailSettings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        hint = "PACTWATCH_SMTP_URL=smtp+starttls://user@relay.example.org:587"
        yield Finding("mail", "advice", settings.words_of_files, hint)
        yield from examine_mail_folder(settings.mail_dir.resolve())
        return
    mail_transport(settings)
    if settings.smtp_password_file:
        yield examine_secret(settings.smtp_password_file, "the password of the relay")
    yield Finding("mail", "ok", f"mail goes to {urlsplit(settings.smtp_url).hostname}")
    if settings.domain == "localhost":
        words = f"mail is from {settings.mail_from}, whose domain nobody else knows"
        yield Finding("mail", "fault", words, 'PACTWATCH_MAIL_FROM="Desk <desk@example.org>"')
    if settings.public_url is None:
        words = "readers have no link to unsubscribe by one click, and none to the board"
        yield Finding("mail", "advice", words, "PACTWATCH_PUBLIC_URL=https://pacts.example.org/")
    elif urlsplit(settings.public_url).scheme != "https":
        words = f"{settings.public_url} is not https, so providers show no one-click link"
        yield Finding("mail", "fault", words, "PACTWATCH_PUBLIC_URL=https://pacts.example.org/")
    if settings.bounce_domain is None:
        words = "bounces come to the From address and are matched by Message-ID alone"
        yield Finding("mail", "advice", words, "PACTWATCH_BOUNCE_DOMAIN=bounce.example.org")


def _mailbox(settings: MailSettings) -> Iterator[Finding]:
    if settings.imap_url:
        words = f"bounces are fetched from {mailbox_address(settings).host}"
        if settings.imap_password_file:
            yield examine_secret(settings.imap_password_file, "the password of that mailbox")
        yield Finding("mail", "ok", words)


def _mailbox_answer(settings: MailSettings) -> Iterator[Finding]:
    if settings.imap_url:
        with open_mailbox(settings, read_only=True):
            yield Finding("bounces", "ok", "the mailbox of bounces can be read")


def _relay(settings: MailSettings) -> Iterator[Finding]:
    transport = mail_transport(settings)
    if not isinstance(transport, SmtpTransport):
        return
    try:
        name = transport.greeting()
    except TransportError as error:
        words = f"the relay {transport.host}: {error.message}"
        yield Finding("relay", "fault", words, _relay_hint(error))
    else:
        yield Finding("relay", "ok", f"the relay answers as {name}")


def _relay_hint(error: TransportError) -> str:
    if "certificate" in error.message:
        return certificate_hint("PACTWATCH_SMTP_URL")
    if "TLS" in error.message:
        return TLS_HINT
    return HINTS.get(error.phase, "does the relay know this host?")


def _records(
    settings: MailSettings, texts: TextRecords, has_mail: Callable[[str], bool]
) -> Iterator[Finding]:
    domain = settings.domain
    if settings.smtp_url is None or domain == "localhost":
        return
    yield _record("SPF", domain, texts(domain), "v=spf1", "v=spf1 include:RELAY -all")
    policies = texts(f"_dmarc.{domain}")
    yield _record("DMARC", f"_dmarc.{domain}", policies, "v=DMARC1", "v=DMARC1; p=none")
    bounces = settings.bounce_domain
    if bounces and not has_mail(bounces):
        words = f"no mail server takes bounces for {bounces}"
        yield Finding("dns", "fault", words, f"{bounces}. MX 10 RELAY; {OPERATIONS}")
    elif bounces:
        yield Finding("dns", "ok", f"a mail server takes bounces for {bounces}")
        yield _record("SPF", bounces, texts(bounces), "v=spf1", "v=spf1 include:RELAY -all")


def _record(kind: str, name: str, records: list[str], begins: str, example: str) -> Finding:
    ours = [record for record in records if record.startswith(begins)]
    if len(ours) == 1:
        return Finding("dns", "ok", f"{kind} of {name}: {ours[0]}")
    lack = "several records, which count as none" if ours else "no record"
    return Finding("dns", "fault", f"{kind} of {name}: {lack}", f'{name}. TXT "{example}"')


def text_records(name: str) -> list[str]:
    """The TXT records of a name; raises MailSetupError where the DNS does not answer."""
    from dns.rdatatype import TXT

    return [b"".join(record.strings).decode("utf-8", "replace") for record in _asked(name, TXT)]


def has_mail_server(name: str) -> bool:
    """Whether a name has an MX record."""
    from dns.rdatatype import MX

    return bool(_asked(name, MX))


def _asked(name: str, kind: RdataType) -> list[Any]:
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer, resolve

    try:
        return list(resolve(name, kind, lifetime=PATIENCE_SECONDS))
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise MailSetupError(
            f"the DNS does not say what {name} has: {error}",
            hint="ask from a machine whose resolver reaches the world",
        ) from error
