"""Scenarios and their changes as JSON, and the small forms that make changes."""
