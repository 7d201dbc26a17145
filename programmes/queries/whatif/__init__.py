"""Scenarios: what their changes write, what trying them has shown, and their comparison with
reality."""
