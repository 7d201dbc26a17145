"""The register of tolerances."""

from pmhub.registers import Register, Section
from programmes.serializers.tolerances import ToleranceSerializer

TOLERANCES = Register(
    "tolerances",
    ToleranceSerializer,
    about="A tolerance says how far a project, a programme or all of a portfolio may stray from"
    " plan before it is an exception. It is set by who stands above; the most specific counts, and"
    " exactly at it is no exception.",
    called="{project|programme|portfolio}: {kind}",
    columns=("kind", "value", "unit", "side", "project", "stage", "programme", "portfolio", "by"),
    filters=("kind", "project", "stage", "programme", "portfolio"),
    groups=("kind", "project", "stage", "programme", "portfolio", "by"),
    unsummed={"value": "Values are each in the unit of their kind: they have no total."},
    parents=("project", "programme", "portfolio"),
    sections=(
        Section(
            "Whose",
            ("project", "stage", "programme", "portfolio"),
            says="A project, a programme or a portfolio. That of the stage that a project is in"
            " counts before its own, that before its programme's, and that before the portfolio's.",
        ),
        Section(
            "How far",
            ("kind", "value", "unit", "side", "by"),
            says="Risk and net present value are in the money of the portfolio.",
        ),
    ),
    labels={"side": "May not stray", "value": "By more than", "by": "Set by"},
)
