"""Lessons: what was learned, and where it was used again."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.restricted_fields import readers_of_relation
from pmhub.access.separation_of_duties import WROTE, WROTE_LAST, decided_by_another, written_last
from pmhub.access.setters import SUBMITTERS, Setter
from pmhub.database.belonging import belongs
from pmhub.database.codes import OF_PLACE
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, unchanged, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models import Discipline, Portfolio, Programme
from programmes.models.discipline import of_portfolio
from projects.models.action import Action
from projects.models.approach import DeliveryApproach
from projects.models.gate import Gate
from projects.models.issue import Issue
from projects.models.library import UNVALIDATED, ProcessAsset, applies
from projects.models.project import Project
from projects.models.risk import Risk
from projects.stages import ProjectStage

PLACES = ("project", "programme", "portfolio")
APART = "A lesson and the version that is cleared of its source have codes of their own."
SHOWN_AT = ("risk", "issue", "gate", "project")
OTHER_ASSET = "This standard is another portfolio's."
UNUSED = "A lesson is applied once somebody has adopted it, or it has changed a standard."
LANGUAGE = "english"
# The columns that are judged: unchangeable once the lesson is submitted.
JUDGED = (
    "project_id", "programme_id", "portfolio_id", "code", "title", "what_happened", "cause",
    "recommendation", "kind", "event", "category", "stage", "discipline_id", "delivery_approach",
    "asset_id", "cleared_from_id",
)  # fmt: skip


def words() -> Any:
    """Return the search vector by which lessons are ranked: words of the title weigh most."""
    return (
        SearchVector("title", weight="A", config=LANGUAGE)
        + SearchVector("recommendation", weight="B", config=LANGUAGE)
        + SearchVector("cause", "what_happened", weight="C", config=LANGUAGE)
    )


class LessonKind(models.TextChoices):
    """Whether it is to happen again."""

    AVOID = "avoid", _("Avoid it")
    REPEAT = "repeat", _("Do it again")


class LessonEvent(models.TextChoices):
    """The occasions on which something is learned."""

    CLOSURE = "closure", _("Closure")
    GATE = "gate", _("Gate")
    REPORT = "report", _("Report")
    ANY = "any", _("Any other")


class LessonState(models.TextChoices):
    """How far a lesson has come; one that is validated is shown where it fits."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    VALIDATED = "validated", _("Validated")
    APPLIED = "applied", _("Applied")
    REJECTED = "rejected", _("Rejected")
    ARCHIVED = "archived", _("Archived")


L = LessonState
TO_SHOW = (L.VALIDATED, L.APPLIED)
VALIDATOR = Setter(
    "the programme manager or the PMO, who did not write it", right="limit", apart=True
)
LESSON = Lifecycle(
    "state",
    initial=anybody(L.DRAFT),
    moves=(
        move("submission", "Hand it in", "handed in", L.SUBMITTED, [L.DRAFT], by=SUBMITTERS),
        move("validation", "Validate it", "validated", L.VALIDATED, [L.SUBMITTED], by=VALIDATOR,
             says="From here on it is shown where it fits."),
        move("return", "Return it to its author", "returned", L.DRAFT, [L.SUBMITTED], reason=True,
             by=VALIDATOR),
        move("rejection", "Reject it", "rejected", L.REJECTED, [L.SUBMITTED], reason=True,
             by=VALIDATOR),
        move("archival", "Archive it", "archived", L.ARCHIVED, [L.VALIDATED, L.APPLIED],
             reason=True, by=VALIDATOR, says="It is shown nowhere any more; its uses stay."),
    ),
    follows={L.APPLIED: (L.VALIDATED,)},  # when it is used for the first time
)  # fmt: skip


def applied_is_used() -> pgtrigger.Trigger:
    """Refuse to call a lesson applied that nobody has adopted and for which no standard was
    changed."""
    return pgtrigger.Trigger(
        name="used",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'applied' AND OLD.state <> 'applied'"),
        func="IF NOT EXISTS (SELECT FROM projects_lessonuse u WHERE u.lesson_id = NEW.id"  # noqa: S608  # our own names
        " AND u.answer = 'adopted') AND NOT EXISTS (SELECT FROM projects_assetversion v"
        " WHERE v.lesson_id = NEW.id AND v.state IN ('published', 'retired')) THEN"
        f" {refusal('lesson_used', 'state', UNUSED)} END IF; RETURN NEW;",
    )


def told_apart() -> pgtrigger.Trigger:
    """Refuse the same code for a lesson and for its cleared version, whichever of the two is
    written: people name both by it. A version locks its source."""
    source = "projects_lesson o WHERE o.id = NEW.cleared_from_id"
    return pgtrigger.Trigger(
        name="told_apart",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("code", "cleared_from_id"),
        func=f"{unchanged('code', 'cleared_from_id')}PERFORM FROM {source} FOR NO KEY UPDATE;"  # noqa: S608  # our own names
        f" IF EXISTS (SELECT FROM {source} AND pmhub_fold(o.code) = pmhub_fold(NEW.code))"
        " OR EXISTS (SELECT FROM projects_lesson v WHERE v.cleared_from_id = NEW.id"
        " AND pmhub_fold(v.code) = pmhub_fold(NEW.code)) THEN"
        f" {refusal('lesson_told_apart', 'code', APART)} END IF; RETURN NULL;",
    )


class Lesson(Record):
    """Something that was learned in a project, a programme or a portfolio, and what follows from it
    for others. Once somebody else has validated it, it is shown where it fits. Whoever may not see
    where it was learned may see a version cleared of that, which is the portfolio's."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="lessons"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="lessons"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="lessons"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    what_happened = models.TextField()
    cause = models.TextField(blank=True)
    recommendation = models.TextField(help_text=_("What others do who come to the same point"))
    kind = models.CharField(max_length=10, choices=LessonKind, default=LessonKind.AVOID)
    event = models.CharField(max_length=10, choices=LessonEvent, default=LessonEvent.ANY)
    category = models.CharField(max_length=40, blank=True, help_text=_("As of risks"))
    stage = models.CharField(
        max_length=20, choices=ProjectStage, blank=True, help_text=_("In which it helps most")
    )
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="lessons"
    )
    delivery_approach = models.CharField(
        max_length=20, choices=DeliveryApproach, blank=True, help_text=_("For which it holds")
    )
    asset = models.ForeignKey(
        ProcessAsset,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lessons",
        help_text=_("The standard that it says something about"),
    )
    state = models.CharField(max_length=10, choices=LessonState, default=LessonState.DRAFT)
    validated_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    cleared_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="cleared"
    )

    visible_through = PLACES
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joins = {"asset": Join.SEE, "validated_by": Join.SET, "cleared_from": Join.SET}
    joined = Join.SEE
    shown_to = {
        "cleared_from": readers_of_relation("cleared_from", "whoever sees where it was learned")
    }
    lifecycles = (LESSON,)
    over_in = (LessonState.REJECTED, LessonState.ARCHIVED)
    edited_in = (LessonState.DRAFT,)
    parties = ("created_by__person", "written_by")
    stays = (
        RetentionRule(
            "validated_lesson",
            Q(validated_by__isnull=False),
            "A lesson that was validated is never deleted: archive it.",
        ),
    )
    refuses = {
        "handed_in_holds": ("", "A lesson that was handed in is changed no more: return it."),
        "lesson_used": ("state", UNUSED),
    }
    first_code = "L01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            LESSON.trigger("lesson"),
            applied_is_used(),
            told_apart(),
            written_last(*JUDGED),
            decided_by_another("validated_by_id", WROTE, WROTE_LAST),
            frozen("handed_in_holds", "OLD.state <> 'draft'", *JUDGED),
            *of_portfolio("lesson", OF_PLACE),
            belongs(
                "lesson",
                "asset",
                "FROM projects_processasset a WHERE a.id = NEW.asset_id"
                f" AND a.portfolio_id = {OF_PLACE}",
                OTHER_ASSET,
                same=("portfolio_id", "programme_id", "project_id"),
            ),
        ]
        indexes = [
            searched("lesson", "code", "title", "what_happened", "recommendation"),
            GinIndex(words(), name="lesson_words"),
        ]
        constraints = [
            one_of("lesson", *PLACES),
            code_once("lesson", *PLACES),
            choices("lesson", "kind", LessonKind),
            choices("lesson", "event", LessonEvent),
            choices("lesson", "stage", ProjectStage, blank=True),
            choices("lesson", "delivery_approach", DeliveryApproach, blank=True),
            choices("lesson", "state", LessonState),
            rule(
                "lesson_validated",
                "validated_by",
                Q(state__in=["draft", "submitted", "rejected"], validated_by__isnull=True)
                | Q(
                    state__in=["validated", "applied", "archived"],
                    validated_by__isnull=False,
                ),
                "What was validated, and nothing else, names who validated it.",
            ),
            rule(
                "lesson_cleared",
                "portfolio",
                Q(cleared_from__isnull=True) | Q(portfolio__isnull=False),
                "What is cleared of where it was learned is the portfolio's.",
            ),
            models.UniqueConstraint(
                fields=["cleared_from"],
                name="lesson_cleared_once",
                violation_error_message="A version of it is cleared of its source already.",
            ),
            rule(
                "lesson_not_itself",
                "cleared_from",
                Q(cleared_from__isnull=True) | ~Q(cleared_from=F("id")),
                "A lesson is not cleared of itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio in which it was learned."""
        if self.project:
            return self.project.owner_portfolio
        return self.programme.portfolio if self.programme else self.portfolio


class UseAnswer(models.TextChoices):
    """What somebody does with a lesson that fits."""

    ADOPTED = "adopted", _("Adopted")
    COVERED = "covered", _("Covered already")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class LessonUse(Record):
    """What was answered to a lesson at a risk, an issue, a gate or a project where it fits. An
    adopted one is an action."""

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="uses")
    risk = models.ForeignKey(
        Risk, models.PROTECT, null=True, blank=True, related_name="lesson_uses"
    )
    issue = models.ForeignKey(
        Issue, models.PROTECT, null=True, blank=True, related_name="lesson_uses"
    )
    gate = models.ForeignKey(
        Gate, models.PROTECT, null=True, blank=True, related_name="lesson_uses"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="lesson_uses"
    )
    answer = models.CharField(max_length=16, choices=UseAnswer)
    reason = models.TextField(blank=True, help_text=_("Why nothing more is done"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    action = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="lesson_uses"
    )

    visible_through = SHOWN_AT
    joins = {"person": Join.SET, "action": Join.SET}
    shown_to = {"lesson": readers_of_relation("lesson", "whoever sees where it was learned")}
    edited_in = ()
    happened = ("on",)
    stays = (
        RetentionRule(
            "answered_lesson", Q(answer__in=UseAnswer.values), "An answer to a lesson stays."
        ),
    )
    refuses = {
        "lessonuse_lesson": ("lesson", UNVALIDATED),
        "answer_holds": ("", "An answer to a lesson stays as it is."),
    }

    class Meta:
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            belongs(
                "lessonuse",
                "lesson",
                "FROM projects_lesson l WHERE l.id = NEW.lesson_id"
                " AND l.state IN ('validated', 'applied')",
                UNVALIDATED,
            ),
            applies(pgtrigger.Insert, "NEW.answer = 'adopted'"),
            frozen(
                "answer_holds",
                "TRUE",
                "lesson_id",
                *(f"{name}_id" for name in SHOWN_AT),
                "answer",
                "reason",
                "on",
            ),
        ]
        constraints = [
            one_of("lessonuse", *SHOWN_AT),
            choices("lessonuse", "answer", UseAnswer),
            models.UniqueConstraint(
                fields=["lesson", *SHOWN_AT],
                nulls_distinct=False,
                name="lessonuse_once",
                violation_error_message="This lesson is answered here already.",
            ),
            models.UniqueConstraint(
                fields=["action"],
                name="lessonuse_action_once",
                violation_error_message="This action came of another answer.",
            ),
            rule(
                "lessonuse_reason",
                "reason",
                Q(answer="adopted") | ~Q(reason=""),
                "Say why nothing more is done.",
            ),
            rule(
                "lessonuse_action",
                "action",
                Q(answer="adopted") | Q(action__isnull=True),
                "Only what is adopted is an action.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson}: {self.get_answer_display()}"

    @property
    def place(self) -> Any:
        """The risk, the issue, the gate or the project at which the lesson was answered."""
        return self.risk or self.issue or self.gate or self.project
