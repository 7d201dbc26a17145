"""Templates of projects: how the PMO would have such a project begin."""

from __future__ import annotations

from datetime import date, timedelta

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.collation import InOrder
from pmhub.constraints import between, choices, code_once
from pmhub.models import Record
from pmhub.triggers import stamped
from programmes.models import Portfolio
from projects.models.project import DeliveryApproach
from projects.models.schedule import MilestoneKind
from projects.models.states import TEMPLATE, TemplateState

LONGEST = 20_000  # days from the start or the finish


class Anchor(models.TextChoices):
    """From which day of the project a milestone is reckoned."""

    START = "start", _("Start")
    FINISH = "finish", _("Finish")


def raises_version(name: str, operation: pgtrigger.Operation, row: str) -> pgtrigger.Trigger:
    """Raise the edition of a template, and so its version, with every change to its milestones."""
    return pgtrigger.Trigger(
        name=f"raises_version_{name}",
        when=pgtrigger.After,
        operation=operation,
        func="UPDATE projects_template SET edition = edition + 1"  # noqa: S608  # our own names
        f" WHERE id = {row}.template_id; RETURN NULL;",
    )


class Template(Record):
    """How projects of a kind begin: with which approach, and which milestones by their offsets. A
    project that was begun from one keeps the version that it had then."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="templates")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    delivery_approach = models.CharField(
        max_length=20, choices=DeliveryApproach, default=DeliveryApproach.LINEAR
    )
    regulated = models.BooleanField(default=False)
    duration_days = models.PositiveSmallIntegerField(
        default=365, help_text=_("How long such a project usually takes")
    )
    state = models.CharField(max_length=10, choices=TemplateState, default=TemplateState.DRAFT)
    edition = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=_("Rises with its milestones")
    )

    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joined = Join.SEE
    lifecycles = (TEMPLATE,)

    class Meta:
        ordering = [InOrder("name")]
        triggers = [stamped(), TEMPLATE.trigger("template")]
        constraints = [
            code_once("template", "portfolio"),
            choices("template", "delivery_approach", DeliveryApproach),
            choices("template", "state", TemplateState),
            between("template", "duration_days", 1, LONGEST),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TemplateMilestone(Record):
    """A milestone that a project has from the start when it is begun from the template."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=MilestoneKind, default=MilestoneKind.DELIVERY)
    anchor = models.CharField(max_length=10, choices=Anchor, default=Anchor.START)
    offset_days = models.SmallIntegerField(
        default=0, help_text=_("After that day; before it, negative")
    )
    key = models.BooleanField(default=False)

    visible_through = ("template",)
    visible_below = {
        f"template__portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()
    }

    class Meta:
        ordering = ["template", "anchor", "offset_days", "id"]
        triggers = [
            stamped(),
            raises_version("made", pgtrigger.Insert, "NEW"),
            raises_version("changed", pgtrigger.Update, "NEW"),
            raises_version("gone", pgtrigger.Delete, "OLD"),
        ]
        constraints = [
            choices("templatemilestone", "kind", MilestoneKind),
            choices("templatemilestone", "anchor", Anchor),
            between("templatemilestone", "offset_days", -LONGEST, LONGEST),
            models.UniqueConstraint(
                fields=["template", "title"],
                name="templatemilestone_once",
                violation_error_message="The template has a milestone of this title.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def day(self, starts_on: date, finishes_on: date) -> date:
        """The day of it in a project that lasts from one day to another, within these."""
        first = starts_on if self.anchor == Anchor.START else finishes_on
        return min(max(first + timedelta(days=self.offset_days), starts_on), finishes_on)
