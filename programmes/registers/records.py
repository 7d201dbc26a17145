"""The registers of portfolios, programmes and what belongs to them."""

from pmhub.registers import Register, Section
from programmes.registers.currency_rates import NOT_ALL_AT_ONCE, OTHER_CURRENCIES
from programmes.serializers.governance import (
    DcaRecordSerializer,
    HealthOverrideSerializer,
    ObjectiveMeasurementSerializer,
)
from programmes.serializers.records import (
    AssuranceRecommendationSerializer,
    AssuranceReviewSerializer,
    ObjectiveSerializer,
    OutcomeSerializer,
    PortfolioSerializer,
    ProgrammeLineSerializer,
    ProgrammeSerializer,
    TrancheSerializer,
)
from programmes.serializers.reports import StatusReportSerializer

PORTFOLIOS = Register(
    "portfolios",
    PortfolioSerializer,
    about="A portfolio is all change of one organisation that is steered together. Its currency,"
    " its calendar and its thresholds hold for all figures of its programmes and projects.",
    columns=("code", "name", "organisation", "pmo_type", "currency", "money_unit", "as_of"),
    list_panels=("portfolio-index",),
    filters=("organisation",),
    groups=("pmo_type", "money_unit", "status_date_policy"),
    sections=(
        Section("What it is", ("code", "name", "organisation", "pmo_type",
                               "dependency_disclosure", "archived_at")),
        Section("How money is counted", ("currency", "money_unit", "fiscal_year_start_month",
                                         "discount_schedule", "discount_rate",
                                         "discount_base_year")),
        Section("Which day the figures speak of", ("status_date_policy", "status_date",
                                                   "time_zone", "as_of")),
    ),
    labels={
        "pmo_type": "PMO",
        "money_unit": "Amounts in",
        "dependency_disclosure": "What others are told of hidden projects",
        "fiscal_year_start_month": "Month in which the fiscal year begins",
        "discount_rate": "Discount rate, 0 to 1",
        "status_date_policy": "Figures speak of",
        "status_date": "Fixed date",
        "as_of": "As of",
        "archived_at": "Archived",
    },
)  # fmt: skip

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

PROGRAMMES = Register(
    "programmes",
    ProgrammeSerializer,
    about="A programme is projects that together bring about a change which none of them brings"
    " about alone. Their figures are added up here, and the benefits are owned here.",
    columns=("code", "name", "stage", "sro", "programme_manager", "starts_on", "planned_end_on",
             "dca", "contingency_budget"),
    filters=("stage", "sro", "programme_manager", "dca", "portfolio"),
    groups=("stage", "portfolio", "sro", "programme_manager", "dca", "governance_type",
            "business_case_stage"),
    sums=("contingency_budget",),
    parents=("portfolio",),
    sections=(
        Section("What it is for", ("code", "name", "portfolio", "vision",
                                   "target_operating_model", "objectives")),
        Section("Who leads it", ("sro", "programme_manager", "bcms", "governance_type",
                                 "governance")),
        Section("Where it stands", ("stage", "starts_on", "planned_end_on", "actual_end_on", "dca",
                                    "dca_on", "dca_basis", "template", "template_version",
                                    "split_from", "merged_into", "archived_at")),
        Section("Business case and money", ("business_case_stage", "business_case_approved_on",
                                            "business_case_ref", "funding_approach",
                                            "contingency_budget")),
    ),
    labels={
        "sro": "SRO",
        "bcms": "Business change managers",
        "governance_type": "Kind of governance",
        "dca": "Delivery confidence",
        "dca_on": "Confidence assessed",
        "dca_basis": "What the confidence rests on",
        "business_case_ref": "Business case reference",
        "archived_at": "Archived",
    },
)  # fmt: skip

TRANCHES = Register(
    "tranches",
    TrancheSerializer,
    about="A tranche is a step of a programme. It ends in a landing point, a way of operating that"
    " one can stay in, and with the decision whether to go on.",
    columns=("code", "name", "programme", "sequence", "state", "starts_on", "ends_on"),
    filters=("state", "programme"),
    groups=("state", "programme"),
    parents=("programme",),
    sections=(
        Section("Which step it is", ("code", "name", "programme", "sequence", "state")),
        Section("When and to what end", ("starts_on", "ends_on", "landing_point")),
    ),
    panels=("stages", "gates-ahead"),
    labels={"sequence": "Place in order"},
)  # fmt: skip

OUTCOMES = Register(
    "outcomes",
    OutcomeSerializer,
    about="An outcome is a changed way of working. Outputs of projects make it possible, and"
    " benefits come of it.",
    columns=("code", "title", "programme", "state", "bcm", "capability_ready_on",
             "transition_start", "embedded_on"),
    filters=("state", "bcm", "programme"),
    groups=("state", "bcm", "programme"),
    parents=("programme",),
    sections=(
        Section("What changes", ("code", "title", "programme", "current_state", "future_state")),
        Section("How far it is", ("state", "bcm", "capability_ready_on", "transition_start",
                                  "go_reason", "embedded_on", "embedding_decision")),
    ),
    panels=("map-place", "transition"),
    labels={
        "bcm": "Business change manager",
        "capability_ready_on": "Capability ready by",
        "embedded_on": "Embedded by",
        "current_state": "How it is now",
        "future_state": "How it will be",
        "transition_start": "Transition starts",
        "go_reason": "Why it started",
        "embedding_decision": "Embedded by decision",
    },
)  # fmt: skip

PROGRAMME_LINES = Register(
    "programme-lines",
    ProgrammeLineSerializer,
    about="A programme line is a part of the programme's own budget, beside those of its projects,"
    " such as for its office. It counts in the programme's budget and in what it will have cost; in"
    " another currency, by the budget rate of its year.",
    called="{programme} {code}",
    columns=("code", "programme", "kind", "treatment", "fiscal_year", "approved_budget",
             "estimate_to_complete", "foreign_currency", "foreign_approved_budget",
             "foreign_estimate_to_complete"),
    filters=("programme", "kind", "treatment", "fiscal_year", "foreign_currency"),
    groups=("programme", "kind", "treatment", "fiscal_year"),
    sums=("approved_budget", "estimate_to_complete"),
    unsummed={
        **dict.fromkeys(("foreign_approved_budget", "foreign_estimate_to_complete",
                         "foreign_estimate_to_complete_low", "foreign_estimate_to_complete_high"),
                        OTHER_CURRENCIES),
        **dict.fromkeys(("estimate_to_complete_low", "estimate_to_complete_high"), NOT_ALL_AT_ONCE),
    },
    parents=("programme",),
    sections=(
        Section("What it is for", ("code", "programme", "kind", "treatment", "fiscal_year")),
        Section("How much", ("approved_budget", "estimate_to_complete",
                             "estimate_to_complete_low", "estimate_to_complete_high")),
        Section("If it is in another currency", ("foreign_currency", "foreign_approved_budget",
                                                 "foreign_estimate_to_complete",
                                                 "foreign_estimate_to_complete_low",
                                                 "foreign_estimate_to_complete_high",
                                                 "exchange_rate"),
                says="Then leave the amounts above out: they follow by the budget rate of the"
                " year."),
    ),
    labels={"treatment": "Capital or revenue",
            "estimate_to_complete_low": "To complete, at least",
            "estimate_to_complete_high": "To complete, at most",
            "foreign_estimate_to_complete_low": "Foreign to complete, at least",
            "foreign_estimate_to_complete_high": "Foreign to complete, at most"},
)  # fmt: skip

ASSURANCE_REVIEWS = Register(
    "assurance-reviews",
    AssuranceReviewSerializer,
    about="An assurance review is an independent look at a programme or a project, such as before"
    " a gate. It judges how sure delivery is, and recommends what to do.",
    columns=("code", "title", "programme", "project", "kind", "state", "planned_on", "held_on",
             "dca"),
    filters=("state", "kind", "dca", "programme", "project"),
    groups=("state", "kind", "dca", "programme", "project"),
    parents=("project", "programme"),
    sections=(
        Section("What is looked at", ("code", "title", "kind", "programme", "project"),
                says="Either a programme or a project."),
        Section("When and with what result", ("planned_on", "held_on", "state", "dca")),
    ),
    labels={"dca": "Delivery confidence"},
)  # fmt: skip

ASSURANCE_RECOMMENDATIONS = Register(
    "assurance-recommendations",
    AssuranceRecommendationSerializer,
    about="An assurance recommendation is what a review asks somebody to do. While it is open it"
    " counts in the health of what was reviewed: a critical one past its date turns it red.",
    columns=("review", "number", "text", "priority", "state", "owner", "due_on", "closed_on"),
    filters=("state", "priority", "owner", "review"),
    groups=("state", "priority", "owner", "review"),
    parents=("review",),
    order="due_on",
    sections=(
        Section("What is asked for", ("review", "number", "text", "priority")),
        Section("Who does it", ("owner", "due_on", "state", "closed_on")),
    ),
    labels={"text": "Recommendation"},
)  # fmt: skip

STATUS_REPORTS = Register(
    "status-reports",
    StatusReportSerializer,
    about="A status report says in words how a programme or project stands, to whom it answers."
    " Once published it stays; a correction is another report.",
    called="{project|programme} to {period_end}",
    columns=("period_end", "project", "programme", "state", "declared_rag", "achieved", "author",
             "published_at"),
    filters=("state", "kind", "declared_rag", "project", "programme", "author", "period_end__gte",
             "period_end__lte"),
    groups=("project", "programme", "state", "declared_rag", "author"),
    parents=("project", "programme"),
    order="-period_end",
    panels=("report-standing", "report-figures", "end-report", "programme-end"),
    sections=(
        Section("What it speaks of", ("project", "programme", "period_end", "corrects",
                                       "correction_reason")),
        Section("How it stands", ("declared_rag", "declared_reason", "declared_finish")),
        Section(
            "In words", ("achieved", "next_steps", "lessons", "help_needed"),
            says="Markdown makes **bold**, lists and links.", prose=True,
        ),
        Section("How it came to be", ("kind", "state", "author", "approved_by", "published_by",
                                      "published_at")),
    ),
    labels={
        "period_end": "Period to",
        "declared_rag": "Stands",
        "declared_reason": "Why it stands so",
        "declared_finish": "Finish expected",
        "achieved": "What was achieved",
        "next_steps": "What comes next",
        "lessons": "What was learned",
        "help_needed": "Decisions and help needed",
        "corrects": "Corrects the report",
        "correction_reason": "What it corrects, and why",
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

HEALTH_OVERRIDES = Register(
    "health-overrides",
    HealthOverrideSerializer,
    about="An override sets a colour in the place of the derived health, for 90 days at most and"
    " with a reason, once somebody else has approved it. The derived colour stays visible.",
    called="{colour} for {project|programme} from {starts_on}",
    columns=(
        "programme",
        "project",
        "colour",
        "state",
        "counts",
        "starts_on",
        "expires_on",
        "reason",
        "by",
        "approved_by",
    ),
    filters=("state", "colour", "programme", "project", "by"),
    groups=("state", "colour", "programme", "project", "by", "approved_by"),
    parents=("project", "programme"),
    order="-starts_on",
    sections=(
        Section("Whose health", ("programme", "project"), says="Either a programme or a project."),
        Section("Which colour, why and how long", ("colour", "reason", "starts_on", "expires_on")),
        Section("Who agreed", ("state", "by", "approved_by", "counts")),
    ),
    labels={
        "starts_on": "From",
        "expires_on": "Until",
        "by": "Proposed by",
        "counts": "Counts now",
    },
)
