"""Every command, option, setting and file that a hint, a help text or a page names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from cli import AFTER_COMMAND, group
from notifications.settings import MailSettings
from tests.support.command_tree import commands
from tests.support.dataset import ROOT
from tracker.cli.entering.amending import event_retract

PACKAGES = ("events", "tracker", "notifications", "web", "dashboards")
MODULES = [ROOT / "cli.py", *(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))]
TEMPLATES = [file for name in PACKAGES for file in (ROOT / name).rglob("*.j2")]
HELP_TEXTS = [*(ROOT / "tracker" / "help").glob("*.txt")]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("[a-z]*/README.md")]
OPEN_FIELDS = ("record",)
"""Commands that take the fields of an event as options, too."""
A_FIELD = "--name"
"""How such a field is written where any is meant."""


NAMING = re.compile(r"pactwatch|PACTWATCH|--|(?:docs|dashboards|tests|benchmarks)/")
"""Without any of these a text names no command, setting, option or file."""
NAMING_MODULES = [file for file in MODULES if NAMING.search(file.read_text(encoding="utf-8"))]


def strings(module: Path) -> Iterator[str]:
    """The texts in a module; what is filled into one is `{}`."""
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    filled = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    pieces = {id(piece) for node in filled for piece in node.values}
    for node in filled:
        parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        yield "".join(map(str, parts))
    for each in nodes:
        if isinstance(each, ast.Constant) and id(each) not in pieces:
            yield each.value if isinstance(each.value, str) else ""


BEFORE = re.compile(r"(?:^|[\n`($]|[:;,|] |\bthen |\bor |\blet `)\s*(?:[A-Z_]+=\S+ )?\Z")
"""What stands before a command line; in `a pactwatch database` it is the name of the program."""
LINE = re.compile(r"pactwatch (?=[a-z{-])((?:(?!\bpactwatch )[^\n`|>#;])*)")


def command_lines(text: str) -> Iterator[str]:
    """The command lines in a text, without `pactwatch`, each with the prose behind it."""
    joined = re.sub(r"\\+\n\s*", "", text)
    for match in LINE.finditer(joined):
        if BEFORE.search(joined[: match.start()]):
            yield match[1].strip()


def option_names(command: click.Command) -> dict[str, click.Option]:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return {name: each for each in options for name in (*each.opts, *each.secondary_opts)}


HELP = ("--help", "-h")
GLOBAL = option_names(group)
AFTER_A_COMMAND = (*AFTER_COMMAND, *HELP)


def mistake(line: str) -> str | None:
    """What a command line names that is not there; None when all of it is."""
    words = line.split()
    command, called = group, "pactwatch"
    while words and isinstance(command, click.Group):
        word = words.pop(0)
        name = word.rstrip(".,:)'\"")
        if name in HELP:
            return None
        if name.partition("=")[0] in GLOBAL:
            takes_value = not GLOBAL[name.partition("=")[0]].is_flag and "=" not in name
            if takes_value and words and words.pop(0).endswith(","):
                break
            continue
        child = command.get_command(click.Context(command), name)
        if child is None:
            return None if "{}" in name or name.isupper() else f"{called} has no {name!r}"
        command, called = child, name
        if word != name:
            break
    known = {*AFTER_A_COMMAND, *option_names(command)}
    options = (re.match(r"--?[a-z][a-z-]*", word.lstrip("[(")) for word in words)
    given = [option[0] for option in options if option]
    unknown = [name for name in given if name not in known]
    if unknown and command.name not in OPEN_FIELDS:
        return f"{called} has no {', '.join(unknown)}"
    absent = [name for name in required_options(command) if name not in given]
    is_usage = not words or "[OPTIONS]" in words
    return f"{called} needs {', '.join(absent)}" if absent and not is_usage else None


def required_options(command: click.Command) -> list[str]:
    """Options without which the command refuses, at least where nobody can be asked."""
    options = ["--reason"] if command is event_retract else []
    return options + [name for name, each in option_names(command).items() if each.required]


@cache
def every_option() -> frozenset[str]:
    names = (name for _, each in commands(group, "") for name in option_names(each))
    return frozenset({*names, *HELP})


@cache
def settings() -> frozenset[str]:
    """Every environment variable that the program reads."""
    names = {f"PACTWATCH_{name}" for name in MailSettings.model_fields}
    for path, command in commands(group, "PACTWATCH", "_"):
        for name, option in option_names(command).items():
            own = f"{path}_{name.removeprefix('--')}".replace("-", "_")
            names |= {own, str(option.envvar)}
    return frozenset(map(str.upper, names))


def wrong_commands(text: str) -> list[str]:
    return [f"pactwatch {line}: {m}" for line in command_lines(text) if (m := mistake(line))]


def unread(text: str) -> list[str]:
    """The settings in a text that no program reads."""
    named = re.findall(r"(?<![A-Z_])PACTWATCH_[A-Z_]+[A-Z]\b", text)
    return [name for name in named if name not in settings()]


def wrong_in(text: str) -> list[str]:
    options = re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z](?![\w-])", text)
    strangers = [name for name in options if name not in {*every_option(), A_FIELD}]
    files = re.findall(r"\b(?:docs|dashboards|tests|benchmarks)/[\w./-]*\w", text)
    absent = [name for name in files if not (ROOT / name).exists()]
    return wrong_commands(text) + strangers + unread(text) + absent


@pytest.mark.parametrize("module", NAMING_MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_module_names_is_there(module: Path) -> None:
    """Hints, next steps, help texts and docstrings."""
    naming = filter(NAMING.search, strings(module))
    assert [] == [wrong for text in naming for wrong in wrong_in(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """Code blocks and words in backticks of the documentation."""
    text = page.read_text(encoding="utf-8")
    code = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    indented = re.findall(r"(?:^ {4}[^\n]+\n)+", text, re.MULTILINE)

    assert [] == [
        *(wrong for block, span in code for wrong in wrong_in(block or span)),
        *(wrong for block in indented for wrong in [*wrong_commands(block), *unread(block)]),
    ]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_template_names_is_there(file: Path) -> None:
    """The words of mail and board."""
    text = re.sub(r"\{\{.*?\}\}", "{}", file.read_text(encoding="utf-8"))

    assert [] == wrong_in(re.sub(r"<[^>]*>", "\n", text))


@pytest.mark.parametrize("file", HELP_TEXTS, ids=lambda file: file.stem)
def test_what_a_help_topic_names_is_there(file: Path) -> None:
    """The examples, and the options in its sentences."""
    assert [] == wrong_in(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("status --as-of T", None),
        ("--db {} db upgrade", None),
        ("event {} ENTRY --reason '...'", None),
        ("db restore FILE, from a backup made before", None),
        ("statuss", "pactwatch has no 'statuss'"),
        ("event lst", "event has no 'lst'"),
        ("event list --before 3", "list has no --before"),
        ("event retract ID", "retract needs --reason"),
        ("event retract ID --reason WHY", None),
        ("ack KEY --until +7d", "ack needs --reason"),
        ("ack", None),
    ],
)
def test_a_command_line_is_held_against_the_commands(line: str, wrong: str | None) -> None:
    """Commands, groups with a placeholder, and options; prose may follow."""
    assert wrong == mistake(line)
