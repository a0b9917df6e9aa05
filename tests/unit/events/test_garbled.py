"""Text that was written in one encoding and read in another is recognized, and no other."""

from __future__ import annotations

import pytest

from events.garbled import doubt_words, likelier

TEXTS = (
    "dégâts", "Überprüfung", "minister’s", "“word”", "Żółć", "CAFÉ", "ÅLAND", "Ελλάδα", "100€",
    "Київ", "Чорне", "½", "中文", "señor",
)  # fmt: skip


def misread(text: str, encoding: str) -> str:
    """What a browser makes of the UTF-8 of a text that it takes for another encoding."""
    read = (bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())
    return "".join(read)


@pytest.mark.parametrize("read_as", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_was_meant_is_read_out_of_what_became_of_it(text: str, read_as: str) -> None:
    """Whatever the letters are, among others that are well."""
    garbled = misread(text, read_as)
    assert (f"said in {text} and more", "UTF-8") == likelier(f"said in {garbled} and more")


@pytest.mark.parametrize("text", ["Київ", "Чорне", "привет", "Żółć", "“слово”"])
def test_a_cyrillic_desk_garbles_in_another_way(text: str) -> None:
    """Its programs take UTF-8 for cp1251."""
    assert (text, "UTF-8") == likelier(misread(text, "cp1251"))


def test_a_closing_mark_may_have_lost_its_last_byte() -> None:
    """cp1252 has no letter for it, and many programs drop it."""
    assert ("a word” in quotes", "UTF-8") == likelier("a wordâ€ in quotes")


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS, "plain words",
        "»PÄÄLLÄ»", "«VOILÀ»", "«CAFÉ»", "été…»", "«Рік», її", "Сирія", "Мір’я",
        "Đặng Văn", "Ўзбекистон", "“MÜ”– so", "20 °C", "Â", "Ãsa", "…», —", "naïve ½ litre", "™®",
        "ÜÖÄ", "Ёлка", "ґанок", "São Tomé e Príncipe", "Côte d’Ivoire", "Türkiye", "Curaçao",
    ],
)  # fmt: skip
def test_what_is_well_is_left_alone(text: str) -> None:
    """Also capitals before a closing mark, whose bytes look like UTF-8."""
    assert likelier(text) is None


def test_a_doubt_shows_both_readings() -> None:
    """Around the first letter beyond ASCII."""
    words = "reads 'f the port of dÃ©gÃ¢ts', and as UTF-8 'f the port of dégâts'"
    assert (words, "UTF-8") == doubt_words("the minister of the port of dÃ©gÃ¢ts")
