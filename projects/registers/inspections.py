"""The registers of inspections, of what they found, and of decisions about oversight."""

from pmhub.registers import Lanes, Register, Section
from projects.serializers.inspections import (
    InspectionFindingSerializer,
    InspectionPlanSerializer,
    InspectionSerializer,
    OversightDecisionSerializer,
)

INSPECTION_PLANS = Register(
    "inspection-plans",
    InspectionPlanSerializer,
    about="A plan says what somebody who is not of a project looks at: before a stage or a"
    " milestone, or every so many days, by default as often as its oversight asks for. The next"
    " inspection is drawn from it by itself.",
    columns=("code", "title", "project", "hold_point", "milestone", "interval_days", "follows",
             "inspector", "state"),
    filters=("state", "inspector", "programme", "project"),
    groups=("state", "inspector", "project"),
    unsummed={"interval_days": ""},
    parents=("project", "milestone"),
    sections=(
        Section("What is looked at", ("project", "code", "title", "asset_version")),
        Section("When", ("hold_point", "milestone", "every_days", "interval_days", "follows",
                         "begins_on"),
                says="Before a stage or a milestone, or else again and again."),
        Section("By whom", ("inspector", "state")),
    ),
    labels={"asset_version": "Compared with", "hold_point": "Holds the stage",
            "milestone": "Holds the milestone", "every_days": "Every so many days",
            "interval_days": "Every so many days", "follows": "As this oversight asks for",
            "begins_on": "First"},
    told=("every_days",),
)  # fmt: skip

INSPECTIONS = Register(
    "inspections",
    InspectionSerializer,
    about="An inspection is a look by somebody who is not of a project at whether its work is as it"
    " should be. One that is planned for a stage, or failed there, holds the gate to it.",
    columns=("code", "title", "project", "hold_point", "inspector", "planned_on", "state",
             "result"),
    filters=("state", "result", "inspector", "overdue", "programme", "project"),
    groups=("state", "result", "inspector", "project"),
    parents=("project", "plan", "milestone"),
    order="planned_on",
    sections=(
        Section("What is looked at", ("project", "code", "title", "asset_version", "hold_point",
                                        "milestone", "plan")),
        Section("By whom, and when", ("inspector", "planned_on")),
        Section("What it came to", ("state", "held_on", "result", "report")),
    ),
    labels={"asset_version": "Compared with", "hold_point": "Holds the stage",
            "milestone": "Holds the milestone", "plan": "Drawn from"},
    lanes=Lanes("state", ("code", "title", "inspector", "planned_on")),
)  # fmt: skip

FINDINGS = Register(
    "findings",
    InspectionFindingSerializer,
    about="A finding is something that an inspection found not to be as it should be. Its owner"
    " corrects it, and somebody else verifies that.",
    columns=("code", "text", "project_code", "inspection", "severity", "owner", "due_on",
             "state"),
    filters=("state", "severity", "owner", "overdue", "programme", "project"),
    groups=("state", "severity", "owner", "inspection"),
    parents=("inspection",),
    order="due_on",
    sections=(
        Section("What was found", ("inspection", "code", "text", "severity")),
        Section("Who corrects it", ("owner", "due_on", "root_cause", "corrective_action")),
        Section("Whether it is corrected", ("state", "corrected_by", "verified_by", "closed_on")),
    ),
    labels={"project_code": "Project"},
    lanes=Lanes("state", ("code", "text", "project_code", "owner", "due_on")),
)  # fmt: skip

OVERSIGHT_DECISIONS = Register(
    "oversight-decisions",
    OversightDecisionSerializer,
    about="A decision about oversight has a project watched more or less closely than its facts ask"
    " for, until a day. Whom it is about reads all of it and may appeal once.",
    called="{project}, {level}",
    columns=("project", "person", "level", "derived_then", "state", "until", "decided_by"),
    filters=("state", "level", "person", "programme", "project"),
    groups=("state", "level", "person", "project"),
    unsummed=dict.fromkeys(
        ("report_days_late", "findings_open"), "It is what was so when it was proposed."
    ),
    parents=("project",),
    order="-id",
    sections=(
        Section("What is proposed", ("project", "level", "until", "evidence")),
        Section("What spoke for it then", ("person", "derived_then", "report_days_late",
                                           "findings_open")),
        Section("What was decided", ("state", "decided_by", "decided_on")),
        Section("The appeal", ("appeal", "answer")),
    ),
    labels={
        "person": "About",
        "derived_then": "Its facts asked for",
        "report_days_late": "Report late by (days)",
        "findings_open": "Findings nobody had verified",
    },
)  # fmt: skip
