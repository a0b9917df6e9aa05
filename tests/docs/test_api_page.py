"""The examples of docs/api.md run against a board of the shipped data set."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from urllib.request import urlopen

from tests.support.dataset import ROOT, SHIPPED
from tests.support.served import Board

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://localhost:8000/"


def blocks(board: Board, language: str) -> list[str]:
    """The examples in a language, with the address of the board."""
    texts = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [block.replace(ADDRESS, board.url) for block in texts]


def test_every_address_of_an_example_answers(board: Board) -> None:
    """In a shell, in Python, and in a notebook."""
    examples = "".join(block for name in ("sh", "js") for block in blocks(board, name))
    addresses = re.findall(rf"{board.url}[^\s'\")]*", examples)

    assert 4 == len(addresses)
    for address in addresses:
        with urlopen(address) as answer:
            assert answer.read()


def test_the_example_in_python_runs(board: Board) -> None:
    """It reads every entry, page after page."""
    (example,) = blocks(board, "python")
    done = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, check=True
    )

    assert f"{SHIPPED} entries; breaches alleged: 1\n" == done.stdout


def test_the_example_with_pandas_is_python_and_runs_where_it_is(board: Board) -> None:
    """Pandas is not among what tests install: it is larger than everything else."""
    (example,) = blocks(board, "python pandas")

    assert compile(example, "docs/api.md", "exec")
    if find_spec("pandas"):
        subprocess.run([sys.executable, "-c", example], capture_output=True, check=True)


def test_the_examples_in_a_shell_are_commands_of_curl() -> None:
    """Each in one line, quoted where a shell asks for it."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert all(["curl", "-s"] == shlex.split(line)[:2] for line in block.splitlines())
