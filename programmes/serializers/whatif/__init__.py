"""Scenarios and their changes: their shape, and the small forms that make changes."""
