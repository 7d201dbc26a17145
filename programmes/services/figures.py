"""Asking for figures."""

from collections.abc import Iterable

from pmhub.triggers import Kind
from programmes.models import Programme, RollupRequest


def request_recompute(programmes: Iterable[Programme]) -> int:
    """Ask for the figures of these programmes anew; answers how many were asked for."""
    requests = [RollupRequest(kind=Kind.PROGRAMME, object_id=row.pk) for row in programmes]
    return len(RollupRequest.objects.bulk_create(requests))
