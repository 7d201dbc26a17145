"""Tolerances, and judgements beside the computed health."""

from typing import Any

from programmes.models import DcaRecord, HealthOverride, Portfolio, Programme, Tolerance
from projects.models import Project


def override(home: Programme | Project, **fields: Any) -> HealthOverride:
    """Return an override of the health of a programme or a project."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {
        "colour": "green",
        "reason": "Agreed",
        "starts_on": "2026-10-01",
        "expires_on": "2026-11-30",
    }
    return HealthOverride.objects.create(**side, **defaults | fields)


def confidence(home: Programme | Project, **fields: Any) -> DcaRecord:
    """Return a record of delivery confidence."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {"value": "amber", "on": "2026-10-01", "basis": "Reviewed"}
    return DcaRecord.objects.create(**side, **defaults | fields)


def tolerance(home: Portfolio | Programme | Project, **fields: Any) -> Tolerance:
    """Return a tolerance: by how many per cent the cost may exceed what is approved."""
    place: Any = {str(home._meta.model_name): home}
    return Tolerance.objects.create(**place, **{"kind": "cost_pct", "value": 10} | fields)
