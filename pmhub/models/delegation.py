"""Delegations: a role that somebody lends to a deputy for a time, while they are away."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Now, TruncDate
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access.grants import roots
from pmhub.access.setters import Setter, is_theirs
from pmhub.database.constraints import choices, one_of, ordered, rule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models.people import Person, RoleAssignment, RoleChoice, kind_of_place
from pmhub.models.records import Record
from pmhub.permissions import Role

PLACES = ("portfolio", "programme", "project")
# Paths from a delegation up to the records on which a role may be held.
UPWARDS = {
    "portfolio": (
        "portfolio", "programme__portfolio", "project__portfolio", "project__programme__portfolio",
    ),
    "programme": ("programme", "project__programme"),
    "project": ("project",),
}  # fmt: skip


OWN = "Name somebody else: nobody is their own deputy."
SAID = (
    "deputy_id", "role", "portfolio_id", "programme_id", "project_id", "starts_on", "ends_on",
    "reason",
)  # fmt: skip


class DelegationState(models.TextChoices):
    """Whether a delegation may count."""

    GIVEN = "given", _("Given")
    ENDED = "ended", _("Ended")


class DelegationStanding(models.TextChoices):
    """How a delegation stands today, by its state and its days."""

    TO_COME = "to_come", _("Not begun")
    IN_FORCE = "in_force", _("In force")
    OVER = "over", _("Over")
    ENDED = "ended", _("Ended")


def standing() -> models.Case:
    """Return SQL for how a delegation stands today: one that nobody ended is over after its last
    day."""
    today = TruncDate(Now())
    return models.Case(
        models.When(state=DelegationState.ENDED, then=Value(DelegationStanding.ENDED.value)),
        models.When(ends_on__lt=today, then=Value(DelegationStanding.OVER.value)),
        models.When(starts_on__gt=today, then=Value(DelegationStanding.TO_COME.value)),
        default=Value(DelegationStanding.IN_FORCE.value),
    )


@dataclass(frozen=True, slots=True)
class Giver(Setter):
    """The person who gave the delegation, or the PMO."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may end the delegation."""
        return is_theirs(user, row, "giver") or Role.PMO in access.roles_on(user, row)


DELEGATION = Lifecycle(
    "state",
    initial=anybody(DelegationState.GIVEN),
    moves=(
        move("end", "End it", "ended", DelegationState.ENDED, [DelegationState.GIVEN],
             by=Giver("who gave it, or the PMO"), says="The deputy has the role no more, at once."),
    ),
)  # fmt: skip


class Delegations(access.ScopedQuerySet):
    """Delegations, with the queries that `access` needs."""

    def current(self, on: Any) -> Self:
        """Return the delegations in force on a day, between people who are not archived."""
        return self.filter(
            state=DelegationState.GIVEN,
            starts_on__lte=on,
            ends_on__gte=on,
            giver__archived_at__isnull=True,
            deputy__archived_at__isnull=True,
        )

    def lent_to(self, user: Any, *, on: Any) -> models.QuerySet:
        """Return (kind of object, id, role, giver) for the roles lent to the user, if their giver
        holds them there or above, by a post or an assignment, not as a deputy in turn."""
        posts = [
            Q(role=role, **{f"{way}__{path}": F("giver")})
            for model in roots()
            for way in UPWARDS.get(model.grant_kind, ())
            for role, path in model.posts.items()
        ]
        held = functools.reduce(operator.or_, posts, Exists(_assigned(on)))
        return (
            self.current(on)
            .filter(held, deputy__user=user)
            .order_by()
            .values_list(
                kind_of_place(),
                Coalesce(F("portfolio_id"), F("programme_id"), F("project_id")),
                Cast("role", models.TextField()),
                "giver_id",
            )
        )


def _assigned(on: Any) -> models.QuerySet:
    """Return the assignments by which the giver of an outer delegation holds its role."""
    everywhere = Q(**{f"{place}__isnull": True for place in PLACES})
    there = [Q(**{kind: OuterRef(f"{way}_id")}) for kind, ways in UPWARDS.items() for way in ways]
    where = functools.reduce(operator.or_, there, everywhere)
    rows = RoleAssignment.objects.current(on)
    return rows.filter(where, person=OuterRef("giver"), role=OuterRef("role"))


class Delegation(Record):
    """A role on a portfolio, a programme or a project that its holder lends to a deputy for a time.
    The deputy may do what the holder may do there, while they hold it, but cannot lend it on."""

    giver = models.ForeignKey(Person, models.PROTECT, related_name="delegations_given")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="delegations_held")
    role = models.CharField(max_length=20, choices=RoleChoice)
    portfolio = models.ForeignKey(
        "programmes.Portfolio", models.PROTECT, null=True, blank=True, related_name="delegations"
    )
    programme = models.ForeignKey(
        "programmes.Programme", models.PROTECT, null=True, blank=True, related_name="delegations"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="delegations"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The last day"))
    reason = models.TextField(help_text=_("Why, such as leave"))
    state = models.CharField(max_length=10, choices=DelegationState, default=DelegationState.GIVEN)

    objects = Delegations.as_manager()  # type: ignore[misc]  # another queryset class
    visible_through = PLACES
    still_to_act = ("deputy",)
    of_author = True
    joins = {"giver": access.Join.SET}
    lifecycles = (DELEGATION,)
    edited_in = (DelegationState.GIVEN,)
    rules = ("deputy", "role", "starts_on", "ends_on")
    refuses = {
        "giver_holds": ("giver", "Who lends a role stays: end this and give another."),
        "ended_holds": ("", "What has ended is changed no more: give another."),
    }

    class Meta:
        ordering = ["-starts_on", "-id"]
        triggers = [
            versioned(),
            DELEGATION.trigger("delegation"),
            frozen("giver_holds", "TRUE", "giver_id"),
            frozen("ended_holds", "OLD.state = 'ended'", *SAID),
        ]
        constraints = [
            one_of("delegation", *PLACES),
            choices("delegation", "role", RoleChoice),
            choices("delegation", "state", DelegationState),
            ordered("delegation", "starts_on", "ends_on"),
            rule("delegation_reason", "reason", ~Q(reason=""), "Say why."),
            rule(
                "delegation_to_another",
                "deputy",
                ~Q(giver=F("deputy")),
                OWN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.giver}"

    @property
    def place(self) -> Any:
        """The portfolio, programme or project on which the role is lent."""
        return self.project or self.programme or self.portfolio
