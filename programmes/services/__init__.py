"""The verbs of programmes, one family a file."""

from programmes.services.figures import request_recompute
from programmes.services.money import draw_contingency
from programmes.services.scenarios import (
    MOST_CHANGES,
    add_changes,
    adopt_change,
    duplicate_scenario,
    keep_trial,
    place_change,
    renew_change,
)

__all__ = [
    "MOST_CHANGES",
    "add_changes",
    "adopt_change",
    "draw_contingency",
    "duplicate_scenario",
    "keep_trial",
    "place_change",
    "renew_change",
    "request_recompute",
]
