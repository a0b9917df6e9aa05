"""The `help` command: what a subject means in plain words, and the same as pages of the manual."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from tracker.terminal.command_groups import LazyGroup
from tracker.terminal.help_topics import (
    TOPICS,
    about,
    is_heading,
    man_overview,
    man_page,
    topic_text,
)
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import Style, print_data, print_info, styled


def _topics(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(n, help=about(n)) for n in TOPICS if n.startswith(incomplete)]


@click.command("help", context_settings=HELP)
@click.argument("words", nargs=-1, metavar="[TOPIC]", shell_complete=_topics)
@click.option(
    "--man",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write an overview and every topic as pages of the manual into this directory.",
)
@pass_session
def help_(session: Session, words: tuple[str, ...], man: Path | None) -> None:
    """What a subject means, in plain words: dates, readings, states, sources and more.

    Without a topic they are listed. The name of a command shows the help of that command.

    \b
    Examples:
      pactwatch help
      pactwatch help readings
      pactwatch help event correct
      pactwatch help --man man7
    """
    if man is not None:
        write_manual(session, man)
    elif not words:
        print_data("pactwatch help TOPIC, with one of these topics:\n")
        for name in TOPICS:
            print_data(f"  {name:<10} {about(name)}")
        print_data(
            "\npactwatch COMMAND --help has the options of a command; pactwatch --help lists all."
        )
    elif words[0] not in TOPICS and (text := _command_help(words)) is not None:
        print_data(text)
    else:
        show_topic(" ".join(words))


def _command_help(words: tuple[str, ...]) -> str | None:
    """The help of the command that these words name; None where there is none."""
    context = click.get_current_context().find_root()
    command: click.Command | None = context.command
    for word in words:
        command = command.get_command(context, word) if isinstance(command, click.Group) else None
        if command is None:
            return None
        context = click.Context(command, info_name=word, parent=context)
    return context.get_help()


def show_topic(name: str) -> None:
    """Prints a topic as it stands, its headings in bold."""
    lines = topic_text(name).rstrip().splitlines()
    for place, line in enumerate(lines):
        bold = place == 0 or is_heading(lines, place)
        click.echo(styled(line, Style(bold=True)) if bold else line)


def write_manual(session: Session, directory: Path) -> None:
    """Writes a page of section 7 for the program and for each topic."""
    from importlib.metadata import version

    program = click.get_current_context().find_root().command
    pages = {f"pactwatch-{name}": man_page(name, version("pactwatch")) for name in TOPICS}
    if isinstance(program, LazyGroup):
        text = program.help or ""
        pages["pactwatch"] = man_overview(version("pactwatch"), text, program.sections)
    directory.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        (directory / f"{name}.7").write_text(page, encoding="utf-8")
    print_info(session, f"{len(pages)} pages; next: man {directory / 'pactwatch.7'}")
