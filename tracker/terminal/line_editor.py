"""One line typed at a terminal: edited, recalled and completed with Tab.

Imported where somebody is asked, since prompt_toolkit takes as long to load as a whole command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

SEPARATORS = (",", "=")


class Suggestions(NamedTuple):
    """Words that fit, each with what it means, and what was answered before, oldest first.

    With `accepts` the words are all there are: they are listed, and another answer is refused.
    """

    words: Sequence[tuple[str, str]] = ()
    earlier: Sequence[str] = ()
    accepts: Callable[[str], bool] | None = None


Suggest = Callable[[str], Suggestions]
"""What fits a field, by its name."""


def ask_line(label: str, suggestions: Suggestions = Suggestions()) -> str:  # noqa: B008
    """Asks for one line on stderr; raises KeyboardInterrupt or EOFError when it is refused."""
    session: PromptSession[str] = PromptSession(
        input=create_input(sys.stdin),
        # Without questions to the terminal where its cursor is, which not all of them answer.
        output=Vt100_Output(sys.stderr, _size, term=os.environ.get("TERM"), enable_cpr=False),
        history=InMemoryHistory(suggestions.earlier),
        completer=WordsOfList(suggestions.words),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
    )
    return session.prompt(f"{label}: ").strip()


def _size() -> Size:
    """The size of the terminal; some say 0 by 0."""
    columns, rows = os.get_terminal_size(sys.stderr.fileno())
    return Size(rows=rows or 24, columns=columns or 80)


class WordsOfList(Completer):
    """Completes the last word of a list with commas, or the value of `name=value`."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        self.words = words

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        for separator in SEPARATORS:
            typed = typed.rpartition(separator)[2].lstrip()
        for word, meaning in self.words:
            if word.casefold().startswith(typed.casefold()):
                yield Completion(word, start_position=-len(typed), display_meta=meaning)
