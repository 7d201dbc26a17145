"""Benefits and their records over REST."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail
from rest_framework.exceptions import ValidationError as Invalid
from rest_framework.request import Request
from rest_framework.response import Response

from benefits import queries
from benefits.filters import (
    BenefitAnchorFilter,
    BenefitFilter,
    BenefitHandOverFilter,
    BenefitLinkFilter,
    ContributionFilter,
    MeasurementFilter,
    OverlapFilter,
    ProfileEntryFilter,
    ProfileVersionFilter,
    ReviewFilter,
    SharedBenefitClaimFilter,
)
from benefits.models import Benefit
from benefits.models.links import SOURCES, TARGETS
from benefits.serializers.anchors import BenefitAnchorSerializer
from benefits.serializers.benefits import BenefitSerializer
from benefits.serializers.claims import SharedBenefitClaimSerializer
from benefits.serializers.contributions import BenefitLinkSerializer, ContributionSerializer
from benefits.serializers.hand_overs import BenefitHandOverSerializer
from benefits.serializers.measurements import (
    JudgementSerializer,
    MeasurementSerializer,
    RejectionSerializer,
)
from benefits.serializers.overlaps import OverlapSerializer
from benefits.serializers.profiles import ProfileEntrySerializer, ProfileVersionSerializer
from benefits.serializers.realisation import RealisationSerializer
from benefits.serializers.reviews import ReviewSerializer
from benefits.services import reject_measurement, verify_measurement
from pmhub.access import can
from pmhub.api.appointments import PostsViewSet
from pmhub.api.effects import effect
from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem, pointer
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.revalidation import revalidated
from pmhub.database.history import because
from pmhub.serializers import check_may_write_here
from pmhub.services import person_of


class BenefitViewSet(PostsViewSet):
    """Benefits."""

    serializer_class = BenefitSerializer
    filterset_class = BenefitFilter
    search_fields = ("code", "title", "description", "measure")
    ordering_fields = (
        "id", "code", "title", "category", "status", "target_value", "target_on", "confidence",
        "next_measurement_on", "start_realising_on", "updated_at",
    )  # fmt: skip
    expandable = ("programme", "owner", "bcm", "objective", "organisation_unit")

    def allow_verb(self, benefit: Benefit, noun: str, data: Mapping[str, Any]) -> None:
        """Refuse a move unless the user may write benefits both here and there, whatever their role
        on this benefit."""
        if noun == "move":
            there = copy.copy(benefit)
            there.programme = data["to_programme"]
            for place in (benefit, there):
                check_may_write_here(self.request.user, place)

    @extend_schema(responses=RealisationSerializer)
    @action(detail=True, url_path="realisation")
    @revalidated
    def realisation(self, request: Request, pk: str) -> Any:
        """What is planned, realised and forecast of the benefit on the status date."""
        check_known(request, set())
        return queries.realisation(self.get_object())


class ProfileEntryViewSet(RecordViewSet):
    """Profile entries."""

    serializer_class = ProfileEntrySerializer
    filterset_class = ProfileEntryFilter
    ordering_fields = ("id", "version_number", "period_start", "period_end", "value", "updated_at")
    expandable = ("benefit",)


class ProfileVersionViewSet(RecordViewSet):
    """Versions of profiles."""

    serializer_class = ProfileVersionSerializer
    filterset_class = ProfileVersionFilter
    search_fields = ("reason", "benefit__code", "benefit__title")
    ordering_fields = ("id", "kind", "number", "state", "approved_on", "updated_at")
    expandable = ("benefit", "proposed_by", "approved_by", "finance_validated_by")

    def allow_verb(self, record: Any, noun: str, data: Mapping[str, Any]) -> None:
        """Raise PermissionDenied where users approve what they have proposed, or validate what they
        have written or proposed."""
        user: Any = self.request.user
        person = person_of(user)
        proposed = person is not None and person.pk == record.proposed_by_id
        if noun == "approval" and proposed:
            raise PermissionDenied("Nobody approves what they have proposed.")
        if noun == "validation" and (proposed or user.pk == record.created_by_id):
            raise PermissionDenied("Nobody validates what they have written or proposed.")


class MeasurementViewSet(RecordViewSet):
    """Measurements."""

    serializer_class = MeasurementSerializer
    filterset_class = MeasurementFilter
    search_fields = ("source",)
    ordering_fields = ("id", "period_start", "period_end", "measured_on", "value", "updated_at")
    expandable = ("benefit", "submitted_by", "confirmed_by", "verified_by")
    asks = {"verification": "verify"}

    @extend_schema(request=JudgementSerializer, responses=MeasurementSerializer)
    @action(detail=True, methods=["post"], url_path="verification")
    @effect
    def verification(self, request: Request, pk: str) -> Response:
        """Verify or reject the measurement. Nobody judges a measurement of their own, nor of a
        benefit that their own project brings."""
        check_known(request, set())
        self._to_judge()
        judgement = JudgementSerializer(data=request.data)
        judgement.is_valid(raise_exception=True)
        given = judgement.validated_data
        judge = (
            partial(verify_measurement, supersedes=given["supersedes"])
            if given["outcome"] == "verified"
            else reject_measurement
        )
        with because(given.get("reason", "")):
            return self._judged(pk, judge)

    @extend_schema(request=RejectionSerializer, responses=MeasurementSerializer)
    @action(detail=True, methods=["post"], url_path="rejection")
    @effect
    def rejection(self, request: Request, pk: str) -> Response:
        """Reject the measurement, as `/verification/` does with the outcome `rejected`."""
        check_known(request, set())
        self._to_judge()
        serializer = RejectionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with because(serializer.validated_data["reason"]):
            return self._judged(pk, reject_measurement)

    def _judged(self, pk: str, judge: Callable[..., Any]) -> Response:
        row = self.committed(lambda: self._judge(pk, judge))
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})

    def _to_judge(self) -> Any:
        """Return the measurement; raises PermissionDenied for a user who may not verify it."""
        measurement = self.get_object()
        if not can(self.request.user, "verify", measurement):
            raise PermissionDenied("You may see this and not verify it.")
        return measurement

    def _judge(self, pk: str, judge: Callable[..., Any]) -> Row:
        measurement = self._to_judge()
        if "If-Match" in self.request.headers:
            self.match(measurement)
        try:
            judge(measurement, by=self.request.user)
        except ValidationError as error:
            raise _unfit(error) from error
        return self.row(measurement.pk)


# The code of each conflict of a judgement, by the field of the error.
CONFLICTS = {
    "status": "wrong_state",
    "period_start": "overlap",
    "period_end": "not_over",
    "measured_on": "too_early",
    "value": "magnitude",
}


def _unfit(error: ValidationError) -> Exception:
    """Return the answer to a refused judgement: 403 where the user may not judge this measurement,
    409 where the measurement cannot be judged as it stands, such as one that is judged already."""
    field, *_ = error.error_dict
    text = " ".join(error.messages)
    if field == "verified_by":
        return PermissionDenied(text)
    if field not in CONFLICTS:
        return error
    code = CONFLICTS[field]
    errors = [{"pointer": pointer(field), "code": code, "detail": text}]
    return Problem(409, code, text, errors=errors)


class ReviewViewSet(MadeByVerbs):
    """Reviews of benefits. The product asks for them when a project ends, and a reviewer
    answers."""

    serializer_class = ReviewSerializer
    filterset_class = ReviewFilter
    search_fields = ("findings", "benefit__code", "benefit__title")
    ordering_fields = ("id", "asked_on", "due_on", "decided_on", "updated_at")
    expandable = ("benefit", "contribution", "reviewer", "decided_by")


class OverlapViewSet(MadeByVerbs):
    """Overlaps of benefits. The product opens them, and somebody resolves them."""

    serializer_class = OverlapSerializer
    filterset_class = OverlapFilter
    search_fields = ("reason", "first__code", "first__title", "second__code", "second__title")
    ordering_fields = ("id", "found_on", "resolved_on", "state", "overlap_amount", "updated_at")
    expandable = ("programme", "first", "second", "resolved_by")


class BenefitHandOverViewSet(RecordViewSet):
    """Hand-overs of the benefits that projects bring."""

    serializer_class = BenefitHandOverSerializer
    filterset_class = BenefitHandOverFilter
    search_fields = ("measure", "owner__name", "benefit__code")
    ordering_fields = ("id", "asked_on", "answered_on", "until", "state", "updated_at")
    expandable = ("contribution", "benefit", "project", "owner")


class SharedBenefitClaimViewSet(RecordViewSet):
    """Claims of other programmes to a share of a benefit."""

    serializer_class = SharedBenefitClaimSerializer
    filterset_class = SharedBenefitClaimFilter
    search_fields = ("rationale",)
    ordering_fields = ("id", "share", "state", "updated_at")
    expandable = ("benefit", "programme")


class BenefitAnchorViewSet(RecordViewSet):
    """Anchors: the milestones and outputs on which forecasts of benefits depend."""

    serializer_class = BenefitAnchorSerializer
    filterset_class = BenefitAnchorFilter
    search_fields = ("reason", "benefit__code", "benefit__title")
    ordering_fields = ("id", "anchored_on", "begins_on", "answered_on", "state", "updated_at")
    expandable = ("benefit", "milestone", "output")


class ContributionViewSet(RecordViewSet):
    """Contributions of projects to benefits."""

    serializer_class = ContributionSerializer
    filterset_class = ContributionFilter
    search_fields = ("rationale",)
    ordering_fields = ("id", "weight", "updated_at")
    expandable = ("benefit", "project")


class BenefitLinkViewSet(RecordViewSet):
    """Links of the benefits map."""

    serializer_class = BenefitLinkSerializer
    filterset_class = BenefitLinkFilter
    search_fields = ("rationale",)
    ordering_fields = ("id", "updated_at")
    expandable = ("programme", *SOURCES, *TARGETS)

    def explain(self, row: Any, error: IntegrityError) -> Exception | None:
        """Return the circle that the link would close as an error of its target; None where the
        database refused something else. It names records of one programme only, which whoever may
        write the link may read."""
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if diagnosis is None or diagnosis.constraint_name != "benefitlink_no_cycle":
            return None
        target = "to_outcome" if row.to_outcome_id else "to_benefit"
        return Invalid({target: [ErrorDetail(diagnosis.message_primary, code="cycle")]})
