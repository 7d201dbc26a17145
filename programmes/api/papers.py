"""PDFs of reports and packs: requested over REST, and made by a job."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub import pdf
from pmhub.api.authentication import token_reaches
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem
from pmhub.api.table_jobs import answered, asked_for
from pmhub.scopes import ALL


def accept_print(request: Request, collection: str, record: Any) -> Response | HttpResponse:
    """Return 202 with the job that makes a PDF of a record. Raises a 503 problem where this machine
    makes none, and a 403 problem for a token that may not read all that the PDF may contain."""
    if not token_reaches(request.auth, ALL):
        raise PermissionDenied("This takes a token that may read everything.")
    check_known(request, set())
    if not pdf.is_available():
        raise Problem(503, "no_pdf", pdf.MISSING)
    parameters = {"collection": collection, "id": record.pk, "title": str(record)}
    return answered(request, asked_for(request, pdf.JOB, parameters))
