"""The registers of people, their roles and their delegations."""

from pmhub.registers import Register, Section
from pmhub.serializers.delegations import DelegationSerializer
from pmhub.serializers.people import PersonSerializer, RoleAssignmentSerializer

PEOPLE = Register(
    "people",
    PersonSerializer,
    menu=True,
    about="A person is somebody with a part in programmes or projects. They need no account; who"
    " has none does not sign in.",
    columns=("code", "name", "title", "organisation_unit", "organisation", "email",
             "competence", "has_account"),
    filters=("within_unit", "organisation", "competence"),
    groups=("organisation_unit", "unit", "organisation", "competence"),
    parents=("organisation_unit",),
    sections=(
        Section("Who it is", ("code", "name", "email", "title", "organisation_unit", "unit",
                                "organisation")),
        Section("What they can do", ("competence", "certifications", "mentor")),
        Section("Here", ("has_account", "archived_at")),
    ),
    panels=("no-account", "career", "person-load", "answers-for", "hand-over"),
    list_panels=("people-signals", "account-gaps"),
    labels={"title": "Job title", "unit": "Unit, in words", "has_account": "Has an account",
            "archived_at": "Archived"},
)  # fmt: skip

ROLE_ASSIGNMENTS = Register(
    "role-assignments",
    RoleAssignmentSerializer,
    about="A role assignment gives a person a role on the organisation, a portfolio, a programme or"
    " a project, from one day to another. The role holds for all that is below it too.",
    called="{person}: {role}",
    columns=("person", "role", "project", "programme", "portfolio", "starts_on", "ends_on"),
    filters=("person", "role", "project", "programme", "portfolio"),
    groups=("role", "person", "project", "programme", "portfolio"),
    parents=("project", "programme", "portfolio", "person"),
    sections=(
        Section("Who holds what, and when", ("person", "role", "starts_on", "ends_on")),
        Section("On what", ("portfolio", "programme", "project"),
                says="One of the three; none of them is the whole organisation."),
    ),
)  # fmt: skip

DELEGATIONS = Register(
    "delegations",
    DelegationSerializer,
    about="A delegation lends a role to a deputy while its holder is away. The deputy may do what"
    " the holder may there, never more; what they do, the history says they did for the holder.",
    called="{deputy} for {giver}",
    columns=("deputy", "giver", "role", "project", "programme", "portfolio", "starts_on",
             "ends_on", "standing"),
    filters=("standing", "role", "giver", "deputy", "programme", "project"),
    groups=("role", "giver", "deputy", "programme"),
    parents=("project", "programme", "portfolio"),
    order="-starts_on",
    sections=(
        Section("Who stands in", ("deputy", "role", "giver", "standing", "state"),
                says="You lend a role that you hold yourself, and have it still."),
        Section("Where", ("project", "programme", "portfolio"), says="One of the three."),
        Section("When, and why", ("starts_on", "ends_on", "reason")),
    ),
    labels={"giver": "In the place of"},
    told=("state",),
    stands="standing",
)  # fmt: skip

REGISTERS = (PEOPLE, ROLE_ASSIGNMENTS, DELEGATIONS)
