"""Organisation units over REST."""

from pmhub.api.archiving import ArchivableViewSet
from programmes.filters.organisation_units import OrganisationUnitFilter
from programmes.serializers.organisation_units import OrganisationUnitSerializer


class OrganisationUnitViewSet(ArchivableViewSet):
    """Organisation units."""

    serializer_class = OrganisationUnitSerializer
    filterset_class = OrganisationUnitFilter
    search_fields = ("code", "name")
    ordering_fields = ("id", "code", "name", "updated_at")
    expandable = ("portfolio", "parent", "head")
