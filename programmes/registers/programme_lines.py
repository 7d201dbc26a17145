"""The register of lines of programmes."""

from pmhub.registers import Register, Section
from programmes.registers.currency_rates import NOT_ALL_AT_ONCE, OTHER_CURRENCIES
from programmes.serializers.programme_lines import ProgrammeLineSerializer

PROGRAMME_LINES = Register(
    "programme-lines",
    ProgrammeLineSerializer,
    about="A programme line is a part of the programme's own budget, beside those of its projects,"
    " such as for its office. It counts in the programme's budget and in what it will have cost; in"
    " another currency, by the budget rate of its year.",
    called="{programme} {code}",
    columns=("code", "programme", "kind", "treatment", "fiscal_year", "approved_budget",
             "estimate_to_complete"),
    filters=("programme", "kind", "treatment", "fiscal_year"),
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
