"""What is read of any record: its history, and what holds it."""

from pmhub.queries.history import (
    ACTIONS,
    called,
    events,
    fields,
    name_users,
    rows,
    since,
    told,
)
from pmhub.queries.holding import Holding, holding

__all__ = [
    "ACTIONS",
    "Holding",
    "called",
    "events",
    "fields",
    "holding",
    "name_users",
    "rows",
    "since",
    "told",
]
