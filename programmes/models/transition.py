"""Transition: who has to work in another way, how ready they are, and how far they do so."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.setters import Setter
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, dated, rule
from pmhub.database.own_acceptance import OWN, own_word
from pmhub.database.retention import ASSESSED
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.competence import STAYS
from programmes.models.organisation_unit import OrganisationUnit, of_unit
from programmes.models.outcome import Outcome
from programmes.models.states import OutcomeState


class GroupState(models.TextChoices):
    """Whether the leader of a group has accepted its new way of working."""

    PREPARED = "prepared", _("Prepared")
    ACCEPTED = "accepted", _("Accepted")


LEADER = Setter("who leads the group in daily business", right="", own="owner")
IMPACTED_GROUP = Lifecycle(
    "state",
    initial=anybody(GroupState.PREPARED),
    moves=(
        move("acceptance", "Accept it", "accepted", GroupState.ACCEPTED, [GroupState.PREPARED],
             asks=("accepted_on",), by=LEADER,
             says="From now on the new way of working is yours to keep up.", undo=("reopening",)),
        move("reopening", "Take the acceptance back", "prepared again", GroupState.PREPARED,
             [GroupState.ACCEPTED], clears=("accepted_on",), reason=True, undo=("acceptance",)),
    ),
    kept=("accepted_on",),
)  # fmt: skip


LOWEST, HIGHEST = 1, 5
WHOLE = 100  # per cent
ACCEPTED = "Take the acceptance back first."
OF_OUTCOME = (
    "(SELECT g.portfolio_id FROM programmes_outcome o"
    " JOIN programmes_programme g ON g.id = o.programme_id WHERE o.id = NEW.outcome_id)"
)
EMBEDDED = "The outcome is embedded: record first that it does not last."


def of_open_outcome() -> pgtrigger.Trigger:
    """Refuse a new group of an outcome that is embedded, since the outcome was judged without
    it."""
    return pgtrigger.Trigger(
        name="of_open_outcome",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("outcome_id"),
        func="IF EXISTS (SELECT FROM programmes_outcome WHERE id = NEW.outcome_id"
        f" AND state = '{OutcomeState.EMBEDDED}') THEN"
        f" {refusal('group_outcome_embedded', 'outcome', EMBEDDED)} END IF; RETURN NEW;",
    )


class ImpactedGroup(Record):
    """People who have to work in another way for an outcome to come true: how many they are, what
    changes for them, how many of them should do so by when, and who leads them in daily business.
    That leader accepts the new way of working before the outcome counts as embedded."""

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="groups")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200, help_text=_("Such as Ward managers"))
    unit = models.CharField(
        max_length=100, blank=True, help_text=_("The part of the organisation they belong to")
    )
    organisation_unit = models.ForeignKey(
        OrganisationUnit, models.PROTECT, null=True, blank=True, related_name="impacted_groups",
        help_text=_("The unit of the portfolio's tree that they belong to"),
    )  # fmt: skip
    size = models.PositiveIntegerField(null=True, blank=True, help_text=_("How many people"))
    change = models.TextField(blank=True, help_text=_("What they do otherwise afterwards"))
    adoption_target_pct = models.PositiveSmallIntegerField(
        "adoption wanted (%)",
        default=WHOLE,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("How many of a hundred should work in the new way"),
    )
    adopt_by = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="impacted_groups",
        help_text=_("Who leads them in daily business, and accepts the new way of working"),
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=GroupState, default=GroupState.PREPARED)
    accepted_on = models.DateField(null=True, blank=True)

    answered_for = {"owner": Q(state="prepared")}
    visible_through = ("outcome",)
    lifecycles = (IMPACTED_GROUP,)
    happened = ("accepted_on",)
    refuses = {
        "group_outcome_embedded": ("outcome", EMBEDDED),
        "group_own_word": ("owner", OWN),
        "group_accepted": ("", ACCEPTED),
    }
    first_code = "IG1"

    class Meta:
        ordering = ["outcome", InOrder("code")]
        triggers = [
            versioned(),
            IMPACTED_GROUP.trigger("impacted group"),
            own_word("group_own_word", [GroupState.ACCEPTED]),
            of_open_outcome(),
            *of_unit("impactedgroup", OF_OUTCOME, same=["outcome_id"]),
            frozen(
                "group_accepted", "OLD.state = 'accepted' AND NEW.state = 'accepted'", "outcome_id",
                "owner_id", "change", "adoption_target_pct",
            ),
        ]  # fmt: skip
        indexes = [searched("impactedgroup", "code", "name", "unit", "change")]
        constraints = [
            code_once("impactedgroup", "outcome"),
            choices("impactedgroup", "state", GroupState),
            between("impactedgroup", "adoption_target_pct", 1, WHOLE),
            dated(
                "impactedgroup",
                "accepted_on",
                "state",
                GroupState.ACCEPTED,
                message="Only who leads them accepts, and says on which day.",
            ),
            rule(
                "impactedgroup_accepted",
                "accepted_on",
                ~Q(state="accepted") | Q(accepted_on__isnull=False),
                "What is accepted has the day on which it was.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio of the programme whose outcome it is."""
        return self.outcome.programme.portfolio


class AdoptionAssessment(Record):
    """How ready a group is on a day, from 1 to 5, and how many of a hundred already work in the new
    way. It is never changed: another follows."""

    impacted_group = models.ForeignKey(ImpactedGroup, models.PROTECT, related_name="assessments")
    on = models.DateField(help_text=_("The day of the assessment; left empty, the status date"))
    readiness = models.PositiveSmallIntegerField(
        help_text=_("From 1, have not heard of it, to 5, trained and equipped; ready from 3 on")
    )
    adoption_pct = models.PositiveSmallIntegerField(
        "adoption (%)",
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("How many of a hundred work in the new way already"),
    )
    evidence = models.TextField(blank=True, help_text=_("What shows it"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("impacted_group",)
    joins = {"by": Join.SET}
    happened = ("on",)
    edited_in = ()
    undeletable = ASSESSED
    refuses = {"adoption_stays": ("", STAYS)}

    class Meta:
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            frozen(
                "adoption_stays", "TRUE", "impacted_group_id", "on", "readiness", "adoption_pct",
                "evidence", "by_id",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["impacted_group", "-on", "-id"], name="adoption_group")]
        constraints = [
            between("adoptionassessment", "readiness", LOWEST, HIGHEST),
            between("adoptionassessment", "adoption_pct", 0, WHOLE),
        ]

    def __str__(self) -> str:
        return f"{self.adoption_pct} % on {self.on}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio of the programme whose group it is."""
        return self.impacted_group.owner_portfolio


def last_assessed(field: str) -> models.Subquery:
    """Return an expression for a field of a group's last assessment; NULL where there is none."""
    rows = AdoptionAssessment._base_manager.filter(impacted_group=models.OuterRef("pk"))
    return models.Subquery(rows.order_by("-on", "-id").values(field)[:1])
