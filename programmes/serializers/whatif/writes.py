"""Checks of held writes: what each may do, and to which records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from programmes.models import Method
from programmes.queries.whatif.targets import WRITABLE, Home, Target, adds_to, is_allowed, target_of

MOST_KEYS = 60


@extend_schema_field({"type": "object", "additionalProperties": True})
class Body(serializers.JSONField):
    """The body of a write: an object."""

    default_error_messages = {
        "object": "Give the body of the write as an object.",
        "long": f"Give at most {MOST_KEYS} fields.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object if it does not have too many fields; the values are checked by the
        write itself."""
        if not isinstance(data, dict):
            self.fail("object")
        if len(data) > MOST_KEYS:
            self.fail("long")
        return data


def check_write(path: str, method: str, body: Mapping[str, Any], home: Home, user: Any) -> Target:
    """Return the target of a write. Raises ValidationError where such a write may not be held, or
    where it would add to something outside of the home."""
    try:
        target = target_of(path)
    except ValueError as error:
        raise serializers.ValidationError({"path": str(error)}) from None
    if not is_allowed(method, target):
        text = "A scenario does not do this at that address."
        raise serializers.ValidationError({"method": text})
    if method == Method.DELETE and body:
        raise serializers.ValidationError({"body": "A deletion has no body."})
    if target.id is None and not adds_to(target, body, home, user):
        text = "Name a record of the scenario's programme that it is added to."
        raise serializers.ValidationError({"body": text})
    return target


def present_version(target: Target, seen: int | None, home: Home, user: Any) -> int:
    """Return the present version of the record of a write. Raises ValidationError where there is no
    such record in sight, or `seen` is a later version."""
    rows = WRITABLE[target.resource].of(home, user).filter(pk=target.id)
    now: int | None = rows.values_list("version", flat=True).first()
    if now is None:
        text = "There is no such record in the scenario's programme, or none you may see."
        raise serializers.ValidationError({"path": text})
    if seen is not None and seen > now:
        raise serializers.ValidationError({"seen_version": f"The record is at version {now}."})
    return now
