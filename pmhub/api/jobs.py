"""The user's own jobs: their progress, their files, and how they are cancelled."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
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
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.jobs import queue, rights, worker
from pmhub.jobs.kinds import kind
from pmhub.models import Job, JobState, Token, User
from pmhub.serializers.jobs import JobSerializer

NOT_DONE = "There is no file: the job is not done."
LOST = "Your rights have changed since this was made, so it is not given out. Ask for it again."


class JobViewSet(
    Effects,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    TableList,
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

    @extend_schema(parameters=[FORMAT])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the jobs, the last first, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format"})
        if wants_table(request):
            return self.table(self.get_queryset())
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
