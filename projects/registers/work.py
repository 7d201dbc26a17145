"""The registers of work packages and iterations."""

from pmhub.registers import Lanes, Register, Section
from projects.serializers.work import IterationSerializer, WorkPackageSerializer

WORK_PACKAGES = Register(
    "work-packages",
    WorkPackageSerializer,
    about="A work package is a piece of the work of a project that one person answers for. Where"
    " the project says so, how much of it is complete is counted from its work packages.",
    columns=("code", "title", "project", "output", "owner", "finishes_on", "weight", "percent"),
    filters=("project", "owner", "output", "programme"),
    groups=("project", "owner", "output"),
    sums=("weight",),
    parents=("project",),
    list_panels=("own-packages",),
    sections=(
        Section("What is to be done", ("code", "title", "project", "output", "owner")),
        Section("When", ("starts_on", "finishes_on")),
        Section("How far it is", ("weight", "percent"),
                says="By the method of its project, a package counts with all that is done of it,"
                " or by 0/100 and 50/50 with a fixed share until it is done."),
    ),
    labels={"percent": "Done, %", "owner": "Answers for it"},
)  # fmt: skip

ITERATIONS = Register(
    "iterations",
    IterationSerializer,
    about="An iteration is a stretch of time in which a team does what it has planned for it,"
    " measured in points. Closed, it is changed no more.",
    called="Iteration {number} of {project}",
    columns=("number", "project", "goal", "starts_on", "ends_on", "points_planned", "points_done",
             "state", "released_on"),
    filters=("project", "state", "programme"),
    groups=("project", "state"),
    sums=("points_done",),
    unsummed={
        "points_planned": "What was carried over would count twice.",
        "points_carried": "Points that are carried over count where they were planned first.",
    },
    parents=("project",),
    order="number",
    sections=(
        Section("What it is for", ("project", "number", "goal", "state")),
        Section("When", ("starts_on", "ends_on", "released_on")),
        Section("Points", ("points_planned", "points_carried", "points_done"),
                says="Points are the team's own measure of work."),
    ),
    labels={"points_planned": "Planned", "points_carried": "Of these carried over",
            "points_done": "Done"},
    lanes=Lanes("state", ("number", "goal", "ends_on", "points_planned", "points_done")),
)  # fmt: skip
