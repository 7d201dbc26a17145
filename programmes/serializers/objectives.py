"""Objectives and their measurements, as REST reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.access import can
from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import ObjectiveMeasurement, Programme, StrategicObjective
from programmes.models.objective_measurement import NOT_SERVED, serving_programmes
from programmes.serializers.authored import AuthoredSerializer
from programmes.services import reject_objective_measurement, verify_objective_measurement


class ObjectiveMeasurementSerializer(AuthoredSerializer):
    """What was measured of an objective. It counts once somebody else has verified it: see
    `/verification/`."""

    authored = ("objective", "on", "value", "source")
    unit = serializers.CharField(read_only=True)

    class Meta(AuthoredSerializer.Meta):
        model = ObjectiveMeasurement
        fields = [
            *HEAD, "objective", "programme", "on", "unit", "value", "source", "status", "by",
            "verified_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("by", "verified_by")
        expressions: ClassVar[dict[str, Any]] = {"unit": "objective__unit"}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "verification": VerbDefinition(verify_objective_measurement),
            "rejection": VerbDefinition(reject_objective_measurement),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a programme that does not serve the objective; without one, take the first that
        serves it and for which the user may measure."""
        objective = self.after(attrs, "objective")
        if self.instance is None and "programme" not in attrs and self.context.get("request"):
            attrs["programme"] = self._own_programme(objective)
        programme = self.after(attrs, "programme")
        if (
            programme is not None
            and not serving_programmes(objective).filter(pk=programme.pk).exists()
        ):
            raise serializers.ValidationError({"programme": NOT_SERVED})
        return attrs

    def _own_programme(self, objective: Any) -> Programme | None:
        def may(programme: Programme | None) -> bool:
            made = ObjectiveMeasurement(objective=objective, programme=programme)
            return can(self.user, "write", made)

        if may(None):
            return None  # by a role on the portfolio
        mine = Programme.objects.visible_to(self.user)
        rows = (
            serving_programmes(objective)
            .filter(pk__in=mine.values("pk"))
            .select_related("portfolio")
        )
        return next(filter(may, rows), None)


class ObjectiveSerializer(RecordSerializer):
    """What the organisation wants to reach. Its progress is the share of the way from the baseline
    to the target that the last verified measurement has come."""

    measured_value = serializers.DecimalField(14, 2, read_only=True, allow_null=True)
    measured_on = serializers.DateField(read_only=True, allow_null=True)
    progress = serializers.DecimalField(
        24, 10, read_only=True, allow_null=True, style={"share": True}
    )
    progress_reason = serializers.CharField(
        read_only=True, allow_null=True, help_text="Why there is no progress to tell"
    )

    class Meta(RecordSerializer.Meta):
        model = StrategicObjective
        fields = [
            *HEAD, "portfolio", "title", "description", "measure", "unit", "baseline_value",
            "baseline_on", "target", "target_value", "target_on", "measured_value", "measured_on",
            "progress", "progress_reason", "weight", "owner", "status", *RECORD,
        ]  # fmt: skip
        derived = ("measured_value", "measured_on", "progress", "progress_reason")


def check_objectives(name: str, served: Iterable[StrategicObjective], portfolio: int) -> None:
    """Refuse, at the field `name`, objectives of another portfolio."""
    if any(objective.portfolio_id != portfolio for objective in served):
        raise serializers.ValidationError({name: "This objective is another portfolio's."})
