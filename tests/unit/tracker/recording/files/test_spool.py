"""Texts that wait on disk come back by their places, and a full disk is told."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tracker.errors import TrackerError
from tracker.recording.files import spool
from tracker.recording.files.spool import Spool


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


def test_a_folder_that_takes_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(TrackerError, match="gone: No such file or directory; nothing was") as error:
        Spool().put(b"e" * 100)
    assert "set TMPDIR to one with more room" in str(error.value.hint)
