"""Webhooks and their messages, in REST."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from rest_framework import serializers

from pmhub.models import Webhook, WebhookDelivery, WebhookState
from pmhub.serializers.fields import Choice, Related, Text
from pmhub.serializers.inputs import StrictModelSerializer
from pmhub.webhooks import record_events, registration
from programmes.models import Programme


class WebhookSerializer(StrictModelSerializer):
    """A webhook; `secret` is the key of its signatures, shown once, in the answer that makes it.
    `programme` narrows it to one programme and is null for all; it is left out for a user who does
    not see that programme."""

    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    name = Text(max_length=100)
    address = Text(max_length=500)
    topics = serializers.ListField(
        child=Text(max_length=60), required=False, allow_empty=True, max_length=200
    )
    programme = Related(queryset=Programme.objects.all(), required=False, allow_null=True)
    state = Choice(choices=WebhookState.choices, required=False)
    secret = serializers.CharField(read_only=True, required=False)

    class Meta:
        model = Webhook
        fields = (
            "id",
            "url",
            "html_url",
            "owner",
            "name",
            "address",
            "topics",
            "programme",
            "state",
            "failing_since",
            "created_at",
            "secret",
        )
        read_only_fields = ("owner", "failing_since", "created_at")
        shown_once = ("secret",)

    def get_url(self, hook: Webhook) -> str:
        """Return the address of the webhook."""
        return self._address("webhooks-detail", hook)

    def get_html_url(self, hook: Webhook) -> str:
        """Return the address of its page, which its owner reads."""
        return self._address("account-webhook", hook)

    def _address(self, name: str, hook: Webhook) -> str:
        place = reverse(name, args=[hook.pk])
        address: str = self.context["request"].build_absolute_uri(place)
        return address

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Leave out the secret, which is stored encrypted, and a programme that the user does not
        see."""
        data = super().to_representation(instance)
        del data["secret"]
        if instance.programme_id and not instance.within:
            del data["programme"]
        return data

    def validate_address(self, value: str) -> str:
        """Refuse an address to which no message may be sent."""
        try:
            registration.check_address(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return value

    def validate_topics(self, value: list[str]) -> list[str]:
        """Refuse a topic that is no collection."""
        try:
            return registration.check_topics(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None


class DeliverySerializer(serializers.ModelSerializer):
    """A message to a webhook: the change that it reports, and whether it was delivered."""

    message = serializers.SerializerMethodField(help_text="What `webhook-id` says")
    type = serializers.SerializerMethodField()

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "message",
            "type",
            "record_id",
            "version",
            "happened_at",
            "state",
            "tries",
            "due_at",
            "sent_at",
            "status",
            "problem",
        )
        read_only_fields = fields

    def get_message(self, delivery: WebhookDelivery) -> str:
        """Return the id of the message."""
        return delivery.name

    def get_type(self, delivery: WebhookDelivery) -> str:
        """Return the kind of change, such as `risks.updated`."""
        return record_events.type_of(delivery)
