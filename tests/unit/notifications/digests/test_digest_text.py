"""The text of a digest as a narrow screen shows it, and its HTML as a reader of pages reads it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from msgspec import structs

from notifications.alerts.wording import LONGEST
from notifications.digests.digest import Digest, quiet_digest
from notifications.digests.items import Section
from notifications.digests.render import Rendered
from notifications.digests.summary import FollowedCommitment, summarize
from tests.support.digests import DETAIL, HERE, alert, digest
from tests.unit.notifications.mail.test_mime import ITEM, URL, rendered

WORDS = {
    "long words": "no strikes on energy infrastructure " * 8,
    "one word": "x" * LONGEST,
    "Cyrillic": "Соглашение о прекращении ударов по объектам энергетики " * 5,
    "Cyrillic without a space": "Щ" * LONGEST,
    "hyphens": "-".join(["energy"] * 40),
    "wide": "能源 " * 100,
}
LINKS = ("To see or change it: https://", "To stop it: https://")


def full(text: str) -> Digest:
    """Every field that takes free text, filled with it."""
    item = structs.replace(
        ITEM,
        title=text,
        headline=text,
        sentence=text,
        standing=text,
        noted=text,
        moved=(text, text),
    )
    sections = (Section("Overdue or missed", (item, item), 3),)
    more: dict[str, Any] = {"gap": text, "held": (text,), "headline": text, "tlp": "AMBER"}
    return digest_with(sections, **more)


def digest_with(sections: tuple[Section, ...], **more: Any) -> Digest:
    return structs.replace(digest(alert("overdue")), sections=sections, **more)


def quiet(text: str) -> Digest:
    later = [{**DETAIL["readings"][0], "at": "2025-04-18T21:00:00Z", "by": text}]
    detail = {**DETAIL, "id": "c", "timing": "running", "promise": text, "readings": later}
    return quiet_digest(summarize([FollowedCommitment("a", text, detail)], HERE.reader), HERE)


def sent(content: Digest) -> Rendered:
    return rendered(content, preferences_url=URL.replace("/u/", "/p/"), follows="everything")


@pytest.mark.parametrize("content", [full, quiet], ids=["news", "quiet"])
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
def test_no_line_of_the_text_is_wider_than_78(text: str, content: Any) -> None:
    """Whatever titles and promises hold; only a link is whole on a line of its own."""
    lines = sent(content(text)).text.splitlines()
    wide = [line for line in lines if len(line) > 78]

    assert [line for line in lines if line.startswith(LINKS)] == wide
    assert 2 == len(wide)


def test_an_id_is_whole_on_its_line() -> None:
    """It is there to be copied, so no line ends at its hyphen."""
    name = "-".join(["black-sea"] * 4)
    text = sent(digest(alert("overdue", name))).text

    assert 1 == text.count(name)


def test_the_html_is_laid_out_for_whoever_listens_to_it() -> None:
    """Language and direction, one h1, headings in steps, th with a scope, layout named so."""
    for content in (full("news"), quiet("promise")):
        root = html5lib.parse(sent(content).html, namespaceHTMLElements=False)
        levels = [
            int(element.tag[1]) for element in root.iter() if re.match("h[1-6]$", element.tag)
        ]
        roles = [table.get("role") for table in root.iter("table")]
        data = [table for table in root.iter("table") if table.get("role") is None]

        assert ("en", "ltr") == (root.get("lang"), root.get("dir"))
        assert 1 == levels.count(1)
        assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
        assert "presentation" == roles[0]
        assert ["row"] * 3 * len(data) == [th.get("scope") for th in root.iter("th")]
        assert [] == list(root.iter("img"))


def test_no_letter_is_too_small_and_every_link_says_where_it_goes() -> None:
    """14 pixels and more; the words of a link stand for themselves."""
    html = sent(full("news")).html

    assert 14 <= min(int(size) for size in re.findall(r"font(?:-size)?: (\d+)px", html))
    assert ["See or change it", "Stop this subscription"] == re.findall(r">([^<]+)</a>", html)


def test_the_foot_says_what_the_reader_follows() -> None:
    """So that nobody wonders why this came."""
    message = rendered(digest(alert("overdue")), follows="agreement accord; warning or graver")
    words = "You follow agreement accord; warning or graver (subscription 7)."

    assert words in " ".join(message.text.split())
    assert words in message.html
