"""The registers of risks, issues, what is done about them, and what the law asks for."""

from pmhub.database.currencies import RISKS as PRICED
from pmhub.registers import Lanes, Matrix, Register, Section
from projects.models import SOURCES
from projects.serializers.actions import ActionSerializer
from projects.serializers.registers import ComplianceItemSerializer, IssueSerializer, RiskSerializer

SCOPE = ("project", "programme")

RISKS = Register(
    "risks",
    RiskSerializer,
    menu=True,
    about="A risk is something uncertain that would change cost, time or benefit, for worse or for"
    " better. It counts in the exposure of its programme once it is open.",
    columns=(
        "code", "title", "project", "kind", "status", "owner", "residual_probability",
        "residual_cost_most_likely", "foreign_currency", "foreign_residual_cost_most_likely",
        "proximity_on",
    ),
    filters=("status", "kind", "owner", "response", "foreign_currency"),
    groups=("status", "kind", "category", "owner", "response", "project", "programme"),
    unsummed=dict.fromkeys(
        (*PRICED.amounts, *PRICED.foreign),
        "Costs of risks are not added up: together they are the exposure of their programme.",
    ),
    parents=SCOPE,
    sections=(
        Section("What could happen", ("code", "title", "cause", "event", "effect", "category",
                                      "kind", "status", "proximity_on")),
        Section("What is done about it", ("owner", "actionee", "response", "response_cost",
                                          "benefit_effect_percent")),
        Matrix(
            "Estimates",
            views={
                "inherent": "Before any response",
                "residual": "As it is now",
                "target": "Once all is done",
            },
            parts={
                "probability": "Probability, 0 to 1",
                "cost_min": "Cost, least",
                "cost_most_likely": "Cost, most likely",
                "cost_max": "Cost, most",
                "days_min": "Days, least",
                "days_most_likely": "Days, most likely",
                "days_max": "Days, most",
            },
            says="One value, the most likely, or all three. Exposure is computed from the residual"
            " estimate.",
        ),
        Section("If its costs are in another currency",
                ("foreign_currency", "foreign_response_cost", "exchange_rate"),
                says="Then leave the costs above out: they follow by the budget rate of the year in"
                " which it could happen last, or by the newest."),
        Matrix(
            "Estimates in that currency",
            views={
                "foreign_inherent": "Before any response",
                "foreign_residual": "As it is now",
                "foreign_target": "Once all is done",
            },
            parts={
                "cost_min": "Cost, least",
                "cost_most_likely": "Cost, most likely",
                "cost_max": "Cost, most",
            },
        ),
        Section("Where it counts", ("project", "programme", "escalated_to", "aggregated_into")),
    ),
    labels={
        "residual_probability": "Probability",
        "residual_cost_most_likely": "Most likely cost",
        "foreign_residual_cost_most_likely": "Most likely foreign cost",
        "proximity_on": "Could happen until",
        "benefit_effect_percent": "Effect on benefits, %",
    },
    panels=("risk-position", "risk-linked", "lessons-that-fit"),
    typed=("title", "cause", "event", "effect"),
)  # fmt: skip

ISSUES = Register(
    "issues",
    IssueSerializer,
    menu=True,
    about="An issue is something that has happened, was not planned and needs handling.",
    columns=("code", "title", "project", "kind", "severity", "state", "owner", "raised_on",
             "due_on"),
    filters=("state", "severity", "kind", "owner", "overdue"),
    groups=("state", "severity", "kind", "owner", "project"),
    parents=SCOPE,
    sections=(
        Section("What has happened", ("code", "title", "kind", "severity", "raised_on", "state")),
        Section("Who handles it", ("owner", "due_on", "resolution")),
        Section("Where it belongs", ("project", "programme", "from_risk", "escalated_to")),
    ),
    panels=("lessons-that-fit",),
    typed=("title",),
    lanes=Lanes("state", ("code", "title", "project", "severity", "owner", "due_on")),
)  # fmt: skip

ACTIONS = Register(
    "actions",
    ActionSerializer,
    menu=True,
    about="An action is what somebody does by a day: about a risk, an issue, an assumption, a"
    " recommendation, a decision, a meeting of a board, the transition to an outcome, or a project"
    " or programme as a whole.",
    columns=("title", "effect", "owner", "due_on", "overdue", "state", "source_code", "done_on"),
    filters=("state", "owner", "overdue"),
    groups=("state", "owner", "project", "programme"),
    parents=SOURCES,
    order="due_on",
    sections=(
        Section("What is done", ("title", "effect", "owner", "due_on", "state", "overdue")),
        Section("What came of it", ("done_on", "evidence")),
        Section("What it is about", SOURCES, says="Exactly one of these."),
    ),
    labels={"source_code": "About", "due_on": "Due", "done_on": "Done"},
    lanes=Lanes("state", ("title", "source_code", "owner", "due_on")),
)

COMPLIANCE_ITEMS = Register(
    "compliance-items",
    ComplianceItemSerializer,
    about="A compliance item is a permit, an inspection, a certificate or an assessment that a"
    " project needs. Until it is granted the project cannot take the step that it blocks.",
    columns=("code", "title", "project", "kind", "state", "blocks", "authority", "due_on",
             "granted_on"),
    filters=("state", "kind", "blocks", "project", "overdue"),
    groups=("state", "kind", "blocks", "project"),
    parents=("project",),
    order="due_on",
    sections=(
        Section("What is needed", ("code", "title", "project", "kind", "authority", "blocks")),
        Section("Where it stands", ("state", "due_on", "granted_on", "evidence")),
    ),
    labels={"blocks": "Needed before", "authority": "Who grants it"},
)  # fmt: skip
