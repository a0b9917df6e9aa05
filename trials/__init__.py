"""Real faults against the real program, with figures that have to be zero: `python -m trials`."""
