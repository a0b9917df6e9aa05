"""Bounces fetched over IMAP from a real Dovecot: marked or moved, and safe to do again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.database.engine import write_transaction
from notifications.bounces import recording as bounces
from notifications.bounces.fetching import BATCH, fetch_bounces
from notifications.bounces.imap import open_mailbox
from notifications.bounces.intake import ArrivedMessage, Intake, take_in
from notifications.errors import InvalidSetting, MailboxError
from notifications.mail.secret_file import secret_of
from notifications.mail.tokens import bounce_address
from notifications.monitoring.mail_setup import examine_network
from notifications.outbox.undelivered import ResendPolicy, undelivered
from notifications.scheduler import daemon
from notifications.settings import MailSettings
from notifications.subscriptions import suppression
from tests.integration.notifications.bounces.conftest import NOW, READER
from tests.support import dovecot as dovecots
from tests.support.bounce_reports import signed_report
from tests.support.dovecot import PASSWORD, Dovecot, NoDovecot
from tests.support.profiles import in_ci

LETTER = (
    b"From: Anna <anna@example.org>\r\nSubject: =?utf-8?q?Sch=C3=B6ne?= Mail\r\n\r\nThanks!\r\n"
)
Fetch = Callable[..., Intake]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """A real Dovecot; without one the test is skipped loudly, and in CI it fails."""
    try:
        with dovecots.server() as running:
            yield running
    except NoDovecot as error:
        if in_ci():
            pytest.fail(f"CI needs Dovecot: {error}")
        pytest.skip(f"IMAP NOT TESTED: {error}")


@pytest.fixture
def engine(sent_engine: Engine) -> Engine:
    return sent_engine


@pytest.fixture
def settings(tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> MailSettings:
    """Everything that is needed, and the server trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.trust))
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return MailSettings(
        imap_url=dovecot.url(),
        imap_password_file=tmp_path / "password",
        secret_file=tmp_path / "secret",
    )


@pytest.fixture
def bounce(settings: MailSettings, message: str) -> bytes:
    """A report that stops the reader: signed by the secret of this installation."""
    signed = bounce_address(secret_of(settings), message, "bounce.example.org")
    return signed_report("postfix", message, bounce_address=signed)


@pytest.fixture
def fetch(engine: Engine, settings: MailSettings) -> Fetch:
    def run(*, dry_run: bool = False, **changes: object) -> Intake:
        changed = settings.model_copy(update=changes)
        return fetch_bounces(engine, changed, NOW, dry_run=dry_run)

    return run


def suppressed(engine: Engine) -> list[str]:
    with write_transaction(engine) as connection:
        return [row.address for row in suppression.all_suppressions(connection)]


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_a_report_is_acted_on_and_marked_as_seen(
    fetch: Fetch, engine: Engine, dovecot: Dovecot, bounce: bytes, scheme: str
) -> None:
    """Inside TLS and by STARTTLS; what is no report is named, and a second fetch has nothing."""
    dovecot.fill(bounce, LETTER)
    url = dovecot.url(scheme=scheme)
    first = fetch(imap_url=url)
    second = fetch(imap_url=url)

    assert [(READER, "suppressed")] == [(each.address, each.outcome) for each in first.outcomes]
    assert [("Anna <anna@example.org>", "Schöne Mail")] == [
        (other.sender, other.subject) for other in first.others
    ]
    assert [READER] == suppressed(engine)
    assert (2, 0) == (first.messages, second.messages)
    assert [r"\Seen", r"\Seen"] == dovecot.flags()


def test_a_dry_run_changes_nothing_anywhere(
    fetch: Fetch, engine: Engine, dovecot: Dovecot, bounce: bytes
) -> None:
    """It says what would be, and the fetch after it does it."""
    dovecot.fill(bounce)
    foreseen = fetch(dry_run=True)

    assert ["suppressed"] == [outcome.outcome for outcome in foreseen.outcomes]
    assert ([], [""]) == (suppressed(engine), dovecot.flags())
    assert foreseen == fetch()


@pytest.mark.parametrize("folder", ["Done", "Geprüft & gelöscht"])
def test_what_was_read_is_moved_where_a_folder_is_named(
    fetch: Fetch, dovecot: Dovecot, bounce: bytes, folder: str
) -> None:
    """The folder is made where it is not there; names go beyond ASCII."""
    dovecot.fill(bounce, LETTER)
    intakes = [fetch(imap_done_folder=folder) for _ in range(2)]

    assert [2, 0] == [intake.messages for intake in intakes]
    assert [] == dovecot.flags()
    assert 2 == fetch(imap_url=dovecot.url(quote(folder)), dry_run=True).messages


def test_a_server_without_move_copies_and_deletes(
    settings: MailSettings, dovecot: Dovecot, bounce: bytes
) -> None:
    """What waits is settled one by one, and only that."""
    dovecot.fill(bounce, LETTER)
    moving = settings.model_copy(update={"imap_done_folder": "Archive"})
    remaining = []
    for offers in ({"UIDPLUS"}, set[str]()):
        with open_mailbox(moving) as mailbox:
            mailbox._offers = frozenset(offers)
            mailbox.settle(mailbox.waiting()[:1])
            remaining.append((len(mailbox.waiting()), dovecot.flags()))

    assert [(1, [""]), (0, [r"\Deleted"])] == remaining


def test_what_was_recorded_and_could_not_be_moved_counts_once(
    fetch: Fetch, engine: Engine, dovecot: Dovecot, bounce: bytes
) -> None:
    """Recorded comes before moved, so a fetch that ends between the two is simply done again."""
    dovecot.fill(bounce)
    with pytest.raises(MailboxError, match="MOVE"):
        fetch(imap_done_folder="no//folder")
    again = fetch()

    assert ["repeated"] == [outcome.outcome for outcome in again.outcomes]
    with write_transaction(engine) as connection:
        assert 1 == len(bounces.all_bounces(connection))


def test_a_full_mailbox_is_taken_in_by_batches(fetch: Fetch, dovecot: Dovecot) -> None:
    """More than one batch, and nothing stays."""
    dovecot.fill(*[LETTER] * (BATCH + 5))

    assert BATCH + 5 == len(fetch().others)
    assert 0 == fetch().messages


def test_the_same_report_by_file_and_by_server_counts_once(
    fetch: Fetch, engine: Engine, dovecot: Dovecot, bounce: bytes, settings: MailSettings
) -> None:
    """A server hands out with CRLF what a file has with LF."""
    with write_transaction(engine) as connection:
        take_in(connection, [ArrivedMessage("a file", bounce)], secret_of(settings), NOW)
    dovecot.fill(bounce)

    assert ["repeated"] == [outcome.outcome for outcome in fetch().outcomes]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"imap_url": None}, "PACTWATCH_IMAP_URL is not set"),
        ({"imap_url": "imap://b@localhost/"}, "never goes over a line in clear"),
        ({"imap_url": "imaps://localhost/"}, "with a user and a host"),
        ({"imap_url": "imaps://b@localhost:99999/"}, "with a user and a host"),
        ({"imap_url": "imaps://b@localhost:1/"}, "mailbox at localhost:1: nobody listens there"),
        ({"imap_password_file": None}, "no password"),
        ({"imap_password_file": Path("/nowhere/file")}, "/nowhere/file cannot be read by"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_why(
    fetch: Fetch, changes: dict[str, object], words: str
) -> None:
    """Settings that do not fit, and a server that is not there, before anything is written."""
    with pytest.raises((MailboxError, InvalidSetting), match=words):
        fetch(**changes)


def test_a_wrong_password_or_folder_is_said_in_the_words_of_the_server(
    fetch: Fetch, dovecot: Dovecot, tmp_path: Path
) -> None:
    """Without the password."""
    wrong = tmp_path / "wrong"
    wrong.write_text("guess")
    with pytest.raises(MailboxError, match="Authentication failed") as refused:
        fetch(imap_password_file=wrong)
    assert "guess" not in str(refused.value)
    with pytest.raises(MailboxError, match=r"(?i)SELECT.*Nowhere|Mailbox doesn't exist: Nowhere"):
        fetch(imap_url=dovecot.url("Nowhere"))


def test_a_server_that_nobody_vouches_for_is_not_signed_in_to(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password does not leave."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailboxError, match="certificate is not accepted") as refused:
        fetch()
    assert "the server has to renew it where it has expired" in refused.value.hint


def test_the_daemon_fetches_until_it_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is logged once, however often it comes, and so is its end."""
    turn_signal, calls = daemon.TurnSignal(), []

    def fetch_bounces() -> None:
        calls.append(len(calls))
        if len(calls) == 5:
            turn_signal.stop()
        if len(calls) in (1, 2, 4):
            raise MailboxError("the mailbox is shut", hint="open it")

    daemon.watch_mailbox(turn_signal, fetch_bounces, 0.0)

    assert 5 == len(calls)
    shut = "cannot fetch bounces: the mailbox is shut (open it)"
    assert [shut, "bounces are fetched again"] * 2 == caplog.messages


def test_a_mailbox_that_nobody_can_read_is_told_until_it_is_read(
    fetch: Fetch, database: str, dovecot: Dovecot, settings: MailSettings
) -> None:
    """From the third failure in a row on, with the reason; a fetch that goes well ends it."""

    def unread() -> list[tuple[str, str | None]]:
        with EventStore.open(database) as store:
            troubles = undelivered(store, ResendPolicy())
        return [(each.words, each.since) for each in troubles if each.trouble == "unread"]

    def fail(url: str = "imaps://b@localhost:1/", *, dry_run: bool = False) -> None:
        with pytest.raises(MailboxError):
            fetch(imap_url=url, dry_run=dry_run)

    dovecot.fill()
    reason = "mailbox at localhost:1: nobody listens there (connection refused)"
    words = f"1 mailbox of bounces that cannot be read: {reason}"
    answers = []
    for attempt in (fail, fail, partial(fail, dry_run=True), fail, fetch, fail, fail):
        attempt()
        answers.append(unread())

    assert [[], [], [], [(words, format_instant(NOW))], [], [], []] == answers


def test_doctor_says_whether_the_mailbox_can_be_read(
    settings: MailSettings, tmp_path: Path
) -> None:
    """It signs in and opens the folder, and takes nothing in."""
    wrong = tmp_path / "wrong"
    wrong.write_text("no", encoding="utf-8")
    verdicts = [
        [each.verdict for each in examine_network(changed) if each.area == "bounces"]
        for changed in (settings, settings.model_copy(update={"imap_password_file": wrong}))
    ]

    assert [["ok"], ["fault"]] == verdicts
