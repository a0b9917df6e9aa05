"""What subscribers and operators do at the command line: sign up, choose, leave, take note."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.acceptance.test_command import ACCORD
from tests.support.bounce_reports import FOLDER
from tests.support.command import OnDesk, Run
from tests.support.http_server import HookScript, taking_hooks
from tests.support.mail_kinds import body_of

ADDED = "2026-02-01T14:00:00Z"
NEWS = "2026-02-11T00:00:00Z"
OVERDUE = re.compile(r"ha-pay/overdue/\S+")


def enter_accord(run: Run) -> None:
    assert run("import", "-", stdin=ACCORD).code == 0


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def add(run: Run, *more: str, **environment: str) -> dict[str, object]:
    done = run("subscribe", "add", "me@example.org", *more, "--now", ADDED, "--json", **environment)
    assert done.code == 0, done.err
    result: dict[str, object] = done.json
    return result


def test_a_subscriber_added_today_hears_with_the_next_turn(accord: Run, desk: Path) -> None:
    """Mail in files needs no opt-in: add, tick, and the digest is there."""
    added = add(accord, "--agreement", "harbour-accord", "--cadence", "daily")
    accord("tick", "--now", NEWS)

    assert ("active", ["harbour-accord"]) == (added["state"], added["agreements"])
    assert 1 == len(list((desk / "mail").glob("*.eml")))


def test_show_proves_what_a_subscription_is_and_was_sent(accord: Run) -> None:
    """Filter, next due, last sent, consent, suppression, and why each alert was told."""
    add(accord, "--party", "ISL", "--severity", "warning", "--consent", "form 7")
    accord("tick", "--now", NEWS)
    output = accord("subscribe", "show", "1", "--now", NEWS)
    document = accord("subscribe", "show", "1", "--now", NEWS, "--json").json

    for words in (
        "follows: party ISL; warning or graver",
        "consent: on record: form 7",
        "next due: 2026-02-11 08:00Z",
        "last sent: 2026-02-11 00:00Z",
        "suppressed: no",
    ):
        assert words in output.out
    assert {"told"} == {row["outcome"] for row in document["told"] if "overdue" in row["key"]}
    assert ["ha-port", "ha-pay"] == document["matches"]


def test_a_filter_that_matches_nothing_is_warned_of(accord: Run) -> None:
    """It is kept, since it may match one day, and the reader is told."""
    done = accord("subscribe", "add", "me@example.org", "--party", "NOR", "--commitment", "ha-pay",
                  "--kind", "lapsed", "--now", ADDED)  # fmt: skip
    accord("import", "-", stdin=ACCORD.replace("harbour-accord", "quay").replace("ha-", "qu-")
           .replace('"e1"', '"q1"').replace('"e2"', '"q2"').replace('"e3"', '"q3"')
           .replace("NOR", "SWE"))  # fmt: skip
    other = accord("subscribe", "add", "me@example.org", "--party", "SWE", "--agreement",
                   "harbour-accord", "--now", ADDED)  # fmt: skip

    assert (0, False) == (done.code, "warning" in done.err)
    assert (0, True) == (other.code, "matches no promise" in other.err)


BAD = {
    "no address": (("nobody",), "name@example.org"),
    "unknown party": (("a@b.org", "--party", "NORR"), "NOR"),
    "party by name": (("a@b.org", "--party", "Norway"), "subscribe add a@b.org --party NOR"),
    "party in small letters": (("a@b.org", "--party", "nor"), "subscribe add a@b.org --party NOR"),
    "unknown commitment": (("a@b.org", "--commitment", "ha-prot"), "ha-port"),
    "unknown zone": (("a@b.org", "--zone", "Europe/Kiyv"), "Europe/Kyiv"),
    "endless quiet": (("a@b.org", "--quiet-hours", "mon-sun"), "never end"),
    "no rule": (("a@b.org", "--quiet-hours", "at night"), "22:00-07:00"),
    "no such day": (("a@b.org", "--cadence", "weekly", "--on", "31"), "mon"),
    "half an escalation": (("a@b.org", "--escalate-to", "c@b.org"), "--escalate-after"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_subscriptions_are_refused_and_nothing_is_stored(accord: Run, name: str) -> None:
    """Exit code 1, a hint, and an empty list."""
    args, word = BAD[name]
    done = accord("subscribe", "add", *args)

    assert (1, "") == (done.code, done.out)
    assert word in done.err
    assert [] == accord("subscribe", "list", "--json").json["subscriptions"]


def test_a_sample_that_waits_says_for_which_relay(accord: Run) -> None:
    """It is left alone and not tried, so the message itself has no error to show; and it fails."""
    accord("subscribe", "add", "reader@example.org", "--consent", "by letter")
    dead = {"PACTWATCH_SMTP_URL": "smtp://127.0.0.1:1"}
    accord("subscribe", "test", "1", "--now", NEWS, **dead)
    waiting = accord("subscribe", "test", "1", "--now", NEWS, **dead)

    assert 1 == waiting.code
    assert "the sample to reader@example.org was not delivered; it is due now" in waiting.err
    assert "relay in trouble: 127.0.0.1:1: 1 failure in a row: nobody listens" in waiting.err


def test_opt_in_from_the_first_mail_to_the_first_digest(accord: Run, desk: Path) -> None:
    """Asked, confirmed with the code, heard; a wrong code is refused."""
    always = {"PACTWATCH_OPT_IN": "always"}
    added = add(accord, "--cadence", "immediate", **always)
    accord("tick", "--now", ADDED, **always)
    (file,) = (desk / "mail").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    match = re.search(r"pactwatch subscribe confirm (\S+)", body_of(mail, "plain"))
    assert match is not None
    wrong = accord("subscribe", "confirm", "a" * 32)
    silent = accord("tick", "--now", "2026-02-10T00:00:00Z", "--json", **always).json["delivered"]
    right = accord("subscribe", "confirm", match[1], "--now", ADDED, "--json")

    assert ("pending", 1, 0) == (added["state"], wrong.code, silent)
    assert ("active", "confirmed by mail") == (right.json["state"], right.json["consent"])
    assert 1 == accord("tick", "--now", NEWS, "--json", **always).json["delivered"]


def test_pause_resume_and_remove(accord: Run) -> None:
    """Each says how the subscription then stands; removing twice is once."""
    add(accord, "--cadence", "immediate")
    states = [
        accord("subscribe", *command, "--now", NEWS, "--json").json["state"]
        for command in (("pause", "1"), ("resume", "1"), ("pause", "1", "--until", "+14d"),
                        ("remove", "1"), ("remove", "1"))
    ]  # fmt: skip

    assert ["paused", "active", "paused", "removed", "removed"] == states
    assert [] == accord("subscribe", "list", "--json").json["subscriptions"]
    assert 1 == len(accord("subscribe", "list", "--all", "--json").json["subscriptions"])
    assert 0 == accord("tick", "--now", NEWS, "--json").json["delivered"]


def test_a_test_mail_goes_out_now(accord: Run, desk: Path) -> None:
    """It lies there before any turn, and the news is still told later."""
    add(accord, "--cadence", "daily")
    sent = accord("subscribe", "test", "1", "--now", NEWS, "--json").json
    (file,) = (desk / "mail").glob("*.eml")

    assert ("sent", str(file)) == (sent["state"], str(Path(sent["location"]).resolve()))
    assert 1 == accord("tick", "--now", NEWS, "--json").json["delivered"]


def test_alerts_are_acknowledged_snoozed_and_unsnoozed(accord: Run) -> None:
    """By the key that the list shows, with a reason, and on record."""
    accord("tick", "--now", NEWS)
    rows = accord("alert", "list", "--now", NEWS, "--json").json["alerts"]
    (key,) = [row["key"] for row in rows if OVERDUE.fullmatch(row["key"])]
    reason = ("--reason", "the bank was called", "--now", NEWS)
    states = []
    for command in (("ack", key), ("snooze", key, "--until", "+2d"), ("unsnooze", key)):
        assert accord(*command, *reason).code == 0
        states.append(accord("alert", "show", key, "--now", NEWS, "--json").json["state"])
    marks = accord("alert", "marks", "--json").json["marks"]

    assert ["acknowledged", "snoozed", "acknowledged"] == states
    assert {"the bank was called"} == {mark["reason"] for mark in marks}
    assert 2 == accord("ack", key).code
    assert 1 == accord("ack", key + "x", *reason).code


def test_a_mark_is_by_whom_the_desk_is_opened(accord: Run) -> None:
    """As entries are: --author, PACTWATCH_AUTHOR; --by names another."""
    accord("tick", "--now", NEWS)
    about = ("ha-pay/overdue", "--reason", "the bank was called", "--now", NEWS, "--json")
    ana = accord("--author", "Ana Berg", "ack", *about).json["marks"]
    bo = accord("snooze", *about, "--until", "+2d", PACTWATCH_AUTHOR="Bo").json["marks"]
    ministry = accord("--author", "Ana Berg", "ack", *about, "--by", "the ministry").json["marks"]

    assert ["Ana Berg", "Bo", "the ministry"] == [m["by"] for m in (*ana, *bo, *ministry)]


def test_alerts_and_whom_they_were_sent_are_worded_for_people(accord: Run) -> None:
    """What happened first; below it how grave it is, how it stands, and the key to name it by."""
    add(accord, "--cadence", "immediate")
    accord("tick", "--now", NEWS)
    happened = "2026-02-11 00:00Z  ha-pay is overdue\n"
    key = "ha-pay/overdue/2026-02-11T00:00:00Z"
    output = accord("alert", "list", "--now", NEWS).out
    details = accord("alert", "show", "ha-pay/overdue", "--now", NEWS).out
    subscription = accord("subscribe", "show", "1", "--now", NEWS).out

    assert f"{happened}{' ' * 19}critical, open: {key}\n" in output
    assert f"ha-pay is overdue\nkey: {key}\nstate: open\n" in details
    assert "2026-02-11 00:00Z  told: subscription 1, message 1/alert-" in details
    assert f"2026-02-11 00:00Z  told: {key}\n{' ' * 19}follows everything; rule T6" in subscription


def test_a_bounce_stops_an_address_until_it_is_lifted(accord: Run, desk: Path) -> None:
    """Import, the reason in `subscribe show`, and the way back."""
    add(accord, "--cadence", "immediate")
    accord("tick", "--now", NEWS)
    message = accord("outbox", "list", "--json").json["messages"][0]["message_id"]
    secret = {"PACTWATCH_SECRET_FILE": str(desk / "secret")}
    raw = (FOLDER / "exim.eml").read_text(encoding="utf-8").replace("{message_id}", message)
    done = accord("bounce", "import", "-", "--json", "--now", NEWS, stdin=raw, **secret).json
    document = accord("subscribe", "show", "1", "--json").json
    lifted = accord("bounce", "lift", "me@example.org", "--reason", "new mailbox")
    again = accord("bounce", "import", "-", "--json", "--now", NEWS, stdin=raw, **secret).json

    assert ["suppressed"] == [row["outcome"] for row in done["reports"]]
    assert ("suppressed", "bounce") == (document["state"], document["suppression"]["reason"])
    assert (0, ["repeated"]) == (lifted.code, [row["outcome"] for row in again["reports"]])
    assert "active" == accord("subscribe", "show", "1", "--json").json["state"]


def test_what_is_no_report_is_named(accord: Run) -> None:
    """With sender and subject, since somebody may have to answer it."""
    letter = "From: Anna <anna@example.org>\nSubject: Re: digest\n\nThank you.\n"
    done = accord("bounce", "import", "-", "--now", NEWS, stdin=letter)
    document = accord("bounce", "import", "-", "--json", "--now", NEWS, stdin=letter).json

    assert '  no report: message 1: "Re: digest" from Anna <anna@example.org>' in done.err
    assert (1, "Re: digest") == (document["without_report"], document["others"][0]["subject"])


def test_fetching_needs_a_mailbox_and_says_how_it_is_named(accord: Run) -> None:
    """Before anything is written; a password in an address is not repeated."""
    without = accord("bounce", "fetch")
    in_clear = accord("bounce", "fetch", PACTWATCH_IMAP_URL="imap://me:secret@localhost/")

    assert (1, 1) == (without.code, in_clear.code)
    assert "PACTWATCH_IMAP_URL is not set" in without.err
    assert "hint: PACTWATCH_IMAP_URL=imaps://" in without.err
    assert "secret" not in in_clear.err


def test_a_reader_may_ask_to_hear_that_all_is_quiet(accord: Run) -> None:
    """Chosen when subscribing, shown, previewed and sent; not for one who hears at once."""
    accord("tick", "--now", ADDED)
    add(accord, "--when-quiet", "send", "--hour", "8")
    refused = accord("subscribe", "add", "x@example.org", "--cadence", "immediate", "--when-quiet",
                     "send", "--now", ADDED)  # fmt: skip
    output = accord("subscribe", "show", "1", "--now", ADDED).out
    previewed = accord("digest", "preview", "1", "--now", "2026-02-02T08:00:00Z").out
    sent = accord("tick", "--now", "2026-02-02T08:00:00Z", "--json").json
    quiet = accord("digest", "preview", "1", "--now", "2026-02-03T08:00:00Z").out

    assert "without news: what stands is sent" in output
    assert "hint: --cadence daily --when-quiet send" in refused.err
    assert 1 == refused.code
    assert "Harbour accord (pay): due Tue 10 February" in previewed
    assert "Nothing new; next: Harbour accord, Tue 10 February" in quiet
    assert (1, 1) == (sent["planned"], sent["delivered"])


def test_the_message_that_preview_prints_is_the_file_that_the_turn_writes(
    accord: Run, desk: Path
) -> None:
    """To the last CRLF, so it can be kept, compared and opened in a mail client."""
    add(accord, "--cadence", "daily")
    preview = accord("digest", "preview", "1", "--part", "message", "--now", NEWS)
    accord("tick", "--now", NEWS)
    (file,) = (desk / "mail").glob("*.eml")

    assert 0 == preview.code
    assert preview.stdout == file.read_bytes()
    assert preview.stdout.endswith(b"\r\n")


def test_a_webhook_from_adding_it_to_the_message(accord: Run, desk: Path) -> None:
    """Sign up, look at it, get the news signed; its address is shown by one command alone."""
    script = HookScript()
    with taking_hooks(script) as port:
        url = f"http://127.0.0.1:{port}/hooks/TOKEN"
        own = {
            "PACTWATCH_HOOK_NETWORKS": "127.0.0.0/8",
            "PACTWATCH_SECRET_FILE": str(desk / "secret"),
        }
        refused = accord("subscribe", "add", "--webhook", url, "--now", ADDED)
        both = accord("subscribe", "add", "me@example.org", "--webhook", url)
        added = accord("subscribe", "add", "--webhook", url, "--cadence", "immediate",
                       "--now", ADDED, "--json", **own)  # fmt: skip
        sample = accord("subscribe", "test", "1", "--now", ADDED, "--json", **own)
        turned = accord("tick", "--now", NEWS, "--json", **own)
    secret = accord("subscribe", "secret", "1", "--json", **own)
    rotated = accord("subscribe", "secret", "1", "--rotate", "--json", **own)
    pages = [
        accord(*command, *form, **own)
        for command in (("subscribe", "list"), ("subscribe", "show", "1"), ("outbox", "list"),
                        ("outbox", "show", "2"), ("outbox", "show", "2", "--message"))
        for form in ((), ("--json",))
    ]  # fmt: skip
    output = "".join(done.out + done.err for done in (added, sample, turned, *pages))

    assert (1, 2) == (refused.code, both.code)
    assert "PACTWATCH_HOOK_NETWORKS" in refused.err
    assert ("active", "webhook", None) == tuple(
        added.json[k] for k in ("state", "channel", "email")
    )
    assert added.json["recipient"].startswith(f"http://127.0.0.1:{port}/…")
    assert ("sent", 1, 2) == (sample.json["state"], turned.json["delivered"], len(script.posts))
    assert (url, [1, 2]) == (
        secret.json["url"],
        [len(s.json["secrets"]) for s in (secret, rotated)],
    )
    assert "TOKEN" not in output


def test_a_subscription_is_changed_after_a_dry_run(accord: Run) -> None:
    """The dry run says what would be and changes nothing; what cannot be is refused."""
    add(accord, "--cadence", "weekly", "--on", "fri", "--party", "ISL")
    command = ("subscribe", "change", "1", "--cadence", "daily", "--hour", "6", "--everything",
               "--quiet-hours", "sat-sun", "--now", ADDED)  # fmt: skip
    tried = accord(*command, "--dry-run", "--json")
    before = accord("subscribe", "show", "1", "--json").json
    output = accord(*command)
    after = accord("subscribe", "show", "1", "--json").json
    again = accord(*command)
    refused = [
        accord("subscribe", "change", "1", *words).code
        for words in ((), ("--on", "fri"), ("--zone", "Mars/Olympus"), ("--party", "NORR"))
    ]

    assert {"from": "weekly", "to": "daily"} == tried.json["changed"]["cadence"]
    assert (True, "weekly", "daily") == (tried.json["dry_run"], before["cadence"], after["cadence"])
    assert ("everything", ["sat-sun"], None) == (after["follows"], after["quiet"], after["on_day"])
    assert "on day: fri -> none" in output.err
    assert "as it was" in again.err
    assert [2, 1, 1, 1] == refused


def test_a_reader_chooses_language_and_clock(accord: Run, desk: Path) -> None:
    """Shown, changed, written in; one without a catalogue is refused with those there are."""
    add(accord, "--language", "de", "--clock", "12", "--cadence", "immediate")
    accord("tick", "--now", NEWS)
    (file,) = (desk / "mail").glob("*.eml")
    output = accord("subscribe", "show", "1", "--now", NEWS).out
    changed = accord("subscribe", "change", "1", "--language", "en", "--clock", "24", "--json")
    refused = accord("subscribe", "change", "1", "--language", "tlh")
    text = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))

    assert "language: de, 12-hour clock" in output
    assert ({"from": "de", "to": "en"}, {"from": 12, "to": 24}) == (
        changed.json["changed"]["language"],
        changed.json["changed"]["clock"],
    )
    assert (2, True) == (refused.code, "'de', 'en'" in refused.err)
    assert text is not None
    assert "Überfällig: Termin war" in text.get_content()
    assert "AM" in text.get_content()


def test_a_subscription_goes_by_its_address_too(accord: Run) -> None:
    """However it is spelt; where one has several, or none, the number is asked for."""
    add(accord)
    paused = accord("subscribe", "pause", "Me@Example.org", "--json")
    add(accord, "--party", "NOR")
    refusals = [
        accord("subscribe", "remove", address) for address in ("me@example.org", "you@example.org")
    ]
    no_number = accord("subscribe", "remove", "me")

    assert (1, "paused") == (paused.json["id"], paused.json["state"])
    assert [1, 1] == [refusal.code for refusal in refusals]
    assert "me@example.org has several subscriptions: 1, 2" in refusals[0].err
    assert "no subscription of you@example.org\n" in refusals[1].err
    assert (2, True) == (no_number.code, "number or address" in no_number.err)
