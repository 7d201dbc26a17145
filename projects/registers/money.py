"""The registers of money."""

from pmhub.registers import Register, Section
from programmes.registers.currency_rates import NOT_ALL_AT_ONCE, OTHER_CURRENCIES
from projects.serializers.money import (
    BudgetLineSerializer,
    CommitmentSerializer,
    ContingencyMovementSerializer,
    CostActualSerializer,
)

SCOPE = ("project", "programme")

BUDGET_LINES = Register(
    "budget-lines",
    BudgetLineSerializer,
    about="A budget line is a part of a project's budget, by category and year. What is approved"
    " on it counts in the approved budget of the project; in another currency, by the budget rate"
    " of its year.",
    called="{project} {code}",
    columns=("code", "project", "category", "treatment", "fiscal_year", "baseline", "approved",
             "forecast"),
    filters=("project", "category", "treatment", "fiscal_year"),
    groups=("project", "category", "treatment", "fiscal_year"),
    sums=("baseline", "approved", "forecast"),
    unsummed={
        **dict.fromkeys(("foreign_baseline", "foreign_approved", "foreign_forecast",
                         "foreign_forecast_low", "foreign_forecast_high"), OTHER_CURRENCIES),
        **dict.fromkeys(("forecast_low", "forecast_high"), NOT_ALL_AT_ONCE),
    },
    parents=("project",),
    sections=(
        Section("What it is for", ("code", "project", "category", "treatment", "fiscal_year")),
        Section("How much", ("baseline", "approved", "forecast", "forecast_low", "forecast_high")),
        Section("If it is in another currency", ("foreign_currency", "foreign_baseline",
                                                 "foreign_approved", "foreign_forecast",
                                                 "foreign_forecast_low", "foreign_forecast_high",
                                                 "exchange_rate"),
                says="Then leave the amounts above out: they follow by the budget rate of"
                " the year."),
    ),
    labels={"treatment": "Capital or revenue", "forecast_low": "Forecast, at least",
            "forecast_high": "Forecast, at most",
            "foreign_forecast_low": "Foreign forecast, at least",
            "foreign_forecast_high": "Foreign forecast, at most"},
)  # fmt: skip

COST_ACTUALS = Register(
    "cost-actuals",
    CostActualSerializer,
    about="A cost actual is money spent by a project, or by a line of the programme itself. It"
    " counts in the cost to date from the day on which it is posted; a reversal is below 0. One in"
    " another currency counts by the exchange rate of that day, and does not while there is none.",
    called="{amount} on {posted_on}",
    columns=("posted_on", "project", "budget_line", "programme_line", "kind", "amount",
             "treatment", "description", "source_ref"),
    filters=("project", "budget_line", "programme_line", "kind", "posted_on__gte",
             "posted_on__lte"),
    groups=("project", "programme_line", "kind"),
    sums=("amount",),
    unsummed={"foreign_amount": OTHER_CURRENCIES},
    parents=("project", "programme_line"),
    order="-posted_on",
    sections=(
        Section("What was spent", ("posted_on", "amount", "kind", "description")),
        Section("Who spent it", ("project", "budget_line", "programme_line", "treatment"),
                says="Either a project, best with the budget line, or a line of the programme."),
        Section("If it was in another currency", ("foreign_currency", "foreign_amount",
                                                  "exchange_rate"),
                says="Then leave the amount out: it follows by the exchange rate of the day."),
        Section("If it was posted in error", ("reverses", "reversed_by")),
        Section("Where it was booked", ("source", "source_ref"),
                says="The same reference of the same source is posted once, however often it"
                " comes."),
    ),
    labels={"source_ref": "Reference"},
    panels=("equal-postings",),
)  # fmt: skip

COMMITMENTS = Register(
    "commitments",
    CommitmentSerializer,
    about="A commitment is what is ordered on a budget line. What is not invoiced yet is held"
    " against the forecast of the line; it is added to no total. One in another currency is"
    " converted by the exchange rate of the day it was placed on.",
    called="{reference} {supplier}",
    columns=("reference", "supplier", "budget_line", "amount", "invoiced", "foreign_amount",
             "foreign_invoiced", "foreign_currency", "placed_on", "state"),
    filters=("state", "supplier", "budget_line", "foreign_currency"),
    groups=("state", "supplier", "budget_line"),
    sums=("amount", "invoiced"),
    unsummed=dict.fromkeys(("foreign_amount", "foreign_invoiced"), OTHER_CURRENCIES),
    parents=("budget_line",),
    order="-placed_on",
    sections=(
        Section("What is ordered", ("budget_line", "supplier", "amount", "placed_on", "state")),
        Section("What came of it", ("invoiced", "excess_reason")),
        Section("If it is in another currency", ("foreign_currency", "foreign_amount",
                                                 "foreign_invoiced", "exchange_rate"),
                says="Then leave the amounts above out: they follow by the exchange rate of the day"
                " on which it was placed."),
        Section("Where it was booked", ("source", "reference")),
    ),
    labels={"excess_reason": "Why more is invoiced than ordered"},
)  # fmt: skip

CONTINGENCY_MOVEMENTS = Register(
    "contingency-movements",
    ContingencyMovementSerializer,
    about="A contingency movement gives a project money from the contingency of its programme or,"
    " below 0, takes it back. It counts in the project's approved budget.",
    called="{amount} for {project}, {moved_on}",
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
