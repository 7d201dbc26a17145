"""The base of what is attached to a record of any kind: it names the record, which must exist and
be in sight."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from rest_framework import serializers

from pmhub.models import attachable
from pmhub.serializers.fields import Choice, NoCode
from pmhub.serializers.records import MissingReference, RecordSerializer

GONE = "There is no such record, or not for you to see."


KINDS = sorted(attachable())


class AtRecordSerializer(RecordSerializer):
    """The base of what is attached to the record that `record_type` and `record_id` name."""

    ends = ("record_id",)

    code = NoCode()
    record_type = Choice(choices=KINDS)

    def record(self, attrs: dict[str, Any]) -> Any:
        """Return the record that is named; raises MissingReference when the user does not see
        it."""
        return record_named(attrs["record_type"], attrs["record_id"], self.user)


def record_named(kind: str, id: int, user: Any) -> Any:
    """Return the record of this kind and id; raises MissingReference when the user does not see
    it."""
    try:
        return attachable()[kind]._default_manager.visible_to(user).get(pk=id)
    except (ObjectDoesNotExist, OverflowError):
        error = serializers.ErrorDetail(GONE, code="does_not_exist")
        raise MissingReference({"record_id": [error]}) from None
