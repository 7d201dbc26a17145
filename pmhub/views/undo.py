"""The undo that a form of a verb offers once it is done: `<rest-form undo="…">`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from pmhub.serializers.records import RecordSerializer
from pmhub.serializers.undo import undo_of
from pmhub.serializers.verbs import Verb


def offered_undo(
    collection: str, resource: type[RecordSerializer], verb: Verb, row: Any, user: Any
) -> str:
    """Return, as JSON, the verb that undoes a verb and the address of its record; empty if no verb
    restores the former state."""
    undo = undo_of(resource, verb, row, user)
    if undo is None:
        return ""
    data = {"record": f"/api/v1/{collection}/{row.pk}/", **asdict(undo)}
    return json.dumps(data, cls=DjangoJSONEncoder)
