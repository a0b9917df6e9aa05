"""Tables fit their width and keep their words; the plain table is the laid out one, or declines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracker.terminal import tables
from tracker.terminal.tables import GAP, column_widths, plain_table
from tracker.terminal.wrapping import padded, wrapped

CELLS = st.text(st.sampled_from("ab -_[]\\\n:é世\u00a0"), max_size=12)


def laid_out(headers: list[str], rows: list[list[str]], width: int) -> str | None:
    """What `tracker.terminal.tables` makes of it, when no cell has to be wrapped."""
    room = column_widths([headers, *rows], width, [True] * len(headers))
    assert room is not None
    lines = []
    for row in (headers, *rows):
        cells = [wrapped(text, wide) for text, wide in zip(row, room, strict=True)]
        for n in range(max(map(len, cells))):
            parts = [cell[n] if n < len(cell) else "" for cell in cells]
            line = (" " * GAP).join(padded(p, w) for p, w in zip(parts, room, strict=True))
            lines.append(line.rstrip())
    lines.insert(1, "─" * (sum(room) + GAP * (len(room) - 1)))
    return "\n".join(lines) + "\n"


@given(
    headers=st.lists(st.sampled_from(["id", "state", "next change at"]), min_size=1, max_size=4),
    data=st.data(),
    width=st.integers(8, 90),
)
def test_what_is_drawn_is_what_would_be_laid_out(
    headers: list[str], data: st.DataObject, width: int
) -> None:
    """For any cells and any width: the fast way and the careful way print the same."""
    row = st.lists(CELLS, min_size=len(headers), max_size=len(headers))
    rows = data.draw(st.lists(row, max_size=4))
    table = plain_table(headers, rows, width)

    assert table is None or laid_out(headers, rows, width) == table


def test_a_table_that_fits_is_drawn() -> None:
    """It does not always decline."""
    assert "id  end\n───────\na   b\n    c\n" == plain_table(["id", "end"], [["a", "b\nc"]], 80)


def test_what_does_not_fit_is_left_to_the_layout() -> None:
    """Wrapping and wide letters are not its own."""
    assert [None, None] == [plain_table(["id"], [["a" * 9]], 8), plain_table(["id"], [["世"]], 8)]


@pytest.mark.parametrize("word", ["a" * 8_000, "é" * 8_000, "RoundHeld" * 900, "世" * 8_000])
def test_a_long_word_is_measured_a_few_times_and_no_more(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters measured to wrap a word in a column of 12 grow as the word does."""
    measured = []

    def counted(text: str) -> int:
        measured.append(len(text))
        return cell_len(text)

    monkeypatch.setattr(tables, "cell_len", counted)
    lines = tables.wrapped(word, 12)

    assert (word, True) == ("".join(lines), all(cell_len(line) <= 12 for line in lines))
    assert sum(measured) <= 8 * len(word)


TEXT = st.text(alphabet="ab _/,->2025Z漁業\n", max_size=60)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8), st.integers(24, 100))
def test_a_table_is_never_wider_than_its_room(rows: list[tuple[str, ...]], room: int) -> None:
    """Whatever stands in it: wide characters, words without a break, empty cells.

    It has no columns where the cells that stay whole and the words of the others are wider.
    """
    widths = column_widths(rows, room, (True, False, False))
    if widths is None:
        first = max(cell_len(line) for row in rows for line in row[0].split("\n"))
        words = [
            max((cell_len(word) for row in rows for word in row[n].split()), default=0)
            for n in (1, 2)
        ]
        assert first + GAP + sum(words) + GAP > room
        return
    assert room >= sum(widths) + GAP * 2
    for row in rows:
        for text, width in zip(row, widths, strict=True):
            lines = wrapped(text, max(width, 2))
            assert all(cell_len(line) <= max(width, 2) for line in lines)
            assert text.split() == " ".join(lines).split() or "".join(text.split()) == "".join(
                "".join(lines).split()
            )


def test_an_instant_is_not_broken() -> None:
    """A day and its hour stay on one line."""
    assert ("recorded", "2025-03-19 21:00Z", "later") == wrapped(
        "recorded 2025-03-19 21:00Z later", 18
    )


def test_a_word_of_the_status_model_stays_whole_while_there_is_room() -> None:
    """`terms_disputed` goes to the next line, and is broken in a column narrower than itself."""
    assert ("disputed,", "terms_disputed") == wrapped("disputed, terms_disputed", 16)
    assert ("disputed,", "terms_", "disputed") == wrapped("disputed, terms_disputed", 12)


def test_a_column_is_narrowed_between_words_before_one_is_broken() -> None:
    """The column of text gives way to `in_force`, until no column can."""
    cells = [["promise", "what", "state"], ["pay", "to pay 40 million dollars", "in_force"]]
    assert [7, 9, 8] == column_widths(cells, 33, (True, False, False))
    assert [7, 7, 5] == column_widths(cells, 24, (True, False, False))


def test_a_line_more_is_spent_where_it_makes_most_room() -> None:
    """A few lines of each text, and not two of the one beside seven of the other."""
    cod = ("cod", "NOR -> GBR, FRO: catch no more than its share of cod in a year", "2026-12-31",
           "1 of 3 periods met, 1 missed, 1 open")  # fmt: skip
    report = ("report", "NOR -> GBR, FRO: report its catches of each month", "2026-12-31",
              "1 of 27 periods met (1 late), 25 missed, 1 open")  # fmt: skip
    cells = [("promise", "what", "end", "done"), cod, report]
    widths = column_widths(cells, 60, (True, False, False, False))

    assert widths is not None
    heights = [
        max(len(wrapped(text, w)) for text, w in zip(row, widths, strict=True)) for row in cells
    ]
    assert [1, 4, 3] == heights


def test_a_number_is_not_broken_at_its_comma() -> None:
    """A list without spaces is."""
    assert ("to repay", "1,000", "dollars") == wrapped("to repay 1,000 dollars", 10)
    assert ("RUS,", "UKR") == wrapped("RUS,UKR", 6)


def test_an_id_is_never_broken() -> None:
    """In a column of ids, nor in a list of them; where it does not fit there are no columns."""
    cells = [["at", "promise", "because"], ["2025-03-17", "black-sea-talks", "ds-01, ds-bs24-002"]]
    assert [10, 15, 11] == column_widths(cells, 40, (False, True, False))
    assert ("ds-01,", "ds-bs24-002") == wrapped("ds-01, ds-bs24-002", 12)
    assert column_widths(cells, 36, (False, True, False)) is None


def test_a_name_in_a_list_is_not_broken_and_another_word_is() -> None:
    """`kremlin (RUS)` takes two lines, while the words beside it are broken where they must be."""
    cells = [["promise", "by", "state"], ["sw-rus", "kremlin (RUS)", "conditional"]]
    assert [7, 7, 6] == column_widths(cells, 24, (True, False, False), (False, True, False))


@pytest.mark.parametrize(
    "id_", ["sw-rus", "iaea-rotation-violations", "(RUS-01)", '"self-judging";', "--known-at"]
)
def test_a_word_with_a_hyphen_stays_whole(id_: str) -> None:
    """An id in running text may have no number, and punctuation beside it."""
    assert ("of", id_, "and", id_) == wrapped(f"of {id_} and {id_}", 6)
    assert column_widths([["text"], [f"of {id_}"]], len(id_) - 1, (False,)) is None


def test_the_end_of_an_address_is_broken() -> None:
    """It is longer than an id, and no table should fall apart for it."""
    slug = "why-the-talks-on-the-harbour-failed-again"
    assert all(len(line) <= 8 for line in wrapped(slug, 8))


def test_columns_go_below_others_before_a_word_is_broken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`expired` is read at once, `expire` with a `d` under it is not."""
    rows = [
        {"agreement": "rotation-truces-of-2024", "title": "Truces for the rotation of inspectors",
         "parties": "russian-government, russian-business", "stands": "expired", "promises": 12},
    ]  # fmt: skip
    tables.print_table(
        rows, ["agreement", "title", "parties", "stands", "promises"], 70,
        below={"parties": "title"},
    )  # fmt: skip
    drawn = capsys.readouterr().out.splitlines()

    assert ["agreement", "title", "stands", "promises"] == drawn[0].split()
    assert "expired" in drawn[2]
    assert "russian-government" in drawn[3] + drawn[4]


def test_the_name_of_a_zone_breaks_only_where_it_has_no_room() -> None:
    """At its `/` then; so do addresses, and words that are no zone."""
    ends = "end of Wed 16 Apr 2025 (Europe/Moscow), terms_disputed"

    assert ("end of Wed 16 Apr 2025", "(Europe/Moscow),", "terms_disputed") == wrapped(ends, 22)
    assert ("end of Wed", "16 Apr", "2025", "(Europe/", "Moscow),", "terms_", "disputed") == (
        wrapped(ends, 10)
    )
    assert ("RUS, UKR/", "TUR/UN") == wrapped("RUS, UKR/TUR/UN", 9)
    assert ("America/", "Argentina/", "Buenos_", "Aires") == wrapped(
        "America/Argentina/Buenos_Aires", 10
    )
