"""Judgements of delivery confidence: declared by people with their basis, and never changed."""

from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import permissions
from pmhub.access import Join, can, roles_on
from pmhub.access.setters import Setter
from pmhub.database.constraints import choices, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.assurance import AssuranceReview
from programmes.models.confidence import Confidence, shown_on_programme
from programmes.models.programme import Programme, Rating


class Scale(models.IntegerChoices):
    """How many steps the scale of a judgement has."""

    THREE = 3, _("Three points")
    FIVE = 5, _("Five points")


class ConfidenceKind(models.TextChoices):
    """Whose judgement it is."""

    SELF = "self", _("Self-assessment")
    INDEPENDENT = "independent", _("Independent")


@dataclass(frozen=True, slots=True)
class Judge(Setter):
    """Who may judge: those who answer for the programme; independently, an assurer."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may write a judgement of this kind."""
        independent = row.kind == ConfidenceKind.INDEPENDENT
        return can(user, "assure" if independent else "declare", row)


JUDGES = Judge("the SRO or the PMO, and independently by an assurer or the PMO")


def of_its_review() -> pgtrigger.Trigger:
    """Refuse a judgement that names a review of another programme or project."""
    text = "This review looked at something else."
    return pgtrigger.Trigger(
        name="of_its_review",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.review_id IS NOT NULL"),
        func="IF EXISTS (SELECT FROM programmes_assurancereview r"  # noqa: S608  # our own names
        " WHERE r.id = NEW.review_id"
        " AND (r.programme_id, r.project_id)"
        " IS DISTINCT FROM (NEW.programme_id, NEW.project_id)) THEN"
        f" {refusal('of_its_review', 'review', text)} END IF; RETURN NEW;",
    )


class DcaRecord(Record):
    """A judgement of how sure delivery is. It is never changed: another follows. The latest of a
    programme's own is the one the programme shows."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="dca_records"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="dca_records"
    )
    kind = models.CharField(max_length=12, choices=ConfidenceKind, default=ConfidenceKind.SELF)
    scale = models.PositiveSmallIntegerField(choices=Scale, default=Scale.THREE)
    value = models.CharField(max_length=12, choices=Confidence)
    on = models.DateField(help_text=_("The day of the judgement; left empty, the status date"))
    basis = models.TextField(blank=True, help_text=_("What it rests on"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    review = models.ForeignKey(
        AssuranceReview, models.PROTECT, null=True, blank=True, related_name="dca_records"
    )

    visible_through = ("programme", "project")
    joins = {"by": Join.SET, "review": Join.SEE}
    set_by = {"value": JUDGES}
    happened = ("on",)
    true_from = "on"
    edited_in = ()
    stays = (
        RetentionRule(
            "append_only", Q(scale__gt=0), "A judgement is never deleted: another follows."
        ),
    )
    refuses = {
        "append_only": ("", "A judgement is never changed: declare another."),
        "of_its_review": ("review", "This review looked at something else."),
    }

    class Meta:
        verbose_name = "delivery confidence"
        verbose_name_plural = "delivery confidences"
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            of_its_review(),
            shown_on_programme(),
            frozen(
                "append_only",
                "TRUE",
                "programme_id",
                "project_id",
                "kind",
                "scale",
                "value",
                "on",
                "basis",
                "by_id",
                "review_id",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "-on", "-id"], name="dcarecord_programme"),
            models.Index(fields=["project", "-on", "-id"], name="dcarecord_project"),
        ]
        constraints = [
            one_of("dcarecord", "programme", "project"),
            choices("dcarecord", "kind", ConfidenceKind),
            choices("dcarecord", "value", Confidence),
            rule("dcarecord_scale_choice", "scale", Q(scale__in=Scale.values), "Choose 3 or 5."),
            rule(
                "dcarecord_value_of_scale",
                "value",
                Q(scale=Scale.FIVE) | Q(value__in=Rating.values),
                "On the scale of three points choose green, amber or red.",
            ),
            rule(
                "dcarecord_review_independent",
                "review",
                Q(review__isnull=True) | Q(kind=ConfidenceKind.INDEPENDENT),
                "What a review found is an independent judgement.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_value_display()} on {self.on}"

    @property
    def target(self) -> Any:
        """Return the programme or the project that is judged."""
        return self.programme or self.project

    def judges_own(self, user: Any) -> bool:
        """Return whether the user leads the programme or project, or what it belongs to, and so may
        not judge it independently."""
        if self.kind != ConfidenceKind.INDEPENDENT or self.target is None:
            return False
        return permissions.leads(roles_on(user, self.target))
