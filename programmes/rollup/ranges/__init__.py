"""Ranges and chances: what a programme's facts leave open, simulated after its figures."""
