"""Delegations: their fields, and who may write them."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from pmhub import permissions
from pmhub.access import Withheld, roles_on
from pmhub.access.grants import alone
from pmhub.models import Delegation, DelegationStanding, Person, portfolio_of
from pmhub.models.delegation import OWN, standing
from pmhub.serializers.fields import NoCode
from pmhub.serializers.records import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from pmhub.services import check_in_use, person_of, still_to_come, turn_by_hand

OUTSIDER = "They have no part in this portfolio: ask the PMO to let them in first."


class DelegationSerializer(RecordSerializer):
    """A role that its giver, the user who writes this, lends to a deputy on a portfolio, a
    programme or a project, from one day to another. Nobody lends a role that they do not hold there
    themself. The history says that the deputy acts for the giver."""

    code = NoCode()
    standing = serializers.ChoiceField(
        choices=DelegationStanding.choices, read_only=True, help_text="By its state and its days"
    )

    class Meta(RecordSerializer.Meta):
        model = Delegation
        fields = [
            *HEAD, "giver", "deputy", "role", "portfolio", "programme", "project", "starts_on",
            "ends_on", "reason", "state", "standing", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("giver",)
        derived = ("code",)
        expressions: ClassVar[dict[str, Any]] = {"standing": standing()}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "end": VerbDefinition(
                partial(turn_by_hand, noun="end"),
                when=lambda row: row.ends_on >= timezone.localdate(),
            )
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end in the past, an archived deputy, and a deputy who is the giver."""
        if self.instance is None:
            still_to_come("ends_on", attrs["ends_on"], as_of=timezone.localdate())
        deputy = attrs.get("deputy")
        giver = self.instance.giver if self.instance else person_of(self.user)
        if deputy is not None and deputy == giver:
            raise serializers.ValidationError({"deputy": OWN})
        if deputy is not None and (self.instance is None or deputy != self.instance.deputy):
            check_in_use("deputy", deputy)
        return attrs

    def allow_roles(self, before: Any, after: Any, many: Any) -> None:
        """Raise Withheld unless the user holds the role there, not as a deputy; to change a
        delegation, the right to give the role is enough. Without that right, the deputy must have a
        part in the portfolio already."""
        place = after.place
        if place is None:
            return
        mine = roles_on(alone(self.user), place)
        gives = permissions.may_give(mine, after.role)
        if after.role not in mine and not (before is not None and gives):
            text = "You do not hold this role here: nobody lends what they do not hold."
            raise Withheld("role", text)
        if not (gives or self._is_known(after, place)):
            raise Withheld("deputy", OUTSIDER)

    def _is_known(self, after: Any, place: Any) -> bool:
        """Return whether the deputy has a part in the portfolio."""
        home: Any = Delegation._meta.get_field("portfolio").related_model
        portfolio = home._base_manager.get(pk=portfolio_of(place))
        return Person.objects.with_a_part_in(portfolio).filter(pk=after.deputy_id).exists()

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Store the delegation; the giver of a new one is the user."""
        if changed is None and (giver := person_of(self.user)) is None:
            text = "Only somebody in the directory of people has a deputy."
            raise serializers.ValidationError({"giver": text})
        if changed is None:
            row.giver = giver
        return super().store(row, changed)
