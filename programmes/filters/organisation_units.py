"""What narrows the list of organisation units."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from programmes.models import OrganisationUnit


class OrganisationUnitFilter(RecordFilter):
    """Filters of organisation units."""

    class Meta:
        model = OrganisationUnit
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "parent": ["exact"],
            "head": ["exact"],
        }
