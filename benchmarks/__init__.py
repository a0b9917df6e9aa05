"""Ratios against a peer or raw code, measured in one run: `make bench`."""

from __future__ import annotations
