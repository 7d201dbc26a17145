"""Queries about records of any kind, such as their history or what keeps them from being
deleted."""

from pmhub.queries.deletion_blockers import Blockers, blockers_of
from pmhub.queries.history import (
    ACTIONS,
    authors,
    changes_of,
    changes_since,
    event_rows,
    events,
    fields,
    name_users,
    rows,
    with_earlier,
)
from pmhub.queries.personal_data import personal_data_of

__all__ = [
    "ACTIONS",
    "Blockers",
    "authors",
    "blockers_of",
    "changes_of",
    "changes_since",
    "event_rows",
    "events",
    "fields",
    "name_users",
    "personal_data_of",
    "rows",
    "with_earlier",
]
