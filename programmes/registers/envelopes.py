"""The register of envelopes."""

from pmhub.registers import Register, Section
from programmes.serializers.envelopes import EnvelopeSerializer

ENVELOPES = Register(
    "envelopes",
    EnvelopeSerializer,
    about="An envelope says how much may be approved in a fiscal year, as capital or as revenue: in"
    " a portfolio, and of that in each of its programmes. What is approved on budget lines, and"
    " asked for, stands beside it.",
    called="{programme|portfolio} {fiscal_year}, {treatment}",
    columns=("fiscal_year", "treatment", "programme", "portfolio", "amount", "shared_out",
             "approved", "requested", "left"),
    filters=("fiscal_year", "treatment", "programme", "portfolio"),
    groups=("fiscal_year", "treatment", "programme", "portfolio"),
    unsummed=dict.fromkeys(
        ("amount", "shared_out", "approved", "requested", "left"),
        "Envelopes of programmes are parts of the portfolio's: they have no total.",
    ),
    parents=("programme", "portfolio"),
    order="-fiscal_year",
    list_panels=("envelopes",),
    sections=(
        Section(
            "Whose, and of which year",
            ("portfolio", "programme", "fiscal_year", "treatment"),
            says="Without a programme it is that of the whole portfolio, of which programmes are"
            " given theirs.",
        ),
        Section("How much", ("amount", "approved_by", "approved_on")),
        Section("From the bottom up", ("shared_out", "approved", "requested", "left")),
    ),
    labels={"amount": "Envelope", "treatment": "Capital or revenue",
            "shared_out": "Shared out", "approved": "Approved", "requested": "Asked for",
            "left": "Left", "approved_on": "Set on",
            "approved_by": "Set by"},
)  # fmt: skip
