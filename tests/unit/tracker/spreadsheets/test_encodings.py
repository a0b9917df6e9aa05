"""A text that was read in the wrong encoding is told by its letters; one that looks odd is not."""

from __future__ import annotations

import pytest

from tracker.spreadsheets.encodings import doubt_of
from tracker.spreadsheets.files import read_sheet
from tracker.spreadsheets.sheet import SheetRefused

NAMES = ["Müller", "Zürich – “quoted”", "Владимир Путин", "中国外交部", "السلام عليكم", "Erdoğan"]
REAL = [
    *NAMES, "CAFÉ™ by Zoë", "„Ä“", "São Paulo, NÃO", "Þórður", "Øystein ÆØÅ", "L’Hôpital", "10 m³",
    "½ of 10 °C", "x³y", "Nestlé® S.A.", "ŁÓDŹ", "«été»", "CAFÉ »", "1 000 €", "¿Qué?", "🙂",
    "no accent",
]  # fmt: skip


@pytest.mark.parametrize("text", REAL)
@pytest.mark.parametrize("encoding", [None, "utf-8", "cp1252"])
def test_a_real_text_is_not_doubted(text: str, encoding: str | None) -> None:
    """Brands, quotations, superscripts and every script."""
    assert doubt_of(text, encoding) is None


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("encoding", ["latin-1", "cp850", "cp437", "mac_roman"])
def test_utf8_under_another_name_is_told_with_what_it_is(text: str, encoding: str) -> None:
    """The file needs no option."""
    doubt = doubt_of(text.encode().decode(encoding), encoding)

    assert doubt is not None
    assert (True, "leave --encoding out") == (f"and as UTF-8 {text!r}" in doubt.words, doubt.hint)


@pytest.mark.parametrize("text", [*NAMES[:1], "Zürich", "Jürgen Ångström"])
@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman", "cp1251"])
def test_cp1252_under_another_name_is_told_with_its_name(text: str, encoding: str) -> None:
    """A sign within a word, or letters of two scripts."""
    doubt = doubt_of(text.encode("cp1252").decode(encoding), encoding)

    assert doubt is not None
    assert (True, "--encoding cp1252") == (repr(text) in doubt.words, doubt.hint)


def test_quotation_marks_of_cp1252_are_no_control_characters() -> None:
    doubt = doubt_of("“so”".encode("cp1252").decode("latin-1"), "latin-1")

    assert doubt is not None
    assert "--encoding cp1252" == doubt.hint


def test_cyrillic_read_as_western_is_told_with_its_name() -> None:
    doubt = doubt_of("Владимир".encode("cp1251").decode("cp1252"), "cp1252")

    assert doubt is not None
    assert ("reads 'Âëàäèìèð', and as cp1251 'Владимир'", "--encoding cp1251") == doubt


@pytest.mark.parametrize("text", ["MÃ¼ller", "so far MÃ¼ller – and Zürich", "m\ufffdller"])
def test_what_was_saved_wrong_is_to_be_saved_anew(text: str) -> None:
    """No option mends a file that has the wrong letters in it."""
    doubt = doubt_of(text, None)

    assert doubt is not None
    assert "save it anew" in doubt.hint


@pytest.mark.parametrize(
    ("content", "encoding", "hint"),
    [
        ("type,text\nA,Á\n".encode(), "cp1252", "it is UTF-8: leave --encoding out"),
        ("type,text\nA,b\n".encode("utf-16-le"), None, "--encoding utf-16-le"),
        ("type,text\nA,b\n".encode("utf-16-be"), None, "--encoding utf-16-be"),
    ],
)
def test_what_cannot_be_read_says_how_it_can(
    content: bytes, encoding: str | None, hint: str
) -> None:
    with pytest.raises(SheetRefused) as caught:
        read_sheet("csv", content, None, encoding)

    assert hint == caught.value.problems[0].hint
