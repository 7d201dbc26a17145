"""Asking for figures."""

from collections.abc import Iterable

from programmes.models import Programme
from programmes.rollup.requests import request_full_computation


def request_recompute(programmes: Iterable[Programme]) -> int:
    """Request that the figures of these programmes are computed again; return how many programmes
    that are."""
    ids = [row.pk for row in programmes]
    request_full_computation(ids)
    return len(ids)
