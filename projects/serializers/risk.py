"""Risks, and what their verbs ask."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import Case, QuerySet, Value, When
from rest_framework import serializers

from pmhub.access.setters import LIMITS
from pmhub.database.priced import RISKS
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    Day,
    InputSerializer,
    RecordSerializer,
    Related,
    first_column,
)
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.serializers.foreign import ForeignAmountSerializer
from projects.categories import Categories
from projects.models import (
    Risk,
    RiskStatus,
    Severity,
)
from projects.serializers.actions import about_actions
from projects.serializers.referrals import referral
from projects.services import (
    aggregate_risk,
    check_parent,
    close_risk,
    end,
    escalate_risk,
    materialise_risk,
    return_risk,
    separate_risk,
)
from projects.services.actions import ActionsOnceHappened

VIEWS = ("inherent", "residual", "target")


ESTIMATE = (
    "probability", "cost_min", "cost_most_likely", "cost_max", "days_min", "days_most_likely",
    "days_max",
)  # fmt: skip


def counting(rows: QuerySet[Risk], risk: Risk, user: Any) -> QuerySet[Risk]:
    """Return, of these risks, those that can count a risk of a project: the open ones of its
    programme, of the same kind."""
    if risk.above is None:
        return rows.none()
    return rows.filter(programme=risk.above, status=RiskStatus.OPEN, kind=risk.kind)


class EscalationSerializer(InputSerializer):
    """The risk of the programme that counts the escalated risk; left out, a new one like it is
    added."""

    escalated_to = Related(
        queryset=Risk.objects.all(), among=counting, required=False, allow_null=True, source="to"
    )
    reason = reason_field()


class AggregationSerializer(InputSerializer):
    """The risk of the programme that counts in the place of the aggregated risk."""

    aggregated_into = Related(queryset=Risk.objects.all(), among=counting, source="into")
    reason = reason_field()


class MaterialisationSerializer(InputSerializer):
    """The issue that a threat turns into."""

    severity = Choice(choices=Severity.choices, required=False)
    raised_on = Day(required=False, allow_null=True)
    due_on = Day(required=False, allow_null=True)
    actions = about_actions(ActionsOnceHappened.choices)
    reason = reason_field()


class RiskSerializer(ForeignAmountSerializer):
    """A threat or an opportunity of a project or a programme. A risk with costs in another currency
    gives `foreign_currency` and the foreign amounts; the other amounts are in the portfolio's
    currency and follow by the budget rate of the year in which the risk could happen last, or by
    the newest rate. While there is no rate they are null, and the risk does not count."""

    priced = RISKS
    scope = serializers.ChoiceField(["project", "programme"], read_only=True)
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Risk
        fields = [
            *HEAD, "scope", "programme", "project", "title", "cause", "event", "effect",
            "category", "kind", "status", "owner", "actionee", "response", "currency",
            "response_cost", "proximity_on", "escalated_to", "aggregated_into",
            "benefit_effect_percent",
            *(f"{view}_{part}" for view in VIEWS for part in ESTIMATE),
            "foreign_currency", *RISKS.foreign, "exchange_rate", "custom", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "scope": Case(
                When(project__isnull=False, then=Value("project")), default=Value("programme")
            ),
            "currency": first_column(
                "project__programme__portfolio__currency",
                "project__portfolio__currency",
                "programme__portfolio__currency",
            ),
        }
        extra_kwargs: ClassVar[dict[str, Any]] = {"aggregated_into": {"among": counting}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "escalation": VerbDefinition(
                escalate_risk, EscalationSerializer, when=lambda risk: risk.above is not None
            ),
            "aggregation": VerbDefinition(
                aggregate_risk,
                AggregationSerializer,
                does="Count it in another risk",
                done="counted in another",
                says="Several risks of projects are counted as one of their programme. It stays"
                " with its project.",
                by=LIMITS,
                states=(RiskStatus.DRAFT, RiskStatus.OPEN),
                when=lambda risk: risk.above is not None and risk.aggregated_into_id is None,
            ),
            "separation": VerbDefinition(
                separate_risk,
                does="Count it by itself again",
                done="counted by itself",
                says="The risk of the programme no longer stands for it.",
                by=LIMITS,
                states=(RiskStatus.DRAFT, RiskStatus.OPEN),
                when=lambda risk: risk.aggregated_into_id is not None,
            ),
            "return": VerbDefinition(return_risk, more={"actions": about_actions()}),
            "closure": VerbDefinition(close_risk, more={"actions": about_actions()}),
            "rejection": VerbDefinition(
                partial(end, noun="rejection"), more={"actions": about_actions()}
            ),
            "materialisation": VerbDefinition(materialise_risk, MaterialisationSerializer),
            "referral": referral(Risk),
        }

    @classmethod
    def suggests(cls, row: Risk) -> dict[str, list[str]]:
        """Return the categories that the rules of the portfolio name, and the currencies with
        rates."""
        home = row.project.owner_portfolio if row.project else None
        home = home or (row.programme.portfolio if row.programme else None)
        categories = [*home.rules_of(Categories).named] if home else []
        return {**super().suggests(row), "category": categories}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Convert the foreign amounts, and refuse a new `aggregated_into` that is no open risk of
        the same kind in the programme."""
        super().validate(attrs)
        parent = attrs.get("aggregated_into")
        before = self.instance and self.instance.aggregated_into
        if parent and parent != before:
            place = {name: self.after(attrs, name) for name in ("programme", "project", "kind")}
            check_parent("aggregated_into", parent, Risk(**place))
        return attrs
