"""Chains of attribution: independent sources are counted, not articles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.model.sources import UNATTRIBUTED, Chain, support_of

NAMES = st.sampled_from(["A", "B", "C", "D"])


def chain(event: str, speaker: str | None, *reported_by: str, primary: str | None = None,
          derived: tuple[str, ...] = ()) -> Chain:  # fmt: skip
    return Chain(event, speaker, reported_by, primary, derived)


def test_two_articles_about_one_statement_are_one_source() -> None:
    """Both go back to the Kremlin's account, whoever carries them."""
    support = support_of([
        chain("e1", "RUS", "tass", primary="kremlin"),
        chain("e2", "RUS", "reuters", primary="kremlin"),
    ])  # fmt: skip

    assert (2, 1, ("kremlin",), True) == (
        support.reports, support.independent, support.roots, support.is_single,
    )  # fmt: skip


def test_two_speakers_of_their_own_are_two_sources() -> None:
    """Each is a root of its own."""
    support = support_of([chain("e1", "NOR"), chain("e2", "ISL")])

    assert (("ISL", "NOR"), False) == (support.roots, support.is_single)


def test_what_is_derived_from_an_entry_adds_no_source() -> None:
    """A summary of two entries goes back to the sources of both."""
    first, second = chain("e1", "NOR"), chain("e2", "ISL")
    summary = chain("e3", "desk", derived=("e1", "e2"))

    assert ("ISL", "NOR") == support_of([summary], [first, second]).roots
    assert ("NOR",) == support_of([first, chain("e4", "desk", derived=("e1",))]).roots


def test_a_name_that_only_cites_another_leads_on_to_it() -> None:
    """B goes back to A, and C to B: all three are A."""
    support = support_of([
        chain("e1", "B", primary="A"), chain("e2", "C", primary="B"), chain("e3", "A"),
    ])  # fmt: skip

    assert (("A",), ()) == (support.roots, support.circles)


def test_a_name_with_something_to_say_of_its_own_stays_a_source() -> None:
    """B once cites A and once speaks at first hand."""
    support = support_of([chain("e1", "B", primary="A"), chain("e2", "B")])

    assert ("A", "B") == support.roots


def test_names_that_cite_one_another_are_one_source_and_a_circle() -> None:
    """A goes back to B, and B to A: nobody is left who knew."""
    support = support_of([chain("e1", "A", primary="B"), chain("e2", "B", primary="A")])

    assert (1, (("A", "B", "A"),)) == (support.independent, support.circles)


def test_a_reported_by_b_reported_by_a_is_a_circle() -> None:
    """The chain comes back to where it began."""
    assert (("A", "B", "A"),) == support_of([chain("e1", "A", "B", "A")]).circles
    assert (("A", "B", "A"),) == support_of([chain("e1", "x", "B", "A", primary="A")]).circles


def test_an_account_of_its_own_words_is_no_circle() -> None:
    """The blog tells what the USA did, and is its own primary source."""
    assert () == support_of([chain("e1", "USA", "blog", primary="blog")]).circles
    assert () == support_of([chain("e1", "blog", "blog", primary="blog")]).circles


def test_what_nobody_said_is_one_unknown_source() -> None:
    """Unattributed is a value, not an absence; beside who is named it may be the same source."""
    assert (UNATTRIBUTED,) == support_of([chain("e1", None), chain("e2", None)]).roots
    assert ("NOR",) == support_of([chain("e1", None), chain("e2", "NOR")]).roots


chains = st.lists(
    st.builds(
        Chain,
        st.sampled_from(["e1", "e2", "e3", "e4", "e5"]),
        NAMES,
        st.lists(NAMES, max_size=3).map(tuple),
        st.none() | NAMES,
        st.lists(st.sampled_from(["e1", "e2", "e3", "e4", "e5"]), max_size=2).map(tuple),
    ),
    max_size=5,
    unique_by=lambda each: each.event,
)


@given(chains)
def test_there_are_never_more_sources_than_roots_could_be(reports: list[Chain]) -> None:
    """Whatever cites whatever, in circles or not: it ends, and no source is made up."""
    support = support_of(reports)

    assert support.independent <= len({one.root for one in reports})
    assert bool(reports) == bool(support.roots)
    assert all(len(set(circle)) < len(circle) for circle in support.circles)


@given(chains, st.randoms())
def test_the_order_of_entries_does_not_matter(reports: list[Chain], random: object) -> None:
    """The same chains give the same sources."""
    mixed = list(reports)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert support_of(reports).roots == support_of(mixed).roots


@given(chains, chains)
def test_another_report_never_takes_a_source_away_unless_it_cites(
    reports: list[Chain], more: list[Chain]
) -> None:
    """First-hand reports only add."""
    plain = [Chain(f"x{n}", one.speaker) for n, one in enumerate(more)]
    roots = {one.speaker for one in plain}

    assert roots <= set(support_of([*reports, *plain]).roots)


def test_two_accounts_of_one_party_are_one_source() -> None:
    """A president and his press secretary are one; either alone keeps its name."""
    parties = {"trump": "USA", "white-house": "USA"}
    two = [Chain("e1", "trump", parties=parties), Chain("e2", "white-house", parties=parties)]

    assert ("USA",) == support_of(two).roots
    assert ("trump",) == support_of(two[:1]).roots
    assert ("UKR", "USA") == support_of([*two, chain("e3", "UKR")]).roots
