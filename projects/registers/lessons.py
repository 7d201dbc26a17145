"""The registers of lessons and of what was answered to them."""

from pmhub.registers import Lanes, Register, Section
from projects.models.lesson import PLACES, SHOWN_AT
from projects.serializers.lessons import LessonSerializer, LessonUseSerializer

LESSONS = Register(
    "lessons",
    LessonSerializer,
    menu=True,
    about="A lesson is something that was learned, and what others do who come to the same point."
    " Once somebody else has validated it, it is shown where it fits: at a project, a risk, an"
    " issue and a gate.",
    columns=("code", "title", "kind", "state", "category", "stage", "discipline", "project",
             "programme"),
    filters=("state", "kind", "category", "stage", "programme", "project"),
    groups=("state", "kind", "category", "stage", "discipline", "project", "programme"),
    parents=(*PLACES, "asset"),
    order="-updated_at",
    sections=(
        Section("What was learned", ("code", "title", "kind", "what_happened", "cause",
                                     "recommendation")),
        Section("Where it fits", ("category", "stage", "discipline", "delivery_approach"),
                says="What is left empty says nothing: the words decide."),
        Section("Where it was learned", (*PLACES, "event"), says="Exactly one of the three."),
        Section("What became of it", ("state", "validated_by", "asset", "cleared_from")),
    ),
    labels={"kind": "What to do", "event": "Learned at", "asset": "About the standard",
            "cleared_from": "Cleared from", "category": "Category of risks"},
    panels=("lesson-used",),
    lanes=Lanes("state", ("code", "title", "kind", "category")),
)  # fmt: skip

LESSON_USES = Register(
    "lesson-uses",
    LessonUseSerializer,
    heading="Answers to lessons",
    about="An answer says what was done with a lesson where it fits: adopted, which makes an"
    " action, covered already, or not applicable, and why.",
    called="{lesson}: {answer}",
    columns=("lesson", "place", "answer", "reason", "action", "person", "on", "recurred"),
    filters=("answer", "lesson", "project"),
    groups=("answer", "lesson"),
    parents=("lesson", *SHOWN_AT),
    order="-on",
    sections=(
        Section("What was answered", ("lesson", "answer", "reason"),
                says="What is not adopted says why."),
        Section("What is done", ("due_on", "action"),
                says="Of an adopted lesson: by when somebody does it."),
        Section("Where", SHOWN_AT, says="Exactly one of these."),
        Section("Who said so", ("person", "on", "recurred")),
    ),
    labels={"place": "At", "person": "Answered by", "recurred": "Happened again",
            "due_on": "By when"},
)  # fmt: skip
