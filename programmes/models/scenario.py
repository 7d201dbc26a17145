"""Scenarios: named lists of writes that are tried together before they are made."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.database.constraints import choices, once, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Record
from programmes.models.programme import Programme
from programmes.models.states import SCENARIO, ScenarioState


class Scenarios(access.ScopedQuerySet):
    """Scenarios; a draft is only for its author."""

    def visible_to(self, user: Any) -> Scenarios:
        """Return the scenarios that the user may see: shared ones, and the user's own drafts."""
        draft, own = Q(state=ScenarioState.DRAFT), Q(created_by=getattr(user, "pk", None) or 0)
        return super().visible_to(user).filter(~draft | own)


class ScenarioParts(access.ScopedQuerySet):
    """Records that belong to scenarios."""

    def visible_to(self, user: Any) -> ScenarioParts:
        """Return what belongs to scenarios that the user may see."""
        seen = Scenario.objects.visible_to(user).order_by()
        return super().visible_to(user).filter(scenario__in=seen.values("pk"))


class BenefitAssumption(models.TextChoices):
    """What is assumed of benefits in a scenario when a contributing project comes later or stops:
    they come as late and a stopped project contributes nothing (follow); a stopped project
    contributes nothing and a delay moves none (proportional); or nothing is assumed."""

    FOLLOW_DELAY = "follow_delay", _("Come as late as their projects")
    PROPORTIONAL = "proportional_to_weight", _("Are lost with projects that stop, by weight")
    NONE = "none", _("Nothing is assumed")


class Scenario(Record):
    """Changes to a programme that are weighed together. It moves no figure."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="scenarios")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ScenarioState, default=ScenarioState.DRAFT)
    benefit_assumption = models.CharField(
        max_length=24,
        choices=BenefitAssumption,
        default=BenefitAssumption.FOLLOW_DELAY,
        db_default=BenefitAssumption.FOLLOW_DELAY,
        verbose_name=_("Benefits"),
        help_text=_("What becomes of them when a project comes later or stops"),
    )

    objects = Scenarios.as_manager()  # type: ignore[misc]  # one queryset in the place of another
    visible_through = ("programme",)
    of_author_alone = Q(state=ScenarioState.DRAFT)
    lifecycles = (SCENARIO,)

    class Meta:
        ordering = ["programme", "id"]
        triggers = [versioned(), SCENARIO.trigger("scenario")]
        constraints = [
            choices("scenario", "state", ScenarioState),
            choices("scenario", "benefit_assumption", BenefitAssumption),
            # Nobody learns of another's draft by its name.
            *(
                once(
                    name,
                    "name",
                    *parents,
                    condition=Q(state=state),
                    message="This programme has a scenario of this name already.",
                )
                for name, state, parents in (
                    ("scenario_name_shared", "shared", ["programme"]),
                    ("scenario_name_draft", "draft", ["programme", "created_by"]),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Method(models.TextChoices):
    """What a change does to the record it names, or to the collection it adds to."""

    POST = "POST", _("Add, or do")
    PATCH = "PATCH", _("Change")
    DELETE = "DELETE", _("Delete")


class ScenarioChange(Record):
    """A write to REST: method, address below the API's, body, and the version of the record it was
    written against. Once adopted (made for real) it stays as it was."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="changes")
    position = models.PositiveSmallIntegerField(default=1, help_text=_("Its place in the list"))
    title = models.CharField(max_length=200)
    method = models.CharField(max_length=6, choices=Method)
    path = models.CharField(max_length=100, help_text=_("Such as projects/12/termination/"))
    body = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    seen_version = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("The version of the record it was written against")
    )
    made = models.BigIntegerField(
        null=True, editable=False, help_text=_("The record that it added when it was adopted")
    )
    adopted_at = models.DateTimeField(null=True, editable=False)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = ScenarioParts.as_manager()  # type: ignore[misc]  # as above
    sought = False
    visible_through = ("scenario",)
    stays = (
        RetentionRule(
            "adopted", Q(adopted_at__isnull=False), "A change that was adopted stays in the list."
        ),
    )
    refuses = {"adopted_stays": ("", "A change that was adopted stays as it was.")}

    class Meta:
        ordering = ["scenario", "position", "id"]
        triggers = [
            versioned(),
            frozen(
                "adopted_stays",
                "OLD.adopted_at IS NOT NULL",
                "scenario_id",
                "title",
                "method",
                "path",
                "body",
                "seen_version",
                "made",
                "adopted_at",
            ),
        ]
        constraints = [
            choices("scenariochange", "method", Method),
            rule(
                "scenariochange_adopted",
                "adopted_by",
                Q(adopted_by__isnull=True) | Q(adopted_at__isnull=False),
                "Somebody who adopted it did so at a moment.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ScenarioTrial(access.Visible, models.Model):
    """The effects of a scenario's changes when they were last tried: ids and values, named for each
    reader by what they may see. `changes` are the versions of the tried changes, `generations`
    those of the figures of each programme that they touched."""

    scenario = models.OneToOneField(
        Scenario, models.CASCADE, primary_key=True, related_name="trial"
    )
    tried_at = models.DateTimeField()
    tried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    changes = models.JSONField(default=dict)
    generations = models.JSONField(default=dict)
    effects = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = ScenarioParts.as_manager()
    visible_through = ("scenario",)

    class Meta:
        verbose_name = "scenario trial"

    def __str__(self) -> str:
        return f"Trial of {self.scenario}"
