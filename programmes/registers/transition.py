"""The registers of impacted groups and of their assessments."""

from pmhub.registers import Register, Section
from programmes.serializers.transition import (
    AdoptionAssessmentSerializer,
    ImpactedGroupSerializer,
)

IMPACTED_GROUPS = Register(
    "impacted-groups",
    ImpactedGroupSerializer,
    about="An impacted group is people who have to work in another way for an outcome to come true."
    " Who leads them accepts that, before the outcome counts as embedded.",
    columns=("code", "name", "outcome", "state", "size", "readiness", "adoption_pct",
             "adoption_target_pct", "adopt_by", "owner", "organisation_unit"),
    filters=("state", "within_unit", "unit", "owner", "outcome"),
    groups=("state", "organisation_unit", "unit", "owner", "outcome"),
    unsummed=dict.fromkeys(
        ("readiness", "adoption_pct", "adoption_target_pct"),
        "Readiness and adoption are each of one group: they have no total.",
    ),
    parents=("outcome", "organisation_unit"),
    sections=(
        Section("Who they are", ("code", "name", "outcome", "organisation_unit", "unit", "size",
                                 "owner")),
        Section("What is wanted", ("change", "adoption_target_pct", "adopt_by")),
        Section("How far they are", ("readiness", "adoption_pct", "assessed_on"),
                says="As last assessed: write an assessment to change it."),
        Section("Taken over by daily business", ("state", "accepted_on")),
    ),
    labels={
        "owner": "Led by",
        "unit": "Unit, in words",
        "change": "What changes for them",
        "adoption_target_pct": "Adoption wanted (%)",
        "adoption_pct": "Adoption (%)",
        "assessed_on": "Assessed",
    },
)  # fmt: skip

ADOPTION_ASSESSMENTS = Register(
    "adoption-assessments",
    AdoptionAssessmentSerializer,
    about="An assessment says how ready a group is on a day, and how many of a hundred work in the"
    " new way. It is never changed: another follows.",
    called="{impacted_group}, {on}",
    columns=("on", "impacted_group", "readiness", "adoption_pct", "evidence", "by"),
    filters=("impacted_group", "by"),
    groups=("impacted_group", "by"),
    unsummed=dict.fromkeys(
        ("readiness", "adoption_pct"),
        "Readiness and adoption are each of one group: they have no total.",
    ),
    parents=("impacted_group",),
    order="-on",
    sections=(
        Section("Who, and when", ("impacted_group", "on")),
        Section("How far they are", ("readiness", "adoption_pct", "evidence", "by")),
    ),
    labels={"impacted_group": "Group", "adoption_pct": "Adoption (%)"},
)
