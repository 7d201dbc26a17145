"""Asking for figures."""

from collections.abc import Iterable

from programmes.models import Programme
from programmes.rollup.requests import request_from_nothing


def request_recompute(programmes: Iterable[Programme]) -> int:
    """Ask for the figures of these programmes anew; answers how many were asked for."""
    ids = [row.pk for row in programmes]
    request_from_nothing(ids)
    return len(ids)
