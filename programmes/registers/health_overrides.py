"""The register of overrides of health."""

from pmhub.registers import Register, Section
from programmes.serializers.health_overrides import HealthOverrideSerializer

HEALTH_OVERRIDES = Register(
    "health-overrides",
    HealthOverrideSerializer,
    about="An override sets a colour in the place of the derived health, for 90 days at most and"
    " with a reason, once somebody else has approved it. The derived colour stays visible.",
    called="{colour} for {project|programme} from {starts_on}",
    columns=(
        "programme",
        "project",
        "colour",
        "state",
        "counts",
        "starts_on",
        "expires_on",
        "reason",
        "by",
        "approved_by",
    ),
    filters=("state", "colour", "programme", "project", "by"),
    groups=("state", "colour", "programme", "project", "by", "approved_by"),
    parents=("project", "programme"),
    order="-starts_on",
    sections=(
        Section("Whose health", ("programme", "project"), says="Either a programme or a project."),
        Section("Which colour, why and how long", ("colour", "reason", "starts_on", "expires_on")),
        Section("Who agreed", ("state", "by", "approved_by", "counts")),
    ),
    labels={
        "starts_on": "From",
        "expires_on": "Until",
        "by": "Proposed by",
        "counts": "Counts now",
    },
)
