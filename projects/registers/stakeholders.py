"""The registers of stakeholders and of what is said to them."""

from pmhub.registers import Lanes, Register, Section
from projects.models.communication import PLACES as SAID_IN
from projects.models.stakeholder import PLACES
from projects.serializers.stakeholders import (
    CommunicationSerializer,
    StakeholderAssessmentSerializer,
    StakeholderSerializer,
)

JUDGED = "Influence and interest are judgements: they have no total."

STAKEHOLDERS = Register(
    "stakeholders",
    StakeholderSerializer,
    about="A stakeholder is a person or a group that a change affects, or that can help or stop it."
    " Only who may write stakeholders here reads them.",
    columns=("code", "name", "group", "project", "stance", "wanted_stance", "trend", "influence",
             "interest", "owner"),
    filters=("stance", "wanted_stance", "owner", "programme", "project"),
    groups=("wanted_stance", "group", "owner", "project"),
    unsummed=dict.fromkeys(("influence", "interest"), JUDGED),
    parents=PLACES[::-1],
    list_panels=("stakeholder-map",),
    sections=(
        Section("Who it is", ("code", "name", "group", "person")),
        Section("Where they stand", ("stance", "trend", "influence", "interest", "assessed_on"),
                says="As last assessed: write an assessment to change it."),
        Section("What is wanted", ("wanted_stance", "concerns", "owner")),
        Section("Whose stakeholder it is", PLACES, says="Exactly one of these."),
    ),
    labels={"stance": "Stands", "wanted_stance": "Should stand", "owner": "Looked after by",
            "trend": "Since the time before", "assessed_on": "Assessed"},
)  # fmt: skip

STAKEHOLDER_ASSESSMENTS = Register(
    "stakeholder-assessments",
    StakeholderAssessmentSerializer,
    about="An assessment says where a stakeholder stands on a day. It is never changed: another"
    " follows, and the two are the trend.",
    called="{stakeholder}, {on}",
    columns=("on", "stakeholder", "stance", "influence", "interest", "note", "by"),
    filters=("stance", "stakeholder", "by"),
    groups=("stance", "stakeholder", "by"),
    unsummed=dict.fromkeys(("influence", "interest"), JUDGED),
    parents=("stakeholder",),
    order="-on",
    sections=(
        Section("Who, and when", ("stakeholder", "on")),
        Section("Where they stand", ("stance", "influence", "interest", "note", "by")),
    ),
    labels={"stance": "Stands"},
)

COMMUNICATIONS = Register(
    "communications",
    CommunicationSerializer,
    about="A communication is something that is said to stakeholders: by whom, how and when, and"
    " afterwards whether they heard it.",
    columns=("code", "title", "project", "channel", "owner", "planned_on", "state", "heard",
             "overdue"),
    filters=("state", "heard", "channel", "owner", "overdue", "programme", "project"),
    groups=("state", "channel", "heard", "owner", "project"),
    parents=SAID_IN,
    order="planned_on",
    sections=(
        Section("What is said", ("code", "title", "message", "audience")),
        Section("How and when", ("channel", "owner", "planned_on", "repeats_every", "overdue")),
        Section("Whether it was heard", ("state", "sent_on", "heard", "feedback")),
        Section("What it is about", SAID_IN, says="Exactly one of these."),
    ),
    labels={"owner": "Said by", "sent_on": "Said on", "repeats_every": "Repeated every (days)"},
    lanes=Lanes("state", ("code", "title", "owner", "planned_on")),
)  # fmt: skip
