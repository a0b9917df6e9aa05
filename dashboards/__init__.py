"""Dashboards over the `reporting_*` views, ready to import into the tools people have."""

from __future__ import annotations
