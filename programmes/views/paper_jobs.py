"""The job that makes a PDF of a report or a board pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from pmhub import pdf
from pmhub.jobs.kinds import JobRefused, Kind
from pmhub.jobs.worker import JobRun
from pmhub.scopes import ALL
from programmes.views.papers import PAPERS, html_of

GONE = "It is not there any more, or not for you."


def _check(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the job, validated; ValidationError where they name nothing that is
    printed."""
    if parameters.get("collection") not in PAPERS or not isinstance(parameters.get("id"), int):
        raise ValidationError("A report or a board pack was expected.")
    title = str(parameters.get("title", ""))
    return {"collection": parameters["collection"], "id": parameters["id"], "title": title[:200]}


def _words(parameters: Mapping[str, Any]) -> str:
    return f"{parameters['title']} as PDF"


def _write(run: JobRun) -> None:
    """Make the PDF as its owner may see the record, and store the file."""
    parameters = run.parameters
    paper = PAPERS[parameters["collection"]]
    record = paper.rows(run.user).filter(pk=parameters["id"]).first()
    if record is None:
        raise JobRefused(GONE)
    html = html_of(paper.shown(record, run.user), inline=True)
    run.check()
    try:
        made = pdf.pdf_of(html)
    except pdf.PdfFailed as error:
        raise JobRefused(str(error)) from error
    run.name(paper.file_name(record), "application/pdf")
    run.write(made)


# What is printed of a programme is of many collections.
KIND = Kind(name=pdf.JOB, words=_words, check=_check, run=_write, reads=lambda _: ALL)
