"""How somebody wants pages to look and to be worked with."""

from __future__ import annotations

from rest_framework import serializers

from pmhub.models import DateOrder, Density, Theme, User
from pmhub.serializers.fields import Choice, Flag
from pmhub.serializers.inputs import InputSerializer


class PreferencesSerializer(InputSerializer, serializers.ModelSerializer):
    """What one may say of oneself: what is sent is changed, the rest stays."""

    theme = Choice(choices=Theme.choices, required=False)
    density = Choice(choices=Density.choices, required=False)
    date_order = Choice(choices=DateOrder.choices, required=False)
    shortcuts = Flag(required=False)

    class Meta:
        model = User
        fields = User.PREFERENCES
