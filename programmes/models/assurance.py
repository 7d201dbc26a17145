"""Assurance reviews of programmes and projects, with their recommendations."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import permissions
from pmhub.access import roles_on
from pmhub.access.separation_of_duties import LEADS_PROJECT
from pmhub.database.collation import InOrder, latest
from pmhub.database.constraints import choices, code_once, dated, has_day, one_of, rule
from pmhub.database.history import CONTEXT
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Person, Record
from programmes.models.programme import Programme, Rating
from programmes.models.states import RECOMMENDATION, REVIEW, RecommendationState, ReviewState


class AssuranceKind(models.TextChoices):
    """What kind of review it is."""

    GATE_0 = "gate_0", _("Gate 0: strategic assessment")
    GATE_1 = "gate_1", _("Gate 1: business justification")
    GATE_2 = "gate_2", _("Gate 2: delivery strategy")
    GATE_3 = "gate_3", _("Gate 3: investment decision")
    GATE_4 = "gate_4", _("Gate 4: readiness for service")
    GATE_5 = "gate_5", _("Gate 5: benefits realisation")
    HEALTH_CHECK = "health_check", _("Health check")
    PEER = "peer", _("Peer review")
    ACTION_PLAN = "assurance_of_action_plan", _("Assurance of action plan")
    INTERNAL_INSPECTION = "internal_inspection", _("Internal inspection")


def independent(review: str) -> pgtrigger.Trigger:
    """Refuse that the manager of a project assures it, whichever path the write comes by; `review`
    is the column that names the review. It cannot be checked for plain SQL, where no user is known;
    a recommendation that lapses with the end of the project is nobody's judgement."""
    text = "Nobody assures the project that they manage."
    return pgtrigger.Trigger(
        name="independent",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func="IF pg_trigger_depth() < 2 AND EXISTS"
        f" (SELECT FROM {review} JOIN projects_project p ON p.id = r.project_id"
        f" JOIN pmhub_person manager ON manager.id IN ({LEADS_PROJECT.format('p.id')})"
        f" WHERE manager.user_id = ({CONTEXT} ->> 'user')::bigint) THEN"
        f" {refusal('not_independent', 'project', text)} END IF; RETURN NEW;",
    )


class AssuranceReview(Record):
    """An independent look at a programme or a project, with its delivery confidence."""

    code = models.CharField(max_length=20)
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assurance_reviews",
    )
    project = models.ForeignKey(
        "projects.Project",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assurance_reviews",
    )
    kind = models.CharField(max_length=30, choices=AssuranceKind)
    title = models.CharField(max_length=200, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    held_on = models.DateField(null=True, blank=True)
    dca = models.CharField(max_length=10, choices=Rating, blank=True)
    state = models.CharField(max_length=20, choices=ReviewState, default=ReviewState.PLANNED)

    unread = ("kind", "title", "planned_on", "held_on", "dca", "state")
    visible_through = ("programme", "project")
    lifecycles = (REVIEW,)
    edited_in = (ReviewState.PLANNED, ReviewState.HELD)
    happened = ("held_on",)
    stays = (
        RetentionRule(
            "held_review", Q(held_on__isnull=False), "A review that was held is never deleted."
        ),
    )
    refuses = {"review_reported": ("", "What a review has reported stays: record another one.")}
    first_code = "AR01"

    class Meta:
        ordering = [latest("held_on"), InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id"), Mark(Kind.PROJECT, "project_id")),
            REVIEW.trigger("assurance review"),
            independent("(SELECT NEW.project_id) r"),
            frozen(
                "review_reported",
                "OLD.state IN ('reported', 'closed') AND NEW.held_on IS NOT NULL",
                "code",
                "kind",
                "title",
                "planned_on",
                "held_on",
                "dca",
            ),
        ]
        constraints = [
            code_once("assurancereview", "programme", "project"),
            one_of("assurancereview", "programme", "project"),
            choices("assurancereview", "kind", AssuranceKind),
            choices("assurancereview", "state", ReviewState),
            dated(
                "assurancereview",
                "held_on",
                "state",
                ReviewState.HELD,
                ReviewState.REPORTED,
                ReviewState.CLOSED,
                message="A review that is planned was not held yet: hold it first.",
            ),
            has_day(
                "assurancereview",
                "held_on",
                "state",
                ReviewState.HELD,
                ReviewState.REPORTED,
                ReviewState.CLOSED,
                message="A review that was held has the day of it.",
            ),
            rule(
                "assurancereview_dca_choice",
                "dca",
                Q(dca__in=["", *Rating.values]),
                "Choose green, amber or red.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.get_kind_display()}"

    def judges_own(self, user: Any) -> bool:
        """Return whether the user leads the project or the programme, and so does not assure
        it."""
        target = self.project or self.programme
        return target is not None and permissions.leads(roles_on(user, target))


class Priority(models.TextChoices):
    """How much a recommendation matters."""

    CRITICAL = "critical", _("Critical: do now")
    ESSENTIAL = "essential", _("Essential: do by a date")
    RECOMMENDED = "recommended", _("Recommended")


class AssuranceRecommendation(Record):
    """What a review asks for; a critical one past its date makes the target red."""

    review = models.ForeignKey(AssuranceReview, models.PROTECT, related_name="recommendations")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    priority = models.CharField(max_length=20, choices=Priority, default=Priority.RECOMMENDED)
    due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        max_length=10, choices=RecommendationState, default=RecommendationState.OPEN
    )
    closed_on = models.DateField(null=True, blank=True)

    answered_for = {"owner": Q(state="open")}
    unread = ("text", "owner", "closed_on")
    visible_through = ("review",)
    lifecycles = (RECOMMENDATION,)
    edited_in = (RecommendationState.OPEN,)
    happened = ("closed_on",)
    stays = (
        RetentionRule(
            "closed_recommendation", ~Q(state="open"), "What was answered is never deleted."
        ),
    )
    refuses = {
        "recommendation_holds": ("", "What is done or rejected stays: open it again first."),
    }

    class Meta:
        ordering = ["review", "number"]
        triggers = [
            *source(Mark(Kind.REVIEW, "review_id")),
            RECOMMENDATION.trigger("recommendation"),
            independent("(SELECT * FROM programmes_assurancereview WHERE id = NEW.review_id) r"),
            frozen(
                "recommendation_holds",
                "OLD.state <> 'open' AND NEW.state <> 'open'",
                "number",
                "text",
                "priority",
                "due_on",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="recommendation_number"),
            choices("recommendation", "priority", Priority),
            choices("recommendation", "state", RecommendationState),
            dated(
                "recommendation",
                "closed_on",
                "state",
                RecommendationState.DONE,
                RecommendationState.REJECTED,
                message="What is open was not closed: complete it first.",
            ),
            has_day(
                "recommendation",
                "closed_on",
                "state",
                RecommendationState.DONE,
                RecommendationState.REJECTED,
                message="What is done or rejected has the day of it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review.code} recommendation {self.number}"

    def judges_own(self, user: Any) -> bool:
        """Return whether the user leads what was reviewed, and so does not assure it."""
        return self.review.judges_own(user)
