"""The paths of pages and files, and the relative links between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlencode

from msgspec import Struct

PATHS: dict[str, str] = {
    "board": "",
    "agreement": "agreements/{}",
    "readout": "agreements/{}/readout",
    "commitment": "commitments/{}",
    "explain": "commitments/{}/explain",
    "deadlines": "deadlines",
    "month": "deadlines/{}",
    "disputes": "disputes",
    "changes": "changes",
    "graph": "graph",
    "party": "parties/{}",
    "search": "search",
    "guide": "guide",
    "events": "events",
    "event": "events/{}",
    "about": "about",
    "reference": "api/reference",
}
"""The pages, by name; `{}` is an id."""
FILES: dict[str, str] = {
    "style": "static/style.css",
    "icon": "static/icon.svg",
    "atom": "atom.xml",
    "calendar": "deadlines.ics",
    "commitments_csv": "commitments.csv",
    "deadlines_csv": "deadlines.csv",
    "events_csv": "events.csv",
    "agreement_atom": "agreements/{}/atom.xml",
    "agreement_calendar": "agreements/{}/deadlines.ics",
    "api_index": "api",
    "openapi": "api/openapi.json",
    "api_status": "api/status",
    "api_one": "api/status/{}",
    "api_explain": "api/explain/{}",
    "api_readout": "api/readout/{}",
    "api_deadlines": "api/deadlines",
    "api_commitment": "api/commitments/{}",
    "api_incidents": "api/incidents",
    "api_parties": "api/parties",
    "api_changes": "api/changes",
    "api_events": "api/events",
    "api_event": "api/events/{}",
    "api_timeline": "api/timeline/{}",
}
"""Documents and static files, which are named alike when served and when exported."""


DOCUMENT_ENDING = re.compile(r"\.(?=(?:html|json|xml|ics|csv)$)", re.IGNORECASE)
LONGEST_STEM = 150
"""Bytes of an id in a file's name; file systems take 255 with what comes before and after."""
Target = tuple[str, str | None]
"""A page or document by name, and the id it is of."""


def path_of(name: str, id_: object = None) -> str:
    """Returns the path of a page from the root, without a leading slash."""
    form = PATHS[name] if name in PATHS else FILES[name]
    return form.format(quote(str(id_), safe="")) if "{}" in form else form


class Links(Struct, frozen=True):
    """Builds the links of the page at `path`.

    `carried` are parameters that links to other pages keep; `exported` links go to files, and
    what they lead to is added to `targets`. A page that stands at any address, as that for what is
    not there, links from the `root` of the site.
    """

    path: str
    carried: dict[str, str] = {}
    exported: bool = False
    targets: set[Target] = set()
    root: str = ""

    @property
    def up(self) -> str:
        return self.root or "../" * self.path.count("/")

    def to(
        self, name: str, id_: object = None, page: int = 1, filters: Mapping[str, str] = {}
    ) -> str:
        """Links to a page with filters of its list, or to a file beside the pages."""
        if self.exported:
            self.targets.add((name, None if id_ is None else str(id_)))
            return self.up + (_quoted_file(name, id_, page) or "./")
        target = path_of(name, id_)
        parameters = {**self.carried, **filters, **({"page": str(page)} if page > 1 else {})}
        query = f"?{urlencode(parameters)}" if parameters and name in PATHS else ""
        return f"{self.up}{target}{query}" if self.up or target else f"./{query}"

    def here(self, query: str) -> str:
        """Links to this page with another query."""
        return f"{self.up}{self.path}{query}" if self.path else f"./{query}"


@lru_cache(maxsize=4096)
def _quoted_file(name: str, id_: object, page: int) -> str:
    """The address of a file: the pages of an agreement have the same links many times."""
    return quote(file_of(name, id_, page))


def file_of(name: str, id_: object, page: int = 1) -> str:
    """Names the file that a page is exported to; no two pages have the same."""
    form = PATHS[name] if name in PATHS else FILES[name]
    path = form.format(stem_of(str(id_)))
    if name in FILES:
        return f"{path}.json" if path.startswith("api") and not path.endswith(".json") else path
    # No id has a comma, but many end in a hyphen and a number.
    suffix = "" if page == 1 else f"-{page}" if id_ is None else f",{page}"
    return f"{path or 'index'}{suffix}.html"


def stem_of(id_: str) -> str:
    """An id as a part of a file's name: quoted, never ending like a document, never too long."""
    stem = DOCUMENT_ENDING.sub("%2E", quote(id_, safe=""))
    if len(stem) <= LONGEST_STEM:
        return stem
    return f"{stem[:LONGEST_STEM]}~{sha256(stem.encode()).hexdigest()[:16]}"
