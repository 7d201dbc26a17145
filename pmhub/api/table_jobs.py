"""Tables as files: written at once, or by a job where they have more rows than a client waits for.

A job asks the same address again, as the same user, and keeps the answer. So one place decides who
sees what, and the same filters, moment and form apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.problems import Problem, problem_of
from pmhub.jobs import queue
from pmhub.jobs.kinds import JobRefused, Kind
from pmhub.jobs.worker import JobRun
from pmhub.models import Job, Token
from pmhub.serializers.jobs import JobSerializer
from pmhub.table_formats import FORMATS

MOST_ROWS = 10_000  # of a table that is written while somebody waits
BELOW = "/api/v1/"
PARAMETERS = ("name", "base", "path", "query", "form", "accept")
LONGEST = 8_000  # characters of an address
LIMIT = "You have {} jobs waiting, which is as many as one may have. Cancel one, or come again."


def deferred(request: Request, rows: int, name: str = "") -> Response | HttpResponse | None:
    """Return 202 and the address of a job, where a table has too many rows to be written while
    somebody waits; None where it is written now, which includes the request of the job itself. The
    job has the `name` of the table, or that of its collection.

    A person who follows a link in a browser is redirected to the page of their jobs. Raises a 429
    problem where too many of the user's jobs wait.
    """
    if not deferring(request, rows):
        return None
    return answered(request, asked_for(request, "table", _job_parameters(request, name)))


def answered(request: Request, job: Job) -> Response | HttpResponse:
    """Return 202 with the address of a job. A person who follows a link in a browser is redirected
    to the page of their jobs."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        page = HttpResponse(status=303)
        page["Location"] = f"{reverse('jobs')}#job-{job.pk}"
        return page
    return accepted(request, job)


def asked_for(request: Request, kind: str, parameters: Mapping[str, Any], data: bytes = b"") -> Job:
    """Queue a job of a kind for the user of the request, with the file that it needs, and return
    it. Raises a 429 problem where too many of the user's jobs wait."""
    token = request.auth if isinstance(request.auth, Token) else None
    user: Any = request.user
    try:
        return queue.ask(kind, parameters, owner=user, token=token, data=data)
    except queue.QueueFull as full:
        detail = LIMIT.format(queue.WAITING)
        raise Problem(429, "jobs_full", detail, headers={"Retry-After": str(full.wait)}) from full


def deferring(request: Request, rows: int) -> bool:
    """Return whether a table of so many rows is left to a job."""
    return rows > MOST_ROWS and run_of(request) is None


def run_of(request: Request) -> JobRun | None:
    """Return the run of the job that makes this request; None for any other request."""
    return getattr(request._request, "run", None)


def report_progress(request: Request, progress: int, total: int) -> None:
    """Record how many of the rows a job has written; nothing for a table that is written at once.
    Raises the exception that ends a job which is not wanted any more."""
    if run := run_of(request):
        run.reached(progress, total)


def accepted(request: Request, job: Job) -> Response:
    """Return 202 with the address of a job and the job itself."""
    data = JobSerializer(job, context={"request": request}).data
    headers = {"Location": data["url"]}
    return Response(data, 202, headers=headers, content_type="application/json")


def _job_parameters(request: Request, name: str) -> dict[str, Any]:
    form = getattr(request.accepted_renderer, "format", "")
    return {
        "name": name,
        "base": request.build_absolute_uri("/"),
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "form": form,
        "accept": request.accepted_renderer.media_type,
    }


# The kind


def _check(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a job; raises ValidationError for an address without a table."""
    texts = {name: parameters.get(name) for name in PARAMETERS}
    if not all(isinstance(text, str) and len(text) < LONGEST for text in texts.values()):
        raise ValidationError("An address of a table was expected.")
    if texts["form"] not in FORMATS or not str(texts["path"]).startswith(BELOW):
        raise ValidationError(f"Only tables are made into {' or '.join(FORMATS.values())}.")
    try:
        resolve(str(texts["path"]))
    except Resolver404:
        raise ValidationError("There is no such table.") from None
    return texts


def _words(parameters: Mapping[str, Any]) -> str:
    noun = parameters["path"].removeprefix(BELOW).strip("/").replace("-", " ").replace("/", " ")
    return f"{parameters['name'] or noun.capitalize()} as {FORMATS[parameters['form']]}"


def _reads(parameters: Mapping[str, Any]) -> str:
    resource: str = parameters["path"].removeprefix(BELOW).partition("/")[0]
    return resource


def _write(run: JobRun) -> None:
    """Ask the address again and keep the answer, piece by piece, as the job's file."""
    route = resolve(run.parameters["path"])
    accept = run.parameters["accept"]
    reading = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": accept, "wsgi.input": BytesIO()}
    try:
        answer: Any = route.func(request_of(run, reading), *route.args, **route.kwargs)
    except Exception as error:
        refused = problem_of(error, None)
        if refused.status_code >= 500:
            raise
        raise JobRefused(refused.text) from error
    if isinstance(answer, Response):
        answer.render()
    if answer.status_code != 200:
        raise JobRefused(
            getattr(answer, "data", {}).get("detail") or f"It was {answer.status_code}."
        )
    run.name(_file_name(answer, run), answer["Content-Type"])
    for piece in answer.streaming_content if answer.streaming else [answer.content]:
        run.write(piece)


def request_of(run: JobRun, environment: Mapping[str, Any]) -> WSGIRequest:
    """Return the request that a job makes, at its address and as its owner."""
    parameters, base = run.parameters, urlsplit(run.parameters["base"])
    request: Any = WSGIRequest(
        {
            "PATH_INFO": parameters["path"],
            "QUERY_STRING": parameters["query"],
            "HTTP_HOST": base.netloc,
            "SERVER_NAME": base.hostname or "",
            "SERVER_PORT": str(base.port or ""),
            "HTTP_X_FORWARDED_PROTO": base.scheme,
            "wsgi.url_scheme": base.scheme,
            **environment,
        }
    )
    request.run, request.within = run, True
    request.confirmed = parameters.get("confirmed", False)  # a job has no session to be asked
    request.user, request.request_id = run.user, f"job-{run.job.pk}"
    request._force_auth_user, request._force_auth_token = run.user, run.job.token
    return request


def _file_name(answer: HttpResponseBase, run: JobRun) -> str:
    _, _, name = answer.get("Content-Disposition", "").partition('filename="')
    return name.partition('"')[0] or f"table.{run.parameters['form']}"


KIND = Kind(name="table", words=_words, check=_check, run=_write, reads=_reads)
