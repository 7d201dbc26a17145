"""Templates: what projects and programmes begin with, as the PMO sets it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, code_once, once
from pmhub.database.triggers import listed, refusal, versioned
from pmhub.models import Record
from pmhub.models.people import RoleChoice
from programmes.models import Portfolio
from projects.models.approach import DeliveryApproach
from projects.models.gate.subjects import MOVES, STAGES
from projects.models.schedule import MilestoneKind
from projects.models.states import TEMPLATE, OversightLevel, TemplateState
from projects.stages import ProjectStage

LONGEST = 20_000  # days from the start or the finish


class TemplateKind(models.TextChoices):
    """The kinds of what is begun from a template."""

    PROJECT = "project", _("Project")
    PROGRAMME = "programme", _("Programme")


class Anchor(models.TextChoices):
    """The days of a project from which a milestone is reckoned."""

    START = "start", _("Start")
    FINISH = "finish", _("Finish")


def raises_version(name: str, operation: pgtrigger.Operation, row: str) -> pgtrigger.Trigger:
    """Raise the edition of a template, and so its version, with every change to its parts."""
    return pgtrigger.Trigger(
        name=f"raises_version_{name}",
        when=pgtrigger.After,
        operation=operation,
        func="UPDATE projects_template SET edition = edition + 1"  # noqa: S608  # our own names
        f" WHERE id = {row}.template_id; RETURN NULL;",
    )


def raises_versions() -> list[pgtrigger.Trigger]:
    """Return the triggers of a part of a template: a new, changed or deleted part raises the
    version."""
    return [
        raises_version("made", pgtrigger.Insert, "NEW"),
        raises_version("changed", pgtrigger.Update, "NEW"),
        raises_version("gone", pgtrigger.Delete, "OLD"),
    ]


def kind_stays() -> pgtrigger.Trigger:
    """Refuse to change the kind of what a template begins."""
    text = "What is begun from a template stays what it was: make another."
    return pgtrigger.Trigger(
        name="kind_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.kind <> NEW.kind"),
        func=refusal("template_kind_stays", "kind", text),
    )


class Template(Record):
    """How projects or programmes of a kind begin: with which approach, milestones and entries of
    registers by their offsets, and who they need. What was begun from one keeps the version that it
    had then."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="templates")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=10,
        choices=TemplateKind,
        default=TemplateKind.PROJECT,
        db_default=TemplateKind.PROJECT,
    )
    about = models.TextField(blank=True)
    delivery_approach = models.CharField(
        max_length=20, choices=DeliveryApproach, default=DeliveryApproach.LINEAR
    )
    regulated = models.BooleanField(default=False)
    duration_days = models.PositiveSmallIntegerField(
        default=365, help_text=_("How long it usually takes")
    )
    state = models.CharField(max_length=10, choices=TemplateState, default=TemplateState.DRAFT)
    edition = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=_("Rises with its parts")
    )

    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joined = Join.SEE
    lifecycles = (TEMPLATE,)
    over_in = (TemplateState.RETIRED,)

    class Meta:
        ordering = [InOrder("name"), "id"]
        triggers = [versioned(), kind_stays(), TEMPLATE.trigger("template")]
        constraints = [
            code_once("template", "portfolio"),
            choices("template", "kind", TemplateKind),
            choices("template", "delivery_approach", DeliveryApproach),
            choices("template", "state", TemplateState),
            between("template", "duration_days", 1, LONGEST),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def nearest_day(day: date, starts_on: date, finishes_on: date | None) -> date:
    """Return the day between the two that is nearest to a day; without an end, the first is the
    only bound."""
    later = max(day, starts_on)
    return min(later, finishes_on) if finishes_on else later


def day_within(part: Any, starts_on: date, finishes_on: date | None) -> Any:
    """Return the day of a part of a template, reckoned from its anchor and kept between the start
    and the finish; None where the anchor is a finish that is not known."""
    first = starts_on if part.anchor == Anchor.START else finishes_on
    return first and nearest_day(first + timedelta(days=part.offset_days), starts_on, finishes_on)


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

    sought = False  # the template is
    visible_through = ("template",)
    counted_by = ("raises_version_made",)
    visible_below = {
        f"template__portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()
    }

    class Meta:
        ordering = ["template", "anchor", "offset_days", "id"]
        triggers = [versioned(), *raises_versions()]
        constraints = [
            choices("templatemilestone", "kind", MilestoneKind),
            choices("templatemilestone", "anchor", Anchor),
            between("templatemilestone", "offset_days", -LONGEST, LONGEST),
            once(
                "templatemilestone_once",
                "title",
                "template",
                message="The template has a milestone of this title.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def day(self, starts_on: date, finishes_on: date) -> date:
        """Return the day of the milestone in a project with this start and finish, kept between the
        two."""
        day: date = day_within(self, starts_on, finishes_on)
        return day


class EntryRegister(models.TextChoices):
    """The registers in which an entry of what is begun stands."""

    OUTPUTS = "outputs", _("Outputs")
    TRANCHES = "tranches", _("Tranches")
    OUTCOMES = "outcomes", _("Outcomes")
    RISKS = "risks", _("Risks")


REGISTERS_OF = {
    TemplateKind.PROJECT: (EntryRegister.OUTPUTS, EntryRegister.RISKS),
    TemplateKind.PROGRAMME: (EntryRegister.TRANCHES, EntryRegister.OUTCOMES, EntryRegister.RISKS),
}


def of_kind() -> pgtrigger.Trigger:
    """Refuse an entry of a register that a project, or a programme, does not have."""
    pairs = ", ".join(
        f"('{kind}', '{name}')" for kind, names in REGISTERS_OF.items() for name in names
    )
    text = "What is begun from this template has no such register."
    return pgtrigger.Trigger(
        name="of_kind",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("register", "template_id"),
        func="IF NOT EXISTS (SELECT FROM projects_template t"
        f" WHERE t.id = NEW.template_id AND (t.kind, NEW.register) IN ({pairs})) THEN"
        f" {refusal('templateentry_of_kind', 'register', text)} END IF; RETURN NEW;",
    )


class TemplateEntry(Record):
    """What stands in a register from the start: an output or a tranche by its day, an outcome, or a
    risk to be judged, which is a draft."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="entries")
    register = models.CharField(max_length=20, choices=EntryRegister)
    title = models.CharField(max_length=200)
    about = models.TextField(
        blank=True,
        help_text=_("When it is accepted; where it lands; what is then different; what may happen"),
    )
    anchor = models.CharField(max_length=10, choices=Anchor, default=Anchor.FINISH)
    offset_days = models.SmallIntegerField(
        default=0, help_text=_("After that day; before it, negative")
    )

    sought = False  # the template is
    visible_through = ("template",)
    counted_by = ("raises_version_made",)
    visible_below = TemplateMilestone.visible_below

    class Meta:
        verbose_name_plural = "template entries"
        ordering = ["template", "register", "anchor", "offset_days", "id"]
        triggers = [versioned(), of_kind(), *raises_versions()]
        constraints = [
            choices("templateentry", "register", EntryRegister),
            choices("templateentry", "anchor", Anchor),
            between("templateentry", "offset_days", -LONGEST, LONGEST),
            once(
                "templateentry_once",
                "title",
                "template",
                "register",
                message="The template has an entry of this title there.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def day(self, starts_on: date, finishes_on: date | None) -> date | None:
        """Return the day of the entry in a project or programme with this start and finish, kept
        between the two; None where it has none."""
        day: date | None = day_within(self, starts_on, finishes_on)
        return day


class TemplateRole(Record):
    """A role that what is begun from the template needs somebody in."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=RoleChoice)
    about = models.TextField(blank=True, help_text=_("What is expected of them"))

    visible_through = ("template",)
    counted_by = ("raises_version_made",)
    visible_below = TemplateMilestone.visible_below

    class Meta:
        ordering = ["template", "role"]
        triggers = [versioned(), *raises_versions()]
        constraints = [
            choices("templaterole", "role", RoleChoice),
            models.UniqueConstraint(
                fields=["template", "role"],
                name="templaterole_once",
                violation_error_message="The template asks for this role already.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


# The stages that gates lead to, by kind of template; a programme's include those of its tranches.
LED_TO: dict[str, tuple[str, ...]] = {
    TemplateKind.PROJECT: tuple(map(str, ProjectStage)),
    TemplateKind.PROGRAMME: tuple(
        dict.fromkeys(str(target) for kind in ("programme", "tranche") for _, target in MOVES[kind])
    ),
}
ELSEWHERE = "No gate of what is begun from this template leads there."


def leads_there() -> pgtrigger.Trigger:
    """Refuse a criterion for a stage that no gate of the template's kind leads to."""
    mine = " OR ".join(
        f"t.kind = '{kind}' AND NEW.stage IN ({listed(stages)})" for kind, stages in LED_TO.items()
    )
    return pgtrigger.Trigger(
        name="leads_there",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("stage", "template_id"),
        func="IF NOT EXISTS (SELECT FROM projects_template t"  # our own names
        f" WHERE t.id = NEW.template_id AND ({mine})) THEN"
        f" {refusal('templatecriterion_leads', 'stage', ELSEWHERE)} END IF; RETURN NEW;",
    )


class TemplateCriterion(Record):
    """What the gate to a stage looks at, in what is begun from the template: in a project, or in a
    programme and its tranches."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="criteria")
    stage = models.CharField(max_length=20, choices=STAGES, help_text=_("To which the gate leads"))
    text = models.CharField(max_length=300)
    mandatory = models.BooleanField(default=True)
    oversight = models.CharField(
        max_length=10,
        choices=OversightLevel,
        default=OversightLevel.LIGHT,
        help_text=_("Only of projects that are watched at least so closely"),
    )

    visible_through = ("template",)
    counted_by = ("raises_version_made",)
    visible_below = TemplateMilestone.visible_below
    refuses = {"templatecriterion_leads": ("stage", ELSEWHERE)}

    class Meta:
        verbose_name_plural = "template criteria"
        ordering = ["template", "stage", "id"]
        triggers = [versioned(), *raises_versions(), leads_there()]
        constraints = [
            choices("templatecriterion", "oversight", OversightLevel),
            once(
                "templatecriterion_once",
                "text",
                "template",
                "stage",
                message="The template has this criterion for that stage already.",
            ),
        ]

    def __str__(self) -> str:
        return self.text
