"""Texts that wait on disk come back by their places, and a full disk is told."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.any_text import ANY_TEXT
from tracker import spool
from tracker.errors import NoRoom
from tracker.spool import Spool, on_disk, sorted_on_disk


@pytest.fixture(autouse=True)
def memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 64)


def test_a_text_is_found_by_its_place() -> None:
    """Whether it is still in memory or on disk, and in whatever order texts come and go."""
    texts = [b"a", b"", b"b" * 50, b"c" * 100, b"d"]
    waiting, places = Spool(), []
    for text in texts:
        places.append(waiting.put(text))
        assert texts[0] == waiting.get(places[0])
    assert texts[::-1] == [waiting.get(place) for place in reversed(places)]


ROWS = st.lists(st.tuples(st.integers(0, 9), ANY_TEXT), max_size=40)


@given(rows=ROWS, at_once=st.integers(1, 9))
def test_documents_are_sorted_on_disk_as_in_memory(
    rows: list[tuple[int, str]], at_once: int
) -> None:
    """In runs of any length; those that count the same stay in the order in which they came."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "SORTED_AT_ONCE", at_once)
        waiting = sorted_on_disk(map(list, rows), key=itemgetter(0))

    assert [list(row) for row in sorted(rows, key=itemgetter(0))] == list(waiting)


def test_several_threads_read_what_waits_on_disk() -> None:
    """Each finds what it asks for, whoever moves about in the file meanwhile."""
    documents = on_disk(range(300))
    with ThreadPoolExecutor(4) as threads:
        copies = list(threads.map(lambda _: list(documents), range(8)))

    assert [list(range(300))] * 8 == copies


@pytest.mark.parametrize(
    ("purpose", "words"),
    [(spool.IMPORT, "nothing was recorded"), (spool.ANSWER, "nothing was answered")],
)
def test_what_was_under_way_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: spool.Purpose, words: str
) -> None:
    """An answer that finds no room speaks of no import."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(NoRoom, match=f"gone: No such file or directory; {words}") as error:
        Spool(purpose).put(b"e" * 100)

    assert ("import" in error.value.hint) == (purpose is spool.IMPORT)
