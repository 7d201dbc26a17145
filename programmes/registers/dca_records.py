"""The register of judgements of delivery confidence."""

from pmhub.registers import Register, Section
from programmes.serializers.dca_records import DcaRecordSerializer

DCA_RECORDS = Register(
    "dca-records",
    DcaRecordSerializer,
    heading="Delivery confidence",
    about="Delivery confidence is what people judge: how likely it is that a programme or a project"
    " delivers what it should. It is never computed and never changed; another judgement follows.",
    called="{value} for {project|programme}, {on}",
    columns=("on", "programme", "project", "kind", "value", "change", "basis", "by", "review"),
    filters=("kind", "value", "programme", "project", "by"),
    groups=("kind", "value", "programme", "project", "by"),
    parents=("project", "programme"),
    order="-on",
    sections=(
        Section(
            "What is judged",
            ("programme", "project", "kind", "on"),
            says="Either a programme or a project.",
        ),
        Section(
            "How sure delivery is",
            ("scale", "value", "basis", "review", "change", "by"),
            says="Green: highly likely. Amber: feasible, with significant issues that can be"
            " resolved. Red: appears unachievable.",
        ),
    ),
    labels={
        "on": "Day",
        "kind": "Whose judgement",
        "value": "Confidence",
        "basis": "What it rests on",
        "by": "Declared by",
        "change": "Since the one before",
    },
)
