"""Prints an error as its `Error:` and `hint:` lines, with the command that was meant."""

from __future__ import annotations

import errno
import shlex
from functools import partial

from events.errors import HintedError
from tracker.terminal.logs import recorded
from tracker.terminal.text import print_talk, with_database


def print_error(error: Exception, args: list[str]) -> None:
    """Prints an error as `Error:` and `hint:` on stderr, or records it in a log for programs."""
    if isinstance(error, HintedError):
        words, hint = str(error), corrected_command(args, error.typo, error.more)
        hint = hint or with_database(error.hint, typed_database(args))
    elif isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
        words = f"{error.filename or 'the output'}: {error.strerror}"
        hint = "check the path, the rights on it, and the space on its disk"
    else:
        words = f"unexpected {type(error).__name__}: {error}"
        hint = "run it again with --debug to see where"

    if recorded(words, "ERROR", hint=hint):
        return
    print_talk(f"Error: {words}")
    if hint:
        print_talk(f"hint: {hint}")


def typed_database(args: list[str]) -> str | None:
    """The value of the last --db of a command line."""
    pairs = zip(args, [*args[1:], None], strict=True)
    values = [
        word.removeprefix("--db=") if word.startswith("--db=") else following
        for word, following in pairs
        if word == "--db" or word.startswith("--db=")
    ]
    return values[-1] if values else None


def corrected_command(args: list[str], typo: tuple[str, str] | None, more: tuple[str, ...]) -> str:
    """The command with the word that is meant in place of a typo, and with what it lacks.

    Empty where it has neither, and where it may carry a password, which is not printed.
    """
    if any("://" in word for word in args):
        return ""
    words = [*map(partial(corrected_word, typo=typo), args), *more] if typo else [*args, *more]
    return shlex.join(["pactwatch", *words]) if words != args else ""


def corrected_word(word: str, typo: tuple[str, str]) -> str:
    """A word of a command line with what is meant: as a whole, as its name, or as its value."""
    given, meant = typo
    name, equals, value = word.partition("=")
    if name == given or name.startswith(f"{given}."):
        return f"{meant}{word[len(given) :]}"
    return f"{name}={meant}" if equals and value == given else word
