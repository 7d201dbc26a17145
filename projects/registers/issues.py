"""The register of issues."""

from pmhub.registers import Lanes, Register, Section
from projects.serializers.issues import IssueSerializer

SCOPE = ("project", "programme")


ISSUES = Register(
    "issues",
    IssueSerializer,
    menu=True,
    about="An issue is something that has happened, was not planned and needs handling.",
    columns=("code", "title", "project", "kind", "severity", "state", "owner", "raised_on",
             "due_on"),
    filters=("state", "severity", "kind", "owner", "overdue"),
    groups=("state", "severity", "kind", "owner", "project"),
    parents=SCOPE,
    sections=(
        Section("What has happened", ("code", "title", "kind", "severity", "raised_on", "state")),
        Section("Who handles it", ("owner", "due_on", "resolution")),
        Section("Where it belongs", ("project", "programme", "from_risk", "escalated_to")),
    ),
    panels=("lessons-that-fit",),
    typed=("title",),
    lanes=Lanes("state", ("code", "title", "project", "severity", "owner", "due_on")),
)  # fmt: skip
