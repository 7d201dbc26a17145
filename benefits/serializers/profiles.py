"""Profiles of benefits, planned or forecast: their versions, and the entries of those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Invalid
from django.db.models import Case, F, Q, When
from rest_framework import serializers

from benefits.models import BenefitProfileEntry, ProfileVersion, VersionState
from benefits.models.profile import FROZEN, check_magnitude
from benefits.models.states import FINANCE
from benefits.services import (
    approve_version,
    correct_draft,
    propose_version,
    validate_version,
    write_profile,
)
from benefits.services.profiles import Period
from pmhub.serializers import HEAD, RECORD, Currency, InputSerializer, NoCode, RecordSerializer
from pmhub.serializers.fields import Day, Number
from pmhub.serializers.verbs import VerbDefinition
from pmhub.services import Conflict

PARENT_CURRENCY = Case(
    When(~Q(foreign_currency=""), then=F("foreign_currency")),
    When(benefit__monetised=True, then=F("benefit__programme__portfolio__currency")),
)


class ProfilePeriodSerializer(InputSerializer):
    """The values of a version for one period; a period without a value is ignored."""

    period_start = Day()
    period_end = Day()
    value = Number(max_digits=14, decimal_places=2, required=False, allow_null=True)
    low = Number(max_digits=14, decimal_places=2, required=False, allow_null=True)
    high = Number(max_digits=14, decimal_places=2, required=False, allow_null=True)


@contextmanager
def at_their_places() -> Iterator[None]:
    """Report an error of a period at its index in `entries`."""
    try:
        yield
    except Invalid as error:
        place, _, name = next(iter(error.message_dict)).removeprefix("entries/").partition("/")
        if isinstance(error, Conflict) or not name:
            raise
        errors = {name: next(iter(error.message_dict.values()))}
        raise serializers.ValidationError({"entries": [{}] * int(place) + [errors]}) from error


class ProfileVersionSerializer(RecordSerializer):
    """A version of what is planned or forecast of a benefit, written at once: `entries` hold a
    value for each period. A forecast is in force at once; a baseline or a plan is a draft, which is
    to be proposed, and to be approved by somebody else. Writing a version of a kind that has a
    draft changes that draft."""

    code = NoCode()
    entries = ProfilePeriodSerializer(many=True, write_only=True, required=False)

    periods: Sequence[Period] = ()  # from the request

    class Meta(RecordSerializer.Meta):
        model = ProfileVersion
        fields = [
            *HEAD, "benefit", "kind", "number", "state", "reason", "entries", "proposed_by",
            "approved_by", "approved_on", "finance_validated_by", "finance_validated_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "number", "proposed_by", "approved_by", "approved_on", "finance_validated_by",
            "finance_validated_on",
        )  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "proposal": VerbDefinition(propose_version),
            "approval": VerbDefinition(approve_version),
            "validation": VerbDefinition(
                validate_version, does="Record that its money is right", done="validated",
                says="Finance finds what it says in money right. Nobody validates what they have"
                " written or proposed, nor what they own.",
                by=FINANCE, when=lambda version: version.may_be_validated,
            ),
        }  # fmt: skip
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a new version without a value for any period."""
        entries = attrs.pop("entries", ())
        names = ("period_start", "period_end", "value", "low", "high")
        self.periods = [tuple(entry.get(name) for name in names) for entry in entries]
        if all(entry.get("value") is None for entry in entries):
            self.periods = []
        if self.instance is None and not self.periods:
            raise serializers.ValidationError({"entries": "Say something of at least one period."})
        return attrs

    def update(self, instance: ProfileVersion, validated_data: dict[str, Any]) -> ProfileVersion:
        """Change the reason and the entries of a draft."""
        if instance.state != VersionState.DRAFT and (self.periods or "reason" in validated_data):
            raise Conflict({"state": [FROZEN]}, kind="profile_frozen")
        row: ProfileVersion = super().update(instance, validated_data)
        if not self.periods:
            return row
        with at_their_places():
            return correct_draft(row, self.periods, by=self.user)

    def store(self, row: ProfileVersion, changed: list[str] | None) -> ProfileVersion:
        """Store a new version with its entries, or the changed fields of a draft."""
        if changed is not None:
            return super().store(row, changed)
        with at_their_places():
            return write_profile(
                row.benefit, kind=row.kind, periods=self.periods, reason=row.reason, by=self.user
            )


class ProfileEntrySerializer(RecordSerializer):
    """The value planned or forecast for one period. `version_kind` and `version_number` name the
    version that the entry belongs to; a version that does not exist is created."""

    code = NoCode()
    unit = serializers.CharField(read_only=True)
    currency = Currency(allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BenefitProfileEntry
        fields = [
            *HEAD, "benefit", "version_kind", "version_number", "period_start", "period_end",
            "unit", "currency", "value", "low", "high", "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "unit": "benefit__unit",
            "currency": PARENT_CURRENCY,
        }
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse negative amounts of a dis-benefit, which would read as gains."""
        after = self.proposed(attrs)
        check_magnitude(after.benefit, after.value)
        check_magnitude(after.benefit, after.low, "low")
        return attrs

    def store(self, row: BenefitProfileEntry, changed: list[str] | None) -> BenefitProfileEntry:
        """Store the entry. Raises Conflict where a version that it leaves or enters is frozen."""
        try:
            row.check_versions()
        except Invalid as error:
            raise Conflict({"version_number": [FROZEN]}, kind="profile_frozen") from error
        return super().store(row, changed)
