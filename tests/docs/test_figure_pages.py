"""The pages of figures can be read: what is so, in cells, with date and load under the table."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.support.dataset import ROOT

PAGES = ("scaling", "performance", "reliability")
LONGEST_CELL = 250
STEPS = re.compile(r"\b(today|yesterday|this morning|since then)\b|\d\*|\*\s*\|", re.IGNORECASE)


def lines_of(page: str) -> list[str]:
    return (ROOT / "docs" / f"{page}.md").read_text().splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_figures_begins_with_its_answer(page: str) -> None:
    """Five lines or so say what an operator asks first, before any heading or table."""
    start = "\n".join(lines_of(page)[1:]).split("\n## ")[0]

    assert 4 <= len(re.findall(r"^- ", start, flags=re.MULTILINE)) <= 6
    assert "|---" not in start


@pytest.mark.parametrize("page", PAGES)
def test_a_cell_is_no_paragraph(page: str) -> None:
    """What needs more words stands under its table."""
    cells = [cell.strip() for line in lines_of(page) if line[:1] == "|" for cell in line.split("|")]

    assert [] == [cell for cell in cells if len(cell) > LONGEST_CELL]


@pytest.mark.parametrize("page", PAGES)
def test_rows_have_a_cell_for_each_column(page: str) -> None:
    """A row with a cell too few moves its figures under another head."""
    torn = [
        line
        for above, line in pairwise(lines_of(page))
        if above[:1] == line[:1] == "|" and above.count("|") != line.count("|")
    ]

    assert [] == torn


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_is_so_and_not_how_it_came_to_be(page: str) -> None:
    """A newer figure takes the place of an older one, and no star says of which day it is."""
    assert [] == [line for line in lines_of(page) if STEPS.search(line)]
