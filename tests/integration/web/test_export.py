"""The board as files: complete, linked among themselves, all or nothing."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from msgspec.structs import replace

from events import EventStore, NewEvent
from events.errors import StoreUnavailable
from events.files import exchange, remove_folder
from tests.support.dataset import EVENING
from tests.support.html import elements
from tests.support.served import project, record, serving
from web.api.documents import DOCUMENTS, File
from web.errors import SiteNotWritten
from web.export import MARK, export
from web.model.query import ROWS_A_PAGE
from web.model.reader import Reader
from web.pages import index
from web.pages.agreement_pages import explain_page
from web.pages.render import Page
from web.settings import Site


def site(database: str) -> Site:
    return Site(db=database, clock=lambda: EVENING)


def files_of(directory: Path) -> set[Path]:
    """The files of a site, but for its mark."""
    return {path.relative_to(directory) for path in directory.rglob("[!.]*") if path.is_file()}


def dead_links(directory: Path) -> list[tuple[str, str]]:
    """The links of a site that lead to no file, each with the page that it is on."""
    dead = []
    for page in directory.rglob("*.html"):
        read = elements(page.read_text(encoding="utf-8"))
        hrefs = [href for _, attributes in read if (href := attributes.get("href"))]
        local = [urldefrag(h)[0] for h in hrefs if "://" not in h and not h.startswith("#")]
        # The page for what is not there stands at any address, so it links from the root.
        bases = ((h, directory if h.startswith("/") else page.parent) for h in local)
        files = ((h, base / unquote(h.lstrip("/"))) for h, base in bases)
        dead += [(page.name, h) for h, file in files if not file.is_file()]
    return dead


def accord(database: str, *names: str, **agreement: Any) -> None:
    """Agreements of these names, each with a commitment of the same name and `-c`."""
    for name in names:
        record(database, name, "AgreementRecorded", at="2025-03-18T20:00:00Z", agreement=name,
               title=f"Title of {name}", occurred="2025-03-18", **agreement)  # fmt: skip
        data = {"commitment": f"{name}-c", "kind": "achievement", "debtor": ["NOR"],
                "creditor": ["ISL"], "promise": "to talk", "terms": {"due": "2025-03-30"},
                "occurred": "2025-03-18"}  # fmt: skip
        record(database, name, "CommitmentAccepted", at="2025-03-18T20:00:00Z", **data)


@pytest.fixture(scope="module")
def small_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One agreement with one promise, to be read: its site has every kind of file."""
    database = str(tmp_path_factory.mktemp("small") / "pactwatch.db")
    accord(database, "a")
    project(database)
    return database


@pytest.fixture(scope="module")
def small_site(small_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site, to be read or copied."""
    folder = tmp_path_factory.mktemp("small") / "site"
    export(site(small_database), folder)
    return folder


def test_every_link_between_files_leads_somewhere(shipped_site: Path) -> None:
    """No page points at what was not written; every page is whole."""
    assert [] == dead_links(shipped_site)


@pytest.mark.parametrize(("base_url", "root"), [
    ("http://localhost:8000/", "/"), ("https://pacts.example.org/board/", "/board/"),
])  # fmt: skip
def test_a_page_for_what_is_not_there_works_at_any_address(
    small_database: str, tmp_path: Path, base_url: str, root: str
) -> None:
    """Styled and with a way back, below the path at which the site is published."""
    export(replace(site(small_database), base_url=base_url), tmp_path / "site")
    page = (tmp_path / "site" / "404.html").read_text(encoding="utf-8")

    assert "There is no page at this address." in page
    assert f'href="{root}static/style.css"' in page
    assert f'<a href="{root}index.html">Back to the board</a>' in page


def test_a_dated_archive_is_of_its_instant(small_database: str, tmp_path: Path) -> None:
    """The promise is overdue in it, whatever is so now."""
    export(site(small_database), tmp_path / "site", as_of="2025-04-02")

    assert "1 overdue or lapsed" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_a_clock_that_is_given_before_the_last_record_is_an_archive_of_then(
    projected: str, tmp_path: Path
) -> None:
    """Its rows tell of what came later; no page is missing, and each says of when it is."""
    then = EVENING - timedelta(days=7)
    earlier = Site(db=projected, clock=lambda: then, clock_is_given=True)
    written = export(earlier, tmp_path / "site")

    assert () == written.failed
    assert [] == dead_links(tmp_path / "site")
    assert "Not now" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_an_earlier_build_is_replaced_as_a_whole(
    small_site: Path, small_database: str, tmp_path: Path
) -> None:
    """What is no longer part of the site is gone."""
    shutil.copytree(small_site, tmp_path / "site")
    (tmp_path / "site" / "left.html").write_text("old", encoding="utf-8")
    export(site(small_database), tmp_path / "site")

    assert not (tmp_path / "site" / "left.html").exists()
    assert ["site"] == [path.name for path in tmp_path.iterdir()]


def test_a_removed_folder_takes_nothing_along_that_it_links_to(tmp_path: Path) -> None:
    """Its files and its mark go; what a link in it points at stays."""
    folder, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    (folder / "api").mkdir(parents=True)
    elsewhere.mkdir()
    (folder / MARK).touch()
    (folder / "link").symlink_to(elsewhere)
    remove_folder(folder, MARK)

    assert (False, True) == (folder.exists(), elsewhere.exists())


def test_two_folders_are_swapped_in_one_step(tmp_path: Path) -> None:
    """Where the system can; what is not there is no swap."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    is_swapped = exchange(tmp_path / "one", tmp_path / "other")

    assert is_swapped == (tmp_path / "one" / "other").exists()
    assert not exchange(tmp_path / "one", tmp_path / "none")


def test_other_peoples_files_are_not_replaced(projected: str, tmp_path: Path) -> None:
    """A slip of the hand costs nothing."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("work", encoding="utf-8")

    with pytest.raises(SiteNotWritten, match="not of an earlier build"):
        export(site(projected), tmp_path / "thesis")
    assert "work" == (tmp_path / "thesis" / "chapter.txt").read_text(encoding="utf-8")


NAMES = ("ok", "ok.html", "ok.HTML", "ok.json", "ok.ics", "x", "x-2", "deal-" + "é" * 100)


def test_no_name_takes_the_file_of_another(database: str, tmp_path: Path) -> None:
    """Whatever an agreement is called: like a page, like its second page, or at great length."""
    accord(database, *NAMES)
    statement = {"commitment": "x-c", "occurred": "2025-03-18"}
    notes = ({**statement, "text": f"note {number}"} for number in range(ROWS_A_PAGE))
    with EventStore.open(database) as store:
        type_, at = "pactwatch.PositionStated.v1", EVENING - timedelta(hours=1)
        store.append("x", [NewEvent(type_, note, recorded_at=at) for note in notes])
    project(database)
    written = export(site(database), tmp_path / "site")

    pages = [path.read_text("utf-8") for path in (tmp_path / "site" / "agreements").glob("*.html")]
    titles = [text.partition("<h1>")[2].partition("</h1>")[0] for text in pages]
    assert sorted([*(f"Title of {name}" for name in NAMES), "Title of x"]) == sorted(titles)
    assert written.files == len(files_of(tmp_path / "site"))
    assert [] == dead_links(tmp_path / "site")


@pytest.mark.parametrize("projects", [True, False])
def test_a_promise_whose_retraction_is_hidden_has_its_page(
    database: str, tmp_path: Path, *, projects: bool
) -> None:
    """The tables, made of everything, do not have it any more; below the ceiling it is promised."""
    accord(database, "a")
    with EventStore.open(database) as store:
        promise = list(store.read_stream("a"))[1]
    record(database, "a", "EntryRetracted", at="2025-03-18T20:10:00Z", event=promise.id,
           reason="in confidence", tlp="AMBER", occurred="2025-03-18")  # fmt: skip
    if projects:
        project(database)
    written = export(site(database), tmp_path / "site")
    with serving(database) as board:
        served = [board.ask(path).status for path in ("/commitments/a-c", "/api/explain/a-c")]
        hidden = board.ask("/commitments/a-c").text

    assert ((), [200, 200]) == (written.failed, served)
    assert "to talk" in (tmp_path / "site" / "commitments" / "a-c.html").read_text("utf-8")
    assert "in confidence" not in hidden
    assert [] == dead_links(tmp_path / "site")


def test_links_to_what_is_not_shown_say_so(database: str, tmp_path: Path) -> None:
    """A promise that was retracted, an event recorded later: an error page."""
    record(database, "b", "AgreementRecorded", at="2025-03-18T20:00:00Z", agreement="b",
           title="B", occurred="2025-03-18", tlp="AMBER")  # fmt: skip
    accord(database, "a", predecessor="b")
    with EventStore.open(database) as store:
        promise = list(store.read_stream("a"))[1]
    for at, reason in (("20:10", "a mistake"), ("21:00", "told later")):
        record(database, "a", "EntryRetracted", at=f"2025-03-18T{at}:00Z", event=promise.id,
               reason=reason, occurred="2025-03-18")  # fmt: skip
    project(database)
    written = export(site(database), tmp_path / "site", known_at="2025-03-18T20:30:00Z")

    texts = {path.name: path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert () == written.failed
    assert [] == dead_links(tmp_path / "site")
    assert "There is no agreement" in texts["b.html"]
    assert "was retracted" in texts["a-c.html"]
    assert "was not on record then" in texts["4.html"]
    assert "5.html" not in texts
    assert not any("told later" in text for text in texts.values())


def test_a_page_that_fails_is_one_error_page(
    small_site: Path, small_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so and is named at the end; every other file is there, and every link is good."""

    def failing(reader: Reader, name: str) -> Page:
        if name == "a-c":
            raise KeyError("secret place")
        return explain_page(reader, name)

    monkeypatch.setitem(index.PAGES, "explain", failing)
    written = export(site(small_database), tmp_path / "site")

    page = (tmp_path / "site" / "commitments" / "a-c" / "explain.html").read_text("utf-8")
    assert files_of(small_site) == files_of(tmp_path / "site")
    assert written.files == len(files_of(tmp_path / "site"))
    assert ["commitments/a-c/explain.html"] == [each.file for each in written.failed]
    assert "This page could not be made (KeyError)." in page
    assert "secret place" not in page
    assert [] == dead_links(tmp_path / "site")


def test_a_document_that_fails_is_no_empty_calendar(
    small_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever subscribes keeps what was there before; a program gets an error in JSON."""

    def failing(*_: object) -> File:
        raise TypeError

    for name in ("calendar", "api_deadlines"):
        monkeypatch.setitem(DOCUMENTS, name, failing)
    written = export(site(small_database), tmp_path / "site")

    assert ["deadlines.ics", "api/deadlines.json"] == [each.file for each in written.failed]
    assert "VCALENDAR" not in (tmp_path / "site" / "deadlines.ics").read_text("utf-8")
    answer = json.loads((tmp_path / "site" / "api" / "deadlines.json").read_text("utf-8"))
    assert "This page could not be made (TypeError)." == answer["error"]


def test_a_database_that_does_not_answer_leaves_the_earlier_site(
    small_site: Path, small_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site of nothing but error pages would help nobody."""

    def failing(*_: object) -> Page:
        raise StoreUnavailable("the disk is gone")

    shutil.copytree(small_site, tmp_path / "site")
    monkeypatch.setitem(index.PAGES, "about", failing)

    with pytest.raises(StoreUnavailable):
        export(site(small_database), tmp_path / "site")
    assert "How to read this" in (tmp_path / "site" / "about.html").read_text("utf-8")
