"""The registers of projects: what people see of each record, and in which order."""

from pmhub.registers import Board, Matrix, Register, Section
from projects.models import SOURCES
from projects.serializers.actions import ActionSerializer
from projects.serializers.beginning import TemplateMilestoneSerializer, TemplateSerializer
from projects.serializers.money import (
    BudgetLineSerializer,
    CommitmentSerializer,
    ContingencyMovementSerializer,
    CostActualSerializer,
)
from projects.serializers.project import BaselineSerializer, OutputSerializer, ProjectSerializer
from projects.serializers.registers import (
    AllocationSerializer,
    ComplianceItemSerializer,
    IssueSerializer,
    ResourceCapacitySerializer,
    ResourceSerializer,
    RiskSerializer,
)
from projects.serializers.schedule import (
    DependencyMessageSerializer,
    DependencySerializer,
    MilestoneForecastSerializer,
    MilestoneSerializer,
)

SCOPE = ("project", "programme")

RISKS = Register(
    "risks",
    RiskSerializer,
    menu=True,
    about="A risk is something uncertain that would change cost, time or benefit, for worse or for"
    " better. It counts in the exposure of its programme once it is open.",
    columns=(
        "code", "title", "project", "kind", "status", "owner", "residual_probability",
        "residual_cost_most_likely", "proximity_on",
    ),
    filters=("status", "kind", "owner", "response"),
    groups=("status", "kind", "category", "owner", "response", "project", "programme"),
    unsummed=dict.fromkeys(
        ("residual_cost_most_likely", "inherent_cost_most_likely", "target_cost_most_likely"),
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
        Section("Where it counts", ("project", "programme", "escalated_to", "aggregated_into")),
    ),
    labels={
        "residual_probability": "Probability",
        "residual_cost_most_likely": "Most likely cost",
        "proximity_on": "Could happen until",
        "benefit_effect_percent": "Effect on benefits, %",
    },
    panels=("risk-position",),
)  # fmt: skip

ISSUES = Register(
    "issues",
    IssueSerializer,
    menu=True,
    about="An issue is something that has happened, was not planned and needs handling.",
    columns=("code", "title", "project", "kind", "severity", "state", "owner", "raised_on",
             "due_on"),
    filters=("state", "severity", "kind", "owner"),
    groups=("state", "severity", "kind", "owner", "project"),
    parents=SCOPE,
    sections=(
        Section("What has happened", ("code", "title", "kind", "severity", "raised_on", "state")),
        Section("Who handles it", ("owner", "due_on", "resolution")),
        Section("Where it belongs", ("project", "programme", "from_risk", "escalated_to")),
    ),
)  # fmt: skip

ACTIONS = Register(
    "actions",
    ActionSerializer,
    menu=True,
    about="An action is what somebody does by a day: about a risk, an issue, a recommendation, or a"
    " project or programme as a whole.",
    columns=("title", "source_code", "owner", "due_on", "overdue", "state", "done_on"),
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
)

DEPENDENCIES = Register(
    "dependencies",
    DependencySerializer,
    menu=True,
    about="A dependency says what one project owes another, and by when. The giver and the"
    " receiver each take their own steps.",
    columns=("code", "deliverable", "giver", "receiver", "status", "status_derived", "need_by",
             "effective_forecast", "lateness_days", "remaining_float_days"),
    filters=("status", "giver", "receiver", "hardness"),
    groups=("status", "giver", "receiver", "hardness"),
    parents=("receiver", "giver"),
    sections=(
        Section("What is owed", ("code", "deliverable", "giver", "giver_milestone",
                                 "external_giver", "receiver", "receiver_milestone",
                                 "completion_criteria", "status")),
        Section("When", ("need_by", "agreed_on", "forecast_on", "delivered_on", "accepted_on",
                         "effective_forecast", "lateness_days", "remaining_float_days",
                         "status_derived", "warnings")),
        Section("How it binds", ("kind", "lag_days", "drives_schedule", "hardness",
                                 "giver_owner", "receiver_owner")),
    ),
    labels={
        "status_derived": "Stands",
        "effective_forecast": "Comes on",
        "lateness_days": "Late, days",
        "remaining_float_days": "Float left, days",
        "lag_days": "Lag, days",
        "external_giver": "Giver outside the portfolio",
        "need_by": "Needed by",
    },
    instead={
        "giver": ("external_giver", "giver_title", "giver_contact"),
        "receiver": ("receiver_title", "receiver_contact"),
    },
    panels=("dependency-days", "dependency-messages"),
    board=Board(
        "giver",
        "receiver",
        colour="status_derived",
        says="A line gives, a column receives. A cell counts what is between the two, in the colour"
        " of the worst, and leads to it.",
    ),
)  # fmt: skip

DEPENDENCY_MESSAGES = Register(
    "dependency-messages",
    DependencyMessageSerializer,
    about="A message is what one side of a dependency says to the other. A request or an offer"
    " stands until the other side answers; a note asks for no answer.",
    columns=("at", "dependency", "side", "kind", "need_by", "forecast_on", "text", "by"),
    filters=("dependency", "side", "kind"),
    groups=("dependency", "side", "kind"),
    order="-at",
    sections=(
        Section("What is said", ("dependency", "side", "kind", "need_by", "forecast_on", "text",
                                 "by", "at"),
                says="It stays as it is. Who acts for both sides says for which one."),
    ),
    labels={"by": "Written by", "at": "When", "need_by": "Needed by", "forecast_on": "Comes on"},
)  # fmt: skip

MILESTONES = Register(
    "milestones",
    MilestoneSerializer,
    menu=True,
    about="A milestone is a point in a project's plan that matters to others.",
    columns=("code", "title", "project", "kind", "state", "key", "baseline_on", "forecast_on",
             "actual_on"),
    filters=("state", "kind", "key"),
    groups=("state", "kind", "project"),
    parents=("project",),
    order="forecast_on",
    sections=(
        Section("What it marks", ("code", "title", "project", "kind", "key", "weight", "state")),
        Section("When", ("baseline_on", "forecast_on", "actual_on")),
    ),
    labels={"actual_on": "Reached"},
    panels=("milestone-forecast-history",),
)  # fmt: skip

OUTPUTS = Register(
    "outputs",
    OutputSerializer,
    about="An output is what a project hands over.",
    columns=("code", "title", "project", "state", "planned_on", "forecast_on", "accepted_on"),
    filters=("state",),
    groups=("state", "project"),
    parents=("project",),
    sections=(
        Section("What is handed over", ("code", "title", "project", "acceptance_criteria",
                                        "state")),
        Section("When", ("planned_on", "forecast_on", "accepted_on", "accepted_by")),
    ),
)  # fmt: skip

BASELINES = Register(
    "baselines",
    BaselineSerializer,
    about="A baseline is a plan of a project: its dates, its budget and the value planned over"
    " time. The approved one with the highest number is what the project is measured against.",
    columns=("project", "number", "approved_on", "starts_on", "finishes_on",
             "budget_at_completion", "reason"),
    filters=("project", "programme"),
    groups=("project",),
    parents=("project",),
    sections=(
        Section("Which plan it is", ("project", "number", "approved_on", "reason")),
        Section("What is planned", ("starts_on", "finishes_on", "budget_at_completion"),
                says="What was approved is never changed: a new baseline takes its place."),
    ),
    labels={"reason": "Why it was needed"},
)  # fmt: skip

BUDGET_LINES = Register(
    "budget-lines",
    BudgetLineSerializer,
    about="A budget line is a part of a project's budget, by category and year. What is approved"
    " on it counts in the approved budget of the project.",
    columns=("code", "project", "category", "treatment", "fiscal_year", "baseline", "approved",
             "forecast"),
    filters=("project", "category", "treatment", "fiscal_year"),
    groups=("project", "category", "treatment", "fiscal_year"),
    sums=("baseline", "approved", "forecast"),
    parents=("project",),
    sections=(
        Section("What it is for", ("code", "project", "category", "treatment", "fiscal_year")),
        Section("How much", ("baseline", "approved", "forecast")),
    ),
    labels={"treatment": "Capital or revenue"},
)  # fmt: skip

COST_ACTUALS = Register(
    "cost-actuals",
    CostActualSerializer,
    about="A cost actual is money spent by a project, or by a line of the programme itself. It"
    " counts in the cost to date from the day on which it is posted; a reversal is below 0.",
    columns=("posted_on", "project", "budget_line", "programme_line", "kind", "amount",
             "treatment", "description", "source", "source_ref"),
    filters=("project", "budget_line", "programme_line", "kind", "posted_on__gte",
             "posted_on__lte"),
    groups=("project", "programme_line", "kind"),
    sums=("amount",),
    parents=("project", "programme_line"),
    order="-posted_on",
    sections=(
        Section("What was spent", ("posted_on", "amount", "kind", "description")),
        Section("Who spent it", ("project", "budget_line", "programme_line", "treatment"),
                says="Either a project, best with the budget line, or a line of the programme."),
        Section("If it was posted in error", ("reverses", "reversed_by")),
        Section("Where it was booked", ("source", "source_ref"),
                says="The same reference of the same source is posted once, however often it"
                " comes."),
    ),
    labels={"source_ref": "Reference"},
)  # fmt: skip

COMMITMENTS = Register(
    "commitments",
    CommitmentSerializer,
    about="A commitment is what is ordered on a budget line. What is not invoiced yet is held"
    " against the forecast of the line; it is added to no total.",
    columns=("reference", "supplier", "budget_line", "amount", "invoiced", "placed_on", "state"),
    filters=("state", "supplier", "budget_line"),
    groups=("state", "supplier", "budget_line"),
    sums=("amount", "invoiced"),
    parents=("budget_line",),
    order="-placed_on",
    sections=(
        Section("What is ordered", ("budget_line", "supplier", "amount", "placed_on", "state")),
        Section("What came of it", ("invoiced", "excess_reason")),
        Section("Where it was booked", ("source", "reference")),
    ),
    labels={"excess_reason": "Why more is invoiced than ordered"},
)  # fmt: skip

CONTINGENCY_MOVEMENTS = Register(
    "contingency-movements",
    ContingencyMovementSerializer,
    about="A contingency movement gives a project money from the contingency of its programme or,"
    " below 0, takes it back. It counts in the project's approved budget.",
    columns=("moved_on", "project", "programme", "amount", "reference", "reason"),
    filters=("project", "programme"),
    groups=("project", "programme"),
    sums=("amount",),
    parents=SCOPE,
    order="-moved_on",
    sections=(
        Section("What moved", ("programme", "project", "amount", "moved_on")),
        Section("Why", ("reference", "reason")),
    ),
    labels={"reference": "Reference of the decision"},
)  # fmt: skip

COMPLIANCE_ITEMS = Register(
    "compliance-items",
    ComplianceItemSerializer,
    about="A compliance item is a permit, an inspection, a certificate or an assessment that a"
    " project needs. Until it is granted the project cannot take the step that it blocks.",
    columns=("code", "title", "project", "kind", "state", "blocks", "authority", "due_on",
             "granted_on"),
    filters=("state", "kind", "blocks", "project"),
    groups=("state", "kind", "blocks", "project"),
    parents=("project",),
    order="due_on",
    sections=(
        Section("What is needed", ("code", "title", "project", "kind", "authority", "blocks")),
        Section("Where it stands", ("state", "due_on", "granted_on", "evidence")),
    ),
    labels={"blocks": "Needed before", "authority": "Who grants it"},
)  # fmt: skip

RESOURCES = Register(
    "resources",
    ResourceSerializer,
    menu=True,
    about="A resource is something of limited capacity that projects share: a person, a team,"
    " plant, a supplier or a role. What projects book of it is held against its capacity.",
    columns=("code", "name", "portfolio", "kind", "capacity", "unit", "owner", "cost_rate"),
    filters=("kind", "unit", "owner", "portfolio"),
    groups=("kind", "owner", "portfolio"),
    parents=("portfolio",),
    sections=(
        Section("What it is", ("code", "name", "portfolio", "kind", "owner")),
        Section("How much there is", ("capacity", "unit", "cost_rate")),
    ),
    labels={"unit": "Counted in", "cost_rate": "Cost of one unit"},
)  # fmt: skip

RESOURCE_CAPACITIES = Register(
    "resource-capacities",
    ResourceCapacitySerializer,
    about="A period of capacity is a time in which there is more or less of a resource than usual:"
    " a holiday, a second team, a crane that is away.",
    columns=("resource", "period_start", "period_end", "capacity", "reason"),
    filters=("resource",),
    groups=("resource",),
    parents=("resource",),
    order="period_start",
    sections=(
        Section("How much there is, and when", ("resource", "period_start", "period_end",
                                                "capacity", "reason")),
    ),
    labels={"period_start": "From", "period_end": "Until"},
)  # fmt: skip

ALLOCATIONS = Register(
    "allocations",
    AllocationSerializer,
    about="An allocation is what a project books of a resource, from one day to another. A firm or"
    " soft one counts in the load of the resource; a requested one is shown and does not count. The"
    " owner of the resource decides.",
    columns=("resource", "project", "units", "starts_on", "ends_on", "firmness",
             "offered_starts_on", "offered_ends_on"),
    filters=("resource", "project", "firmness"),
    groups=("resource", "project", "firmness"),
    parents=("project", "resource"),
    order="starts_on",
    sections=(
        Section("What is booked", ("resource", "units", "project")),
        Section("When", ("starts_on", "ends_on", "firmness")),
        Section("If it was declined", ("declined_reason", "offered_starts_on",
                                       "offered_ends_on")),
    ),
    labels={"declined_reason": "Why", "offered_starts_on": "Offered from",
            "offered_ends_on": "Offered until"},
)  # fmt: skip

MILESTONE_FORECASTS = Register(
    "milestone-forecasts",
    MilestoneForecastSerializer,
    about="A milestone forecast is the day that was expected of a milestone, as it was reported on"
    " another day. The newest report counts; the earlier ones show how the milestone has moved.",
    columns=("milestone", "reported_on", "forecast_on"),
    filters=("milestone", "reported_on__gte", "reported_on__lte"),
    groups=("milestone",),
    parents=("milestone",),
    order="-reported_on",
    sections=(
        Section("What is expected", ("milestone", "reported_on", "forecast_on"),
                says="A second report of the same day replaces the first."),
    ),
)  # fmt: skip

PROJECTS = Register(
    "projects",
    ProjectSerializer,
    menu=True,
    about="A project is work with a beginning, an end and outputs. Its money, dates and risks count"
    " in the figures of the programme that it belongs to.",
    columns=("code", "name", "programme", "stage", "status", "project_manager",
             "forecast_finish", "percent_complete", "declared_rag"),
    filters=("status", "stage", "programme", "project_manager", "declared_rag"),
    groups=("status", "stage", "programme", "portfolio", "tranche", "project_manager",
            "executive", "delivery_approach", "declared_rag"),
    parents=("programme", "portfolio", "tranche"),
    sections=(
        Section("What it is", ("code", "name", "objective", "programme", "portfolio", "tranche",
                               "delivery_approach", "complexity", "regulated")),
        Section("Where it stands", ("project_manager", "executive", "stage", "status",
                                    "percent_complete", "percent_method", "declared_rag",
                                    "declared_on", "ended_reason", "template",
                                    "template_version", "archived_at")),
        Section("When", ("baseline_start", "baseline_finish", "forecast_start",
                         "forecast_finish", "actual_start", "actual_finish", "terminated_on"),
                says="The baseline is that of the plan which was approved last."),
        Section("Money", ("budget_at_completion", "approved_budget", "planned_value",
                          "actual_cost", "forecast_basis", "estimate_to_complete"),
                says="Budgets and costs are written as baselines, budget lines and actual costs."),
    ),
    labels={
        "percent_complete": "Complete, %",
        "percent_method": "How that is found",
        "complexity": "Complexity, 1 to 5",
        "declared_rag": "Declared status",
        "declared_on": "Status declared",
        "ended_reason": "Why it stopped",
        "archived_at": "Archived",
    },
)  # fmt: skip

TEMPLATES = Register(
    "templates",
    TemplateSerializer,
    about="A template says how projects of a kind begin: with which approach and which milestones."
    " A project that was begun from one keeps its version; later ones change nothing in it.",
    columns=("code", "name", "portfolio", "state", "delivery_approach", "duration_days"),
    filters=("state", "delivery_approach", "portfolio"),
    groups=("state", "delivery_approach", "portfolio"),
    parents=("portfolio",),
    sections=(
        Section("What it is for", ("code", "name", "about", "portfolio", "state")),
        Section("How projects begin", ("delivery_approach", "regulated", "duration_days")),
    ),
    labels={"duration_days": "Usual length, days"},
)

TEMPLATE_MILESTONES = Register(
    "template-milestones",
    TemplateMilestoneSerializer,
    about="A milestone of a template stands in every project that is begun from it, so many days"
    " after its start, or before its finish.",
    columns=("title", "template", "kind", "anchor", "offset_days", "key"),
    filters=("template", "kind", "anchor", "key"),
    groups=("template", "kind", "anchor"),
    parents=("template",),
    sections=(
        Section("What is reached", ("title", "template", "kind", "key")),
        Section("When", ("anchor", "offset_days")),
    ),
    labels={"anchor": "Reckoned from", "offset_days": "Days from it", "key": "Key milestone"},
)

REGISTERS = (
    PROJECTS, RISKS, ISSUES, ACTIONS, DEPENDENCIES, DEPENDENCY_MESSAGES, MILESTONES, OUTPUTS,
    COMPLIANCE_ITEMS, BUDGET_LINES, COST_ACTUALS, COMMITMENTS, CONTINGENCY_MOVEMENTS, BASELINES,
    RESOURCES, RESOURCE_CAPACITIES, ALLOCATIONS, MILESTONE_FORECASTS, TEMPLATES,
    TEMPLATE_MILESTONES,
)  # fmt: skip
