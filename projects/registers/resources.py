"""The registers of resources and who books them."""

from pmhub.registers import Register, Section
from projects.serializers.resources import (
    AllocationSerializer,
    ResourceCapacitySerializer,
    ResourceSerializer,
)

RESOURCES = Register(
    "resources",
    ResourceSerializer,
    menu=True,
    about="A resource is something of limited capacity that projects share: a person, a team,"
    " plant, a supplier or a role. What projects book of it is held against its capacity.",
    columns=("code", "name", "portfolio", "organisation_unit", "kind", "capacity", "unit", "owner",
             "cost_rate"),
    filters=("kind", "unit", "owner", "person", "within_unit", "portfolio"),
    groups=("kind", "owner", "organisation_unit", "portfolio"),
    unsummed={"cost_rate": "Rates are not added up."},
    parents=("portfolio", "organisation_unit"),
    sections=(
        Section("What it is", ("code", "name", "portfolio", "organisation_unit", "kind", "person",
                               "owner"),
                says="The time of one person is of the kind person, and names them."),
        Section("How much there is", ("capacity", "unit", "cost_rate")),
    ),
    labels={"unit": "Counted in", "cost_rate": "Cost of one unit", "person": "Whose time it is"},
    panels=("resource-load",),
)  # fmt: skip

RESOURCE_CAPACITIES = Register(
    "resource-capacities",
    ResourceCapacitySerializer,
    about="A period of capacity is a time in which there is more or less of a resource than usual:"
    " a holiday, a second team, a crane that is away.",
    called="{resource} from {period_start} to {period_end}",
    columns=("resource", "period_start", "period_end", "capacity", "reason"),
    filters=("resource",),
    groups=("resource",),
    parents=("resource",),
    order="period_start",
    sections=(
        Section("How much there is, and when", ("resource", "period_start", "period_end",
                                                "capacity", "reason")),
    ),
    labels={"period_start": "From", "period_end": "Until"},
)  # fmt: skip

ALLOCATIONS = Register(
    "allocations",
    AllocationSerializer,
    about="An allocation is what a project books of a resource, from one day to another. A firm or"
    " soft one counts in the load of the resource; a requested one is shown and does not count. The"
    " owner of the resource decides.",
    called="{resource+} for {project}",
    columns=("resource", "project", "units", "starts_on", "ends_on", "firmness",
             "offered_starts_on", "offered_ends_on"),
    filters=("resource", "project", "firmness"),
    groups=("resource", "project", "firmness"),
    parents=("project", "resource"),
    order="starts_on",
    sections=(
        Section("What is booked", ("resource", "units", "project")),
        Section("When", ("starts_on", "ends_on", "firmness")),
        Section("If it was declined", ("declined_reason", "offered_starts_on",
                                       "offered_ends_on")),
    ),
    labels={"declined_reason": "Why", "offered_starts_on": "Offered from",
            "offered_ends_on": "Offered until"},
)  # fmt: skip
