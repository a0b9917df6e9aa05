"""The texts of `help`: what there are, and how one reads as a page of the manual.

A text is a line `topic - about`, paragraphs, headings (a short line that follows a blank one and
stands before text) and examples, which are indented by four.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracker.errors import UnknownId

FOLDER = Path(__file__).resolve().parents[1] / "help"
TOPICS = ("dates", "readings", "states", "sources", "clauses", "entries", "glossary")
LONGEST_HEADING = 40
INDENT = "    "


def topic_text(name: str) -> str:
    """The text of a topic; raises UnknownId with the nearest."""
    if name not in TOPICS:
        from events.wording import did_you_mean

        raise UnknownId(
            f"no help on {name!r}{did_you_mean(name, TOPICS, most=1)}", hint="pactwatch help"
        )
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def about(name: str) -> str:
    """What a topic is about, in one line."""
    return topic_text(name).partition("\n")[0].partition(" - ")[2]


def is_heading(lines: list[str], place: int) -> bool:
    """Whether a line heads what follows: short, after a blank line, without a sign at its end."""
    line = lines[place]
    follows = place + 1 < len(lines) and bool(lines[place + 1])
    alone = place > 0 and not lines[place - 1]
    is_short = 0 < len(line) <= LONGEST_HEADING and not line.startswith(" ")
    return alone and follows and is_short and line[-1] not in ".:," and "  " not in line


def command_lines(name: str) -> Iterator[str]:
    """The command lines that a topic shows as its example, without the `$`."""
    for line in topic_text(name).splitlines():
        if line.startswith(f"{INDENT}$ "):
            yield line.removeprefix(f"{INDENT}$ ")


def man_page(name: str, version: str) -> str:
    """A topic as a page of section 7 of the manual, for `man`."""
    lines = topic_text(name).splitlines()
    page = [
        f'.TH PACTWATCH-{name.upper()} 7 "" "pactwatch {version}" "pactwatch"',
        ".SH NAME",
        f"pactwatch\\-{name} \\- {_roff(about(name))}",
        ".SH DESCRIPTION",
        *_body(lines[1:]),
        ".SH SEE ALSO",
        ", ".join(f"pactwatch\\-{other}(7)" for other in TOPICS if other != name),
    ]
    return "\n".join(page) + "\n"


def _body(lines: list[str]) -> Iterator[str]:
    """The lines of a text as roff: headings, paragraphs, and what is kept as it stands."""
    is_kept = False
    for place, line in enumerate(lines):
        keeps = line.startswith(INDENT) or "  " in line.strip()
        if keeps is not is_kept and line:
            yield ".EX" if keeps else ".EE"
            is_kept = keeps
        if is_heading(lines, place):
            yield f".SS {_roff(line)}"
        elif line:
            yield _roff(line)
        elif not is_kept:
            yield ".PP"
    if is_kept:
        yield ".EE"


def _roff(text: str) -> str:
    """Text in which roff finds no command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
