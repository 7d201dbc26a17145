"""What the form of a verb says of taking it back: `<rest-form undo="…">` offers it afterwards."""

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
    """Return as JSON what takes a verb back, and the address of its record; empty where nothing
    restores what was."""
    undo = undo_of(resource, verb, row, user)
    if undo is None:
        return ""
    told = {"record": f"/api/v1/{collection}/{row.pk}/", **asdict(undo)}
    return json.dumps(told, cls=DjangoJSONEncoder)
