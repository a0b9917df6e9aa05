"""How a digest reads as a mail: headers, bytes, size, and both parts alike."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import html5lib
import pytest
from msgspec import structs

from notifications.alerts.resolution import Correction
from notifications.digests.digest import ReaderNews, news_digest, quiet_digest
from notifications.digests.items import CAP
from notifications.digests.render import Addressee, render
from notifications.digests.summary import FollowedCommitment, summarize
from notifications.settings import MailSettings
from tests.support.digests import AT, DETAIL, HERE, NOW, SETTINGS, alert, digest, due, rendered

HOSTILE = [
    "a\r\nBcc: x@example.org",
    "nul\0and\x01bell",
    "=?utf-8?q?x=0D=0ABcc=3A_a=40b?=",
    "line\u2028break\u2029and\x85next",
    "bidi\u202eover\u2066ride",
    "lone\ud800surrogate",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_changes_neither_headers_nor_html(title: str) -> None:
    """The header set is ours, the HTML parses strictly, and no direction override is left."""
    sent = rendered(digest(alert("overdue"), title=title))
    read = message_from_bytes(sent.message, policy=policy.default)

    assert rendered(digest(alert("overdue"))).message.count(b"\r\nBcc:") == 0
    assert (
        message_from_bytes(rendered(digest(alert("overdue"))).message, policy=policy.default).keys()
        == read.keys()
    )
    assert html5lib.HTMLParser(strict=True).parse(sent.html) is not None
    assert not set("\u202e\u2066\x01\0") & set(sent.html + sent.text)
    assert "<script" not in sent.html


def test_a_message_has_the_headers_of_list_mail() -> None:
    """One of each, machine headers whole on one line; -Post is not claimed for a mailto."""
    sent = rendered(digest(alert("overdue")))
    read = message_from_bytes(sent.message, policy=policy.default)

    assert ("Desk <desk@example.org>", "reader@example.org") == (read["From"], read["To"])
    assert ("auto-generated", "All") == (read["Auto-Submitted"], read["X-Auto-Response-Suppress"])
    assert read["List-Id"].endswith("<digest.desk.example.org>")
    assert read["References"] == read["In-Reply-To"] != read["Message-ID"] == sent.message_id
    assert read["List-Unsubscribe"].startswith("<mailto:desk@example.org")
    assert "List-Unsubscribe-Post" not in read
    assert [1] * len(read.keys()) == [read.keys().count(name) for name in read.keys()]  # noqa: SIM118
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in read.iter_parts()]


def test_the_wire_has_crlf_and_short_lines() -> None:
    """Every line ends in CRLF and has at most 998 octets, the text at most 78 columns."""
    sent = rendered(digest(alert("overdue", "c" * 90), title="word " * 300))
    lines = sent.message.split(b"\r\n")

    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert 998 >= max(map(len, lines))
    assert 120 >= len(sent.subject)


def test_the_same_digest_renders_to_the_same_bytes() -> None:
    """No boundary, date or id is drawn anew."""
    assert rendered(digest(alert("overdue"))) == rendered(digest(alert("overdue")))


def test_both_parts_say_the_same() -> None:
    """Ids, promises and what happened: one part has what the other has."""
    made = digest(alert("overdue", "c1"), alert("lapsed", "c2"), due("P1D", commitment="c3"))
    sent = rendered(made)
    facts = {
        fact
        for section in made.sections
        for item in section.items
        for fact in (item.commitment, item.headline, item.sentence, item.standing)
    }

    assert 8 == len(facts)
    assert facts == {fact for fact in facts if fact in sent.html}
    assert facts == {fact for fact in facts if fact in " ".join(sent.text.split())}


def test_a_full_digest_is_not_clipped() -> None:
    """Every section at its cap stays below the 102 KB at which Gmail cuts a message."""
    kinds = ["overdue", "release_available", "contested_end_began", "ended", "resumed", "stale"]
    alerts = [alert(kind, f"{kind}-{n}") for kind in kinds for n in range(CAP + 1)]
    leads = [due("P1D", commitment=f"d{n}") for n in range(CAP + 1)]
    made = digest(*alerts, *leads, withdrawn=tuple(alerts[: CAP + 1]), title="T" * 60)

    assert 102_000 > len(rendered(made).html.encode())


def test_a_digest_of_twelve_promises_is_small() -> None:
    """At most 60 KB on the wire, with every link, both parts and a checkpoint."""
    kinds = ("overdue", "lapsed", "contested_end_began")
    alerts = [
        alert(kinds[n % 3], f"a-promise-with-a-long-name-{n}", severity="critical")
        for n in range(12)
    ]
    made = structs.replace(digest(*alerts, title="T" * 80), checkpoint="pactwatch 9 " + "A" * 44)
    board = "https://pacts.example.org"
    to = Addressee(
        recipient="reader@example.org", subscription="1", window="w", now=NOW,
        marks_url=f"{board}/a/{32 * 'a'}", unsubscribe_url=f"{board}/u/{32 * 'u'}",
        preferences_url=f"{board}/p/{32 * 'p'}",
    )  # fmt: skip
    sent = render(made, to, MailSettings(**SETTINGS, public_url=board))

    assert 12 == sent.html.count("/a/aaaa")
    assert 60_000 >= len(sent.message)


@pytest.mark.parametrize("letter", ["T", "п", "&"], ids=["ascii", "two octets", "escaped"])
def test_the_longest_digest_is_not_clipped_and_counts_what_it_leaves_out(letter: str) -> None:
    """Long titles and promises leave room for fewer items; both parts name the same ones."""
    alerts = [alert("overdue", f"c{n}.") for n in range(CAP + 1)]
    alerts += [alert("lapsed", f"d{n}.") for n in range(CAP)]
    alerts += [alert("stale", f"e{n}.") for n in range(CAP)]
    commitments = {a.commitment: {**DETAIL, "promise": letter * 2000} for a in alerts}
    news = ReaderNews(tuple(alerts), corrected=tuple(map(Correction, alerts[:CAP])))
    built = news_digest(news, commitments, {"a": letter * 2000}, HERE)
    assert built is not None
    sent = rendered(built)
    parts = (sent.html, sent.text)
    named, others = ({a.commitment for a in alerts if a.commitment in part} for part in parts)
    counts = [[int(n) for n in re.findall(r"and (\d+) more", part)] for part in parts]
    items = sent.html.count("; rule T6")

    assert 102_000 > len(sent.html.encode())
    assert 20 < items
    assert named == others
    assert counts[0] == counts[1]
    assert len(alerts) + CAP == items + sum(counts[0])


def test_a_marked_digest_says_so_before_and_after_what_it_tells() -> None:
    """In the subject, the heading and the foot of both parts; CLEAR needs no mark."""
    plain = digest(alert("overdue"))
    marked = rendered(structs.replace(plain, tlp="AMBER+STRICT"))

    assert marked.subject.startswith("[TLP:AMBER+STRICT] Accord: overdue")
    assert [2, 2] == [part.count("TLP:AMBER+STRICT") for part in (marked.text, marked.html)]
    assert "TLP" not in rendered(plain).subject + rendered(plain).text + rendered(plain).html


def test_the_way_out_is_told_as_what_it_is() -> None:
    """A link is followed, an address is written to."""
    made = digest(alert("overdue"))
    url = "https://pactwatch.example.org/u/token"
    to = Addressee(
        recipient="r@example.org", subscription="1", window="w", now=NOW, unsubscribe_url=url
    )
    linked = render(made, to, MailSettings(**SETTINGS))

    assert f"To stop it: {url}\n" in linked.text
    assert f'<a href="{url}">Stop this subscription</a>' in linked.html
    write = "write to mailto:desk@example.org?subject="
    assert f"To change it, {write}change%201\nTo stop it, {write}unsubscribe%201\n" in (
        rendered(made).text
    )
    assert ">Write to stop it</a>" in rendered(made).html


def test_both_parts_of_a_quiet_digest_say_the_same() -> None:
    """Counts, next deadline and its readings; a closed promise counts for nothing."""
    ahead = [{**reading, "at": "2025-04-18T21:00:00Z"} for reading in DETAIL["readings"][:1]]
    readings = [*DETAIL["readings"], *ahead]
    soon = {**DETAIL, "id": "c1", "timing": "due_soon", "readings": readings}
    late = {**DETAIL, "id": "c2", "state": "lapsed", "timing": "past"}
    done = {**DETAIL, "id": "c3", "state": "discharged", "timing": "n/a"}
    followed = [FollowedCommitment("a", "Accord", each) for each in (soon, late, done)]
    summary = summarize(followed, HERE.reader)
    sent = rendered(quiet_digest(summary, structs.replace(HERE, since=AT)))
    facts = [
        "c1",
        "Nothing new since Tue 18 March, 23:00.",
        "Nothing new; next: Accord, Fri 18 April",
    ]
    facts += ["Russia to Ukraine and the United States: no strikes on energy"]
    facts += ["In force; ends Tue 18 March or Fri 18 April. A breach is alleged and denied."]
    cells = re.findall(r"<th[^>]*>([^<]+)</th><td>(\d)</td>", sent.html)

    assert (2, 1, 1) == (summary.open, summary.overdue, summary.due_soon)
    assert [("open", "2"), ("overdue or missed", "1"), ("due or ending soon", "1")] == cells
    assert [f"* {name}: {count}" in sent.text for name, count in cells] == [True] * 3
    assert facts == [fact for fact in facts if fact in sent.html]
    assert facts == [fact for fact in facts if fact in " ".join(sent.text.split())]
    assert "c3" not in sent.html + sent.text
    assert html5lib.HTMLParser(strict=True).parse(sent.html) is not None
