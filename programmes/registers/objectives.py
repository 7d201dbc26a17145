"""The registers of objectives and their measurements."""

from pmhub.registers import Register, Section
from programmes.serializers.objectives import ObjectiveMeasurementSerializer, ObjectiveSerializer

OBJECTIVES = Register(
    "objectives",
    ObjectiveSerializer,
    menu=True,
    about="An objective is what the organisation wants to reach. Programmes and benefits serve it,"
    " and a benefit's value is shown under it.",
    columns=("code", "title", "portfolio", "status", "owner", "measure", "target", "target_on",
             "measured_value", "progress", "weight"),
    filters=("status", "owner", "portfolio"),
    groups=("status", "owner", "portfolio"),
    unsummed=dict.fromkeys(
        ("measured_value", "baseline_value", "target_value"),
        "Values are each in the unit of their objective: they have no total.",
    ),
    parents=("portfolio",),
    sections=(
        Section("What is wanted", ("code", "title", "description", "portfolio", "weight")),
        Section("How one sees that it is reached", ("measure", "unit", "baseline_value",
                                                    "baseline_on", "target", "target_value",
                                                    "target_on", "owner", "status"),
                says="Progress is the share of the way from the baseline to the target value that"
                " the last verified measurement has come."),
        Section("How far it is", ("measured_value", "measured_on", "progress",
                                  "progress_reason")),
    ),
    panels=("objective-serving",),
    labels={
        "target_on": "Target date",
        "baseline_on": "Baseline date",
        "measured_value": "Last verified",
        "progress": "Progress",
        "progress_reason": "Why there is none to tell",
    },
)  # fmt: skip


OBJECTIVE_MEASUREMENTS = Register(
    "objective-measurements",
    ObjectiveMeasurementSerializer,
    about="A measurement says where the measure of an objective stood on a day. It counts once"
    " somebody else than who submitted it has verified it.",
    called="{objective} on {on}",
    columns=("objective", "on", "value", "unit", "status", "by", "verified_by", "programme"),
    filters=("objective", "status", "programme", "by"),
    groups=("objective", "status", "programme", "by", "verified_by"),
    unsummed={"value": "Values are each in the unit of their objective: they have no total."},
    parents=("objective", "programme"),
    order="-on",
    sections=(
        Section("What was found", ("objective", "on", "value", "unit", "source")),
        Section("How sure it is", ("status", "by", "verified_by", "programme")),
    ),
    labels={
        "on": "Day",
        "by": "Submitted by",
        "programme": "Measured for",
        "source": "Source",
    },
)
