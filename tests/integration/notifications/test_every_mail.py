"""What holds for a mail of every kind, as it is on the wire."""

from __future__ import annotations

import re
import shutil
import subprocess
from email.message import EmailMessage

from tests.support.mail_kinds import body_of

LINK = re.compile(r"https://pacts\.example\.org[^\s\"<]*")
Mails = dict[str, EmailMessage]
WORST_SCORE = 0.5
"""Of SpamAssassin, which calls a message spam from 5 on."""


def test_every_kind_names_its_matter_in_the_subject(mails: Mails) -> None:
    """And not a count alone; those of one reader differ."""
    subjects = {kind: str(mail["Subject"]) for kind, mail in mails.items()}

    assert 3 == len({subjects[kind] for kind in ("first", "digest", "quiet")})
    assert "Exchange of 175 prisoners" in subjects["one"]
    assert subjects["escalation"].startswith("Escalated to you: ")


def test_text_and_html_lead_to_the_same_pages(mails: Mails) -> None:
    """Each has its way out, and the page of the words."""
    for kind, mail in mails.items():
        text, html = body_of(mail, "plain"), body_of(mail, "html")
        links = set(LINK.findall(text))
        assert links == set(LINK.findall(html)), kind
        assert kind == "opt-in" or any("/u/" in link for link in links), kind
        assert kind == "opt-in" or "https://pacts.example.org/guide" in links, kind


def test_no_mail_speaks_of_a_command_to_readers_of_a_board(mails: Mails) -> None:
    """Whoever has links needs no terminal; nothing is new since a mail that was to another."""
    texts = {kind: body_of(mail, "plain") for kind, mail in mails.items()}

    assert [] == [kind for kind, text in texts.items() if "pactwatch ack" in text]
    assert "New since" not in texts["escalation"]
    assert "A reminder, which comes every day until somebody acknowledges it." in " ".join(
        texts["reminder"].split()
    )


def test_whom_it_is_escalated_to_may_stop_it_and_change_nothing(mails: Mails) -> None:
    """It is another's subscription, and says so."""
    text, html = (body_of(mails["escalation"], form) for form in ("plain", "html"))
    words = " ".join(text.split())

    assert "What nobody acknowledges of subscription 5 is passed on to you. To stop it:" in words
    assert "Stop the reminders</a>" in html
    assert [] == [word for word in ("You follow", "To see or change it") if word in words]
    assert "/p/" not in html


def test_a_promise_on_conditions_names_them(mails: Mails) -> None:
    assert "Binds only once its condition is met: Russia accepts as well." in " ".join(
        body_of(mails["first"], "plain").split()
    )


def test_countries_registered_by_their_own_names_are_translated(mails: Mails) -> None:
    """What a desk called otherwise stays."""
    text = " ".join(body_of(mails["german"], "plain").split())

    assert "Russland an Ukrainian servicemen in Kursk Region und Vereinigte Staaten" in text


def test_the_foot_names_what_is_followed(mails: Mails) -> None:
    """By the promise's own words, since its id says nothing to a reader."""
    text = " ".join(body_of(mails["one"], "plain").split())

    assert "You follow promise Russia to Ukraine: hand over 175 prisoners" in text


def test_the_record_stands_in_hex(mails: Mails) -> None:
    """Base64 can look like an address of Bitcoin to filters of spam."""
    text = body_of(mails["digest"], "plain")

    assert re.search(r"^pactwatch \d+\r?\nsha256:[0-9a-f]{64}\r?$", text, re.MULTILINE)


if shutil.which("spamassassin"):

    def test_no_filter_takes_a_mail_for_spam(mails: Mails) -> None:
        """By SpamAssassin's own rules, where it is installed: nothing close to its threshold."""
        box = b"".join(
            b"From desk@example.org Wed Mar 19 06:00:00 2025\n"
            + mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            + b"\n\n"
            for mail in mails.values()
        )
        command = ["spamassassin", "--local", "--test-mode", "--mbox"]
        marked = subprocess.run(command, input=box, capture_output=True, check=True).stdout.decode()
        scores = [float(score) for score in re.findall(r"^X-Spam-Status:.*?score=(-?[\d.]+)",
                                                       marked, re.MULTILINE)]  # fmt: skip

        assert len(mails) == len(scores)
        assert max(scores) <= WORST_SCORE
