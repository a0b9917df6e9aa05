"""The two addresses that mail links to. GET shows what would happen and writes nothing; POST acts.

A mail program may POST `List-Unsubscribe=One-Click` without any page (RFC 8058), so there is no
cookie, login, redirect or token of a form in the way, and the same again answers the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

if TYPE_CHECKING:
    from web.routes import Desk


def mail_routes(_desk: Desk) -> list[Route]:
    return []
