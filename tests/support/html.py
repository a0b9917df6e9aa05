"""A page as a browser reads it, by a parser that is as fast as one."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Name and attributes of every element, in order and without their namespaces.

    What is in a `template` is not among them.
    """
    return [
        (
            node.tag,
            {name.rpartition(":")[2]: value or "" for name, value in node.attributes.items()},
        )
        for node in LexborHTMLParser(html).root.traverse()
        if node.tag != "-comment"
    ]


def text_of(html: str) -> str:
    """The text of a page, title and all, but for comments."""
    return LexborHTMLParser(html).root.text(deep=True)
