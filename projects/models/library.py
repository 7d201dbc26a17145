"""The library of standards: what projects follow, in versions."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.restricted_fields import readers_of_relation
from pmhub.access.separation_of_duties import WROTE, WROTE_LAST, decided_by_another, written_last
from pmhub.access.setters import Setter
from pmhub.database.belonging import belongs
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models import Discipline, Portfolio
from programmes.models.discipline import of_portfolio
from projects.models.approach import DeliveryApproach
from projects.models.template import Template
from projects.stages import ProjectStage

OTHER_TEMPLATE = "Choose a template of projects of the portfolio."
UNVALIDATED = "Choose a lesson that was validated."
ELSEWHERE = "Choose a lesson of the portfolio that was validated."
UNPUBLISHED = "Choose a version in force of a standard of the project's portfolio."
# SQL: the version that a record of a project names, if it is in force in its portfolio.
IN_FORCE = (
    "FROM projects_assetversion v JOIN projects_processasset a ON a.id = v.asset_id"
    " WHERE v.id = NEW.asset_version_id AND v.state = 'published'"
    f" AND a.portfolio_id = {OF_PROJECT.format('NEW.project_id')}"
)


class AssetKind(models.TextChoices):
    """What a standard is."""

    STANDARD = "standard", _("Standard")
    PROCEDURE = "procedure", _("Procedure")
    GUIDELINE = "guideline", _("Guideline")
    TEMPLATE = "template", _("Template")
    CHECKLIST = "checklist", _("Checklist")
    PROCESS = "process", _("Process")
    ROLE = "role_description", _("Role description")


class VersionState(models.TextChoices):
    """How far a version of a standard has come; one that is published is in force."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


V = VersionState
# The columns of a version that are judged.
JUDGED = ("asset_id", "number", "text", "change_reason", "lesson_id")
PUBLISHER = Setter(
    "the owner of the standard or the PMO, who did not write it", own="owner", apart=True
)
ASSET_VERSION = Lifecycle(
    "state",
    initial=anybody(V.DRAFT),
    moves=(
        move("submission", "Hand it in for review", "handed in for review", V.IN_REVIEW,
             [V.DRAFT]),
        move("return", "Return it to its author", "returned", V.DRAFT, [V.IN_REVIEW],
             reason=True, by=PUBLISHER),
        move("publication", "Publish it", "published", V.PUBLISHED, [V.IN_REVIEW],
             may_ask=("effective_from",), by=PUBLISHER,
             says="It is in force from then on; the version before it is retired."),
        move("retirement", "Retire it", "retired", V.RETIRED, [V.PUBLISHED], reason=True,
             by=PUBLISHER,
             says="No version of the standard is in force any more, and nobody is asked to follow"
             " it."),
    ),
)  # fmt: skip


def applies(operation: pgtrigger.Operation, condition: str) -> pgtrigger.Trigger:
    """Set a validated lesson to applied once it is adopted, or a standard is changed for it."""
    return pgtrigger.Trigger(
        name="applies",
        when=pgtrigger.After,
        operation=operation,
        condition=pgtrigger.Condition(f"NEW.lesson_id IS NOT NULL AND {condition}"),
        func="UPDATE projects_lesson SET state = 'applied'"
        " WHERE id = NEW.lesson_id AND state = 'validated'; RETURN NULL;",
    )


class ProcessAsset(Record):
    """Something that projects follow: a standard, a procedure, a guideline, a template. What it
    says is in its versions. A mandatory one is answered by each project to which it applies."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="process_assets")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=AssetKind, default=AssetKind.STANDARD)
    about = models.TextField(blank=True, help_text=_("What it is for"))
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="process_assets"
    )
    review_on = models.DateField(
        null=True, blank=True, help_text=_("By when somebody looks whether it still fits")
    )
    mandatory = models.BooleanField(
        default=False, help_text=_("Projects say how they apply it; the PMO alone waives it")
    )
    template = models.ForeignKey(
        Template,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="process_assets",
        help_text=_("Only for projects begun from it"),
    )
    delivery_approach = models.CharField(max_length=20, choices=DeliveryApproach, blank=True)
    least_complexity = models.PositiveSmallIntegerField(
        default=1, help_text=_("Only for projects at least as complex")
    )
    regulated = models.BooleanField(default=False, help_text=_("Only for regulated projects"))
    stage = models.CharField(
        max_length=20, choices=ProjectStage, blank=True, help_text=_("Only in this stage")
    )
    category = models.CharField(
        max_length=40, blank=True, help_text=_("The risks that it is about")
    )
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="process_assets"
    )

    answered_for = {"owner": Q()}
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joins = {"template": Join.SEE}
    joined = Join.SEE
    refuses = {"processasset_template": ("template", OTHER_TEMPLATE)}
    first_code = "PA01"

    class Meta:
        verbose_name = "standard"
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            belongs(
                "processasset",
                "template",
                "FROM projects_template t WHERE t.id = NEW.template_id"
                " AND t.portfolio_id = NEW.portfolio_id AND t.kind = 'project'",
                OTHER_TEMPLATE,
            ),
            *of_portfolio("processasset", "NEW.portfolio_id"),
        ]
        indexes = [searched("processasset", "code", "title", "about")]
        constraints = [
            code_once("processasset", "portfolio"),
            choices("processasset", "kind", AssetKind),
            choices("processasset", "delivery_approach", DeliveryApproach, blank=True),
            choices("processasset", "stage", ProjectStage, blank=True),
            between("processasset", "least_complexity", 1, 5),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class AssetVersion(Record):
    """What a standard says, from the day on which this version was published until another takes
    its place. It names the lesson that it was written for."""

    asset = models.ForeignKey(ProcessAsset, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(help_text=_("What is to be done"))
    change_reason = models.TextField(blank=True, help_text=_("Why it differs from the one before"))
    lesson = models.ForeignKey(
        "projects.Lesson",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="changed_standards",
        help_text=_("The lesson that changed it"),
    )
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    effective_from = models.DateField(null=True, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    written_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )

    sought = False  # the standard is
    visible_through = ("asset",)
    visible_below = {
        f"asset__portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()
    }
    joins = {"lesson": Join.SEE, "approved_by": Join.SET}
    joined = Join.SEE
    shown_to = {"lesson": readers_of_relation("lesson", "whoever sees where it was learned")}
    lifecycles = (ASSET_VERSION,)
    edited_in = (VersionState.DRAFT,)
    happened = ("effective_from",)
    parties = ("created_by__person", "written_by")
    stays = (
        RetentionRule(
            "published_version",
            Q(effective_from__isnull=False),
            "A version that was published is never deleted: retire it.",
        ),
    )
    refuses = {
        "published_holds": ("", "What was handed in for review is changed no more: return it."),
        "assetversion_lesson": ("lesson", ELSEWHERE),
    }

    class Meta:
        verbose_name = "version of a standard"
        verbose_name_plural = "versions of standards"
        ordering = ["asset", "-number"]
        triggers = [
            versioned(),
            ASSET_VERSION.trigger("version of a standard"),
            written_last(*JUDGED),
            decided_by_another("approved_by_id", WROTE, WROTE_LAST),
            belongs(
                "assetversion",
                "lesson",
                "FROM projects_lesson l JOIN projects_processasset a ON a.id = NEW.asset_id"
                " WHERE l.id = NEW.lesson_id AND l.state IN ('validated', 'applied')"
                " AND a.portfolio_id = coalesce(l.portfolio_id,"
                f" {OF_PROGRAMME.format('l.programme_id')}, {OF_PROJECT.format('l.project_id')})",
                ELSEWHERE,
                same=("asset_id",),
            ),
            applies(
                pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                "NEW.state = 'published'",
            ),
            frozen("published_holds", "OLD.state <> 'draft'", *JUDGED),
        ]
        constraints = [
            choices("assetversion", "state", VersionState),
            between("assetversion", "number", 1, 9999),
            models.UniqueConstraint(
                fields=["asset", "number"],
                name="assetversion_once",
                violation_error_message="The standard has a version of this number.",
            ),
            models.UniqueConstraint(
                fields=["asset"],
                condition=Q(state="published"),
                name="assetversion_in_force",
                violation_error_message="Another version of the standard is in force.",
            ),
            rule(
                "assetversion_published",
                "effective_from",
                ~Q(state="published") | Q(effective_from__isnull=False, approved_by__isnull=False),
                "What is published has the day of it, and names who approved it.",
            ),
            dated(
                "assetversion",
                "effective_from",
                "state",
                VersionState.PUBLISHED,
                VersionState.RETIRED,
                message="Only what was published has the day of it: publish it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset.code} version {self.number}"

    @property
    def owner_id(self) -> int | None:
        """The id of the person who owns the standard."""
        return self.asset.owner_id
