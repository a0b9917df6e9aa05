"""A graph in layers: what comes first on the left, circles closed by a way back, nothing hidden."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from web.drawing.layers import GAP_X, NODE_HEIGHT, NODE_WIDTH, back_edges, draw, lines_of


def texts(names: str) -> dict[str, str]:
    return {name: f"promise {name}" for name in names}


def test_what_comes_first_stands_on_the_left() -> None:
    """Each as near as can be to what it leads to."""
    drawing = draw(texts("abcd"), [("a", "b"), ("b", "c"), ("d", "c")])
    columns = {box.id: (box.x - 4) // (NODE_WIDTH + GAP_X) for box in drawing.boxes}

    assert {"a": 0, "b": 1, "c": 2, "d": 1} == columns


def test_a_circle_is_closed_by_a_way_back() -> None:
    """Each side waits for the other: one arrow leads back below the boxes."""
    drawing = draw(texts("ab"), [("a", "b"), ("b", "a")])

    assert {("b", "a")} == back_edges("ab", [("a", "b"), ("b", "a")])
    assert [False, True] == [arrow.is_back for arrow in drawing.arrows]


def test_what_waits_for_itself_is_drawn() -> None:
    """One box and one way back."""
    (box,), (arrow,) = (d := draw(texts("a"), [("a", "a")])).boxes, d.arrows

    assert ("a", True) == (box.id, arrow.is_back)


def test_nothing_is_drawn_of_nothing() -> None:
    """No box, no arrow, and no error."""
    assert ((), ()) == (draw({}, []).boxes, draw({}, []).arrows)


def test_a_text_takes_two_lines() -> None:
    """What does not fit ends in dots; what has no place to break is cut."""
    assert ("to keep the crossing open", "every day of the week and on …") == lines_of(
        "to keep the crossing open every day of the week and on all holidays"
    )
    assert ("x" * 30,) == lines_of("x" * 30)


NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES), max_size=16))
def test_boxes_never_overlap_and_arrows_lead_to_the_right(edges: list[tuple[str, str]]) -> None:
    """Whatever waits for whatever, and in however many circles."""
    drawing = draw(texts("abcdefgh"), edges)
    places = {box.id: (box.x, box.y) for box in drawing.boxes}
    columns: dict[int, list[int]] = {}
    for x, y in places.values():
        columns.setdefault(x, []).append(y)

    for rows in columns.values():
        rows.sort()
        assert all(lower - upper >= NODE_HEIGHT for upper, lower in pairwise(rows))
    forward = [arrow for arrow in drawing.arrows if not arrow.is_back]
    assert all(places[arrow.first][0] < places[arrow.then][0] for arrow in forward)
    assert {*edges} == {(arrow.first, arrow.then) for arrow in drawing.arrows}
    assert all(x + NODE_WIDTH <= drawing.width for x, _ in places.values())
