"""Work packages and iterations: how work is cut into pieces, by what is made and by time."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import (
    between,
    choices,
    code_once,
    dated,
    numbers,
    ordered,
    rule,
)
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.closure_triggers import LIVE_PROJECTS, while_project_lasts
from projects.models.output import Output
from projects.models.progress import counts, less_for_a_reason
from projects.models.project import Project
from projects.percent import BY_PACKAGES, BY_POINTS

OTHER_PROJECT = "This output is another project's."
HOLDS = "A closed iteration is changed no more: the next one says what came of it."


class IterationState(models.TextChoices):
    """Whether the team still works in it."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    RELEASED = "released", _("Released")


I = IterationState  # noqa: E741  # as the other tables of states begin
ITERATION = Lifecycle(
    "state",
    initial=anybody(I.OPEN),
    moves=(
        move("closing", "Close the iteration", "closed", I.CLOSED, [I.OPEN],
             asks=("points_done",),
             says="Its points stand from now on. What was left undone stays in the scope: the"
             " iteration that takes it on says how many points it carries over."),
        move("release", "Record its release", "released", I.RELEASED, [I.CLOSED],
             asks=("released_on",), says="What it brought is in use."),
    ),
)  # fmt: skip


class WorkPackage(Record):
    """A piece of the work of a project that one person answers for. Where the project says so, how
    much of it is complete is counted from its work packages, by their weight."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="work_packages")
    output = models.ForeignKey(
        Output, models.RESTRICT, null=True, blank=True, related_name="work_packages",
        help_text=_("What it helps to make"),
    )  # fmt: skip
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="work_packages",
        help_text=_("Who answers for it, and may say how much is done"),
    )  # fmt: skip
    starts_on = models.DateField(null=True, blank=True)
    finishes_on = models.DateField(null=True, blank=True)
    weight = models.DecimalField(
        max_digits=8,
        decimal_places=3,
        default=Decimal(1),
        help_text=_("How much it counts beside the others, in days of work or any other measure"),
    )
    percent = models.DecimalField(
        max_digits=6, decimal_places=3, default=0, help_text=_("How much of it is done")
    )

    answered_for = {"owner": Q(percent__lt=100)}
    visible_through = ("project",)
    joins = {"output": Join.SEE}
    added_while = {"project": LIVE_PROJECTS}
    first_code = "WP01"

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = [
            versioned(),
            *counts("weight", BY_PACKAGES),
            less_for_a_reason("percent"),
            while_project_lasts("{row}.percent < 100", "percent"),
            belongs(
                "workpackage",
                "output",
                "FROM projects_output WHERE id = NEW.output_id AND project_id = NEW.project_id",
                OTHER_PROJECT,
                same=("project_id",),
            ),
        ]
        indexes = [searched("workpackage", "code", "title")]
        constraints = [
            code_once("workpackage", "project"),
            between("workpackage", "percent", 0, 100),
            *numbers("workpackage", "weight", low=0),
            ordered("workpackage", "starts_on", "finishes_on"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Iteration(Record):
    """A stretch of time in which a team does what it has planned for it, measured in points. Where
    the project says so, how much of it is complete is counted from them. Closed, it holds."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="iterations")
    number = models.PositiveSmallIntegerField()
    goal = models.CharField(max_length=300, help_text=_("What is different once it is done"))
    starts_on = models.DateField()
    ends_on = models.DateField()
    points_planned = models.DecimalField(
        max_digits=8, decimal_places=1, default=0, help_text=_("All that the team took on in it")
    )
    points_carried = models.DecimalField(
        max_digits=8,
        decimal_places=1,
        default=0,
        help_text=_("Of these, how many an earlier iteration left undone: they count once"),
    )
    points_done = models.DecimalField(max_digits=8, decimal_places=1, default=0)
    state = models.CharField(max_length=10, choices=IterationState, default=IterationState.OPEN)
    released_on = models.DateField(null=True, blank=True)

    visible_through = ("project",)
    lifecycles = (ITERATION,)
    added_while = {"project": LIVE_PROJECTS}
    edited_in = (IterationState.OPEN,)
    happened = ("released_on",)
    stays = (
        RetentionRule("closed_iteration", ~Q(state="open"), "A closed iteration is never deleted."),
    )
    refuses = {
        "iteration_holds": ("", HOLDS),
        "iteration_released": ("released_on", "It was released on the day that is said already."),
    }

    class Meta:
        ordering = ["project", "number"]
        triggers = [
            versioned(),
            *counts("points_planned", [BY_POINTS]),
            ITERATION.trigger("iteration"),
            while_project_lasts("{row}.state = 'open'", "state"),
            frozen(
                "iteration_holds", "OLD.state <> 'open'", "project_id", "number", "goal",
                "starts_on", "ends_on", "points_planned", "points_carried", "points_done",
            ),
            frozen("iteration_released", "OLD.state = 'released'", "released_on"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                name="iteration_number",
                violation_error_message="This number is taken in this project.",
            ),
            choices("iteration", "state", IterationState),
            *numbers("iteration", "points_planned", "points_carried", "points_done", low=0),
            rule(
                "iteration_carried",
                "points_carried",
                Q(points_carried__lte=models.F("points_planned")),
                "Enter no more than is planned: the rest is not carried over.",
            ),
            rule(
                "iteration_done",
                "points_done",
                Q(points_done__lte=models.F("points_planned")),
                "No more is done than is planned: plan first what was taken on besides.",
            ),
            ordered("iteration", "starts_on", "ends_on"),
            ordered("iteration", "starts_on", "released_on"),
            rule(
                "iteration_released",
                "released_on",
                ~Q(state="released") | Q(released_on__isnull=False),
                "What is released has the day of it.",
            ),
            dated(
                "iteration",
                "released_on",
                "state",
                IterationState.RELEASED,
                message="Only a closed iteration has the day of its release: release it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"Iteration {self.number}"
