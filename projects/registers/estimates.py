"""The register of estimates."""

from pmhub.registers import Register, Section
from projects.models.estimate import SUBJECTS
from projects.serializers.estimates import EstimateSerializer

ESTIMATES = Register(
    "estimates",
    EstimateSerializer,
    about="An estimate says what a project, a budget line, a milestone or a work package will come"
    " to, and how that is known. It is never changed: another follows, and the last one counts.",
    called="Estimate of {budget_line|milestone|work_package|project}, {made_on}",
    columns=("made_on", "project", "budget_line", "milestone", "work_package", "quantity", "low",
             "likely", "high", "accuracy_class", "method", "estimator"),
    filters=("current", "quantity", "method", "accuracy_class", "estimator", "discipline"),
    groups=("quantity", "method", "estimator", "discipline", "project"),
    unsummed=dict.fromkeys(
        ("low", "likely", "high", "base", "factor", "actual", "came_to"),
        "Estimates follow one another, and are of other things: they have no total.",
    ),
    parents=SUBJECTS,
    order="-made_on",
    list_panels=("estimate-accuracy",),
    panels=("estimate-told",),
    sections=(
        Section("What is estimated", (*SUBJECTS, "quantity"),
                says="Exactly one of the first four."),
        Section("What it will come to", ("method", "accuracy_class", "low", "likely", "high",
                                         "base", "factor"),
                says="Low and high that are left empty follow from the class. An analogous estimate"
                " is what a comparable one came to times how much larger this is, a parametric one"
                " a number of units times what one takes: leave the likely value empty."),
        Section("How that is known", ("basis", "estimator", "discipline", "made_on",
                                         "current")),
        Section("What it came to", ("came_to", "within", "actual", "actual_on")),
    ),
    labels={"accuracy_class": "Class, 5 to 1", "came_to": "Came to",
            "within": "Between low and high", "actual": "Stated", "actual_on": "Stated of"},
)  # fmt: skip
