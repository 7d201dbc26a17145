"""What a programme's benefits rest on, over REST: read-only, with an ETag."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.revalidation import revalidated
from pmhub.rounding import rounded
from programmes import queries
from programmes.api.as_of import CLOCKS, PastViewSet
from programmes.api.figure_json import known_at
from programmes.queries.evidence import ClaimedBenefit
from programmes.serializers.evidence import EvidenceSerializer


class ProgrammeEvidence(PastViewSet):
    """How sure the benefits of a programme are."""

    @extend_schema(responses=EvidenceSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="benefits-evidence")
    @revalidated
    def benefits_evidence(self, request: Request, pk: str) -> Any:
        """Benefits realised by the grade of evidence, benefits claimed and validated by finance,
        and each claim beside what similar claims have realised that the reader may see."""
        check_known(request, {"as_of", "on"})
        with self.then() as (programme, at):
            evidence = queries.evidence(programme, request.user)
        return {
            "programme": programme.pk,
            **known_at(at),
            "as_of": programme.portfolio.as_of,
            "currency": programme.portfolio.currency,
            "realised": _money(evidence.realised),
            "grades": [
                {
                    "evidence_grade": grade.grade,
                    "value": _money(grade.value),
                    "measurements": grade.measurements,
                }
                for grade in evidence.grades
            ],
            "claimed": _money(evidence.claimed),
            "validated": _money(evidence.validated),
            "benefits": [_claim(claimed) for claimed in evidence.claims],
        }


def _claim(claimed: ClaimedBenefit) -> dict[str, Any]:
    history = claimed.history
    values = history.of(claimed.claim) or (None, None, None)
    return {
        "benefit": claimed.benefit.id,
        "code": claimed.benefit.code,
        "category": claimed.benefit.category,
        "stage": claimed.stage,
        "claimed": _money(claimed.claim),
        "validated": claimed.validated,
        "history": {
            "count": history.count,
            "reason": history.reason or None,
            **{name: _share(getattr(history, name)) for name in QUARTILES},
            **{
                f"{name}_value": value if value is None else _money(value)
                for name, value in zip(QUARTILES, values, strict=True)
            },
        },
    }


QUARTILES = ("lower", "median", "upper")


def _money(value: Decimal) -> str:
    return str(rounded(value, 2))


def _share(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
