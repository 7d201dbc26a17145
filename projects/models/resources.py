"""Resources shared across programmes, and their allocation to projects."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.restricted_fields import Audience, in_sight
from pmhub.database.belonging import belongs
from pmhub.database.codes import coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, no_overlap, numbers, ordered, rule
from pmhub.database.triggers import Kind, Mark, refusal, source
from pmhub.formats import day
from pmhub.models import Coded, Person, Record
from pmhub.permissions import SEES_RATES
from programmes.models import OrganisationUnit, Portfolio
from programmes.models.organisation_unit import of_unit
from projects.models.project import Project
from projects.models.states import ALLOCATION, COUNTED, OWNER, Firmness

OTHER_RESOURCE = "This resource is another portfolio's."
BOOKED = "Projects of another portfolio book it: it stays where it is."


class ResourceKind(models.TextChoices):
    """What a resource is."""

    PERSON = "person", _("Person")
    TEAM = "team", _("Team")
    PLANT = "plant", _("Plant")
    SUPPLIER = "supplier", _("Supplier")
    ROLE = "role", _("Role")


def stays_with_its_bookings() -> pgtrigger.Trigger:
    """Refuse to move a resource to another portfolio than that of the projects that book it."""
    booked = (
        "EXISTS (SELECT FROM projects_allocation a JOIN projects_project p ON p.id = a.project_id"
        " LEFT JOIN programmes_programme g ON g.id = p.programme_id WHERE a.resource_id = NEW.id"
        " AND coalesce(p.portfolio_id, g.portfolio_id) <> NEW.portfolio_id)"
    )
    return pgtrigger.Trigger(
        name="stays_with_its_bookings",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("portfolio_id"),
        condition=pgtrigger.Condition("OLD.portfolio_id <> NEW.portfolio_id"),
        func=f"IF {booked} THEN {refusal('resource_booked', 'portfolio', BOOKED)} END IF;"
        " RETURN NULL;",
    )


class Resource(Coded):
    """Something of limited capacity that projects book."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="resources")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=ResourceKind, default=ResourceKind.TEAM)
    unit = models.CharField(max_length=20, default="FTE")
    capacity = models.DecimalField(max_digits=10, decimal_places=3)
    cost_rate = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    owner = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resources_owned",
        help_text=_("Who says which project has it"),
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resources",
        help_text=_("Whose time it is, where it is that of one person"),
    )
    organisation_unit = models.ForeignKey(
        OrganisationUnit, models.PROTECT, null=True, blank=True, related_name="resources",
        help_text=_("The part of the organisation that has it"),
    )  # fmt: skip

    grant_kind = "resource"
    posts = {"resource_owner": "owner"}
    answered_for = {"owner": Q()}
    unread = ("portfolio", "name", "kind", "unit", "cost_rate", "owner", "person",
              "organisation_unit")  # fmt: skip
    visible_through = ("portfolio",)
    joined = Join.SEE
    refuses = {"resource_booked": ("portfolio", BOOKED)}
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    shown_to = {
        "cost_rate": Audience(
            "the PMO and whoever plans money in its portfolio", SEES_RATES, in_sight
        )
    }
    first_code = "RS01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.RESOURCE, "id")),
            *coded("resource"),
            stays_with_its_bookings(),
            *of_unit("resource", "NEW.portfolio_id", same=["portfolio_id"]),
        ]
        indexes = [searched("resource", "code", "name")]
        constraints = [
            choices("resource", "kind", ResourceKind),
            rule(
                "resource_person",
                "person",
                Q(person__isnull=True) | Q(kind=ResourceKind.PERSON),
                "Only a resource of the kind person is somebody's time.",
            ),
            models.UniqueConstraint(
                fields=["portfolio", "person"],
                name="resource_of_person",
                violation_error_message="This person's time is a resource here already.",
            ),
            *numbers("resource", "capacity", "cost_rate", low=0),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def booked_while_it_lasts() -> pgtrigger.Trigger:
    """Refuse a booking beyond the end of a project that has ended."""
    ended = (
        "SELECT coalesce(terminated_on, actual_finish) FROM projects_project"
        " WHERE id = NEW.project_id AND status IN ('closed', 'terminated')"
    )
    return pgtrigger.Trigger(
        name="booked_while_it_lasts",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("project_id", "ends_on"),
        func=f"IF NEW.ends_on > ({ended}) THEN"
        " RAISE EXCEPTION 'The project has ended before the end of this booking.'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_ended'; END IF;"
        " RETURN NULL;",
    )


class ResourceCapacity(Record):
    """How much there is of a resource from one day to another, both included, in the place of its
    usual capacity."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="capacities")
    period_start = models.DateField()
    period_end = models.DateField()
    capacity = models.DecimalField(max_digits=10, decimal_places=3)
    reason = models.CharField(max_length=200, blank=True)

    unread = ("reason",)
    visible_through = ("resource",)
    visible_below = {f"resource__{path}": kind for path, kind in Resource.visible_below.items()}

    class Meta:
        ordering = ["resource", "period_start", "id"]
        verbose_name = _("period of capacity")
        verbose_name_plural = _("periods of capacity")
        triggers = source(Mark(Kind.RESOURCE, "resource_id"))
        constraints = [
            ordered("resourcecapacity", "period_start", "period_end"),
            *numbers("resourcecapacity", "capacity", low=0),
            no_overlap("resourcecapacity", "resource"),
        ]

    def __str__(self) -> str:
        return f"{self.resource.code} from {day(self.period_start)} to {day(self.period_end)}"


class Allocation(Record):
    """Units of a resource booked by a project from one day to another, both included, or asked for.
    A declined one keeps why, and the days that were offered instead."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="allocations")
    project = models.ForeignKey(Project, models.CASCADE, related_name="allocations")
    units = models.DecimalField(max_digits=10, decimal_places=3)
    starts_on = models.DateField()
    ends_on = models.DateField()
    firmness = models.CharField(max_length=10, choices=Firmness, default=Firmness.FIRM)
    declined_reason = models.TextField(blank=True, default="", editable=False)
    offered_starts_on = models.DateField(null=True, blank=True)
    offered_ends_on = models.DateField(null=True, blank=True)

    unread = ("declined_reason", "offered_starts_on", "offered_ends_on")
    visible_through = ("project", "resource")
    written_through = ("project",)
    lifecycles = (ALLOCATION,)
    # Whoever asked for a booking does not enlarge it once it is granted.
    set_by = dict.fromkeys(
        ("resource", "units", "starts_on", "ends_on"), OWNER.where("firmness", *COUNTED)
    )
    refuses = {
        "allocation_ended": ("ends_on", "The project has ended before the end of this booking."),
        "allocation_resource": ("resource", OTHER_RESOURCE),
    }

    class Meta:
        ordering = ["starts_on", "id"]
        triggers = [
            *source(Mark(Kind.RESOURCE, "resource_id"), Mark(Kind.PROJECT, "project_id")),
            booked_while_it_lasts(),
            ALLOCATION.trigger("allocation"),
            belongs(
                "allocation",
                "resource",
                "FROM projects_resource r, projects_project p LEFT JOIN programmes_programme g"
                " ON g.id = p.programme_id WHERE r.id = NEW.resource_id AND p.id = NEW.project_id"
                " AND r.portfolio_id = coalesce(p.portfolio_id, g.portfolio_id)",
                OTHER_RESOURCE,
            ),
        ]
        constraints = [
            choices("allocation", "firmness", Firmness),
            ordered("allocation", "starts_on", "ends_on"),
            ordered("allocation", "offered_starts_on", "offered_ends_on"),
            rule(
                "allocation_offered",
                "offered_ends_on",
                Q(offered_starts_on__isnull=True, offered_ends_on__isnull=True)
                | Q(offered_starts_on__isnull=False, offered_ends_on__isnull=False),
                "Offer both days, the first and the last, or neither.",
            ),
            *numbers("allocation", "units", low=0),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.resource.code} for {self.project.code}"
