"""How proposals of a portfolio rank, and how far its money goes, over REST."""

from __future__ import annotations

from typing import Any

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
from programmes.serializers.prioritisation import PrioritisationSerializer
from projects.queries.proposals import RankedProposal, amount, prioritised

NO_AMOUNT = "Give an amount of 0 or more, such as 1500."


class PrioritisationViewSet(RecordViewSet):
    """Adds the ranking of proposals to the view set of portfolios."""

    @extend_schema(
        responses=PrioritisationSerializer,
        parameters=[OpenApiParameter("money", OpenApiTypes.NUMBER)],
    )
    @action(detail=True, url_path="prioritisation", filterset_class=None, pagination_class=None)
    def prioritisation(self, request: Request, pk: str) -> Response:
        """The scored proposals of the portfolio that the user may see, the highest score first, and
        for which of them the money lasts: `money`, or what is left of the envelopes of the next
        fiscal year after programmes and proposals that were started."""
        check_known(request, {"money"})
        portfolio, text = self.get_object(), request.query_params.get("money")
        money = amount(text) if text is not None else None
        if text is not None and money is None:
            raise parameter_problem("money", "invalid", NO_AMOUNT)
        ranking = prioritised(portfolio, request.user, money)
        base = request.build_absolute_uri("/")
        return answered(
            request,
            {
                "portfolio": reference(portfolio, base, "portfolios"),
                "currency": portfolio.currency,
                "money": ranking.budget,
                "fiscal_year": None if ranking.given else ranking.year,
                "unscored": ranking.unscored,
                "proposals": [_as_row(ranked, base) for ranked in ranking.ranked],
            },
        )


def _as_row(ranked: RankedProposal, base: str) -> dict[str, Any]:
    row = ranked.proposal
    return {
        **reference(row, base, "proposals", row.title),
        "place": ranked.place,
        "score": row.score,
        "cost_likely": row.cost_likely,
        "benefit_likely": row.benefit_likely,
        "cost_so_far": ranked.total if ranked.wanted else None,
        "affordable": ranked.affordable,
        "state": row.state,
        "reason": ranked.reason,
    }
