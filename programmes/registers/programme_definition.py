"""The registers of mandates and of states of the operating model."""

from pmhub.registers import Register, Section
from programmes.serializers.programme_definition import (
    MandateSerializer,
    OperatingModelStateSerializer,
)

MANDATES = Register(
    "mandates",
    MandateSerializer,
    about="A mandate says why the organisation wants a programme, what is part of it and within"
    " which constraints. A programme goes on to its design once somebody else than who issued it"
    " has approved it.",
    called="Mandate of {programme}",
    columns=("programme", "sponsor", "state", "drivers", "issued_on", "approved_by"),
    filters=("state", "sponsor", "programme"),
    groups=("state", "sponsor"),
    parents=("programme",),
    sections=(
        Section("What is asked for", ("programme", "sponsor", "drivers", "vision")),
        Section("Within which bounds", ("scope", "constraints")),
        Section("Who agreed to it", ("state", "issued_on", "issued_by", "approved_by", "decision")),
    ),
)

OPERATING_MODEL_STATES = Register(
    "operating-model-states",
    OperatingModelStateSerializer,
    about="A state of the operating model is how the organisation works in one dimension now, and"
    " how it will once a tranche has landed. The gate at the end of a tranche waits until all of"
    " its states are reached.",
    called="{dimension} of {tranche|programme}",
    columns=("dimension", "programme", "tranche", "current", "future", "state", "reached_on"),
    filters=("state", "dimension", "tranche", "programme"),
    groups=("dimension", "tranche", "state", "programme"),
    parents=("tranche", "programme"),
    heading="Operating model",
    sections=(
        Section("Whose", ("programme", "tranche", "dimension"),
                says="Without a tranche it is that of the programme at its end."),
        Section("How it is and will be", ("current", "future")),
        Section("Whether it is reached", ("state", "reached_on", "evidence")),
    ),
    labels={"current": "How it is now", "future": "How it will be"},
)  # fmt: skip
