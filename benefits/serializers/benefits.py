"""What a benefit looks like, and what may be written of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Case, F, Q, QuerySet, When
from rest_framework import serializers

from benefits.models import (
    Benefit,
)
from benefits.models.states import INVOLVED
from benefits.services import (
    achieve_benefit,
    approve_benefit,
    ask_for_change,
    miss_benefit,
    missed_now,
    move_benefit,
    profile_benefit,
    realised_now,
    start_benefit,
)
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    InputSerializer,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Programme
from programmes.queries.organisation_units import own_units
from programmes.serializers.foreign import rated_currencies
from programmes.serializers.objectives import check_objectives

# A benefit that is no money has a unit and no currency.
NO_MONEY = "Only a benefit in money has a currency."
CURRENCY = Case(
    When(~Q(foreign_currency=""), then=F("foreign_currency")),
    When(monetised=True, then=F("programme__portfolio__currency")),
)
LONGEST_CHANGE = 2000  # characters


class ChangeAskedSerializer(InputSerializer):
    """What somebody asks to be changed of a record that they may not write."""

    change = Text(max_length=LONGEST_CHANGE, help_text="What should be changed, and why")


def other_programmes(rows: QuerySet[Programme], benefit: Benefit, user: Any) -> QuerySet[Programme]:
    """Return, of these programmes, those to which a benefit may go."""
    there = rows.filter(portfolio=benefit.programme.portfolio_id, archived_at__isnull=True)
    return there.exclude(pk=benefit.programme_id)


class BenefitMoveSerializer(InputSerializer):
    """The programme to which a benefit goes, and why."""

    to_programme = Related(queryset=Programme.objects.all(), among=other_programmes)
    reason = reason_field(needed=True)


class BenefitSerializer(RecordSerializer):
    """A benefit. A benefit in money may be in another currency than the portfolio's: it gives
    `foreign_currency`, and everything that is planned and measured of it is in that currency.
    Totals convert planned values by the budget rate of their year, and measured values by the rate
    of the day on which their period ends."""

    currency = Currency(allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = Benefit
        fields = [
            *HEAD, "programme", "title", "description", "observable_change",
            "attribution_statement", "measure", "measurement_method", "frequency", "unit",
            "currency", "kind", "category", "beneficiary", "polarity", "level", "monetised",
            "foreign_currency", "unit_value", "baseline_value", "baseline_on", "target_value",
            "target_on", "confidence", "tolerance_percent", "owner", "bcm", "reporter",
            "organisation_unit", "status", "start_realising_on", "sustain_until",
            "next_measurement_on", "objective", "objectives", "custom", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"organisation_unit": {"among": own_units}}
        expressions: ClassVar[dict[str, Any]] = {"currency": CURRENCY}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "profiling": VerbDefinition(profile_benefit),
            "approval": VerbDefinition(approve_benefit),
            "start": VerbDefinition(start_benefit),
            "achievement": VerbDefinition(achieve_benefit, to=realised_now),
            "miss": VerbDefinition(miss_benefit, to=missed_now),
            "move": VerbDefinition(
                move_benefit,
                BenefitMoveSerializer,
                does="Move it to another programme",
                done="moved",
                says="What was planned, measured and contributed goes along, and the totals of both"
                " programmes change by it. Links in the map of this programme end.",
            ),
            "asking": VerbDefinition(
                ask_for_change,
                form=ChangeAskedSerializer,
                does="Ask for a change",
                done="asked for a change",
                says="It becomes an action of whoever manages the programme.",
                by=INVOLVED,
            ),
        }

    @classmethod
    def suggests(cls, row: Benefit) -> dict[str, list[str]]:
        """Return the currencies for which the portfolio has rates."""
        return {"foreign_currency": rated_currencies(row)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse objectives of another portfolio, and a currency for a benefit that is not
        money."""
        if self.after(attrs, "foreign_currency") and not self.after(attrs, "monetised"):
            raise serializers.ValidationError({"foreign_currency": NO_MONEY})
        programme = self.after(attrs, "programme")
        objective = self.after(attrs, "objective")
        check_objectives("objective", [objective] if objective else [], programme.portfolio_id)
        check_objectives("objectives", self.list_after(attrs, "objectives"), programme.portfolio_id)
        return attrs
