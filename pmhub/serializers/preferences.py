"""The preferences of a user: how pages look and work, and which mails they get."""

from __future__ import annotations

from rest_framework import serializers

from pmhub.database.time_zones import known_time_zone
from pmhub.models import Cadence, DateOrder, Density, Theme, User
from pmhub.serializers.fields import Choice, Flag, Text
from pmhub.serializers.inputs import InputSerializer


class PreferencesSerializer(InputSerializer, serializers.ModelSerializer):
    """The preferences of a user: those that are sent are changed, the others stay."""

    theme = Choice(choices=Theme.choices, required=False)
    density = Choice(choices=Density.choices, required=False)
    date_order = Choice(choices=DateOrder.choices, required=False)
    shortcuts = Flag(required=False)
    digest_waiting = Choice(choices=Cadence.choices, required=False)
    digest_mentions = Choice(choices=Cadence.choices, required=False)
    digest_followed = Choice(choices=Cadence.choices, required=False)
    time_zone = Text(required=False, allow_blank=True, max_length=60)

    class Meta:
        model = User
        fields = User.PREFERENCES

    def validate_time_zone(self, name: str) -> str:
        """Refuse an unknown time zone; an empty one stands for that of the portfolio."""
        if name:
            known_time_zone(name)
        return name
