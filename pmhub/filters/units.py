"""The filter by an organisation unit, including the units below it."""

from __future__ import annotations

from typing import Any

from pmhub.filters.values import VisibleFilter, visible
from programmes.models import OrganisationUnit
from programmes.queries.organisation_units import descendant_ids


class WithinUnitFilter(VisibleFilter):
    """The id of an organisation unit; it finds what belongs to the unit or to one below it."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"queryset": visible(OrganisationUnit), "label": "Within unit"}
        super().__init__("organisation_unit", **{**options, **kwargs})

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows of this unit and of all units below it."""
        return rows.filter(organisation_unit__in=descendant_ids(value)) if value else rows
