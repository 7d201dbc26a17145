"""What another type of PMO would change in a portfolio, over REST."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.revalidation import answered
from programmes.api.figure_json import reference
from programmes.models.portfolio import PmoType
from programmes.queries.pmo_types import pmo_type_preview
from programmes.serializers.pmo_types import PmoTypePreviewSerializer

WHICH = OpenApiParameter("pmo_type", OpenApiTypes.STR, required=True, enum=PmoType.values)


class PmoTypes(RecordViewSet):
    """Adds the preview of another type of PMO to the view set of portfolios."""

    @extend_schema(responses=PmoTypePreviewSerializer, parameters=[WHICH])
    @action(detail=True, url_path="pmo-type-preview", filterset_class=None, pagination_class=None)
    def pmo_type_preview(self, request: Request, pk: str) -> Response:
        """The projects whose stages others would approve with another type of PMO. The approvers of
        open gates stay the same; nothing is written."""
        check_known(request, {"pmo_type"})
        pmo_type = request.query_params.get("pmo_type", "")
        if pmo_type not in PmoType.values:
            names = ", ".join(PmoType.values)
            raise parameter_problem("pmo_type", "invalid_choice", f"Choose one of: {names}.")
        preview = pmo_type_preview(self.get_object(), PmoType(pmo_type), request.user)
        base = request.build_absolute_uri("/")
        return answered(
            request,
            {
                "pmo_type": pmo_type,
                "projects": [
                    {
                        "project": reference(moved.project, base, "projects"),
                        "oversight_level": moved.level,
                        "before": moved.before,
                        "after": moved.after,
                    }
                    for moved in preview.moved
                ],
                "open_gates": [
                    reference(gate, base, "gates", gate.title) for gate in preview.open_gates
                ],
            },
        )
