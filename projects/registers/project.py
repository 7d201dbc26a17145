"""The registers of projects and of what they plan and hand over."""

from pmhub.registers import Register, Section
from projects.serializers.project import BaselineSerializer, OutputSerializer, ProjectSerializer
from projects.serializers.schedule import MilestoneForecastSerializer, MilestoneSerializer

PROJECTS = Register(
    "projects",
    ProjectSerializer,
    menu=True,
    about="A project is work with a beginning, an end and outputs. Its money, dates and risks count"
    " in the figures of the programme that it belongs to.",
    columns=("code", "name", "programme", "stage", "status", "project_manager",
             "forecast_finish", "percent_complete", "declared_rag"),
    filters=("status", "stage", "programme", "project_manager", "declared_rag"),
    list_panels=("asked-of-me",),
    groups=("status", "stage", "programme", "portfolio", "tranche", "project_manager",
            "executive", "discipline", "delivery_approach", "declared_rag"),
    unsummed=dict.fromkeys(
        ("budget_at_completion", "approved_budget", "planned_value", "actual_cost",
         "estimate_to_complete", "estimate_to_complete_low", "estimate_to_complete_high"),
        "Money of projects adds up in the figures of their programme, which say what does not"
        " count.",
    ),
    parents=("programme", "portfolio", "tranche"),
    sections=(
        Section("What it is", ("code", "name", "objective", "programme", "portfolio", "tranche",
                               "discipline", "delivery_approach", "complexity", "regulated",
                               "critical", "health_weight")),
        Section("Where it stands", ("project_manager", "successor", "executive", "stage", "status",
                                    "percent_complete", "percent_method", "declared_rag",
                                    "declared_on", "ended_reason", "template",
                                    "template_version", "split_from", "merged_into",
                                    "archived_at")),
        Section("When", ("baseline_start", "baseline_finish", "forecast_start",
                         "forecast_finish", "actual_start", "actual_finish", "terminated_on"),
                says="The baseline is that of the plan which was approved last."),
        Section("Money", ("budget_at_completion", "approved_budget", "planned_value",
                          "actual_cost", "forecast_basis", "estimate_to_complete",
                          "estimate_to_complete_low", "estimate_to_complete_high"),
                says="Budgets and costs are written as baselines, budget lines and actual costs."),
    ),
    labels={
        "successor": "Asked to take it over",
        "percent_complete": "Complete, %",
        "percent_method": "How that is found",
        "complexity": "Complexity, 1 to 5",
        "health_weight": "Weight for health",
        "estimate_to_complete_low": "To complete, at least",
        "estimate_to_complete_high": "To complete, at most",
        "declared_rag": "Declared status",
        "declared_on": "Status declared",
        "ended_reason": "Why it stopped",
        "archived_at": "Archived",
    },
)  # fmt: skip

MILESTONES = Register(
    "milestones",
    MilestoneSerializer,
    menu=True,
    about="A milestone is a point in a project's plan that matters to others.",
    columns=("code", "title", "project", "kind", "state", "key", "baseline_on", "forecast_on",
             "actual_on"),
    filters=("state", "kind", "key", "overdue"),
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

MILESTONE_FORECASTS = Register(
    "milestone-forecasts",
    MilestoneForecastSerializer,
    about="A milestone forecast is the day that was expected of a milestone, as it was reported on"
    " another day. The newest report counts; the earlier ones show how the milestone has moved.",
    called="{milestone} on {reported_on}",
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

BASELINES = Register(
    "baselines",
    BaselineSerializer,
    about="A baseline is a plan of a project: its dates, its budget and the value planned over"
    " time. The approved one with the highest number is what the project is measured against.",
    called="Baseline {number} of {project}",
    columns=("project", "number", "approved_on", "starts_on", "finishes_on",
             "budget_at_completion", "reason"),
    filters=("project", "programme"),
    groups=("project",),
    unsummed={
        "budget_at_completion": "A baseline replaces those before it: budgets are not added up."
    },
    parents=("project",),
    sections=(
        Section("Which plan it is", ("project", "number", "approved_on", "reason")),
        Section("What is planned", ("starts_on", "finishes_on", "budget_at_completion"),
                says="What was approved is never changed: a new baseline takes its place."),
    ),
    labels={"reason": "Why it was needed"},
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
    panels=("map-place",),
)  # fmt: skip
