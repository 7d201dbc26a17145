"""`GET …/closing/`: what is still to be done before a project or a programme can close."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.resources import API
from pmhub.api.revalidation import revalidated
from programmes.api.as_of import CLOCKS
from programmes.queries.closure import Group, Line, left_to_do
from programmes.serializers.closing import ClosingSerializer


class ClosureView:
    """Adds the address of what is left before closing to the view set of projects or programmes."""

    @extend_schema(responses=ClosingSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="closing", filterset_class=None)
    @revalidated
    def closing(self: Any, request: Request, pk: str) -> Any:
        """Return what is left to do before it can close, each with the place where that is
        settled."""
        check_known(request, {"as_of", "on"})
        with self.then() as (record, _):
            groups = left_to_do(record, request.user)
            base = request.build_absolute_uri(f"/{API}")
            return {
                "ready": all(group.rule.asked for group in groups),
                "left": [_group(group, base) for group in groups],
            }


def _group(group: Group, base: str) -> dict[str, Any]:
    rule = group.rule
    records = [_line(line, base) for line in group.lines]
    return {"name": rule.name, "does": rule.words, "asked": rule.asked, "records": records}


def _line(line: Line, base: str) -> dict[str, Any]:
    data = asdict(line)
    collection, id = data.pop("collection"), data.pop("id")
    return {**data, "settled_at": f"{base}{collection}/{f'{id}/' if id else ''}"}
