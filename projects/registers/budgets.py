"""The registers of what moves budgets: requests for more, and transfers."""

from pmhub.registers import Register, Section
from projects.serializers.budgets import BudgetRequestSerializer, BudgetTransferSerializer

BUDGET_REQUESTS = Register(
    "budget-requests",
    BudgetRequestSerializer,
    about="A budget request asks that more is approved for a project or a programme in a fiscal"
    " year. Who decides follows from the delegated limits; approved, it is a budget line at once.",
    columns=("code", "title", "project", "programme", "fiscal_year", "treatment", "amount", "state",
             "level", "approved_amount", "decided_on"),
    filters=("state", "fiscal_year", "treatment", "programme", "project"),
    groups=("state", "fiscal_year", "treatment", "programme", "project"),
    sums=("amount", "approved_amount"),
    parents=("project", "programme"),
    order="-fiscal_year",
    sections=(
        Section("What is asked for", ("code", "title", "project", "programme", "amount",
                                      "fiscal_year", "treatment", "category", "reason"),
                says="For a project or for the programme itself."),
        Section("Who decides", ("state", "level")),
        Section("What was decided", ("approved_amount", "decided_by", "decided_on", "answer",
                                     "decision", "budget_line", "programme_line")),
    ),
    labels={"treatment": "Capital or revenue", "level": "Decided by the", "answer": "Why",
            "amount": "Asked for", "approved_amount": "Approved", "decision": "Allowed by",
            "budget_line": "Written as", "programme_line": "Written as a line of the programme"},
)  # fmt: skip

BUDGET_TRANSFERS = Register(
    "budget-transfers",
    BudgetTransferSerializer,
    about="A budget transfer moves what is approved on one budget line to another. Together they"
    " stay what they were; what is spent or ordered does not move.",
    called="{amount} from {from_line} to {to_line}",
    columns=("from_line", "to_line", "amount", "state", "reason", "on", "decided_by"),
    filters=("state", "from_line", "to_line", "programme", "project"),
    groups=("state", "from_line", "to_line"),
    sums=("amount",),
    parents=("from_line",),
    order="-on",
    sections=(
        Section("What moves", ("from_line", "to_line", "amount")),
        Section("Why", ("reason",)),
        Section("What was decided", ("state", "on", "decided_by")),
    ),
    labels={"from_line": "From", "to_line": "To", "on": "Decided on"},
)  # fmt: skip
