"""The newest migration of the tables of mail and alerts, which fresh ones are made as."""

from __future__ import annotations

LATEST_REVISION = "notifications_0012"
