"""The `reporting_*` views over the projection tables."""

from __future__ import annotations

from tracker.projections.reporting.views import VIEWS

__all__ = ["VIEWS"]
