"""How far things may go, and how they are judged."""

from typing import Any

from programmes.models import DcaRecord, HealthOverride, Portfolio, Programme, Tolerance
from projects.models import Project


def override(home: Programme | Project, **fields: Any) -> HealthOverride:
    """A colour in the place of the derived health of a programme or a project."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {
        "colour": "green",
        "reason": "Agreed",
        "starts_on": "2026-10-01",
        "expires_on": "2026-11-30",
    }
    return HealthOverride.objects.create(**side, **defaults | fields)


def confidence(home: Programme | Project, **fields: Any) -> DcaRecord:
    """A judgement of how sure delivery is."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {"value": "amber", "on": "2026-10-01", "basis": "Reviewed"}
    return DcaRecord.objects.create(**side, **defaults | fields)


def tolerance(home: Portfolio | Programme | Project, **fields: Any) -> Tolerance:
    """How far it may cost more than is approved."""
    place: Any = {str(home._meta.model_name): home}
    return Tolerance.objects.create(**place, **{"kind": "cost_pct", "value": 10} | fields)
