"""The plain table is Rich's table, letter by letter, or it declines."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tracker.plain_table import drawn

CELLS = st.text(st.sampled_from("ab -_[]\\\n:é世\u00a0"), max_size=12)


def by_rich(headers: list[str], rows: list[list[str]], width: int) -> str:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for n, header in enumerate(headers):
        made.add_column(header, overflow="fold", no_wrap=n == 0)
    for row in rows:
        made.add_row(*map(Text, row))
    out = io.StringIO()
    Console(width=width, file=out, no_color=True, highlight=False).print(made)
    return out.getvalue()


@given(
    headers=st.lists(st.sampled_from(["id", "state", "next change at"]), min_size=1, max_size=4),
    data=st.data(),
    width=st.integers(8, 90),
)
def test_what_is_drawn_is_what_rich_draws(
    headers: list[str], data: st.DataObject, width: int
) -> None:
    """For any cells and any width."""
    row = st.lists(CELLS, min_size=len(headers), max_size=len(headers))
    rows = data.draw(st.lists(row, max_size=4))
    found = drawn(headers, rows, width)

    assert found in (None, by_rich(headers, rows, width))


def test_a_table_that_fits_is_drawn() -> None:
    """It does not always decline."""
    assert "id   end\n────────\na    b  \n     c  \n" == drawn(["id", "end"], [["a", "b\nc"]], 80)


def test_what_does_not_fit_is_left_to_rich() -> None:
    """Wrapping and wide letters are Rich's."""
    assert [None, None] == [drawn(["id"], [["a" * 9]], 8), drawn(["id"], [["世"]], 8)]
