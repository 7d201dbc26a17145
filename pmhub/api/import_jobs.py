"""Files with more rows than a client waits for: a job sends the file again, as the same user.

All rows are written in one transaction with the end of the job, or none of them: whoever corrects a
file sends all of it again, and need not find out which rows were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import Resolver404, resolve
from rest_framework.response import Response

from pmhub import hints
from pmhub.accounts import reauthentication
from pmhub.api.authentication import check_scope
from pmhub.api.columns import CSV, XLSX
from pmhub.api.imports import AT_ONCE, Rows
from pmhub.api.json_rendering import dumps
from pmhub.api.problems import Problem, problem_of
from pmhub.api.table_jobs import BELOW, LONGEST, accepted, asked_for, request_of, run_of
from pmhub.database.history import WritePath, through
from pmhub.jobs import queue
from pmhub.jobs.kinds import JobRefused, Kind, Parameters
from pmhub.jobs.worker import JobRun

PARAMETERS = ("base", "path", "query", "type", "digest")
PREVIEW = "preview=1"
MOST_TOLD = 50  # rows that are refused


def deferred(view: Any, items: Any) -> Response | None:
    """Return 202 and the address of a job, where a file has too many rows to be written while
    somebody waits; None where it is written now, which includes the request of the job itself."""
    request = view.request
    if not isinstance(items, Rows) or len(items) <= AT_ONCE or run_of(request):
        return None
    asked = {
        "base": request.build_absolute_uri("/"),
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "type": items.media_type,
        "digest": sha256(items.body).hexdigest(),
        "confirmed": _confirmed(view, items),
    }
    return accepted(request, asked_for(request, KIND.name, asked, items.body))


def _confirmed(view: Any, rows: Rows) -> bool:
    """Return whether a file may give or take rights. If so, raises ReauthenticationRequired unless
    the user of the session has just proved their identity, as the job cannot ask for that."""
    gives = view.is_dangerous(view.action) or not rows.titles.keys().isdisjoint(
        view.model.posts.values()
    )
    if gives:
        reauthentication.require(view.request)
    return gives


def previews(parameters: Parameters) -> bool:
    """Return whether the job is a preview, which stores nothing."""
    return PREVIEW in parameters["query"].split("&")


def _check(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a job; raises ValidationError for an address that takes no file."""
    texts = {name: parameters.get(name) for name in PARAMETERS}
    if not all(isinstance(text, str) and len(text) < LONGEST for text in texts.values()):
        raise ValidationError("An address of a collection was expected.")
    path = str(texts["path"])
    try:
        route = resolve(path)
    except Resolver404:
        raise ValidationError("There is no such collection.") from None
    if not path.startswith(BELOW) or route.kwargs or texts["type"] not in (CSV, XLSX):
        raise ValidationError("A file is CSV or XLSX, and of a collection.")
    return {**texts, "confirmed": parameters.get("confirmed") is True}


def _reads(parameters: Parameters) -> str:
    resource: str = parameters["path"].removeprefix(BELOW).partition("/")[0]
    return resource


def _words(parameters: Parameters) -> str:
    noun = _reads(parameters).replace("-", " ")
    return f"Preview of {noun} from a file" if previews(parameters) else f"Import of {noun}"


def _write(run: JobRun) -> None:
    """Send the file as it was sent first, and keep the answer as the job's file."""
    parameters = run.parameters
    body = queue.job_file(run.job)
    environment = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": parameters["type"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    request: Any = request_of(run, environment)
    route: Any = resolve(parameters["path"])
    try:
        if run.job.token is not None:
            check_scope(run.job.token, request)
        with through(WritePath.IMPORT, by=run.user):
            answer: Any = route.func(request, *route.args, **route.kwargs)
    except Exception as error:
        refused = problem_of(error, None)
        if refused.status_code >= 500:
            raise
        raise JobRefused(problem_lines(refused)) from error
    if parameters.get("confirmed") and not previews(parameters):
        kind = route.func.cls.serializer_class.Meta.model.grant_kind
        run.own = {(kind, row["id"]) for row in answer.data["results"]}
    run.name(f"{_reads(parameters)}.json", "application/json")
    run.write(dumps(answer.data))
    transaction.on_commit(hints.workers)


def problem_lines(refused: Problem) -> str:
    """Return the errors of a refused file as text, one line for each."""
    placed = [error for error in refused.errors or () if "row" in error]
    if not placed:
        return refused.text
    lines = [
        f"Row {error['row']}{', ' * ('column' in error)}{error.get('column', '')}:"
        f" {error['detail']}"
        for error in placed[:MOST_TOLD]
    ]
    more = [f"{len(placed) - MOST_TOLD} more."] if len(placed) > MOST_TOLD else []
    return "\n".join(["Nothing was saved.", *lines, *more])


KIND = Kind(
    name="import",
    words=_words,
    check=_check,
    run=_write,
    reads=_reads,
    whole=lambda asked: not previews(asked),
)
