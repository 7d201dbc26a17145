"""Estimates, and how good they were."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Case, Q, Value, When
from rest_framework import serializers

from pmhub.database.constraints import LARGEST
from pmhub.serializers import HEAD, RECORD, Day, InputSerializer, NoCode, Number, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from pmhub.services import as_of, person_of
from programmes.serializers.competence import own_disciplines
from projects.estimating import RANGES, range_of, scaled
from projects.models import Estimate
from projects.models.estimate import (
    SCALED,
    SUBJECTS,
    EstimateMethod,
    came_to,
    is_current,
)
from projects.queries.estimates import BY
from projects.services import state_outcome

ENDS = ("low", "high")
TWO_ENDS = "Say what it comes to at least and at most: a three-point estimate is made of these."


class EstimateOutcomeSerializer(InputSerializer):
    """What the subject of an estimate came to, and the day on which that was known."""

    actual = Number(max_digits=14, decimal_places=2, min_value=0)
    actual_on = Day(required=False)


class EstimateSerializer(RecordSerializer):
    """What something will come to. An estimate is never changed: the last one of a subject is
    `current`. `came_to` is what the subject came to in the end, `within` whether that is between
    low and high; both are null until the subject is finished."""

    code = NoCode()
    current = serializers.BooleanField(read_only=True)
    came_to = serializers.DecimalField(14, 2, read_only=True, allow_null=True)
    within = serializers.BooleanField(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = Estimate
        fields = [
            *HEAD, *SUBJECTS, "quantity", "low", "likely", "high", "accuracy_class", "method",
            "base", "factor", "basis", "estimator", "discipline", "made_on", "current",
            "actual", "actual_on", "came_to", "within", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("actual", "actual_on")
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "discipline": {"among": own_disciplines},
            **{name: {"required": False} for name in ("low", "likely", "high", "made_on")},
        }
        expressions: ClassVar[dict[str, Any]] = {
            "current": is_current(),
            "came_to": came_to(),
            "within": Case(
                When(Q(low__lte=came_to()) & Q(high__gte=came_to()), then=Value(True)),
                When(Q(low__gt=came_to()) | Q(high__lt=came_to()), then=Value(False)),
                default=None,
            ),
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "outcome": VerbDefinition(
                state_outcome,
                EstimateOutcomeSerializer,
                does="Say what it came to",
                done="compared with what it came to",
                says="It is finished: how good the estimate was is known from now on.",
                when=lambda row: row.actual is None and not of_records(row),
            ),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in values that are left out: the likely value by the method, low and high by the
        class, the estimator and the day."""
        if self.instance is not None:
            return attrs
        self._fill_likely(attrs)
        self._fill_ends(attrs)
        row = self.proposed(attrs)
        if "made_on" not in attrs and row.subject is not None:
            attrs["made_on"] = as_of(row)
        attrs.setdefault("estimator", person_of(self.user))
        return attrs

    def _fill_likely(self, attrs: dict[str, Any]) -> None:
        base, factor = attrs.get("base"), attrs.get("factor")
        if attrs.get("method") not in SCALED or base is None or factor is None:
            if attrs.get("likely") is None:
                raise serializers.ValidationError({"likely": "Say what it comes to most likely."})
            return
        comes_to = scaled(base, factor)
        if comes_to > LARGEST:
            raise serializers.ValidationError({"factor": "The base times this is too much."})
        if attrs.setdefault("likely", comes_to) != comes_to:
            text = f"The base times the factor comes to {comes_to}: leave this empty."
            raise serializers.ValidationError({"likely": text})

    def _fill_ends(self, attrs: dict[str, Any]) -> None:
        missing = [name for name in ENDS if attrs.get(name) is None]
        if missing and attrs.get("method") == EstimateMethod.THREE_POINT:
            raise serializers.ValidationError(dict.fromkeys(missing, TWO_ENDS))
        if attrs.get("accuracy_class") in RANGES:
            ends = dict(zip(ENDS, range_of(attrs["accuracy_class"], attrs["likely"]), strict=True))
            attrs |= {name: min(ends[name], LARGEST) for name in missing}


def of_records(row: Estimate) -> bool:
    """Return whether records, not people, say what the subject of an estimate came to."""
    if row.quantity == "cost":
        return row.budget_line_id is not None or row.project_id is not None
    return row.quantity == "days" and row.work_package_id is None


class AccuracySerializer(serializers.Serializer):
    """How good the finished estimates of one kind were: `ratio` is the median of what they came to
    over the likely value, `within` the share that ended between low and high. Both are null, with
    the `reason` `too_few`, for fewer than 8 estimates."""

    by = serializers.ChoiceField(choices=["all", *BY.values()])
    called = serializers.CharField(help_text="Which estimator, class or method; empty for all")
    count = serializers.IntegerField(source="found.count")
    ratio = serializers.FloatField(source="found.ratio", allow_null=True)
    within = serializers.FloatField(source="found.within", allow_null=True)
    reason = serializers.SerializerMethodField()

    def get_reason(self, row: Any) -> str | None:
        """Return why there are no figures."""
        return "too_few" if row.found.ratio is None else None
