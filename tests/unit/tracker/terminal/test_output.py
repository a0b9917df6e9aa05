"""A document is printed item by item, as if it were written as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.instants import utc_now
from tests.support.any_text import ANY_TEXT
from tracker.spool import on_disk
from tracker.terminal.json_pieces import PIECE, in_pieces, json_parts
from tracker.terminal.output import emit
from tracker.terminal.session import Session

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(document=VALUES)
def test_the_parts_of_a_document_are_the_whole(document: Any) -> None:
    """Whatever it is: empty lists, lists in lists, texts with line ends and brackets."""
    whole = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"

    assert whole == b"".join(in_pieces(json_parts(document)))


@given(rows=st.lists(VALUES, max_size=5))
def test_rows_on_disk_print_as_those_in_memory(rows: list[Any]) -> None:
    """Read as often as they are asked for."""
    spooled = on_disk(rows)

    assert rows == list(spooled) == list(spooled)
    assert list(json_parts({"rows": rows})) == list(json_parts({"rows": spooled}))


class _Counted(Sequence[str]):
    """Rows that are made when they are asked for."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.made = 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        for _ in range(self.length):
            self.made += 1
            yield "x" * 1000


def test_a_long_list_is_never_whole_in_memory() -> None:
    """A piece is printed before the rows after it are asked for."""
    rows = _Counted(10_000)
    piece = next(in_pieces(json_parts({"rows": rows})))

    assert PIECE <= len(piece) < PIECE + 1100
    assert rows.made < 100


@pytest.mark.parametrize("form", ["table", "csv", "md", "jsonl"])
def test_no_rows_without_columns_print_nothing(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has neither has no heading to print; as JSON the document says that there are none."""
    session = Session(clock=utc_now, format_=form)
    emit(session, {"marks": []}, [])

    assert ("", "") == capsys.readouterr()
    emit(Session(clock=utc_now, format_="json"), {"marks": []}, [])
    assert '{\n  "marks": []\n}\n' == capsys.readouterr().out
