"""The register of exchange rates."""

from pmhub.registers import Register, Section
from programmes.serializers.currency_rates import CurrencyRateSerializer

NOT_ALL_AT_ONCE = "Lines do not all come to their least, or to their most."
OTHER_CURRENCIES = "Amounts in other currencies do not add up; what they come to does."

CURRENCY_RATES = Register(
    "currency-rates",
    CurrencyRateSerializer,
    heading="Exchange rates",
    about="An exchange rate says what one of another currency comes to in that of the portfolio,"
    " from a day on until the next. A cost in another currency counts by the actual rate of the day"
    " on which it is posted, a line of a budget by the budget rate of the first day of its year;"
    " what a benefit is planned to bring by that of its year, what was measured by the actual rate"
    " of the day its period ends. While there is none, it does not count.",
    called="{currency} from {valid_from}",
    columns=("currency", "kind", "valid_from", "rate", "to_currency", "portfolio", "source"),
    filters=("portfolio", "currency", "kind", "valid_from__gte", "valid_from__lte"),
    groups=("currency", "kind", "portfolio"),
    unsummed={"rate": "Rates do not add up."},
    parents=("portfolio",),
    order="-valid_from",
    sections=(
        Section("Which currency", ("portfolio", "currency", "kind")),
        Section("From when on, and how much", ("valid_from", "rate", "to_currency"),
                says="Figures that were converted by the rate before are computed anew."),
        Section("Who says so", ("source",)),
    ),
    labels={"to_currency": "In"},
)  # fmt: skip
