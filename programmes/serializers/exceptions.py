"""Exception reports, and what is asked of who decides about one."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Day,
    InputSerializer,
    NoCode,
    Number,
    RecordSerializer,
)
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Answer, ExceptionReport
from programmes.services import close_exception, decide_exception


class ExceptionDecisionSerializer(InputSerializer):
    """What is decided about an exception, and why. The decision to go on asks for a last day beyond
    the tolerance, or for a new tolerance in the unit of the old one; the new tolerance is set with
    it."""

    decision = Choice(choices=Answer.choices)
    until = Day(required=False, allow_null=True)
    tolerance_value = Number(
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        label="New tolerance",
    )
    reason = reason_field(needed=True)


class ExceptionSerializer(RecordSerializer):
    """That a project or an approved business case has strayed further than a tolerance allows.
    `now` is how far it had strayed when the exception was opened, `strayed_now` how far it strays
    at present, null within the tolerance; `back_inside` says whether it is within it again; `unit`
    is the unit of these amounts."""

    code = NoCode()
    unit = serializers.CharField(read_only=True)
    strayed_now = Number(max_digits=16, decimal_places=2, read_only=True, allow_null=True)
    back_inside = serializers.BooleanField(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = ExceptionReport
        fields = [
            *HEAD, "project", "case", "tolerance", "kind", "now", "approved",
            "strayed_now", "unit", "back_inside", "opened_on", "cause", "options", "state",
            "decision", "until", "reason", "decided_on", "decision_record", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "project", "case", "tolerance", "kind", "now", "approved", "opened_on", "cause",
            "decision", "until", "reason", "decided_on", "decision_record",
        )  # fmt: skip
        derived = ("code", "strayed_now", "unit", "back_inside")
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "decision": VerbDefinition(decide_exception, form=ExceptionDecisionSerializer),
            "closure": VerbDefinition(close_exception),
        }
