"""The project."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import OF_PROGRAMME, coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import (
    between,
    bounds,
    choices,
    dated,
    numbers,
    one_of,
    ordered,
    rule,
)
from pmhub.database.currencies import converted_along, keeps_its_money
from pmhub.database.past import ON, came
from pmhub.database.triggers import Kind, Mark, listed, source
from pmhub.models import Archivable, Coded, Customised, Person
from programmes.models import Discipline, Portfolio, Programme, Rating, Tranche
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    posts_stay,
    while_programme_lasts,
)
from programmes.models.discipline import of_portfolio
from programmes.models.envelope_guards import moves_within_envelope
from programmes.models.programme_line import TO_COMPLETE
from projects.models.approach import DeliveryApproach, ForecastBasis, PercentMethod
from projects.models.closure_triggers import (
    archived_ended,
    closes_last,
    ended_stays,
    ends_with_project,
)
from projects.models.decision_triggers import decided
from projects.models.progress import (
    BY_HAND,
    NOT_BEGUN,
    complete_once_it_is,
    counted,
    declared_today,
    less_for_a_reason,
)
from projects.models.project_triggers import (
    BY_GATE,
    LIVE,
    OTHER_TRANCHE,
    belonging,
    falls_away,
    managed,
    marks_bookings,
    stage_by_gate,
)
from projects.models.states import PROJECT_SETTERS, PROJECT_STAGE, PROJECT_STATUS, ProjectStatus
from projects.stages import ProjectStage

# SQL for the portfolio of a `{row}`.
HOME = f"coalesce({{row}}.portfolio_id, {OF_PROGRAMME.format('{row}.programme_id')})"


class Project(Archivable, Customised, Coded):
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
        Person, models.PROTECT, null=True, blank=True, related_name="projects_as_executive"
    )
    complexity = models.PositiveSmallIntegerField(default=3, help_text=_("1 simple to 5 complex"))
    regulated = models.BooleanField(default=False)
    critical = models.BooleanField(
        default=True,
        help_text=_("Counts for the health of its programme where only critical projects do"),
    )
    health_weight = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        default=Decimal(1),
        help_text=_("How much it counts where projects are weighed"),
    )
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="projects",
        help_text=_("The field of work that most of it is"),
    )  # fmt: skip
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
    estimate_to_complete_low = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The least that is still to be spent; the simulation reads it"),
    )
    estimate_to_complete_high = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most that is still to be spent"),
    )
    forecast_basis = models.CharField(
        max_length=10,
        choices=ForecastBasis,
        default=ForecastBasis.IN_TOTAL,
        help_text=_(
            "By line: what is still to be spent is the forecast of each budget line less what is"
            " posted to it"
        ),
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

    successor = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text=_("Who is asked to manage it from now on, and has not answered"),
    )
    template = models.ForeignKey(
        "projects.Template",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="projects",
        help_text=_("That it was begun from"),
    )
    template_version = models.PositiveIntegerField(null=True, editable=False)
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="split_off",
        help_text=_("The project of which this was a part"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged_in",
        help_text=_("The project of which this became a part"),
    )
    team_maturity = models.PositiveSmallIntegerField(
        null=True,
        editable=False,
        help_text=_("As assessed last, from 1 to 5; empty where nobody has"),
    )
    inspected_on = models.DateField(null=True, editable=False)
    oversight_decided = models.CharField(
        max_length=10,
        blank=True,
        default="",
        editable=False,
        help_text=_("How closely it is watched until the day below, as was decided last"),
    )
    oversight_until = models.DateField(null=True, editable=False)

    grant_kind = "project"
    unread = (
        "name", "tranche", "objective", "project_manager", "executive", "complexity",
        "regulated", "discipline", "delivery_approach", "percent_method", "ended_reason",
        "successor", "template", "template_version", "split_from", "merged_into", "team_maturity",
        "inspected_on", "oversight_decided", "oversight_until",
    )  # fmt: skip
    visible_through = ("programme", "portfolio")
    answered_for = dict.fromkeys(
        ("project_manager", "executive", "successor"), Q(status__in=["active", "on_hold"])
    )
    joins = {"tranche": Join.WRITE} | dict.fromkeys(
        ("template", "split_from", "merged_into"), Join.SET
    )
    posts = {"project_manager": "project_manager", "project_executive": "executive"}
    seen_by = ("successor",)
    set_by = PROJECT_SETTERS
    lifecycles = (PROJECT_STATUS, PROJECT_STAGE)
    added_while = {"programme": LASTING}
    happened = ("actual_start", "actual_finish", "terminated_on", "declared_on")
    true_columns = {
        **{name: came(name) for name in ("actual_start", "actual_finish", "terminated_on")},
        "status": f"CASE WHEN t.id IS NULL THEN p.status"
        f" WHEN t.status = 'closed' AND t.actual_finish <= {ON} THEN t.status"
        f" WHEN t.status = 'terminated' AND t.terminated_on <= {ON} THEN t.status"
        f" WHEN p.status IN ('closed', 'terminated') THEN 'active' ELSE p.status END",
    }
    refuses = {
        "project_tranche": ("tranche", OTHER_TRANCHE),
        "stage_by_gate": ("stage", BY_GATE),
        "counted": ("percent_complete", BY_HAND),
        "work_begun": ("percent_complete", NOT_BEGUN),
    }

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            *source(
                Mark(Kind.PROJECT, "id"),
                Mark(Kind.PROGRAMME, "programme_id", if_moved=True),
            ),
            *coded("project"),
            converted_along("project", "programme_id", "portfolio_id"),
            keeps_its_money(HOME, "portfolio_id", "programme_id"),
            declared_today(),
            counted(),
            less_for_a_reason("percent_complete", "percent_method"),
            complete_once_it_is(),
            managed(),
            falls_away(),
            *belonging(),
            *of_portfolio("project", HOME.replace("{row}", "NEW")),
            posts_stay("status", LIVE_PROJECTS, "project_manager", "executive"),
            while_programme_lasts(
                f"{{row}}.status IN ({listed(LIVE_PROJECTS)})",
                "status",
                text="This programme has ended: choose another.",
            ),
            marks_bookings(),
            *ends_with_project(),
            moves_within_envelope(),
            PROJECT_STATUS.trigger("project"),
            PROJECT_STAGE.trigger("project"),
            stage_by_gate(),
            closes_last(),
            ended_stays(*TO_COMPLETE),
            archived_ended(),
            *decided(),
        ]
        constraints = [
            one_of("project", "programme", "portfolio"),
            choices("project", "stage", ProjectStage),
            choices("project", "status", ProjectStatus),
            choices("project", "delivery_approach", DeliveryApproach),
            choices("project", "percent_method", PercentMethod),
            choices("project", "forecast_basis", ForecastBasis),
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
            *numbers("project", *TO_COMPLETE, "health_weight", low=0),
            bounds("project", *TO_COMPLETE[1:]),
            ordered("project", "forecast_start", "forecast_finish"),
            ordered("project", "actual_start", "forecast_finish"),
            ordered("project", "actual_start", "actual_finish"),
            dated(
                "project",
                "actual_finish",
                "status",
                ProjectStatus.CLOSED,
                ProjectStatus.TERMINATED,
                message="A project has finished once it is closed: close it first.",
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
                "Give its actual start first: it has finished.",
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
                "Give its actual finish: the project is closed.",
            ),
            rule(
                "project_merged",
                "merged_into",
                Q(merged_into__isnull=True)
                | Q(status=ProjectStatus.TERMINATED) & ~Q(merged_into=F("id")),
                "What became a part of another project has ended, and is not its own part.",
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
            models.Index("programme", InOrder("code"), name="project_by_code"),
            models.Index(InOrder("code"), "id", name="project_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def live(self) -> bool:
        """Return whether the project is still to deliver something."""
        return self.status in LIVE

    @property
    def has_ended(self) -> bool:
        """Return whether it is closed or terminated."""
        return not self.live

    @property
    def terminated(self) -> bool:
        """Return whether it stopped before it had delivered."""
        return self.status == ProjectStatus.TERMINATED

    def still_costs(self, amount: Decimal | None) -> None:
        """Set the estimate to complete, without bounds."""
        self.estimate_to_complete = amount
        self.estimate_to_complete_low = self.estimate_to_complete_high = None

    def against_archiving(self) -> str:
        """Return why it cannot be archived: a live project must end first; "" where it can."""
        return "Close or terminate the project first." if self.live else ""

    @property
    def owner_portfolio(self) -> Portfolio:
        """The portfolio the project belongs to, by its programme or alone."""
        parent = self.programme.portfolio if self.programme else self.portfolio
        assert parent is not None  # the database holds exactly one of the two  # noqa: S101
        return parent
