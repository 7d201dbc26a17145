"""Exception reports, and what is asked of who decides about one."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, Number, RecordSerializer
from pmhub.serializers.verbs import Does
from programmes.models import ExceptionReport
from programmes.services import decide_exception


class ExceptionSerializer(RecordSerializer):
    """That a project or an approved business case has strayed further than a tolerance allows.
    `back_inside` is whether it is within it again by now."""

    code = NoCode()
    back_inside = serializers.BooleanField(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = ExceptionReport
        fields = [
            *HEAD, "project", "case", "tolerance", "kind", "now", "approved", "back_inside",
            "opened_on", "cause", "options", "state", "decision", "until", "reason", "decided_on",
            "decision_record", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "project", "case", "tolerance", "kind", "now", "approved", "opened_on", "cause",
            "decision", "until", "reason", "decided_on", "decision_record",
        )  # fmt: skip
        derived = ("code", "back_inside")
        verbs: ClassVar[dict[str, Does]] = {
            "decision": Does(
                decide_exception,
                more={
                    "tolerance_value": Number(
                        max_digits=10, decimal_places=2, min_value=0, required=False,
                        allow_null=True, label="New tolerance",
                        help_text="In the unit of the old one",
                    )
                },
            )
        }  # fmt: skip
