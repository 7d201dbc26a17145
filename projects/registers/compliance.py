"""The register of what the law and regulators ask for."""

from pmhub.registers import Register, Section
from projects.serializers.compliance import ComplianceItemSerializer

COMPLIANCE_ITEMS = Register(
    "compliance-items",
    ComplianceItemSerializer,
    about="A compliance item is a permit, an inspection, a certificate or an assessment that a"
    " project needs. Until it is granted the project cannot take the step that it blocks.",
    columns=("code", "title", "project", "kind", "state", "blocks", "authority", "due_on",
             "granted_on"),
    filters=("state", "kind", "blocks", "project", "overdue"),
    groups=("state", "kind", "blocks", "project"),
    parents=("project",),
    order="due_on",
    sections=(
        Section("What is needed", ("code", "title", "project", "kind", "authority", "blocks")),
        Section("Where it stands", ("state", "due_on", "granted_on", "evidence")),
    ),
    labels={"blocks": "Needed before", "authority": "Who grants it"},
)  # fmt: skip
