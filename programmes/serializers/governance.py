"""What people say of programmes and objectives and others confirm: measurements of objectives,
delivery confidence, overrides of health."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.access import can
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import Does
from pmhub.services import as_of, person_of
from programmes.models import DcaRecord, HealthOverride, ObjectiveMeasurement, Programme
from programmes.models.confidence import Change
from programmes.models.objective_measurement import NOT_SERVED, serving
from programmes.services import (
    approve_override,
    reject_objective_measurement,
    verify_objective_measurement,
)


class Authored(RecordSerializer):
    """A record of what somebody says: whoever changes one of the fields `said` becomes its author,
    named in the field `author`, who may not confirm it."""

    author: ClassVar[str] = "by"
    said: ClassVar[tuple[str, ...]] = ()
    code = NoCode()

    class Meta(RecordSerializer.Meta):
        read_only_fields: ClassVar[tuple[str, ...]] = ("by",)
        derived: ClassVar[tuple[str, ...]] = ("code",)

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Store the record with who says so."""
        if changed is None or {*changed} & {*self.said}:
            setattr(row, self.author, person_of(self.user))
            changed = None if changed is None else [*changed, self.author]
        return super().store(row, changed)

    def default_day(self, attrs: dict[str, Any], name: str) -> None:
        """Set a day of a new record that is not given: the status date."""
        if self.instance is None and name not in attrs:
            row = self.proposed(attrs)
            above = row.visible_through
            if not above or any(getattr(row, parent) for parent in above):
                attrs[name] = as_of(row)


class ObjectiveMeasurementSerializer(Authored):
    """What was measured of an objective. It counts once somebody else has verified it: see
    `/verification/`."""

    said = ("objective", "on", "value", "source")
    unit = serializers.CharField(read_only=True)

    class Meta(Authored.Meta):
        model = ObjectiveMeasurement
        fields = [
            *HEAD, "objective", "programme", "on", "unit", "value", "source", "status", "by",
            "verified_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("by", "verified_by")
        expressions: ClassVar[dict[str, Any]] = {"unit": "objective__unit"}
        verbs: ClassVar[dict[str, Does]] = {
            "verification": Does(verify_objective_measurement),
            "rejection": Does(reject_objective_measurement),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a programme that does not serve the objective; without one, it is measured for
        the first that does and for which the user may measure."""
        objective = self.after(attrs, "objective")
        if self.instance is None and "programme" not in attrs and self.context.get("request"):
            attrs["programme"] = self._own_programme(objective)
        programme = self.after(attrs, "programme")
        if programme is not None and not serving(objective).filter(pk=programme.pk).exists():
            raise serializers.ValidationError({"programme": NOT_SERVED})
        return attrs

    def _own_programme(self, objective: Any) -> Programme | None:
        def may(programme: Programme | None) -> bool:
            made = ObjectiveMeasurement(objective=objective, programme=programme)
            return can(self.user, "write", made)

        if may(None):
            return None  # by a role on the portfolio
        mine = Programme.objects.visible_to(self.user)
        rows = serving(objective).filter(pk__in=mine.values("pk")).select_related("portfolio")
        return next(filter(may, rows), None)


class DcaRecordSerializer(Authored):
    """A judgement of how sure delivery is. It is never changed: another follows. `change` is how it
    differs from the one before of its kind."""

    change = serializers.ChoiceField(choices=Change.choices, read_only=True)

    class Meta(Authored.Meta):
        model = DcaRecord
        fields = [
            *HEAD, "programme", "project", "kind", "scale", "value", "on", "basis", "change", "by",
            "review", *RECORD,
        ]  # fmt: skip
        derived = ("code", "change")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "on": {"required": False},
            "basis": {"required": True, "allow_blank": False},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the review of something else; without a day it is of the status date."""
        self.default_day(attrs, "on")
        review = self.after(attrs, "review")
        if review is not None:
            mine = (self.after(attrs, "programme"), self.after(attrs, "project"))
            if mine != (review.programme, review.project):
                text = DcaRecord.refuses["of_its_review"][1]
                raise serializers.ValidationError({"review": text})
        return attrs


class HealthOverrideSerializer(Authored):
    """A colour in the place of the derived one, for 90 days at most, once somebody else has
    approved it: see `/approval/`. `counts` says whether it does on the status date."""

    said = ("programme", "project", "colour", "reason", "starts_on", "expires_on")
    counts = serializers.BooleanField(read_only=True)

    class Meta(Authored.Meta):
        model = HealthOverride
        fields = [
            *HEAD, "programme", "project", "colour", "reason", "starts_on", "expires_on", "state",
            "counts", "by", "approved_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("by", "approved_by")
        derived = ("code", "counts")
        extra_kwargs: ClassVar[dict[str, Any]] = {"starts_on": {"required": False}}
        verbs: ClassVar[dict[str, Does]] = {"approval": Does(approve_override)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Without a first day it counts from the status date on."""
        self.default_day(attrs, "starts_on")
        return attrs
