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


def _check(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the job, validated; ValidationError where they name nothing that is
    printed."""
    if asked.get("collection") not in PAPERS or not isinstance(asked.get("id"), int):
        raise ValidationError("A report or a board pack was expected.")
    title = str(asked.get("title", ""))
    return {"collection": asked["collection"], "id": asked["id"], "title": title[:200]}


def _words(asked: Mapping[str, Any]) -> str:
    return f"{asked['title']} as PDF"


def _write(run: JobRun) -> None:
    """Make the PDF as its owner may see the record, and store the file."""
    asked = run.parameters
    paper = PAPERS[asked["collection"]]
    record = paper.rows(run.user).filter(pk=asked["id"]).first()
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
