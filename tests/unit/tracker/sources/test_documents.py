"""A document and what cites it: every line stands one way, and every wrong quote is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import RecordedEvent, parse_instant
from tests.support.any_text import ANY_TEXT
from tracker.entries.decoding import full_type
from tracker.errors import TrackerError
from tracker.sources.citations import Citation, Lines, citations_in, read_lines, short_citation
from tracker.sources.coverage import coverage_of
from tracker.sources.editions import SourceDocument, document_in
from tracker.sources.findings import check_document, differences, has_quote
from tracker.sources.text import BLANK, SourceText, line_hash, normal_form, ranges, read_text

TEXT = """Oslo, Monday
The ministry said: “We keep the harbour open — until 1 May.”

A fisherman bought a boat.
Iceland’s envoy called it “a good start”.
"""
START = parse_instant("2026-02-03T09:00:00Z")
SHORT_LINES = st.lists(st.sampled_from(["", "one", "two two", "three", "four", "five"]), max_size=8)


def text_of(content: str) -> SourceText:
    return read_text(content.encode(), "blog.txt")


def event(number: int, name: str, data: dict[str, Any], stream: str = "source/blog") -> Any:
    at = START + timedelta(minutes=number)
    return RecordedEvent(number, stream, number, f"e{number}", full_type(name), "desk", at, data)


def registered(number: int, text: SourceText, **more: Any) -> RecordedEvent:
    hashes = {"sha256": text.sha256, "line_hashes": "".join(text.hashes)}
    data = {"document": "blog", "title": "Live blog", **hashes, **more}
    return event(number, "SourceRegistered", data)  # type: ignore[no-any-return]


def read(number: int, first: int, last: int, reason: str = "no promise") -> RecordedEvent:
    data = {"document": "blog", "line": first, "last_line": last, "reason": reason}
    return event(number, "SourceLineRead", data)  # type: ignore[no-any-return]


def made(*events: RecordedEvent) -> SourceDocument:
    document = document_in(events)
    assert document is not None
    return document


def citation(number: int, lines: Lines | None, quote: str | None = None) -> Citation:
    order = (START + timedelta(minutes=number), number)
    return Citation(f"e{number}", number, "FactClaimed", order, lines, quote)


def test_quotation_marks_dashes_and_spaces_make_no_difference() -> None:
    """What an editor or a browser changes on the way is not compared; words and capitals are."""
    same = ["“a—b”…  c", '"a-b"... c', "\u201ea\u2013b\u201d...\u00a0c\u200b", "«a‑b»… c\t"]

    assert {'"a-b"... c'} == set(map(normal_form, same))
    assert 1 == len(set(map(line_hash, same)))
    assert line_hash("Oslo") != line_hash("oslo")


@given(ANY_TEXT)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal_form(text) == normal_form(normal_form(text))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(end: str) -> None:
    """Whatever ends them, with or without a last end, and after a byte order mark."""
    lines = ("one", "", "three\u2028here")
    assert lines == read_text(end.join(lines).encode("utf-8-sig"), "f").lines
    assert lines == read_text((end.join(lines) + end).encode(), "f").lines


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no words"), (b" \n\n", "no words"), (b"caf\xe9", "UTF-8"), (b"a\n" * 50_001, "50,001"),
     (b"a" * ((16 << 20) + 1), "16,777,217 bytes")],
    ids=["empty", "blank", "latin-1", "lines", "bytes"],
)  # fmt: skip
def test_what_is_no_text_or_too_long_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(TrackerError, match=words):
        read_text(content, "f")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("blog:53", ("blog", Lines(53, 53))), ("blog:53-55", ("blog", Lines(53, 55))),
     ("a:b:5", ("a:b", Lines(5, 5))), ("https://news.example/x", None), ("blog", None),
     ("blog:", None)],
)  # fmt: skip
def test_the_short_form_names_a_document_and_lines(text: str, meant: object) -> None:
    assert meant == short_citation(text)


@pytest.mark.parametrize("text", ["", "x", "0", "5-3", "1-2-3"])
def test_what_names_no_lines_is_refused(text: str) -> None:
    with pytest.raises(TrackerError):
        read_lines(text)


@given(
    SHORT_LINES.filter(any),
    st.lists(st.tuples(st.integers(-1, 9), st.integers(0, 4))),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4))),
)
def test_every_line_stands_one_way(
    lines: list[str], cited: list[tuple[int, int]], passed: list[tuple[int, int]]
) -> None:
    """Cited, else read, else blank or open; whatever lines a log of another writer names."""
    text = text_of("\n".join(lines))
    marks = [read(n, a, a + more) for n, (a, more) in enumerate(passed, start=2)]
    document = made(registered(1, text), *marks)
    citations = [citation(n, Lines(a, a + more)) for n, (a, more) in enumerate(cited, start=20)]

    covered = coverage_of(document, citations)

    assert list(range(1, len(text.lines) + 1)) == [each.line for each in covered]
    for each in covered:
        is_cited = any(a <= each.line <= a + more for a, more in cited)
        is_read = any(a <= each.line <= a + more for a, more in passed)
        otherwise = "open" if text.lines[each.line - 1] else "blank"
        assert ("entries" if is_cited else "read" if is_read else otherwise) == each.standing
        assert is_cited == bool(each.entries)
        assert is_read == bool(each.read)


@given(SHORT_LINES.filter(any), SHORT_LINES.filter(any), st.integers(1, 8))
def test_what_reads_as_before_keeps_its_entry_in_a_new_edition(
    before: list[str], after: list[str], line: int
) -> None:
    """Wherever the line is now; one that is gone or reads otherwise is open, and is found."""
    old, new = text_of("\n".join(before)), text_of("\n".join(after))
    line = min(line, len(old.lines))
    document = made(registered(1, old), registered(3, new))
    cited = citation(2, Lines(line, line))

    places = [each.line for each in coverage_of(document, [cited]) if each.entries]
    wrong = [each["kind"] for each in check_document(document, new, [cited], "f")]

    words = old.lines[line - 1]
    assert all(new.lines[place - 1] == words for place in places)
    nth = old.lines[:line].count(words)
    assert bool(places) == (nth <= new.lines.count(words)) == (not wrong)
    assert wrong in ([], ["line"])


@given(st.data())
def test_each_planted_wrong_quote_is_found(data: st.DataObject) -> None:
    """And no right one, however it was typed."""
    text = text_of(TEXT)
    document = made(registered(1, text))
    planted, citations = set(), []
    for number in range(2, data.draw(st.integers(3, 12))):
        line = data.draw(st.sampled_from([1, 2, 4, 5]))
        words = text.lines[line - 1].split()
        first = data.draw(st.integers(0, len(words) - 1))
        quote = " ".join(words[first : data.draw(st.integers(first + 1, len(words)))])
        quote = data.draw(st.sampled_from([quote, normal_form(quote), f"  {quote}\u00a0"]))
        if data.draw(st.booleans()):
            planted.add(f"e{number}")
            quote = f"{quote} nowhere"
        citations.append(citation(number, Lines(line, line), quote))

    report = check_document(document, text, citations, "blog.txt")

    assert planted == {each["entry"] for each in report}
    assert {"quote"} >= {each["kind"] for each in report}


@pytest.mark.parametrize(
    ("lines", "quote", "words"),
    [
        (Lines(2, 2), "keep the harbour open - until 1 May", None),
        (Lines(1, 2), "Monday The ministry", None),
        (Lines(2, 2), "We keep ... until 1 May", None),
        (Lines(2, 2), "until 1 May [...] We keep", "it is in no line"),
        (Lines(4, 4), "a good start", "it is in line 5"),
        (Lines(4, 5), "We keep", "not in lines 4-5; it is in line 2"),
        (None, "a good start", None),
        (None, "a bad start", "not in text; it is in no line"),
        (Lines(7, 7), "x", "has lines 1 to 5; the entry cites 7"),
    ],
)
def test_a_quote_is_looked_for_in_its_lines(
    lines: Lines | None, quote: str, words: str | None
) -> None:
    """One that stands elsewhere is told where, with the correction that says so."""
    text = text_of(TEXT)
    report = check_document(made(registered(1, text)), text, [citation(2, lines, quote)], "f")

    assert (words is not None) == bool(report)
    assert words is None or words in report[0]["text"]
    if report and report[0]["found_in"]:
        assert f"e2 source.line={report[0]['found_in'][0]}" in report[0]["hint"]


def test_a_file_that_differs_is_told_by_its_lines() -> None:
    """Lines that changed, went, came and moved; an older edition is called by its number."""
    before = text_of("one\ntwo\nthree\n")
    document = made(registered(1, before), registered(2, text_of(TEXT)))
    (older,) = check_document(document, before, [], "old.txt")
    (spaces,) = check_document(document, text_of(TEXT.replace(" ", "  ")), [], "f")

    def changes_to(now: str) -> str:
        return differences(before.hashes, text_of(now).hashes)

    assert "line 2 changed" == changes_to("one\nzwei\nthree")
    assert "line 1 gone, lines 2-3 moved to 1-2" == changes_to("two\nthree")
    assert "line 1 new, lines 1-3 moved to 2-4" == changes_to("nought\none\ntwo\nthree")
    assert "is edition 1 of blog; 2 are on record" in older["text"]
    assert "every line reads the same" in spaces["text"]


def test_quotes_are_checked_against_the_file_at_hand_where_its_lines_moved() -> None:
    """A line above the others is no reason to call every quote wrong."""
    text = text_of(TEXT)
    report = check_document(
        made(registered(1, text)), text_of(f"News\n{TEXT}"),
        [citation(2, Lines(4, 4), "bought a boat"), citation(3, Lines(4, 4), "sold")], "f",
    )  # fmt: skip

    assert [None, "e3"] == [each["entry"] for each in report]


def test_an_entry_cites_as_it_now_reads() -> None:
    """Retracted it does not; corrected it cites lines of the edition when it was corrected."""
    source = {"document": "blog", "line": 2}
    stream = "harbour-accord"
    says = event(
        2, "FactClaimed", {"text": "x", "source": source, "occurred": "2026-02-03"}, stream
    )
    bare = event(3, "FactClaimed", {"text": "x", "source": {"line": 1}}, stream)
    moved = {"event": "e2", "replacement": {"source": {**source, "line": 4, "last_line": 5}}}
    corrected = event(9, "EntryCorrected", moved, stream)
    retracted = event(10, "EntryRetracted", {"event": "e2"}, stream)

    def cited(*events: RecordedEvent, by: tuple[str, ...] = ()) -> list[tuple[str, str, int]]:
        return [(c.entry, str(c.lines), c.order[1]) for c in citations_in(events, "blog", by)]

    assert [("e2", "2", 2)] == cited(says, bare)
    assert [("e2", "2", 2), ("e3", "1", 3)] == cited(says, bare, by=("desk",))
    assert [("e2", "4-5", 9)] == cited(says, corrected)
    assert [] == cited(says, corrected, retracted)


def test_a_mark_that_is_retracted_leaves_its_line_open() -> None:
    document = made(
        registered(1, text_of(TEXT)), read(2, 1, 4), read(3, 4, 4, "a boat"),
        event(4, "EntryRetracted", {"event": "e2"}),
    )  # fmt: skip
    standing = {each.line: each.standing for each in coverage_of(document, [])}

    assert {1: "open", 2: "open", 3: "blank", 4: "read", 5: "open"} == standing


def test_the_newest_registration_says_what_a_document_is_called() -> None:
    """The same file with another title is no new edition; an unreadable one registers none."""
    text = text_of(TEXT)
    broken = event(3, "SourceRegistered", {"document": "blog", "title": 5})
    document = made(registered(1, text), registered(2, text, title="Morning blog"), broken)

    assert ("Morning blog", 1, 5) == (
        document.about.title, len(document.editions), document.line_count,
    )  # fmt: skip
    assert document_in([broken]) is None
    assert BLANK == document.newest.hashes[2]


def test_numbers_of_lines_are_told_in_few_words() -> None:
    assert "1-3, 5, 7-8" == ranges([1, 2, 3, 5, 7, 8])
    assert has_quote(normal_form("a … b"), "a ... b")
