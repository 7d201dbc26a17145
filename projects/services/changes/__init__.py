"""The verbs of change requests: a change is tried, decided, and then made as a whole."""

from projects.services.changes.verbs import (
    approve_change,
    assess_change,
    defer_change,
    implement_change,
    next_change_code,
    reject_change,
    store_writes,
)

__all__ = [
    "approve_change",
    "assess_change",
    "defer_change",
    "implement_change",
    "next_change_code",
    "reject_change",
    "store_writes",
]
