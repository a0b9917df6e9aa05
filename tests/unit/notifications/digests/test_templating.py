"""Templates of one's own: in place of the shipped ones, in a sandbox, refused by file and line."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from notifications.digests.templating import SHIPPED, rendered
from notifications.errors import BrokenTemplate
from tests.support.digests import alert, digest
from tests.support.digests import rendered as message_of

FACTS = {
    "digest": digest(alert("overdue")),
    "subscription": "1",
    "unsubscribe": "mailto:a@b.example",
}


def own(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_template_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """Only of the one it is named for; the message that leaves is made with it."""
    folder = own(tmp_path, "digest.txt.j2", "Our news: {{ digest.headline }}\n{{ unsubscribe }}\n")
    message = message_of(digest(alert("overdue")), templates=folder)

    assert f"Our news: {digest(alert('overdue')).headline}" == message.text.splitlines()[0]
    assert message_of(digest(alert("overdue"))).html == message.html
    assert b"Our news:" in message.message


def test_another_text_is_another_message(tmp_path: Path) -> None:
    """Its id is that of what it says, so no reader takes it for the one they have."""
    folder = own(tmp_path, "digest.txt.j2", "Our news {{ unsubscribe }}\n")
    shipped = message_of(digest(alert("overdue")))

    assert shipped.message_id != message_of(digest(alert("overdue")), templates=folder).message_id


ESCAPES = {
    "the class of a text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the globals of a function": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "a list that is changed": "{% set a = [1] %}{{ a.append(2) }}",
    "a loop without end": "{% for n in range(10000000) %}x{% endfor %}",
    "a file elsewhere": "{% include '../../etc/passwd' %}",
}


@pytest.mark.parametrize("text", ESCAPES.values(), ids=ESCAPES)
def test_a_template_cannot_reach_out_of_its_sandbox(tmp_path: Path, text: str) -> None:
    """It reads what it is given, and nothing of the program or the machine."""
    with pytest.raises(BrokenTemplate):
        rendered("digest.txt.j2", FACTS, own(tmp_path, "digest.txt.j2", text))


BROKEN = {
    "an open tag": "one\n{% if digest.headline %}\ntwo\n",
    "a name that is not there": "one\ntwo\n{{ digest.nothing }}\n",
    "a word nobody gave": "one\n\n{{ reader }}\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_refused_with_file_and_line(tmp_path: Path, text: str) -> None:
    """The line is the one to look at, and the hint says how to look at the result."""
    with pytest.raises(BrokenTemplate) as refused:
        rendered("digest.txt.j2", FACTS, own(tmp_path, "digest.txt.j2", text))

    assert re.search(
        rf"{re.escape(str(tmp_path))}.*digest\.txt\.j2, line [34]: ", str(refused.value)
    )
    assert "digest preview" in refused.value.hint


def test_what_is_put_into_html_is_escaped_in_ones_own_template_too(tmp_path: Path) -> None:
    """A title cannot become a tag, whoever wrote the template."""
    folder = own(
        tmp_path,
        "digest.html.j2",
        "<p>{{ digest.sections[0].items[0].title }}</p>{{ unsubscribe }}",
    )
    message = message_of(digest(alert("overdue"), title="<script>x</script>"), templates=folder)

    assert message.html.startswith("<p>&lt;script&gt;x&lt;/script&gt;</p>")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def schemes() -> dict[str, tuple[str, list[str]]]:
    """Background and text colours of the light and of the dark scheme."""
    html = (SHIPPED / "head.html.j2").read_text(encoding="utf-8")
    style = html[html.index("<style>") : html.index("</style>")]
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    return {name: _colours(rules) for name, rules in (("light", light), ("dark", dark))}


def _colours(rules: str) -> tuple[str, list[str]]:
    background = re.findall(r"background: (#[0-9a-f]{6})", rules)
    return background[0], re.findall(r"[ ;{]color: (#[0-9a-f]{6})", rules)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_on_its_ground(scheme: str) -> None:
    """At least 4.5 to 1, as WCAG asks of text; and there are no colours outside the two lists."""
    background, colours = schemes()[scheme]

    assert 4 == len(colours)
    assert [] == [colour for colour in colours if contrast(background, colour) < 4.5]
    for name in ("digest", "opt_in"):
        body = (SHIPPED / f"{name}.html.j2").read_text(encoding="utf-8")
        assert [] == re.findall(r"#[0-9a-f]{6}", body)


def test_the_two_schemes_differ() -> None:
    """Dark on light, and light on dark."""
    grounds = [luminance(background) for background, _ in schemes().values()]
    assert all(light > 0.9 > 0.1 > dark for light, dark in pairwise(grounds))


WITHOUT_WAY_OUT = {
    "digest.txt.j2": "Our news: {{ digest.headline }}\n",
    "digest.html.j2": "<h1>{{ digest.headline }}</h1><p>{{ unsubscribe | truncate(12) }}</p>\n",
}


@pytest.mark.parametrize(("name", "text"), WITHOUT_WAY_OUT.items(), ids=WITHOUT_WAY_OUT)
def test_a_template_without_a_way_to_unsubscribe_is_refused(
    tmp_path: Path, name: str, text: str
) -> None:
    """By its file, with what to add; what is added as the hint says is taken."""
    folder = own(tmp_path, name, text)
    with pytest.raises(BrokenTemplate) as refusal:
        message_of(digest(alert("overdue")), templates=folder)
    line = str(refusal.value.hint).removeprefix(f"add to {name}: ").partition("; then")[0]
    own(tmp_path, name, text + line)

    assert str(tmp_path / name) in str(refusal.value)
    assert "unsubscribe" in line
    assert message_of(digest(alert("overdue")), templates=folder).message
