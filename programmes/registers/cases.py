"""The registers of business cases, their options and flows."""

from pmhub.registers import Register, Section
from programmes.serializers.cases import (
    BusinessCaseSerializer,
    CaseFlowSerializer,
    CaseOptionSerializer,
)

BUSINESS_CASES = Register(
    "business-cases",
    BusinessCaseSerializer,
    menu=True,
    about="A business case says why a programme, or a project that stands alone, is worth its"
    " money: it compares options, one of which does nothing or the minimum, and prefers one."
    " Approved, it is what figures are compared with from then on.",
    called="{kind}, version {number}",
    columns=("code", "programme", "project", "kind", "number", "state", "npsv", "npsv_now",
             "npsv_change", "approved_on"),
    filters=("state", "kind", "programme", "project"),
    groups=("state", "kind", "programme", "project"),
    unsummed=dict.fromkeys(
        ("npsv", "npsv_now", "npsv_change", "benefits_present_value", "costs_present_value"),
        "Values of versions of one case are alternatives: they have no total.",
    ),
    parents=("programme", "project"),
    panels=("case-next", "case-now", "case-options"),
    order="-approved_on",
    sections=(
        Section("Which case it is", ("code", "programme", "project", "kind", "number",
                                     "begun_from", "state"),
                says="Of a programme, or of a project that stands alone. Begun from another of its"
                " cases, it has the texts and options of that; without a code it is called after"
                " its kind."),
        Section("The five cases", ("strategic", "economic", "commercial", "financial",
                                   "management")),
        Section("What is chosen", ("preferred_option", "reason", "base_year", "price_base"),
                says="Where another option has a higher net present value or ratio, say why."),
        Section("What it comes to", ("npsv", "benefits_present_value", "costs_present_value",
                                     "npsv_now", "npsv_change", "last_true_on",
                                     "days_since_true")),
        Section("What was decided", ("approved_by", "approved_on", "rejection_reason")),
    ),
    labels={
        "rejection_reason": "Why it was rejected",
        "npsv": "Net present value",
        "npsv_now": "Net present value now",
        "npsv_change": "Now less approved",
        "last_true_on": "Last true",
        "days_since_true": "Days since it was last true",
        "benefits_present_value": "Present value of benefits",
        "costs_present_value": "Present value of costs",
        "price_base": "Prices of",
    },
)  # fmt: skip


CASE_OPTIONS = Register(
    "case-options",
    CaseOptionSerializer,
    about="An option is a way to go that a business case weighs. What it costs and brings year by"
    " year is entered as its flows; net present value, ratio and payback follow from them.",
    columns=("code", "title", "case", "kind", "npsv", "bcr", "value_for_money", "payback_year",
             "rank"),
    filters=("case", "kind", "bias_category", "foreign_currency"),
    groups=("case", "kind", "bias_category"),
    unsummed=dict.fromkeys(
        ("npsv", "benefits_present_value", "costs_present_value", "risk_cost", "foreign_risk_cost",
         "bcr", "rank",
         "optimism_bias", "mitigation", "strategic_fit", "affordability", "achievability",
         "supplier_capacity", "payback_year"),
        "Options are alternatives: they have no total.",
    ),
    parents=("case",),
    sections=(
        Section("Which option it is", ("code", "title", "case", "kind", "description")),
        Section("How sure its costs are", ("bias_category", "mitigation", "risk_cost"),
                says="Costs are raised by the usual overrun of the category, less the share that"
                " is mitigated; not where risks are priced among the flows."),
        Section("If managing risks is paid in another currency",
                ("foreign_currency", "foreign_risk_cost", "exchange_rate"),
                says="Then leave its cost above out: it follows by the budget rate of the base year"
                " of the case, until that is submitted."),
        Section("What does not count in money", ("strategic_fit", "affordability",
                                                 "achievability", "supplier_capacity"),
                says="From 1, poor, to 5, very good."),
        Section("What it comes to", ("npsv", "bcr", "value_for_money", "payback_year", "rank",
                                     "benefits_present_value", "costs_present_value",
                                     "optimism_bias")),
    ),
    labels={
        "bias_category": "Optimism bias of",
        "mitigation": "Share mitigated",
        "risk_cost": "Cost of managing risks",
        "foreign_risk_cost": "Foreign cost of managing risks",
        "npsv": "Net present value",
        "bcr": "Benefit-cost ratio",
        "payback_year": "Pays back in",
        "benefits_present_value": "Present value of benefits",
        "costs_present_value": "Present value of costs",
    },
)  # fmt: skip


CASE_FLOWS = Register(
    "case-flows",
    CaseFlowSerializer,
    about="A flow is what an option costs or brings in a fiscal year, in real terms. Optimism bias"
    " is not in it: it is added when the option is worked out.",
    called="{kind} {fiscal_year}",
    columns=("option", "fiscal_year", "kind", "treatment", "category", "amount", "low", "high"),
    filters=("option", "kind", "treatment", "fiscal_year"),
    groups=("option", "kind", "treatment", "fiscal_year"),
    unsummed=dict.fromkeys(
        ("amount", "low", "high", "foreign_amount", "foreign_low", "foreign_high"),
        "Costs and benefits are not added up: see the option.",
    ),
    parents=("option",),
    order="fiscal_year",
    sections=(
        Section("What it is", ("option", "fiscal_year", "kind", "treatment", "category")),
        Section("How much", ("amount", "low", "high"),
                says="At least 0, in prices of the case's price base."),
        Section("If it is in another currency", ("foreign_currency", "foreign_amount",
                                                 "foreign_low", "foreign_high", "exchange_rate"),
                says="Then leave the amounts above out: they follow by the budget rate of the year,"
                " until the case is submitted."),
    ),
    labels={"treatment": "Capital or revenue", "foreign_low": "Foreign amount, at least",
            "foreign_high": "Foreign amount, at most"},
)  # fmt: skip
