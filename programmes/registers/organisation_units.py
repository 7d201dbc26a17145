"""The register of organisation units."""

from pmhub.registers import Register, Section
from programmes.serializers.organisation_units import OrganisationUnitSerializer

ORGANISATION_UNITS = Register(
    "organisation-units",
    OrganisationUnitSerializer,
    about="An organisation unit is a part of the organisation, such as a department. People,"
    " resources, impacted groups and benefits are of one, and are listed with it.",
    columns=("code", "name", "parent", "head"),
    filters=("parent", "head", "portfolio"),
    groups=("parent", "head", "portfolio"),
    parents=("parent", "portfolio"),
    sections=(
        Section("What it is", ("code", "name", "parent")),
        Section("Who answers for it", ("head", "portfolio", "archived_at")),
    ),
    labels={"parent": "Part of", "archived_at": "Archived"},
    panels=("unit-below",),
    list_panels=("unit-tree",),
)
