"""The end of a fiscal year: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from pmhub.serializers import Money
from programmes.serializers.figures import ReferenceSerializer
from programmes.serializers.ranges import THEN


class UnspentLineSerializer(ReferenceSerializer):
    """A budget line with what is approved on it, spent and ordered, and what is left of it.
    `next_line` is the line of the next year to which that could move, null where there is none."""

    project = ReferenceSerializer()
    treatment = serializers.CharField()
    category = serializers.CharField()
    approved = Money()
    spent = Money()
    ordered = Money(help_text="Ordered and not invoiced")
    left = Money()
    next_line = ReferenceSerializer(allow_null=True)


class OpenRecordSerializer(serializers.Serializer):
    """A record that is open in the year. `amount` is what it comes to or, of an order, what is not
    invoiced of it; null where that is not known, or no money."""

    id = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    url = serializers.URLField()
    html_url = serializers.URLField()
    amount = Money(allow_null=True)
    currency = serializers.CharField()


class OpenRecordsSerializer(serializers.Serializer):
    """The records of a collection that are open in the year."""

    collection = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()
    records = OpenRecordSerializer(many=True)


class YearEndSerializer(serializers.Serializer):
    """What is open in a fiscal year of a portfolio. `over` says whether the year has ended by the
    status date, `left` what may move on of all lines together, `yearless` how many approved budget
    lines of projects that go on name no fiscal year, and so are in none."""

    portfolio = ReferenceSerializer()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    currency = serializers.CharField()
    fiscal_year = serializers.IntegerField()
    over = serializers.BooleanField()
    closed = serializers.BooleanField()
    left = Money()
    yearless = serializers.IntegerField()
    lines = UnspentLineSerializer(many=True)
    open = OpenRecordsSerializer(many=True)
