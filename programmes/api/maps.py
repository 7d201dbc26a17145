"""The benefits map over REST: read-only, with an ETag."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.resources import API
from pmhub.api.revalidation import revalidated
from programmes import queries
from programmes.api.as_of import CLOCKS, PastViewSet
from programmes.api.figure_json import known_at
from programmes.queries.benefits_map import COLLECTIONS, COLUMNS, Key, Node
from programmes.serializers.maps import BenefitsMapSerializer


class ProgrammeMaps(PastViewSet):
    """How a programme's projects lead to its benefits."""

    @extend_schema(responses=BenefitsMapSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="benefits-map")
    @revalidated
    def benefits_map(self, request: Request, pk: str) -> Any:
        """Outputs, outcomes, benefits and objectives with the links between them; flags say where a
        link to or from a record is missing."""
        check_known(request, {"as_of", "on"})
        with self.then() as (programme, at):
            drawn = queries.benefits_map(programme, request.user)
        base = request.build_absolute_uri("/")
        return {
            "programme": programme.pk,
            **known_at(at),
            "columns": COLUMNS,
            "nodes": [_node(node, base) for node in drawn.nodes],
            "links": [{"source": name(one), "target": name(other)} for one, other in drawn.links],
            "orphans": sum(bool(node.flags) for node in drawn.nodes),
            "hidden": drawn.hidden,
        }


def name(key: Key) -> str:
    """Return the key of a node, as links name it."""
    return "-".join(map(str, key))


def _node(node: Node, base: str) -> dict[str, Any]:
    kind, id = node.key
    return {
        "key": name(node.key),
        "column": node.column,
        "id": id,
        "code": node.record.code,
        "title": node.record.title,
        "state": node.state,
        "project": node.home.code if node.home else None,
        "url": f"{base}{API}{COLLECTIONS[kind]}/{id}/",
        "flags": node.flags,
    }
