"""The registers of decisions and their acknowledgements."""

from pmhub.registers import Register, Section
from programmes.serializers.decisions import AcknowledgementSerializer, DecisionRecordSerializer

DECISIONS = Register(
    "decisions",
    DecisionRecordSerializer,
    menu=True,
    about="A decision is a question with its options, and once it is made what was decided, by"
    " whom and why. A new baseline, an override, a move and a stop leave one by themselves.",
    columns=("title", "programme", "project", "state", "outcome", "rationale",
             "decided_on", "decided_by", "board"),
    filters=("state", "cause", "programme", "project", "board", "decided_on__gte",
             "decided_on__lte"),
    groups=("state", "cause", "programme", "project", "board"),
    parents=("project", "programme", "portfolio", "meeting", "risk", "issue"),
    order="-decided_on",
    sections=(
        Section("What is asked", ("title", "question", "options", "came_of", "cause", "meeting",
                                   "supersedes", "superseded_by")),
        Section("About what", ("project", "programme", "portfolio", "risk", "issue"),
                says="One of the three, and a risk or an issue of it where it is about that."),
        Section("What was decided", ("state", "outcome", "rationale", "consequences", "decided_on",
                                     "decided_by", "board", "present", "deputies", "review_on")),
        Section("Who is to know of it", ("audience",)),
    ),
    list_panels=("to-acknowledge",),
    first_panels=("decision-standing",),
    labels={"present": "Who was there", "deputies": "By deputy", "cause": "Kind of cause",
            "came_of": "Came of", "review_on": "To be looked at again",
            "audience": "Asked to acknowledge it"},
)  # fmt: skip


ACKNOWLEDGEMENTS = Register(
    "acknowledgements",
    AcknowledgementSerializer,
    about="An acknowledgement is the word of somebody who is to know of a decision that they have"
    " read it. Who is asked is named with the decision, before it is made.",
    called="{decision}: {person}",
    columns=("decision", "person", "state", "asked_on", "asked_again_on", "read_on"),
    filters=("state", "person", "decision"),
    groups=("state", "person", "decision"),
    parents=("decision",),
    sections=(
        Section("What was decided", ("decision", "outcome", "rationale")),
        Section("Who is to know of it", ("person", "asked_on", "asked_again_on")),
        Section("Whether they do", ("state", "read_on")),
    ),
)
