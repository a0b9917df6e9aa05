"""A package to pytest, so that its browser is closed after its last test."""
