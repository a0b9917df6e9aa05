"""Datasette shows the `reporting_*` views and the shipped queries, and nothing else of the file.

A database of pactwatch holds addresses and messages beside its log, so what may be seen is listed
and all else refused: other tables, SQL of one's own, and the file itself.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl

REFUSED = frozenset({"execute-sql", "view-database-download"})


@hookimpl
def permission_allowed(action: str, resource: Any) -> bool | None:
    """False refuses, whatever else allows it; None leaves it to the rest of the configuration."""
    if action in REFUSED:
        return False
    if action == "view-table":
        return str(resource[1]).startswith("reporting_")
    return None
