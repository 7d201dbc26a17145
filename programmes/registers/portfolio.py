"""The register of portfolios."""

from pmhub.registers import Register, Section
from programmes.serializers.portfolio import PortfolioSerializer

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
