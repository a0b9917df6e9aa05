"""Languages: whole catalogues, a digest in German, and what happens where a catalogue has gone."""

from __future__ import annotations

import logging
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from msgspec import structs

from docs.catalogues import catalogue_files, compiled, read_catalogue, sentences
from notifications.digests.digest import Digest, ReaderNews, news_digest
from notifications.digests.items import Section
from notifications.digests.subjects import headline_of, matters_of
from notifications.digests.templating import rendered
from notifications.language import Language, language_of, languages
from notifications.prose.news import sentence
from tests.support.digests import DETAIL, HERE, alert, due
from tests.support.digests import rendered as message_of
from tests.unit.notifications.digests.test_templating import own

GERMAN = Language("de")
CATALOGUES = [pytest.param(read_catalogue(file), id=file.parts[-3]) for file in catalogue_files()]


def forms(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def places(text: str) -> set[str]:
    return {name.lower() for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_a_catalogue_has_every_sentence_with_the_same_values(catalogue: Catalog) -> None:
    """In each form of number; `make docs` brings in what is new, somebody has to translate it."""
    ids = {message.id for message in sentences() if message.id}
    there = {message.id: message.string for message in catalogue if message.id}
    without = [name for name, words in there.items() if not all(forms(words))]
    differing = [
        name
        for name, words in there.items()
        if any(places(form) not in map(places, forms(name)) for form in forms(words))
    ]

    assert ids == there.keys()
    assert [] == without
    assert [] == differing


@pytest.mark.parametrize("file", catalogue_files(), ids=lambda file: file.parts[-3])
def test_what_is_shipped_is_what_stands_in_the_catalogue(file: Path) -> None:
    assert compiled(read_catalogue(file)) == file.with_suffix(".mo").read_bytes()


def german() -> Digest:
    alerts = (
        alert("overdue", "c1"),
        alert("contested_end_began", "c2"),
        due("P1D", commitment="c3"),
        alert("stale", "c4"),
    )
    header = structs.replace(HERE, language=GERMAN)
    built = news_digest(
        ReaderNews(alerts), {a.commitment: DETAIL for a in alerts}, {"a": "Pakt"}, header
    )
    assert built is not None
    return built


def test_a_digest_in_german_is_german_in_both_parts() -> None:
    """Headings, countries, days, and what its links do; the page says in which language it is."""
    sent = message_of(german())
    phrases = (
        "Russland an Ukraine und Vereinigte Staaten: no strikes on energy",
        "am Ende des Tages",
        "Ihre erste Übersicht: So steht es um alles, was Sie verfolgen.",
        "Bald fällig",
        "Regel T6, Eintrag e1",
    )
    text, html = " ".join(sent.text.split()), " ".join(sent.html.split())

    assert "Pakt: überfällig seit gestern; 3 weitere Meldungen" == sent.subject
    assert [True] * len(phrases) == [words.casefold() in text.casefold() for words in phrases]
    assert [True] * len(phrases) == [words in html for words in phrases]
    assert '<html lang="de"' in sent.html


def test_days_and_times_are_written_as_in_german() -> None:
    today = date(2025, 3, 1)

    assert "Mi 19. März" == GERMAN.day(date(2025, 3, 19), today)
    assert "Do 1. Januar 2026" == GERMAN.day(date(2026, 1, 1), today)
    assert ("Moskau", "Kyiv") == (GERMAN.city("Europe/Moscow"), Language().city("Europe/Kyiv"))
    assert "Polen oder Ukraine" == GERMAN.one_of(["Polen", "Ukraine"])


def test_no_english_is_left_in_a_german_digest() -> None:
    """But for what people wrote: promises, titles and ids. `was` is German, too."""
    text = message_of(german()).text.replace("no strikes on energy", "")

    assert [] == re.findall(r"\b(?:the|and|of|it|were|has|to|is|by|due)\b", text)


def test_a_language_whose_catalogue_has_gone_is_english_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The subscription goes on: a reader is not left without mail for it."""
    with caplog.at_level(logging.WARNING):
        written_in = [language_of("tlh", 12) for _ in range(3)]

    assert [Language("en", 12)] * 3 == written_in
    assert ["no catalogue of 'tlh' any more: its readers are written to in English"] == [
        record.getMessage() for record in caplog.records
    ]
    assert ("de", "en") == languages()


def test_a_sentence_of_a_template_of_ones_own_sees_texts_alone(tmp_path: Path) -> None:
    """A format cannot reach from a value into the program."""
    folder = own(tmp_path, "digest.txt.j2", '{{ "{x.__class__.__name__}" | translated(x=digest) }}')

    assert "str" == rendered("digest.txt.j2", {"digest": german()}, folder)


@pytest.mark.parametrize(
    ("after", "english", "german_words"),
    [
        ("100 of 175 reported", "100 of 175 reported", "100 von 175 gemeldet"),
        ("partial", "partial", "teilweise"),
        ("full reported", "full reported", "vollständig gemeldet"),
        ("12", "12", "12"),
    ],
)
def test_how_much_was_delivered_is_said_in_each_language(
    after: str, english: str, german_words: str
) -> None:
    news = structs.replace(alert("performance", "c1"), axis="performance", after=after)
    readers = [structs.replace(HERE.reader, language=each) for each in (Language(), GERMAN)]

    assert [f"Delivered so far: {english}.", f"Bisher erbracht: {german_words}."] == [
        sentence(news, {}, reader) for reader in readers
    ]


def test_what_happened_is_whole_before_a_long_title_is() -> None:
    """Whoever follows an agreement knows it by its first words."""
    item = structs.replace(
        german().sections[0].items[0],
        title="Local truces for the rotation of inspectors of the agency",
        short="breach alleged by the power plant, operating team",
    )
    others = structs.replace(item, short="overdue since yesterday")

    assert [
        "Local truces for the rotation of ...: breach alleged by the power plant, operating team",
        "Local truces for the rotation of inspectors of the agency: overdue since yesterday",
    ] == matters_of([Section("", (item, others), 0)])


def test_a_long_matter_leaves_room_for_how_many_there_are() -> None:
    """A subject that is cut would lose the count, which stands at its end."""
    item = german().sections[0].items[0]
    others = (structs.replace(item, short=f"Fund {n}") for n in range(2))
    items = (structs.replace(item, short="Verstoß behauptet (" + "sehr lang " * 12), *others)

    assert headline_of(
        [Section("", items, 0)], structs.replace(HERE.reader, language=GERMAN)
    ).endswith(" ...; 2 weitere Meldungen")


def test_a_city_has_no_marks_of_where_it_may_be_broken() -> None:
    """The list of names has them for who sets type; a mail would show them."""
    assert "Reykjavík" == Language("de").city("Atlantic/Reykjavik")
