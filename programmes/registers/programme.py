"""The registers of programmes and their tranches."""

from pmhub.registers import Register, Section
from programmes.serializers.programme import ProgrammeSerializer, TrancheSerializer

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
