"""The registers of disciplines, and of what people can do."""

from pmhub.registers import Register, Section
from programmes.serializers.competence import (
    CompetenceRecordSerializer,
    DisciplineLinkSerializer,
    DisciplineSerializer,
    QualificationSerializer,
    TrainingSerializer,
)

DISCIPLINES = Register(
    "disciplines",
    DisciplineSerializer,
    about="A discipline is a field of work in which people are experienced, such as structural"
    " engineering or data migration.",
    columns=("code", "name", "does", "lead"),
    filters=("lead", "portfolio"),
    groups=("lead", "portfolio"),
    parents=("portfolio",),
    sections=(
        Section("What it is", ("code", "name", "does")),
        Section("Who answers for it", ("lead", "portfolio", "archived_at")),
    ),
    labels={"does": "Gives to projects", "archived_at": "Archived"},
    panels=("discipline-links",),
    list_panels=("discipline-matrix", "discipline-dependencies"),
)

DISCIPLINE_LINKS = Register(
    "discipline-links",
    DisciplineLinkSerializer,
    about="A link says what a discipline gives another one, such as drawings or trained users, and"
    " what that one needs of it. Two may give to each other, each by a link of its own.",
    called="{giver} to {receiver}",
    columns=("giver", "receiver", "gives", "needs"),
    filters=("giver", "receiver", "portfolio"),
    groups=("giver", "receiver"),
    parents=("giver", "receiver"),
    sections=(
        Section("Between whom", ("giver", "receiver"), says="Both of one portfolio."),
        Section("What passes", ("gives", "needs")),
    ),
    labels={"gives": "What it gives", "needs": "What the receiver needs"},
)

COMPETENCE_RECORDS = Register(
    "competence-records",
    CompetenceRecordSerializer,
    about="An assessment says how experienced somebody is, in leading change or in a discipline. It"
    " is never changed: another follows. That person, the PMO and whoever leads above them read"
    " it.",
    called="{person}, {assessed_on}",
    heading="Competence",
    columns=("person", "level", "discipline", "assessed_on", "assessor", "next_on"),
    filters=("person", "discipline", "level"),
    groups=("level", "discipline", "person"),
    parents=("person", "discipline"),
    order="-assessed_on",
    sections=(
        Section("Who, and in what", ("person", "discipline"),
                says="Without a discipline it is of leading change, and projects that they manage"
                " are watched by it."),
        Section("What they can do", ("level", "evidence", "assessed_on", "assessor", "next_on")),
    ),
    labels={"assessor": "Assessed by", "next_on": "Assess again by", "evidence": "Rests on"},
)  # fmt: skip

TRAININGS = Register(
    "trainings",
    TrainingSerializer,
    about="A training is something that somebody learns: planned, and once it was taken with what"
    " came of it. That person, the PMO and whoever leads above them read it.",
    called="{person}: {title}",
    columns=("title", "person", "discipline", "planned_on", "taken_on", "result"),
    filters=("person", "discipline"),
    groups=("person", "discipline"),
    parents=("person", "discipline"),
    order="-planned_on",
    sections=(
        Section("What, and who", ("person", "title", "discipline")),
        Section("When, and what came of it", ("planned_on", "taken_on", "result")),
    ),
)

QUALIFICATIONS = Register(
    "qualifications",
    QualificationSerializer,
    about="A qualification is what a body outside attests to somebody, such as a licence, until it"
    " expires. That person, the PMO and whoever leads above them read it.",
    called="{person}: {title}",
    columns=("title", "person", "discipline", "body", "obtained_on", "expires_on", "expired"),
    filters=("person", "discipline"),
    groups=("title", "person", "discipline"),
    parents=("person", "discipline"),
    order="expires_on",
    sections=(
        Section("What, and who", ("person", "title", "discipline")),
        Section("Who attests it, and until when", ("body", "reference", "obtained_on",
                                                   "expires_on", "expired")),
    ),
)  # fmt: skip
