"""The register of status reports."""

from pmhub.registers import Register, Section
from programmes.serializers.reports import StatusReportSerializer

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
    autosaves=True,
    list_panels=("reports-late",),
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
