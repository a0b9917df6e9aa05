"""A list of which rows have most, and some is folded: counted, and read a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, func

Item = TypeVar("Item", covariant=True)
Placed = tuple[Any, Item]
"""An item with its place, by which the list is in order."""


class ListedRows(Sequence[Item]):
    """What a statement selects in an order, and what is folded, each at its place.

    Places compare as the order of the statement does: columns of text by code points, as in Python.
    So no more rows are read than a part has, and as many as are folded.
    """

    def __init__(
        self,
        connection: Connection,
        rows: Select[Any],
        order: Iterable[ColumnElement[Any]],
        placed: Callable[[Row[Any]], Placed[Item]],
        folded: Iterable[Placed[Item]],
        *,
        is_reversed: bool = False,
    ) -> None:
        self._connection, self._placed, self._is_reversed = connection, placed, is_reversed
        self._rows = rows.order_by(*order)
        self.folded = self._sorted(folded)

    def _sorted(self, placed: Iterable[Placed[Item]]) -> list[Placed[Item]]:
        return sorted(placed, key=itemgetter(0), reverse=self._is_reversed)

    def __len__(self) -> int:
        count = self._rows.with_only_columns(func.count(), maintain_column_froms=True).order_by(
            None
        )
        return self._connection.execute(count).scalar_one() + len(self.folded)

    def __getitem__(self, part: Any) -> Any:
        """The items of a slice; what is folded may stand before any of them, or behind."""
        first = max(0, part.start - len(self.folded))
        rows = self._connection.execute(self._rows.offset(first).limit(part.stop - first))
        read = map(self._placed, rows)
        both = self._sorted([*read, *self.folded])
        return [item for _, item in both[part.start - first : part.stop - first]]
