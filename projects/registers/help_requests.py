"""The registers of what the PMO offers, and of what it is asked."""

from pmhub.registers import Lanes, Register, Section
from projects.models.help_requests import PLACES
from projects.serializers.help_requests import HelpRequestSerializer, ServiceSerializer

SERVICES = Register(
    "services",
    ServiceSerializer,
    heading="Services of the PMO",
    about="A service is something that the PMO does for projects and programmes that ask for it:"
    " who answers, and within how many days.",
    columns=("code", "name", "description", "owner", "days_to_answer"),
    filters=("owner", "portfolio"),
    groups=("owner", "portfolio"),
    unsummed={"days_to_answer": "Each is answered within its own days: they have no total."},
    parents=("portfolio",),
    sections=(
        Section("What one gets", ("code", "name", "description", "portfolio")),
        Section("Who answers", ("owner", "days_to_answer")),
    ),
    labels={"owner": "Answered by", "days_to_answer": "Answered within (days)"},
)

HELP_REQUESTS = Register(
    "help-requests",
    HelpRequestSerializer,
    heading="Requests for help",
    about="A request for help is a question to the PMO about a project, a programme or a portfolio."
    " It is seen by who asked, who answers and the PMO.",
    columns=("code", "title", "project", "service", "asked_by", "owner", "due_on", "state",
             "overdue"),
    filters=("state", "service", "owner", "overdue", "programme", "project"),
    groups=("state", "service", "owner", "asked_by"),
    unsummed={"rating": "Ratings are judgements: they have no total."},
    parents=("project", "programme", "portfolio", "service"),
    order="due_on",
    sections=(
        Section("What is asked", ("code", "title", "question", "service")),
        Section("Who answers, and by when", ("asked_by", "owner", "due_on", "overdue")),
        Section("The answer", ("state", "answer", "answered_on", "rating")),
        Section("What it is about", PLACES, says="Exactly one of these."),
    ),
    labels={"owner": "Answered by", "rating": "How much it helped"},
    lanes=Lanes("state", ("code", "title", "owner", "due_on")),
)  # fmt: skip
