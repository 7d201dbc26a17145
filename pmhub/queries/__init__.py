"""What is read of any record: its history, and what holds it."""

from pmhub.queries.deletion_blockers import Holding, holding
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
from pmhub.queries.personal_data import held_about

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
