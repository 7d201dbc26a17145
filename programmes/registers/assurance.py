"""The registers of assurance reviews and their recommendations."""

from pmhub.registers import Register, Section
from programmes.serializers.assurance import (
    AssuranceRecommendationSerializer,
    AssuranceReviewSerializer,
)

ASSURANCE_REVIEWS = Register(
    "assurance-reviews",
    AssuranceReviewSerializer,
    about="An assurance review is an independent look at a programme or a project, such as before"
    " a gate. It judges how sure delivery is, and recommends what to do.",
    columns=("code", "title", "programme", "project", "kind", "state", "planned_on", "held_on",
             "dca"),
    filters=("state", "kind", "dca", "programme", "project"),
    groups=("state", "kind", "dca", "programme", "project"),
    parents=("project", "programme"),
    sections=(
        Section("What is looked at", ("code", "title", "kind", "programme", "project"),
                says="Either a programme or a project."),
        Section("When and with what result", ("planned_on", "held_on", "state", "dca")),
    ),
    labels={"dca": "Delivery confidence"},
)  # fmt: skip


ASSURANCE_RECOMMENDATIONS = Register(
    "assurance-recommendations",
    AssuranceRecommendationSerializer,
    about="An assurance recommendation is what a review asks somebody to do. While it is open it"
    " counts in the health of what was reviewed: a critical one past its date turns it red.",
    columns=("review", "number", "text", "priority", "state", "owner", "due_on", "closed_on"),
    filters=("state", "priority", "owner", "review"),
    groups=("state", "priority", "owner", "review"),
    parents=("review",),
    order="due_on",
    sections=(
        Section("What is asked for", ("review", "number", "text", "priority")),
        Section("Who does it", ("owner", "due_on", "state", "closed_on")),
    ),
    labels={"text": "Recommendation"},
)  # fmt: skip
