"""The register of exceptions."""

from pmhub.registers import Register, Section
from programmes.serializers.exceptions import ExceptionSerializer

EXCEPTIONS = Register(
    "exceptions",
    ExceptionSerializer,
    menu=True,
    about="An exception is raised where a project, or the approved case of a programme, has"
    " strayed further than its tolerance allows. The level above decides what becomes of it; until"
    " then the next gate is held.",
    called="{project|case}: {kind}, {opened_on}",
    columns=("kind", "project", "case", "now", "strayed_now", "approved", "unit", "back_inside",
             "state", "decision", "opened_on"),
    filters=("state", "kind", "decision", "project", "case"),
    groups=("state", "kind", "decision", "project", "case"),
    unsummed=dict.fromkeys(
        ("now", "strayed_now", "approved"),
        "Values are each in the unit of their kind: they have no total."
    ),
    parents=("project", "case"),
    order="-opened_on",
    sections=(
        Section("What has strayed", ("project", "case", "kind", "now", "strayed_now",
                                     "approved", "unit", "back_inside", "tolerance", "opened_on",
                                     "cause")),
        Section("What could be done", ("options",)),
        Section("What was decided", ("state", "decision", "until", "reason", "decided_on",
                                     "decision_record")),
    ),
    panels=("exception-moved",),
    labels={"now": "Strayed by", "strayed_now": "Strays now by", "approved": "May stray by",
            "back_inside": "Within it again", "case": "Business case",
            "decision_record": "Recorded as"},
)  # fmt: skip
