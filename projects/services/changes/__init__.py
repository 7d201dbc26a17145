"""Change requests: tried, decided, written whole."""

from projects.services.changes.verbs import (
    approve_change,
    assess_change,
    defer_change,
    hold_writes,
    implement_change,
    next_change_code,
    reject_change,
)

__all__ = [
    "approve_change",
    "assess_change",
    "defer_change",
    "hold_writes",
    "implement_change",
    "next_change_code",
    "reject_change",
]
