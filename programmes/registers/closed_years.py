"""The register of closed fiscal years."""

from pmhub.registers import Register, Section
from programmes.serializers.closed_years import ClosedYearSerializer

CLOSED_YEARS = Register(
    "closed-years",
    ClosedYearSerializer,
    heading="Closed fiscal years",
    about="In a closed fiscal year costs, budgets, envelopes, movements of contingency and"
    " measurements stay as they are, whoever would write them, until the PMO opens it again.",
    called="{portfolio}: {fiscal_year}",
    columns=("fiscal_year", "portfolio", "state", "note", "closed_by"),
    filters=("state", "portfolio"),
    groups=("state", "portfolio"),
    unsummed={"fiscal_year": "Years have no total."},
    parents=("portfolio",),
    order="-fiscal_year",
    sections=(
        Section("Which year", ("portfolio", "fiscal_year", "state"),
                says="By the year in which it begins. It is over on the status date."),
        Section("What was settled", ("note", "closed_by")),
    ),
    labels={"closed_by": "Closed by"},
)  # fmt: skip
