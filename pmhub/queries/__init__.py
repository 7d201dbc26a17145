"""What is read of any record: its history, and what holds it."""

from pmhub.queries.held import held_about
from pmhub.queries.history import (
    ACTIONS,
    authors,
    called,
    changes_of,
    events,
    fields,
    name_users,
    names_of_users,
    rows,
    since,
    tell,
    with_earlier,
)
from pmhub.queries.holding import Holding, holding

__all__ = [
    "ACTIONS",
    "Holding",
    "authors",
    "called",
    "changes_of",
    "events",
    "fields",
    "held_about",
    "holding",
    "name_users",
    "names_of_users",
    "rows",
    "since",
    "tell",
    "with_earlier",
]
