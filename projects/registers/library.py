"""The registers of the library of standards and of how projects apply it."""

from pmhub.registers import Register, Section
from projects.serializers.library import (
    AssetVersionSerializer,
    ProcessAssetSerializer,
    TailoringRecordSerializer,
)

PROCESS_ASSETS = Register(
    "process-assets",
    ProcessAssetSerializer,
    heading="Library of standards",
    about="A standard, a procedure, a guideline or a template is what projects follow. What it says"
    " is in its versions, of which one is in force; its owner looks at it again by a day.",
    columns=("code", "title", "kind", "owner", "version_in_force", "mandatory", "review_on",
             "review_overdue"),
    filters=("kind", "mandatory", "owner", "review_overdue", "portfolio"),
    groups=("kind", "owner", "discipline", "stage", "portfolio"),
    unsummed={
        "version_in_force": "Numbers of versions have no total.",
        "least_complexity": "Complexity is a level from 1 to 5: it has no total.",
    },
    parents=("portfolio", "template"),
    sections=(
        Section("What it is", ("code", "title", "kind", "about", "portfolio",
                               "version_in_force")),
        Section("Who keeps it", ("owner", "review_on", "review_overdue")),
        Section("To which projects it applies",
                ("mandatory", "template", "delivery_approach", "least_complexity", "regulated",
                 "stage", "category", "discipline"),
                says="What is left empty holds for all. A mandatory one holds the gates of a"
                " project to which it applies until the project has answered it."),
    ),
    labels={"review_on": "Next review", "review_overdue": "Review overdue",
            "version_in_force": "Version in force", "template": "Begun from",
            "least_complexity": "Complexity from", "regulated": "Regulated only",
            "category": "Category of risks"},
    panels=("standard-in-force", "standard-applied"),
)  # fmt: skip

ASSET_VERSIONS = Register(
    "asset-versions",
    AssetVersionSerializer,
    heading="Versions of standards",
    about="A version is what a standard says. Somebody else than its author publishes it; then it"
    " is in force until the next one is.",
    called="{asset}, version {number}",
    columns=("asset", "number", "state", "effective_from", "approved_by", "lesson",
             "change_reason"),
    filters=("state", "asset", "lesson"),
    groups=("state", "asset", "lesson"),
    unsummed={"number": "Numbers of versions have no total."},
    parents=("asset", "lesson"),
    order="-number",
    sections=(
        Section("What it says", ("asset", "number", "text")),
        Section("Why it differs", ("change_reason", "lesson")),
        Section("Whether it is in force", ("state", "effective_from", "approved_by")),
    ),
    labels={"asset": "Standard", "text": "What is to be done",
            "change_reason": "Why it differs from the one before",
            "lesson": "Changed by the lesson", "effective_from": "In force from"},
)  # fmt: skip

TAILORING_RECORDS = Register(
    "tailoring-records",
    TailoringRecordSerializer,
    about="A tailoring record says how a project applies a standard: as it stands, adapted or not"
    " at all, why, and who agreed to it.",
    called="{project}: {asset_version}",
    columns=("asset_version", "project", "answer", "what", "state", "agreed_by", "agreed_on",
             "until"),
    filters=("answer", "state", "project", "programme", "asset"),
    groups=("answer", "state", "project", "asset_version"),
    parents=("project", "asset_version"),
    sections=(
        Section("How it is applied", ("project", "asset_version", "answer", "what", "reason",
                                      "until"),
                says="Adapted, it says what is done instead; waived, until when. Either says why."),
        Section("Whether that is agreed", ("state", "agreed_by", "agreed_on")),
    ),
    labels={"asset_version": "Standard", "what": "What is done instead", "until": "Last day",
            "agreed_on": "Agreed on"},
)  # fmt: skip
