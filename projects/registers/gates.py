"""The registers of gates, and of what they look at, decide and ask for."""

from pmhub.registers import Register, Section
from projects.serializers.gates import (
    GateConditionSerializer,
    GateCriterionSerializer,
    GateSerializer,
    GateVoteSerializer,
    TemplateCriterionSerializer,
)

GATES = Register(
    "gates",
    GateSerializer,
    menu=True,
    about="A gate is where it is decided whether a project, a programme or a tranche goes on to its"
    " next stage. Nothing else moves it on. When it is opened its criteria and those who decide are"
    " fixed; then they vote.",
    columns=("code", "title", "project", "programme", "tranche", "stage_to", "state", "planned_on",
             "decision", "decided_on"),
    filters=("state", "decision", "stage_to", "programme", "project", "tranche"),
    groups=("state", "decision", "stage_to", "project", "programme", "tranche"),
    parents=("project", "programme", "tranche"),
    order="-planned_on",
    sections=(
        Section("What is decided", ("code", "title", "stage_from", "stage_to", "kind",
                                    "planned_on", "ends_on")),
        Section("About what", ("project", "programme", "tranche"), says="One of the three."),
        Section("Who decides", ("oversight", "approvers", "quorum", "pmo_approvers",
                                "pmo_confirms"),
                says="Of a project by how closely it is watched and the kind of PMO, when the gate"
                " opens. Of a programme or a tranche the programme board; the sponsoring group"
                " whether a programme is designed, closes or stops."),
        Section("What was decided", ("state", "decision", "decided_on", "reason")),
    ),
    panels=("gate-holds", "lessons-that-fit"),
    told=("unable",),
    labels={"stage_from": "From", "stage_to": "To", "kind": "Which gate", "ends_on": "Last day",
            "pmo_approvers": "And one of the PMO", "pmo_confirms": "The PMO confirms criteria"},
)  # fmt: skip

GATE_CRITERIA = Register(
    "gate-criteria",
    GateCriterionSerializer,
    about="A criterion is what a gate looks at. A mandatory one that is neither met nor waived"
    " holds the gate; only who decides the gate waives one.",
    columns=("text", "gate", "mandatory", "state", "evidence", "waiver_reason", "assessor"),
    filters=("state", "mandatory", "gate"),
    groups=("state", "gate"),
    parents=("gate",),
    sections=(
        Section("What is looked at", ("gate", "text", "mandatory")),
        Section("Whether it is met", ("state", "evidence", "waiver_reason", "assessor")),
    ),
    labels={"text": "Criterion", "assessor": "Said by"},
)

GATE_VOTES = Register(
    "gate-votes",
    GateVoteSerializer,
    about="A vote is what one of those who decide a gate is for. It is cast on the gate's page,"
    " by a deputy where they are away.",
    called="{person}: {choice}",
    columns=("person", "deputy", "gate", "choice", "comment", "on"),
    filters=("choice", "person", "gate"),
    groups=("choice", "person", "gate"),
    parents=("gate",),
    sections=(Section("Who is for what", ("gate", "person", "deputy", "choice", "comment", "on")),),
)

GATE_CONDITIONS = Register(
    "gate-conditions",
    GateConditionSerializer,
    about="A condition is what has to be done by a day for a gate to have been passed. Open past"
    " that day it has lapsed: assurance is red and the next gate is held, until it is met, extended"
    " or waived by those who decided the gate.",
    columns=("text", "project", "programme", "gate", "owner", "due_on", "state", "lapsed"),
    filters=("state", "lapsed", "owner", "programme", "project"),
    groups=("state", "owner", "project", "programme", "gate"),
    parents=("gate", "project", "programme"),
    order="due_on",
    sections=(
        Section("What is asked for", ("text", "gate", "project", "programme", "owner", "due_on")),
        Section(
            "Whether it is met",
            ("state", "lapsed", "met_on", "evidence", "extension_reason", "waiver_reason"),
        ),
    ),
    labels={
        "text": "Condition",
        "extension_reason": "Extended because",
        "waiver_reason": "Waived because",
    },
)

TEMPLATE_CRITERIA = Register(
    "template-criteria",
    TemplateCriterionSerializer,
    about="A criterion of a template is what the gate to a stage looks at, in every project, or"
    " programme and its tranches, that is begun from it.",
    columns=("text", "template", "stage", "mandatory", "oversight"),
    filters=("template", "stage", "mandatory"),
    groups=("template", "stage"),
    parents=("template",),
    sections=(
        Section("What is looked at", ("template", "stage", "text", "mandatory", "oversight")),
    ),
    labels={"text": "Criterion", "stage": "At the gate to", "oversight": "From oversight"},
)
