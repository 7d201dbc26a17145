"""Scenarios read: what their changes write, what they came to, and reality beside them."""
