"""Stakeholders: who can help or stop a change, and where they stand."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, one_of, rule
from pmhub.database.retention import ASSESSED
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Archivable, Person, Record
from programmes.models import Programme
from programmes.models.competence import STAYS
from programmes.models.confidence import Change
from projects.models.project import Project

PLACES = ("programme", "project")
LOWEST, HIGHEST = 1, 5


class Stance(models.TextChoices):
    """How a stakeholder meets a change."""

    CHAMPION = "champion", _("Champion")
    SUPPORTER = "supporter", _("Supporter")
    NEUTRAL = "neutral", _("Neutral")
    CRITIC = "critic", _("Critic")
    OPPONENT = "opponent", _("Opponent")


class Stakeholder(Archivable, Record):
    """A person or a group that a programme or a project affects, or that can help or stop it. Only
    who may write stakeholders there reads them: a judgement of people is not for everybody."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="stakeholders"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="stakeholders"
    )
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200, help_text=_("A person, a body or a group of people"))
    group = models.CharField(
        max_length=100, blank=True, help_text=_("What they belong to, such as Residents")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Where it is somebody of the directory"),
    )  # fmt: skip
    concerns = models.TextField(blank=True, help_text=_("What they hope for, and what they fear"))
    wanted_stance = models.CharField(
        max_length=10, choices=Stance, blank=True, help_text=_("Where they should come to stand")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="stakeholders",
        help_text=_("Who looks after them"),
    )  # fmt: skip

    answered_for = {"owner": Q(archived_at__isnull=True)}
    visible_through = PLACES
    for_writers = True
    joins = {"person": Join.SEE}
    first_code = "SH01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [versioned()]
        indexes = [searched("stakeholder", "code", "name", "group", "concerns")]
        constraints = [
            one_of("stakeholder", *PLACES),
            code_once("stakeholder", *PLACES),
            rule(
                "stakeholder_wanted_stance_choice",
                "wanted_stance",
                Q(wanted_stance__in=["", *Stance.values]),
                "Choose one of the stances, or leave this empty.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StakeholderAssessment(Record):
    """Where a stakeholder stands on a day: how much they can do (influence), how much it matters to
    them (interest), each from 1 to 5, and how they meet the change (stance). It is never changed:
    another follows, and the two are the trend."""

    stakeholder = models.ForeignKey(Stakeholder, models.CASCADE, related_name="assessments")
    on = models.DateField(help_text=_("The day of the assessment; left empty, the status date"))
    influence = models.PositiveSmallIntegerField(
        help_text=_("How much they can help or stop it: from 1, hardly, to 5, decisively")
    )
    interest = models.PositiveSmallIntegerField(
        help_text=_("How much it matters to them: from 1, hardly, to 5, above all")
    )
    stance = models.CharField(max_length=10, choices=Stance)
    note = models.TextField(blank=True, help_text=_("What it rests on"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("stakeholder",)
    for_writers = True
    joins = {"by": Join.SET}
    happened = ("on",)
    edited_in = ()
    undeletable = ASSESSED
    refuses = {"assessment_stays": ("", STAYS)}

    class Meta:
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            frozen(
                "assessment_stays", "TRUE", "stakeholder_id", "on", "influence", "interest",
                "stance", "note", "by_id",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["stakeholder", "-on", "-id"], name="assessment_stakeholder")
        ]
        constraints = [
            between("stakeholderassessment", "influence", LOWEST, HIGHEST),
            between("stakeholderassessment", "interest", LOWEST, HIGHEST),
            choices("stakeholderassessment", "stance", Stance),
        ]

    def __str__(self) -> str:
        return f"{self.get_stance_display()} on {self.on}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio of the programme or the project whose stakeholder it is."""
        home = self.stakeholder.programme or self.stakeholder.project
        return getattr(home, "owner_portfolio", None) or getattr(home, "portfolio", None)


def assessed(field: str, place: int = 0) -> models.Subquery:
    """Return an expression for a field of a stakeholder's last assessment; with a `place` of 1, of
    the one before."""
    rows = StakeholderAssessment._base_manager.filter(stakeholder=models.OuterRef("pk"))
    return models.Subquery(rows.order_by("-on", "-id").values(field)[place : place + 1])


def trend() -> models.Case:
    """Return an expression for how the stance of a stakeholder changed from the assessment before
    the last to the last; null where there is none."""
    before, now = _steps(assessed("stance", 1)), _steps(assessed("stance"))
    literal = models.Value
    return models.Case(
        models.When(LessThan(now, literal(0)), then=literal(None)),
        models.When(LessThan(before, literal(0)), then=literal(Change.FIRST.value)),
        models.When(GreaterThan(now, before), then=literal(Change.UP.value)),
        models.When(LessThan(now, before), then=literal(Change.DOWN.value)),
        default=literal(Change.SAME.value),
        output_field=models.CharField(null=True),
    )


def _steps(stance: models.Subquery) -> models.Func:
    """Return the place of a stance as a number: 0 for an opponent, 4 for a champion, −1 for
    none."""
    places = ", ".join(f"'{value}'" for value in reversed(Stance.values))
    return models.Func(
        stance,
        template=f"coalesce(array_position(ARRAY[{places}], %(expressions)s::text) - 1, -1)",
        output_field=models.IntegerField(),
    )
