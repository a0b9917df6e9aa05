"""Any text, as Hypothesis draws it."""

from __future__ import annotations

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
"""What `st.text()` draws, surrogates alone being left out.

It would first try which characters UTF-8 can write, for seconds in each process of a new tree.
"""
