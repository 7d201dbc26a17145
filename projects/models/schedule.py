"""Milestones with the history of their forecasts, and dependencies between projects."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.restricted_fields import readers_of_relation
from pmhub.access.setters import LIMITS_OF_PROJECT
from pmhub.database.belonging import belongs, still_there
from pmhub.database.codes import OF_PROJECT, coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, dated, numbers, ordered, rule
from pmhub.database.past import brought, came
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, listed, source, versioned
from pmhub.models import Coded, Customised, Person, Record
from programmes.models import Discipline
from programmes.models.closure_triggers import LIVE_PROJECTS, while_project_lasts
from programmes.models.discipline import of_portfolio
from projects.models.event_cycles import no_circle_by_links, no_circle_by_milestones
from projects.models.inspection_sql import milestone_passed
from projects.models.progress import counts
from projects.models.project import Project
from projects.models.states import (
    DEPENDENCY,
    GIVER,
    MILESTONE,
    RECEIVER,
    SETTLED,
    DependencyStatus,
    MilestoneState,
)
from projects.percent import BY_MILESTONES


class MilestoneKind(models.TextChoices):
    """What a milestone marks."""

    DELIVERY = "delivery", _("Delivery")
    GATE = "gate", _("Gate")
    HANDOVER = "handover", _("Handover")
    REGULATORY = "regulatory", _("Regulatory")
    EXTERNAL = "external", _("External")
    PAYMENT = "payment", _("Payment")


class Milestone(Customised, Coded):
    """A moment in a project's plan at which something is reached, with its planned, forecast and
    actual day."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=MilestoneKind, default=MilestoneKind.DELIVERY)
    baseline_on = models.DateField(null=True, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    actual_on = models.DateField(null=True, blank=True)
    weight = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    key = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=MilestoneState, default=MilestoneState.PLANNED)

    unread = ("title", "kind", "weight", "key")
    visible_through = ("project",)
    set_by = {"baseline_on": LIMITS_OF_PROJECT}
    lifecycles = (MILESTONE,)
    over_in = (MilestoneState.CANCELLED,)
    added_while = {"project": LIVE_PROJECTS}
    happened = ("actual_on",)
    true_columns = {
        "actual_on": came("actual_on"),
        "state": brought("state", "planned", achieved="actual_on"),
    }
    stays = (
        RetentionRule(
            "reached",
            Q(state="achieved"),
            "A milestone that was reached is never deleted: plan it again first.",
        ),
    )
    first_code = "M01"

    class Meta:
        ordering = ["forecast_on", InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id")),
            *coded("milestone"),
            *no_circle_by_milestones(),
            MILESTONE.trigger("milestone"),
            milestone_passed(),
            *counts("weight", [BY_MILESTONES]),
            while_project_lasts("{row}.state = 'planned'", "state"),
        ]
        indexes = [searched("milestone", "code", "title")]
        constraints = [
            choices("milestone", "kind", MilestoneKind),
            choices("milestone", "state", MilestoneState),
            *numbers("milestone", "weight", low=0),
            rule(
                "milestone_achieved_on",
                "actual_on",
                ~Q(state="achieved") | Q(actual_on__isnull=False),
                "Give the actual date: the milestone was achieved.",
            ),
            dated(
                "milestone",
                "actual_on",
                "state",
                MilestoneState.ACHIEVED,
                message="Only an achieved milestone has an actual date: record it as reached.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class MilestoneForecast(Record):
    """A forecast of a milestone, as it was reported on a date."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="forecasts")
    reported_on = models.DateField()
    forecast_on = models.DateField()

    visible_through = ("milestone",)
    happened = ("reported_on",)
    true_from = "reported_on"
    undeletable = "What was forecast stays on record: report another forecast."

    class Meta:
        ordering = ["milestone", "reported_on"]
        triggers = [versioned()]
        constraints = [
            models.UniqueConstraint(
                fields=["milestone", "reported_on"], name="milestoneforecast_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone.code} on {self.reported_on}: {self.forecast_on}"


class DependencyKind(models.TextChoices):
    """Which event of the giver bounds which event of the receiver."""

    FS = "FS", _("Finish to start")
    SS = "SS", _("Start to start")
    FF = "FF", _("Finish to finish")
    SF = "SF", _("Start to finish")


class Side(models.TextChoices):
    """The two ends of a dependency."""

    GIVER = "giver", _("Giver")
    RECEIVER = "receiver", _("Receiver")


class Hardness(models.TextChoices):
    """Whether the receiver can work around it."""

    HARD = "hard", _("Hard")
    SOFT = "soft", _("Soft")


# The fields that describe what the receiver waits for.
AWAITED = (DependencyStatus.IDENTIFIED, DependencyStatus.PROPOSED, DependencyStatus.AGREED)
# Both sides had agreed by then; of what is delivered and later, the giver has delivered once.
OTHER_MILESTONE = "This milestone is another project's."
CANCELLED = "This milestone was cancelled: choose another."
AGREED = (
    DependencyStatus.AGREED,
    DependencyStatus.DELIVERED,
    DependencyStatus.ACCEPTED,
    DependencyStatus.REJECTED,
    DependencyStatus.WITHDRAWN,
)
# What is said by either side until both have agreed, and then by who waits for it.
AGREED_UPON = ("deliverable", "kind", "lag_days", "drives_schedule", "hardness")


class Dependency(Coded):
    """Something a giver (a project or an outside party) owes a receiving project by a date."""

    code = models.CharField(max_length=20)
    giver = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="dependencies_out"
    )
    external_giver = models.CharField(max_length=200, blank=True, default="")
    giver_milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="+"
    )
    receiver = models.ForeignKey(Project, models.PROTECT, related_name="dependencies_in")
    receiver_milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="+"
    )
    deliverable = models.CharField(max_length=300)
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="dependencies",
        help_text=_("The field of work that gives it; left empty, that of the giving project"),
    )  # fmt: skip
    kind = models.CharField(max_length=2, choices=DependencyKind, default=DependencyKind.FS)
    lag_days = models.IntegerField(default=0)
    need_by = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    status = models.CharField(
        max_length=20, choices=DependencyStatus, default=DependencyStatus.IDENTIFIED
    )
    proposed_side = models.CharField(
        max_length=8,
        choices=Side,
        blank=True,
        default="",
        db_default="",
        help_text=_("The side that proposed it; the other agrees"),
    )
    drives_schedule = models.BooleanField(default=True)
    hardness = models.CharField(max_length=4, choices=Hardness, default=Hardness.HARD)
    giver_owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    receiver_owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+"
    )
    completion_criteria = models.TextField(blank=True)

    answered_for = dict.fromkeys(("giver_owner", "receiver_owner"), ~Q(status__in=SETTLED))
    unread = (
        "external_giver", "deliverable", "discipline", "agreed_on", "proposed_side", "giver_owner",
        "receiver_owner", "completion_criteria",
    )  # fmt: skip
    visible_through = ("giver", "receiver")
    code_from = ("receiver",)
    joins = {"giver_milestone": Join.SEE, "receiver_milestone": Join.SEE}
    shown_to = {
        end: readers_of_relation(end, "whoever sees that project") for end in ("giver", "receiver")
    }
    lifecycles = (DEPENDENCY,)
    happened = ("delivered_on", "accepted_on")
    true_columns = {
        "delivered_on": came("delivered_on"),
        "accepted_on": came("accepted_on"),
        "status": brought("status", "agreed", accepted="accepted_on", delivered="delivered_on"),
    }
    stays = (
        RetentionRule(
            "agreed",
            Q(status__in=[str(status) for status in AGREED]),
            "What two sides agreed is not deleted: withdraw it while it is open.",
        ),
    )
    refuses = {"accepted_holds": ("", "What was accepted stays as it was agreed.")}
    set_by = {
        "giver": GIVER,
        "giver_milestone": GIVER,
        "giver_owner": GIVER,
        "external_giver": RECEIVER,
        "agreed_on": GIVER,
        "forecast_on": GIVER,
        "delivered_on": GIVER,
        "receiver": RECEIVER,
        "receiver_milestone": RECEIVER,
        "receiver_owner": RECEIVER,
        "need_by": RECEIVER,
        "accepted_on": RECEIVER,
        "completion_criteria": RECEIVER,
    } | dict.fromkeys(AGREED_UPON, RECEIVER.where("status", *AGREED))
    first_code = "D01"

    class Meta:
        ordering = ["need_by", InOrder("code"), "id"]
        verbose_name_plural = "dependencies"
        triggers = [
            *source(Mark(Kind.PROJECT, "giver_id"), Mark(Kind.PROJECT, "receiver_id")),
            *coded("dependency"),
            *no_circle_by_links(),
            DEPENDENCY.trigger("dependency"),
            frozen(
                "accepted_holds",
                "OLD.status = 'accepted'",
                "deliverable",
                "need_by",
                "completion_criteria",
            ),
            while_project_lasts(
                f"{{row}}.status IN ({listed(AWAITED)})",
                "status",
                field="receiver",
                text="This project has ended: it waits for nothing.",
            ),
            *of_portfolio("dependency", OF_PROJECT.format("NEW.receiver_id")),
            *(
                still_there(
                    "dependency",
                    f"{end}_milestone",
                    f"FROM projects_milestone WHERE id = NEW.{end}_milestone_id"
                    " AND state = 'cancelled'",
                    CANCELLED,
                )
                for end in ("giver", "receiver")
            ),
            *(
                belongs(
                    "dependency",
                    f"{end}_milestone",
                    "FROM projects_milestone"
                    f" WHERE id = NEW.{end}_milestone_id AND project_id = NEW.{end}_id",
                    OTHER_MILESTONE,
                )
                for end in ("giver", "receiver")
            ),
        ]
        indexes = [searched("dependency", "code", "deliverable")]
        constraints = [
            choices("dependency", "kind", DependencyKind),
            choices("dependency", "status", DependencyStatus),
            choices("dependency", "hardness", Hardness),
            rule(
                "dependency_proposed_side_choice",
                "proposed_side",
                Q(proposed_side__in=["", *Side.values]),
                "Choose giver or receiver.",
            ),
            between("dependency", "lag_days", -3650, 3650),
            dated(
                "dependency",
                "agreed_on",
                "status",
                *AGREED,
                message="What is not agreed has no day agreed on: agree on it first.",
            ),
            dated(
                "dependency",
                "delivered_on",
                "status",
                *AGREED[1:],
                message="What is not delivered has no day of delivery: deliver it first.",
            ),
            dated(
                "dependency",
                "accepted_on",
                "status",
                DependencyStatus.ACCEPTED,
                message="Only what is accepted has the day of it: accept it first.",
            ),
            ordered("dependency", "delivered_on", "accepted_on"),
            rule(
                "dependency_one_giver",
                "giver",
                Q(giver__isnull=True) ^ Q(external_giver=""),
                "Name a giving project or an outside party, not both.",
            ),
            rule(
                "dependency_no_self_link",
                "receiver",
                Q(giver__isnull=True) | ~Q(giver=F("receiver")),
                "A project cannot depend on itself.",
            ),
            models.UniqueConstraint(
                Coalesce("giver", 0),
                Lower("external_giver"),
                Coalesce("giver_milestone", 0),
                "receiver",
                Coalesce("receiver_milestone", 0),
                Lower("deliverable"),
                "kind",
                name="dependency_once",
                condition=~Q(status="withdrawn"),
                violation_error_message="This dependency is there already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.deliverable}"
