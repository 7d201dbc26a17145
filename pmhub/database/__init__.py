"""Constraints and triggers of the database, the history of its rows, and ways to read from it."""
