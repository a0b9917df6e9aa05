"""What does a reader see over HTTP? Read-only, but for unsubscribing and confirming."""

from __future__ import annotations
