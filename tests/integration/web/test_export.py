"""The board as files: complete, linked among themselves, all or nothing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag

import html5lib
import pytest

from tests.support.dataset import EVENING
from web.errors import SiteNotWritten
from web.export import export
from web.settings import Site


def site(database: str) -> Site:
    return Site(db=database, clock=lambda: EVENING)


def test_every_link_between_files_leads_somewhere(projected: str, tmp_path: Path) -> None:
    """No page points at what was not written; every page is whole."""
    export(site(projected), tmp_path / "site")
    broken = []
    for page in (tmp_path / "site").rglob("*.html"):
        tree = html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False)
        hrefs = [e.get("href", "") for e in tree.iter() if isinstance(e.tag, str) and e.get("href")]
        local = [urldefrag(h)[0] for h in hrefs if "://" not in h and not h.startswith("#")]
        broken += [(page.name, h) for h in local if not (page.parent / unquote(h)).is_file()]

    assert [] == broken


def test_a_dated_archive_is_of_its_instant(projected: str, tmp_path: Path) -> None:
    """The swap is overdue in it, whatever is so now."""
    export(site(projected), tmp_path / "site", as_of="2025-03-20")

    assert "2 overdue or lapsed" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_an_earlier_build_is_replaced_as_a_whole(projected: str, tmp_path: Path) -> None:
    """What is no longer part of the site is gone."""
    export(site(projected), tmp_path / "site")
    (tmp_path / "site" / "left.html").write_text("old", encoding="utf-8")
    export(site(projected), tmp_path / "site")

    assert not (tmp_path / "site" / "left.html").exists()
    assert ["site"] == [p.name for p in tmp_path.iterdir() if "db" not in p.name]


def test_other_peoples_files_are_not_replaced(projected: str, tmp_path: Path) -> None:
    """A slip of the hand costs nothing."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("work", encoding="utf-8")

    with pytest.raises(SiteNotWritten, match="not of an earlier build"):
        export(site(projected), tmp_path / "thesis")
    assert "work" == (tmp_path / "thesis" / "chapter.txt").read_text(encoding="utf-8")
