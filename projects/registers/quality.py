"""The register of checks of outputs."""

from pmhub.registers import Lanes, Register, Section
from projects.serializers.quality import QualityRecordSerializer

QUALITY_RECORDS = Register(
    "quality-records",
    QualityRecordSerializer,
    heading="Checks of outputs",
    about="A check is something that is looked at before an output is accepted. One that has"
    " neither passed nor been waived by name holds the acceptance.",
    columns=("code", "title", "output", "result", "defects", "checked_on", "checked_by"),
    filters=("result", "programme", "project", "output"),
    groups=("result", "output", "checked_by"),
    sums=("defects",),
    parents=("output",),
    sections=(
        Section("What is checked", ("output", "code", "title")),
        Section("What it came to", ("result", "defects", "checked_on", "checked_by",
                                    "waiver_reason")),
    ),
    labels={"title": "Check", "checked_on": "On", "checked_by": "By",
            "waiver_reason": "Waived because"},
    lanes=Lanes("result", ("code", "title", "output")),
)  # fmt: skip
