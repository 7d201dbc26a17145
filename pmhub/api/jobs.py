"""The user's own jobs: their progress, their files, and how they are cancelled."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub import scopes
from pmhub.api.authentication import scopes_of
from pmhub.api.effects import Effects, effect
from pmhub.api.filtering import check_parameters
from pmhub.api.negotiation import FileNegotiation
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem
from pmhub.jobs import queue, rights, worker
from pmhub.jobs.kinds import kind, page_of
from pmhub.models import Job, JobState, Token, User

NOT_DONE = "There is no file: the job is not done."
LOST = "Your rights have changed since this was made, so it is not given out. Ask for it again."


class JobSerializer(serializers.ModelSerializer):
    """A job: `progress` counts up to `total` once that is known; `result_url` is the address of its
    file once the job is done."""

    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    result_url = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "url",
            "html_url",
            "kind",
            "title",
            "state",
            "progress",
            "total",
            "message",
            "result_url",
            "file_name",
            "size",
            "created_at",
            "started_at",
            "finished_at",
            "expires_at",
        )
        read_only_fields = fields

    def get_url(self, job: Job) -> str:
        """Return the address of the job."""
        return self._address("jobs-detail", job.pk)

    def get_html_url(self, job: Job) -> str:
        """Return the address of the page that shows the job's result, or else of the job on the
        page of jobs."""
        if page := page_of(job.kind):
            return self._address(page, job.pk)
        return f"{self._address('jobs')}#job-{job.pk}"

    def get_result_url(self, job: Job) -> str | None:
        """Return the address of the job's file; None before the job is done."""
        return self._address("jobs-result", job.pk) if job.state == JobState.DONE else None

    def _address(self, name: str, *args: Any) -> str:
        address: str = self.context["request"].build_absolute_uri(reverse(name, args=args))
        return address


class JobViewSet(
    Effects,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The user's own jobs: list them, read the progress of one, take its file, cancel or remove it.
    Nobody sees the jobs of others."""

    serializer_class = JobSerializer
    metadata_class = None
    lookup_value_regex = "[0-9]{1,18}"
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Job]:
        """Return the user's own jobs, the last first; for a token whose scopes do not include jobs,
        those that the token asked for."""
        rows, token = queue.shown_to(cast(User, self.request.user)), self.request.auth
        verb = "read" if self.request.method in SAFE_METHODS else "write"
        if isinstance(token, Token) and not scopes.allows(scopes_of(token), "jobs", verb):
            return rows.filter(token=token)
        return rows

    def read(self, queryset: QuerySet[Job], start: int, stop: int) -> list[Job]:
        """The rows of a window."""
        return list(queryset.defer("scope", "parameters")[start:stop])

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of the jobs, the last first."""
        check_parameters(request, {"page", "page_size"})
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One job and its progress."""
        check_known(request, set())
        response = super().retrieve(request, *args, **kwargs)
        if response.data["state"] in (JobState.QUEUED, JobState.RUNNING):
            response["Retry-After"] = "1"
        return response

    @effect
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel a job that waits or runs; remove one that has ended, with its file."""
        check_known(request, set())
        return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, instance: Job) -> None:
        """Cancel a job, or remove one that has ended."""
        queue.let_go(instance)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)}
    )
    @action(detail=True, url_path="result", content_negotiation_class=FileNegotiation)
    def result(self, request: Request, pk: str) -> HttpResponseBase:
        """The file of a job that is done; refused if its owner has lost rights since."""
        check_known(request, set())
        job = self.get_object()
        if job.state != JobState.DONE:
            raise Problem(409, "not_done", NOT_DONE)
        if isinstance(request.auth, Token):
            _check_scope(job, request.auth)
        if rights.is_lost(job.scope, request.user):
            raise Problem(403, "rights_changed", LOST)
        return _file(job)


def _check_scope(job: Job, token: Token) -> None:
    """Raise a 403 problem unless the token may read the records in the file."""
    resource = kind(job.kind).reads(job.parameters)
    if not scopes.allows(scopes_of(token), resource, "read"):
        raise PermissionDenied(f"This token's scopes do not include read at {resource}.")


def _file(job: Job) -> StreamingHttpResponse:
    response = StreamingHttpResponse(worker.parts_of(job), content_type=job.media_type)
    response["Content-Disposition"] = content_disposition_header(True, job.file_name)
    response["Content-Length"] = str(job.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response
