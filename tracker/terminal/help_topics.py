"""The texts of `help`: what there are, and how one reads as a page of the manual.

A text is a line `topic - about`, paragraphs, headings (a short line that follows a blank one and
stands before text) and examples, which are indented by four.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

from tracker.errors import UnknownId
from tracker.terminal.command_groups import Sources

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


def man_page(name: str, version: str) -> str:
    """A topic as a page of section 7 of the manual, for `man`."""
    lines = topic_text(name).splitlines()
    return _page(f"pactwatch-{name}", version, about(name), [".SH DESCRIPTION", *_body(lines[1:])])


def man_overview(version: str, text: str, sections: Mapping[str, Sources]) -> str:
    """The page `pactwatch` of the manual: what the program is for, and its commands by section.

    `text` is the help of the program; its first line is a sentence.
    """
    sentence, *rest = cleandoc(text).replace("\b\n", "").splitlines()
    lines = [line.replace("  ", INDENT, 1) if line.startswith("  ") else line for line in rest]
    for heading, commands in sections.items():
        lines += [
            "",
            heading,
            *(f"{INDENT}{name:13}{word}" for name, (_, word) in commands.items()),
        ]
    lines += ["", "pactwatch COMMAND --help has the options of a command."]
    synopsis = [".SH SYNOPSIS", "pactwatch [OPTIONS] COMMAND [ARGS]..."]
    body = [*synopsis, ".SH DESCRIPTION", *_body(lines)]
    return _page("pactwatch", version, sentence[0].lower() + sentence[1:].rstrip("."), body)


def _page(name: str, version: str, what: str, body: Iterable[str]) -> str:
    """A page around its body.

    Words are not hyphenated, so that a command or the name of a page can be copied and searched.
    """
    pages = ["pactwatch", *(f"pactwatch-{topic}" for topic in TOPICS)]
    page = [
        ".nr HY 0",
        f'.TH {name.upper()} 7 "" "pactwatch {version}" "pactwatch"',
        ".ad l",
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(what)}",
        *body,
        ".SH SEE ALSO",
        ", ".join(f"\\fB{_roff(other)}\\fR(7)" for other in pages if other != name),
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
