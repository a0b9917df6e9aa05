"""Brings the catalogues of languages up to the sentences in the code, and compiles them.

`make docs` runs it. A sentence that is new stands in each catalogue without a translation until
somebody writes one; a test asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from notifications.digests.templating import SHIPPED
from notifications.language import CATALOGUES, DOMAIN

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "notifications"
PAGES = ROOT / "web"
PERIOD_NAMES = ROOT / "tracker/dates/period_names.py"
"""Names that mails share with the command line and the board."""
LINK_PAGES = ("link", "mail", "marks", "preferences")
"""The pages behind the links of mails, in the language of their reader; the board is in English."""
ELSEWHERE = ("feeds", "versions")
"""Folders in which `text` is another function."""
TEXT_OF_SQL = re.compile(r"^from sqlalchemy import .*\btext\b", re.MULTILINE)
"""A function of this name makes SQL there."""
KEYWORDS: dict[str, Any] = {"N_": None, "text": None, "translated": None, "count": (1, 2)}
"""Functions whose first argument is a sentence, and one whose first two are forms of one."""


def sentences() -> Catalog:
    """Every sentence that a reader may be sent, by the code and the templates."""
    catalogue = Catalog()
    modules = [*PACKAGE.rglob("*.py"), *PAGES.glob("*/preference_*.py"), *PAGES.glob("*/mark_*.py")]
    modules += [PERIOD_NAMES, ROOT / "tracker/documents/periods.py"]
    for file in sorted(modules):
        if file.parent.name in ELSEWHERE or TEXT_OF_SQL.search(file.read_text(encoding="utf-8")):
            continue
        for _, message, _, _ in extract_from_file("python", file, KEYWORDS):
            catalogue.add(message)
    pages = [PAGES / "pages/templates" / f"{name}.html.j2" for name in LINK_PAGES]
    for file in [*sorted(SHIPPED.glob("*.j2")), *pages]:
        for message in template_sentences(file.read_text(encoding="utf-8")):
            catalogue.add(message)
    return catalogue


def template_sentences(text: str) -> Iterator[str]:
    """The texts that a template passes through the filter `translated`."""
    for node in Environment().parse(text).find_all(nodes.Filter):
        if node.name == "translated" and isinstance(node.node, nodes.Const):
            yield node.node.value


def catalogue_files() -> list[Path]:
    return sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read_catalogue(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=file.parts[-3])


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file of a catalogue."""
    target = BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> None:
    for file in catalogue_files():
        catalogue = read_catalogue(file)
        revised = catalogue.revision_date
        catalogue.update(sentences(), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        catalogue.revision_date = revised
        with file.open("wb") as target:
            write_po(target, catalogue, width=100, sort_output=True)
        file.with_suffix(".mo").write_bytes(compiled(read_catalogue(file)))


if __name__ == "__main__":
    main()
