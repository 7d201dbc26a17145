"""Envelopes: what may be approved in a year, beside what is approved and asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, Currency, Money
from programmes.models import Envelope
from programmes.models.envelope import ELSEWHERE
from programmes.queries import money
from programmes.serializers.authored import AuthoredSerializer


class EnvelopeSerializer(AuthoredSerializer):
    """How much may be approved in a fiscal year, as capital or revenue: in a portfolio or, as a
    part of that, in a programme. `approved` is the sum of the budget lines below it, `requested`
    the sum of undecided requests, `left` the difference, and `shared_out` the sum of the envelopes
    of programmes."""

    author = "approved_by"
    authored = ("portfolio", "programme", "fiscal_year", "treatment", "amount", "approved_on")
    currency = Currency()
    shared_out = Money(help_text="Of a portfolio's envelope, what its programmes have")
    approved = Money(help_text="On the budget lines of its year and treatment")
    requested = Money(help_text="In requests that are submitted and not decided")
    left = Money(help_text="The amount less what is approved; below 0 it is exceeded")

    class Meta(AuthoredSerializer.Meta):
        model = Envelope
        fields = [
            *HEAD, "portfolio", "programme", "fiscal_year", "treatment", "currency", "amount",
            "shared_out", "approved", "requested", "left", "approved_by", "approved_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("approved_by",)
        expressions: ClassVar[dict[str, Any]] = {
            "currency": "portfolio__currency",
            "shared_out": money.shared_out(),
            "approved": money.approved_on_lines(),
            "requested": money.requested(),
            "left": F("amount") - money.approved_on_lines(),
        }
        extra_kwargs: ClassVar[dict[str, Any]] = {"approved_on": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the programme of another portfolio; without a day, set the status date."""
        self.default_day(attrs, "approved_on")
        programme, portfolio = self.after(attrs, "programme"), self.after(attrs, "portfolio")
        if programme is not None and portfolio and programme.portfolio_id != portfolio.pk:
            raise serializers.ValidationError({"programme": ELSEWHERE})
        return attrs
