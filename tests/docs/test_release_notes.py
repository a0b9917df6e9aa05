"""CHANGELOG.md gives each release notes that can be read: what is best first, then by kind."""

from __future__ import annotations

import re
import tomllib

from releases.__main__ import notes_of
from tests.support.dataset import ROOT

KINDS = ["Highlights", "Changed", "Added", "Fixed", "Removed"]
LONGEST_HIGHLIGHTS = 12
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_notes_of_this_version_lead_with_what_is_best() -> None:
    """A dozen lines of highlights, then each kind of change once, in the order of the format."""
    notes = notes_of(VERSION, (ROOT / "CHANGELOG.md").read_text())
    _intro, *parts = re.split(r"^### ", notes, flags=re.MULTILINE)
    kinds = [part.partition("\n")[0] for part in parts]
    highlights = parts[0].strip().splitlines()[1:]

    assert [kind for kind in KINDS if kind in kinds] == kinds
    assert "Highlights" == kinds[0]
    assert len(highlights) <= LONGEST_HIGHLIGHTS
