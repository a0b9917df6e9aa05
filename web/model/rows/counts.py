"""How many promises and agreements there are of each kind: counted once until anything is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.json import decode
from sqlalchemy import func, select

from tracker.documents.summaries import AgreementSummary
from tracker.queries.board.queries import IS_KNOWN, BoardQueries
from web.model.rows.chosen_rows import AGREEMENTS, COMMITMENTS

Standing = tuple[str, str]
"""A state and a compliance."""
Parties = tuple[str, ...]
Sides = tuple[Parties, Parties, Standing]
"""Who owes what to whom, and how it stands."""


class RowCounts(Struct, frozen=True):
    """The rows of promises by debtor, creditor, state and compliance; of agreements by parties.

    Lists of parties are JSON, as the rows have them.
    """

    promises: Mapping[tuple[str, str, str, str], int]
    agreements: Mapping[str, int]

    @property
    def lists(self) -> set[str]:
        """Every list of parties."""
        sides = {side for debtor, creditor, *_ in self.promises for side in (debtor, creditor)}
        return sides.union(self.agreements)

    def sides(self) -> Counter[Sides]:
        """The promises by who owes them to whom, and how they stand."""
        parties = {text: tuple(decode(text)) for text in self.lists}
        counts = Counter[Sides]()
        for (debtor, creditor, *standing), count in self.promises.items():
            state, compliance = standing
            counts[parties[debtor], parties[creditor], (state, compliance)] += count
        return counts

    def standings(self) -> Counter[Standing]:
        """The promises by state and compliance."""
        counts = Counter[Standing]()
        for (_, _, state, compliance), count in self.promises.items():
            counts[state, compliance] += count
        return counts


def counts_of_rows(queries: BoardQueries) -> RowCounts:
    """Counts the rows of all agreements that need no folding."""
    folded, number = queries.folding.names, func.count()
    axes = (COMMITMENTS.debtor, COMMITMENTS.creditor, COMMITMENTS.state, COMMITMENTS.compliance)
    promises = select(*axes, number).where(COMMITMENTS.agreement_id.not_in(folded)).group_by(*axes)
    known = select(AGREEMENTS.parties, number).where(IS_KNOWN, AGREEMENTS.id.not_in(folded))
    return RowCounts(
        {tuple(row[:4]): row[4] for row in queries.connection.execute(promises)},
        {row[0]: row[1] for row in queries.connection.execute(known.group_by(AGREEMENTS.parties))},
    )


def sides_among(summaries: Iterable[AgreementSummary]) -> Counter[Sides]:
    """Counts promises among agreements in brief."""
    each = (c for summary in summaries for c in summary.commitments)
    return Counter((c.debtor, c.creditor, (c.state, c.compliance)) for c in each)
