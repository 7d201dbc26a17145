"""The register of assumptions."""

from pmhub.registers import Lanes, Register, Section
from projects.models.assumption import PLACES
from projects.serializers.assumptions import AssumptionSerializer

ASSUMPTIONS = Register(
    "assumptions",
    AssumptionSerializer,
    about="An assumption is what a plan takes to be true while nobody knows yet. Somebody finds out"
    " by a day; where it fails it becomes a risk or an issue.",
    columns=("code", "text", "project", "state", "confidence", "owner", "validate_by", "overdue"),
    filters=("state", "owner", "overdue", "programme", "project"),
    groups=("state", "confidence", "owner", "project", "programme"),
    unsummed={"confidence": "Confidence is judged from 1 to 5: it has no total."},
    parents=PLACES,
    order="validate_by",
    sections=(
        Section("What is assumed", ("code", "text", "basis", "confidence", "impact_if_wrong")),
        Section("Who finds out", ("owner", "validate_by", "overdue")),
        Section("Whether it is true", ("state", "settled_on", "evidence", "risk", "issue")),
        Section("Where it was made", PLACES, says="Exactly one of these."),
    ),
    labels={"text": "Assumption", "validate_by": "To be known by", "settled_on": "Known on",
            "risk": "Became the risk", "issue": "Became the issue", "impact_if_wrong": "If wrong"},
    lanes=Lanes("state", ("code", "text", "owner", "validate_by")),
)  # fmt: skip
