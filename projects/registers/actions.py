"""The register of what is done about risks, issues and whatever else asks for it."""

from pmhub.registers import Lanes, Register, Section
from projects.models import SOURCES
from projects.serializers.actions import ActionSerializer

ACTIONS = Register(
    "actions",
    ActionSerializer,
    menu=True,
    about="An action is what somebody does by a day: about a risk, an issue, an assumption, a"
    " recommendation, a decision, a meeting of a board, the transition to an outcome, or a project"
    " or programme as a whole.",
    columns=("title", "effect", "owner", "due_on", "overdue", "state", "source_code", "done_on"),
    filters=("state", "owner", "overdue"),
    groups=("state", "owner", "project", "programme"),
    parents=SOURCES,
    order="due_on",
    sections=(
        Section("What is done", ("title", "effect", "owner", "due_on", "state", "overdue")),
        Section("What came of it", ("done_on", "evidence")),
        Section("What it is about", SOURCES, says="Exactly one of these."),
    ),
    labels={"source_code": "About", "due_on": "Due", "done_on": "Done"},
    lanes=Lanes("state", ("title", "source_code", "owner", "due_on")),
)
