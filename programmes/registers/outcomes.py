"""The register of outcomes."""

from pmhub.registers import Register, Section
from programmes.serializers.outcomes import OutcomeSerializer

OUTCOMES = Register(
    "outcomes",
    OutcomeSerializer,
    about="An outcome is a changed way of working. Outputs of projects make it possible, and"
    " benefits come of it.",
    columns=("code", "title", "programme", "state", "bcm", "capability_ready_on",
             "transition_start", "embedded_on"),
    filters=("state", "bcm", "programme"),
    groups=("state", "bcm", "programme"),
    parents=("programme",),
    sections=(
        Section("What changes", ("code", "title", "programme", "current_state", "future_state")),
        Section("How far it is", ("state", "bcm", "capability_ready_on", "transition_start",
                                  "go_reason", "embedded_on", "embedding_decision")),
    ),
    panels=("map-place", "transition"),
    labels={
        "bcm": "Business change manager",
        "capability_ready_on": "Capability ready by",
        "embedded_on": "Embedded by",
        "current_state": "How it is now",
        "future_state": "How it will be",
        "transition_start": "Transition starts",
        "go_reason": "Why it started",
        "embedding_decision": "Embedded by decision",
    },
)  # fmt: skip
