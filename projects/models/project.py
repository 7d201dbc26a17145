"""The project, its baselines and outputs, and the forecast computed for it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from pmhub.access import LIMITS, Join, ScopedQuerySet, Visible
from pmhub.codes import coded
from pmhub.collation import InOrder, searched
from pmhub.constraints import between, choices, code_once, dated, numbers, one_of, ordered, rule
from pmhub.keeping import Stay
from pmhub.models import Archivable, Coded, Person, Record
from pmhub.triggers import REQUESTS, Mark, frozen, source, stamped
from programmes.models import Portfolio, Programme, Rating, Tranche
from projects.models.circles import no_circle_by_baselines
from projects.models.states import (
    OUTPUT,
    PROJECT_STAGE,
    PROJECT_STATUS,
    OutputState,
    ProjectStage,
    ProjectStatus,
)

LIVE = (ProjectStatus.ACTIVE, ProjectStatus.ON_HOLD)  # still to deliver something


class DeliveryApproach(models.TextChoices):
    """How the project works."""

    LINEAR = "linear", _("Linear")
    ITERATIVE = "iterative", _("Iterative")
    HYBRID = "hybrid", _("Hybrid")


class PercentMethod(models.TextChoices):
    """How percent complete is found."""

    MILESTONES = "weighted_milestones", _("Weighted milestones")
    UNITS = "units", _("Units")
    ZERO_HUNDRED = "0/100", _("0/100")
    FIFTY_FIFTY = "50/50", _("50/50")
    JUDGED = "judged", _("Judged")


def declared_today() -> pgtrigger.Trigger:
    """Date a status that is declared without a date, or changed with the date left as it was, by
    the day that the portfolio's figures speak of; one that is taken back has no date."""
    return pgtrigger.Trigger(
        name="declared_today",
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        func="""
            IF NEW.declared_rag <> '' AND (NEW.declared_on IS NULL OR TG_OP = 'UPDATE'
                AND NEW.declared_rag <> OLD.declared_rag AND NEW.declared_on = OLD.declared_on)
            THEN
                SELECT CASE WHEN p.status_date_policy = 'fixed' THEN p.status_date
                    ELSE (now() AT TIME ZONE p.time_zone)::date END
                INTO NEW.declared_on FROM programmes_portfolio p WHERE p.id = COALESCE(
                    NEW.portfolio_id,
                    (SELECT portfolio_id FROM programmes_programme WHERE id = NEW.programme_id));
            ELSIF TG_OP = 'UPDATE' AND NEW.declared_rag = '' AND OLD.declared_rag <> ''
                AND NEW.declared_on = OLD.declared_on
            THEN
                NEW.declared_on := NULL;
            END IF;
            RETURN NEW;
        """,
    )


def marks_bookings() -> pgtrigger.Trigger:
    """Ask for whoever shares a resource with a project that ends, or goes on again: its bookings
    count no longer than it does."""
    return pgtrigger.Trigger(
        name="bookings_marked",
        level=pgtrigger.Statement,
        operation=pgtrigger.Update,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=f"INSERT INTO {REQUESTS} (kind, object_id)"  # noqa: S608  # our own names
        " SELECT DISTINCT 'R', a.resource_id FROM new_rows n JOIN old_rows o USING (id)"
        " JOIN projects_allocation a ON a.project_id = n.id"
        " WHERE (n.status, n.terminated_on, n.actual_finish)"
        " IS DISTINCT FROM (o.status, o.terminated_on, o.actual_finish); RETURN NULL;",
    )


class Project(Archivable, Coded):
    """One effort with defined outputs, within a programme or standing alone under the PMO.

    Its budget, baseline dates and actual cost are sums and choices of finer records (`Baseline`,
    `BudgetLine`, `ContingencyMovement`, `CostActual`): see `projects.queries.with_figures`.
    """

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="projects"
    )
    portfolio = models.ForeignKey(
        Portfolio,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        help_text=_("For a project that stands alone; others take their programme's"),
    )
    tranche = models.ForeignKey(
        Tranche, models.PROTECT, null=True, blank=True, related_name="projects"
    )
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    objective = models.TextField(blank=True)
    stage = models.CharField(max_length=30, choices=ProjectStage, default=ProjectStage.PIPELINE)
    status = models.CharField(max_length=20, choices=ProjectStatus, default=ProjectStatus.ACTIVE)
    project_manager = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="projects_managed"
    )
    executive = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects_as_executive",
    )
    complexity = models.PositiveSmallIntegerField(default=3, help_text=_("1 simple to 5 complex"))
    regulated = models.BooleanField(default=False)
    delivery_approach = models.CharField(
        max_length=20, choices=DeliveryApproach, default=DeliveryApproach.LINEAR
    )
    forecast_start = models.DateField(null=True, blank=True)
    forecast_finish = models.DateField(null=True, blank=True)
    actual_start = models.DateField(null=True, blank=True)
    actual_finish = models.DateField(null=True, blank=True)
    percent_complete = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    percent_method = models.CharField(
        max_length=20, choices=PercentMethod, default=PercentMethod.JUDGED
    )
    estimate_to_complete = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Left empty: budget at completion less earned value"),
    )
    declared_rag = models.CharField(max_length=10, choices=Rating, blank=True)
    declared_on = models.DateField(null=True, blank=True)
    terminated_on = models.DateField(null=True, blank=True, editable=False)
    ended_reason = models.TextField(
        blank=True,
        default="",
        editable=False,
        help_text=_("Why it stopped before it had delivered"),
    )

    grant_kind = "project"
    unread = (
        "name", "tranche", "objective", "stage", "project_manager", "executive", "complexity",
        "regulated", "delivery_approach", "percent_method", "ended_reason",
    )  # fmt: skip
    visible_through = ("programme", "portfolio")
    answered_for = dict.fromkeys(
        ("project_manager", "executive"), Q(status__in=["active", "on_hold"])
    )
    joins = {"tranche": Join.WRITE}
    posts = {"project_manager": "project_manager", "project_executive": "executive"}
    set_by = {"complexity": LIMITS, "regulated": LIMITS}
    lifecycles = (PROJECT_STATUS, PROJECT_STAGE)
    happened = ("actual_start", "actual_finish", "terminated_on", "declared_on")

    class Meta:
        ordering = [InOrder("code")]
        triggers = [
            *source(Mark("P", "id"), Mark("G", "programme_id")),
            *coded("project"),
            declared_today(),
            marks_bookings(),
            PROJECT_STATUS.trigger("project"),
            PROJECT_STAGE.trigger("project"),
        ]
        constraints = [
            one_of("project", "programme", "portfolio"),
            choices("project", "stage", ProjectStage),
            choices("project", "status", ProjectStatus),
            choices("project", "delivery_approach", DeliveryApproach),
            choices("project", "percent_method", PercentMethod),
            rule(
                "project_declared_rag_choice",
                "declared_rag",
                Q(declared_rag__in=["", *Rating.values]),
                "Choose green, amber or red.",
            ),
            rule(
                "project_declared_on",
                "declared_on",
                Q(declared_on__isnull=True) | ~Q(declared_rag=""),
                "Say the status that was declared on this day.",
            ),
            between("project", "complexity", 1, 5),
            between("project", "percent_complete", 0, 100),
            *numbers("project", "estimate_to_complete", low=0),
            ordered("project", "forecast_start", "forecast_finish"),
            ordered("project", "actual_start", "forecast_finish"),
            ordered("project", "actual_start", "actual_finish"),
            dated(
                "project",
                "actual_finish",
                "status",
                ProjectStatus.CLOSED,
                ProjectStatus.TERMINATED,
                message="A project has finished once it is closed: POST to its closure/.",
            ),
            rule(
                "project_closed_stage",
                "stage",
                Q(status="closed", stage="closed") | (~Q(status="closed") & ~Q(stage="closed")),
                "A closed project, and no other, is in the stage closed.",
            ),
            rule(
                "project_finish_needs_start",
                "actual_finish",
                Q(actual_finish__isnull=True) | Q(actual_start__isnull=False),
                "A finished project has an actual start.",
            ),
            rule(
                "project_progress_needs_start",
                "actual_start",
                Q(percent_complete=0) | Q(actual_start__isnull=False),
                "Work that has progressed has begun: give its actual start.",
            ),
            rule(
                "project_closed_finished",
                "actual_finish",
                ~Q(status="closed") | Q(actual_finish__isnull=False),
                "A closed project has an actual finish.",
            ),
            rule(
                "project_terminated_on",
                "status",
                Q(status="terminated", terminated_on__isnull=False)
                | (~Q(status="terminated") & Q(terminated_on__isnull=True)),
                "A terminated project, and no other, has the day on which it was terminated.",
            ),
        ]
        indexes = [
            searched("project", "code", "name", "objective"),
            models.Index(fields=["updated_at", "id"], name="project_sync"),
            models.Index("programme", InOrder("code"), name="project_by_code"),
            models.Index(InOrder("code"), "id", name="project_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def live(self) -> bool:
        """Whether the project is still to deliver something."""
        return self.status in LIVE

    @property
    def terminated(self) -> bool:
        """Whether it stopped before it had delivered."""
        return self.status == ProjectStatus.TERMINATED

    def against_archiving(self) -> str:
        """A project is put away once it has ended."""
        return "Close or terminate the project first." if self.live else ""

    @property
    def owner_portfolio(self) -> Portfolio:
        """The portfolio the project belongs to, by its programme or alone."""
        parent = self.programme.portfolio if self.programme else self.portfolio
        assert parent is not None  # the database holds exactly one of the two  # noqa: S101
        return parent


def ended_on(project: str = "") -> Case:
    """The day a project ended, in SQL, null while it goes on; `project` is the path to it, such as
    `project__`."""
    return Case(
        When(**{f"{project}status": ProjectStatus.TERMINATED}, then=F(f"{project}terminated_on")),
        When(**{f"{project}status": ProjectStatus.CLOSED}, then=F(f"{project}actual_finish")),
        output_field=models.DateField(),
    )


class Baseline(Record):
    """An approved plan: dates, budget and planned value. Append-only; the highest approved number
    is the current one."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="baselines")
    number = models.PositiveSmallIntegerField(default=1)
    approved_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    finishes_on = models.DateField()
    budget_at_completion = models.DecimalField(max_digits=14, decimal_places=2)
    planned_value_profile = models.JSONField(
        default=list,
        blank=True,
        help_text=_('Cumulative points, as [["2026-10-31", "41200.00"], …]'),
    )
    reason = models.TextField(blank=True)

    unread = ("reason",)
    visible_through = ("project",)
    happened = ("approved_on",)
    stays = (
        Stay("append_only", Q(approved_on__isnull=False), "An approved baseline is never deleted."),
    )
    refuses = {"append_only": ("", "An approved baseline is never changed: add a new one.")}

    class Meta:
        ordering = ["project", "-number"]
        triggers = [
            *source(Mark("P", "project_id")),
            *no_circle_by_baselines(),
            frozen(
                "append_only",
                "OLD.approved_on IS NOT NULL",
                "project_id",
                "number",
                "approved_on",
                "starts_on",
                "finishes_on",
                "budget_at_completion",
                "planned_value_profile",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="baseline_number"),
            ordered("baseline", "starts_on", "finishes_on"),
            *numbers("baseline", "budget_at_completion", low=0),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} baseline {self.number}"


class Output(Record):
    """What a project delivers."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="outputs")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    acceptance_criteria = models.TextField(blank=True)
    planned_on = models.DateField(null=True, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=20, choices=OutputState, default=OutputState.PLANNED)

    visible_through = ("project",)
    lifecycles = (OUTPUT,)
    happened = ("accepted_on",)
    stays = (
        Stay("accepted", Q(state="accepted"), "An output that was accepted is never deleted."),
    )

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = [stamped(), OUTPUT.trigger("output")]
        indexes = [searched("output", "code", "title")]
        constraints = [
            code_once("output", "project"),
            choices("output", "state", OutputState),
            rule(
                "output_accepted_on",
                "accepted_on",
                ~Q(state="accepted") | Q(accepted_on__isnull=False),
                "An accepted output has the date of its acceptance.",
            ),
            dated(
                "output",
                "accepted_on",
                "state",
                OutputState.ACCEPTED,
                message="Only an accepted output has the date of its acceptance.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ProjectForecast(Visible, models.Model):
    """What the engine computed for a project: where its dates really stand, its earned value and
    health. Closed and reopened like a ledger line, so that it can be read as it was known."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="forecasts")
    # The programme whose lock this was computed under: not a foreign key, it is a fact of then.
    computed_under = models.BigIntegerField(null=True)
    starts_on = models.DateField(null=True)
    finishes_on = models.DateField(null=True)
    slip_days = models.IntegerField(null=True)
    hidden_delay_days = models.IntegerField(null=True)
    driver = models.BigIntegerField(null=True)
    # Where each event really stands (projects.schedule.Timeline): what those who wait for the
    # project need of it. None where it was computed before events were kept.
    events = models.JSONField(null=True)
    figures = models.JSONField(default=dict)
    health = models.JSONField(default=dict)
    # For a project that stands alone: the next moment its figures change by themselves.
    stale_after = models.DateTimeField(null=True, db_index=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()
    visible_through = ("project",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(valid_to__isnull=True),
                name="projectforecast_one_open",
            ),
            models.CheckConstraint(
                name="projectforecast_interval",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                F("computed_under"),
                F("finishes_on").desc(nulls_last=True),
                name="projectforecast_last",
                condition=Q(valid_to__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Forecast of {self.project.code}"
