"""Words of messages that every package writes: lists, counts, and the name that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def capitalized(words: str) -> str:
    """The words with a capital at their beginning, and all others as they are."""
    return words[:1].upper() + words[1:]


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *others, last = [*words] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def place_in(order: Sequence[str], word: str) -> int:
    """Where a word stands in an order; one that is not in it comes last."""
    return order.index(word) if word in order else len(order)


def plural(count: int, word: str) -> str:
    """`1 entry`, `1,200 entries`, `2 breaches`."""
    many = f"{word[:-1]}ies" if word.endswith("ry") else f"{word}{'e' * word.endswith('ch')}s"
    return f"{count:,} {word if count == 1 else many}"


def first_few(words: Sequence[str], most: int, others: int = 0) -> str:
    """`a, b and 3 more`; with others that are not among the words."""
    others += len(words) - most
    return ", ".join(words[:most]) + (f" and {others} more" if others > 0 else "")


SHORTEST_PREFIX = 3
"""Fewer letters begin too many names."""


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The names that an unknown one stands for with letters too many, too few, or others.

    Capitals make no difference. A name with some letters more stands for the one it begins with;
    then come those that begin with it, and those spelt like it, the nearest first.
    """
    from difflib import get_close_matches

    names: dict[str, list[str]] = {}
    for each in dict.fromkeys(known):
        names.setdefault(each.casefold(), []).append(each)
    given = name.casefold()
    alike = get_close_matches(given, names, n=most)
    shorter = [each for each in alike if given.startswith(each)]
    longer = [each for each in names if len(name) >= SHORTEST_PREFIX and each.startswith(given)]
    close = dict.fromkeys([*shorter, *longer, *alike])
    return [each for spelling in close for each in names[spelling]][:most]


LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."


def one_slip_away(name: str) -> set[str]:
    """Every name with a letter less, two that changed places, another letter, or one more.

    Of these those on record can be looked up, where there are too many names to compare with all.
    """
    letters = {*LETTERS, *name}
    places = [(name[:place], name[place:]) for place in range(len(name) + 1)]
    slips = {begin + rest[1:] for begin, rest in places}
    slips |= {begin + rest[1::-1] + rest[2:] for begin, rest in places if len(rest) > 1}
    slips |= {begin + letter + rest[1:] for begin, rest in places for letter in letters}
    return slips | {begin + letter + rest for begin, rest in places for letter in letters}


ALIKE, NEARLY_SAME = 0.75, 0.9
"""How much of two names has to be the same, for one to be a slip of the other."""


def is_slip(given: str, meant: str, least: float = ALIKE) -> bool:
    """Whether a name is spelt so much like another that it can stand for it."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, given.casefold(), meant.casefold()).ratio() >= least


def typo_of(name: str, close: Sequence[str]) -> tuple[str, str] | None:
    """The name with the only one in other capitals, that begins it or that it begins, or alike.

    None where several are.
    """
    given = name.casefold()
    recased = [each for each in close if each.casefold() == given]
    begun = [each for each in close if each.casefold().startswith(given)]
    long = (each for each in close if len(each) >= SHORTEST_PREFIX and each not in begun)
    begun += [each for each in long if given.startswith(each.casefold())]
    alike, same = ([each for each in close if is_slip(name, each, n)] for n in (ALIKE, NEARLY_SAME))
    meant = recased or begun or (alike if len(alike) == 1 else same)
    return (name, meant[0]) if len(meant) == 1 else None


def did_you_mean(name: str, known: Iterable[str], most: int = 3) -> str:
    """`; did you mean a, b?` with the names nearest to one that is unknown; empty without any."""
    return meant_words(nearest(name, known, most))


def meant_words(names: Sequence[str]) -> str:
    """`; did you mean a, b?`; empty without any."""
    return f"; did you mean {', '.join(names)}?" if names else ""
