"""The registers of what projects owe one another, and of what is said about it."""

from pmhub.registers import Board, Lanes, Register, Section
from projects.serializers.schedule import DependencyMessageSerializer, DependencySerializer

DEPENDENCIES = Register(
    "dependencies",
    DependencySerializer,
    menu=True,
    about="A dependency says what one project owes another, and by when. The giver and the"
    " receiver each take their own steps.",
    columns=("code", "deliverable", "giver", "receiver", "status", "status_derived", "need_by",
             "effective_forecast", "lateness_days", "remaining_float_days"),
    filters=("status", "giver", "receiver", "hardness"),
    groups=("status", "giver", "receiver", "discipline", "hardness"),
    parents=("receiver", "giver"),
    sections=(
        Section("What is owed", ("code", "deliverable", "giver", "giver_milestone",
                                 "external_giver", "receiver", "receiver_milestone",
                                 "discipline", "completion_criteria", "status")),
        Section("When", ("need_by", "agreed_on", "forecast_on", "delivered_on", "accepted_on",
                         "effective_forecast", "lateness_days", "remaining_float_days",
                         "status_derived", "warnings")),
        Section("How it binds", ("kind", "lag_days", "drives_schedule", "hardness",
                                 "giver_owner", "receiver_owner")),
    ),
    labels={
        "status_derived": "Stands",
        "effective_forecast": "Comes on",
        "lateness_days": "Late, days",
        "remaining_float_days": "Float left, days",
        "lag_days": "Lag, days",
        "external_giver": "Giver outside the portfolio",
        "need_by": "Needed by",
    },
    instead={
        "giver": ("external_giver", "giver_title", "giver_contact"),
        "receiver": ("receiver_title", "receiver_contact"),
    },
    panels=("dependency-days", "dependency-messages"),
    board=Board(
        "giver",
        "receiver",
        colour="status_derived",
        says="A line gives, a column receives. A cell counts what is between the two, in the colour"
        " of the worst, and leads to it.",
    ),
    lanes=Lanes("status", ("code", "deliverable", "giver", "receiver", "need_by",
                           "effective_forecast", "remaining_float_days", "status_derived")),
)  # fmt: skip

DEPENDENCY_MESSAGES = Register(
    "dependency-messages",
    DependencyMessageSerializer,
    about="A message is what one side of a dependency says to the other. A request or an offer"
    " stands until the other side answers; a note asks for no answer.",
    columns=("at", "dependency", "side", "kind", "need_by", "forecast_on", "text", "by"),
    filters=("dependency", "side", "kind"),
    groups=("dependency", "side", "kind"),
    order="-at",
    sections=(
        Section("What is said", ("dependency", "side", "kind", "need_by", "forecast_on", "text",
                                 "by", "at"),
                says="It stays as it is. Who acts for both sides says for which one."),
    ),
    labels={"by": "Written by", "at": "When", "need_by": "Needed by", "forecast_on": "Comes on"},
)  # fmt: skip
