"""Where pages lie and how one points to another: relative, served or as files. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from msgspec import Struct

PATHS: dict[str, str] = {
    "board": "",
    "agreement": "agreements/{}",
    "readout": "agreements/{}/readout",
    "commitment": "commitments/{}",
    "explain": "commitments/{}/explain",
    "deadlines": "deadlines",
    "events": "events",
    "event": "events/{}",
    "about": "about",
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
    "api_status": "api/status",
    "api_one": "api/status/{}",
    "api_explain": "api/explain/{}",
    "api_readout": "api/readout/{}",
    "api_deadlines": "api/deadlines",
    "api_events": "api/events",
    "api_event": "api/events/{}",
    "api_timeline": "api/timeline/{}",
}
"""What is not a page: it has the same name, served or exported."""


def path_of(name: str, id_: object = None) -> str:
    """The path of a page from the root, without a slash before it."""
    form = PATHS[name] if name in PATHS else FILES[name]
    return form.format(quote(str(id_), safe="")) if "{}" in form else form


class Links(Struct, frozen=True):
    """Links from the page at `path`; `carried` goes along to other pages, `exported` to files."""

    path: str
    carried: dict[str, str] = {}
    exported: bool = False

    @property
    def up(self) -> str:
        return "../" * self.path.count("/")

    def to(self, name: str, id_: object = None, page: int = 1) -> str:
        """The address of a page, or of a file beside the pages."""
        if self.exported:
            return self.up + (quote(file_of(name, id_, page)) or "./")
        target = path_of(name, id_)
        named = {**self.carried, **({"page": str(page)} if page > 1 else {})}
        query = f"?{urlencode(named)}" if named and name in PATHS else ""
        return f"{self.up}{target}{query}" if self.up or target else f"./{query}"

    def here(self, query: str) -> str:
        """This page with another query."""
        return f"{self.up}{self.path}{query}" if self.path else f"./{query}"


def file_of(name: str, id_: object = None, page: int = 1) -> str:
    """The file a page is exported to; ids are kept to what every file system takes."""
    if name in FILES:
        path = path_of(name, id_)
        return f"{path}.json" if path.startswith("api/") else path
    path = path_of(name, id_) or "index"
    return f"{path}-{page}.html" if page > 1 else f"{path}.html"
