"""Outputs of projects and the checks of them."""

from typing import Any

from django.db import connection

from projects.models import Output, Project, QualityRecord
from tests.factories.changes import descoping_approved
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.projects import project


def output(project: Project, **fields: Any) -> Output:
    """Return an output of a project."""
    state = fields.pop("state", "planned")
    begins = "planned" if state == "descoped" else state
    made = Output.objects.create(
        project=project, **{"code": next_code("O"), "title": "Output", "state": begins, **fields}
    )
    if state == "descoped":
        descope(made)
    return made


def descope(*outputs: Output) -> None:
    """Descope outputs, each by an approved change; the database's deferred checks run at once."""
    for each in outputs:
        descoping_approved(each)
        Output.objects.filter(pk=each.pk).update(state="descoped")
        each.refresh_from_db()
    connection.check_constraints()  # the change is withdrawn when the project ends


def check(of: Output | None = None, **fields: Any) -> QualityRecord:
    """Return a check of an output; one with a result has a day and a person, and a waived one a
    reason."""
    said = {"output": of or output(project()), "code": next_code("QX"), "title": "Welds"} | fields
    if said.get("result", "open") != "open":
        said = {"checked_on": "2026-10-01", "checked_by": person()} | said
    if said.get("result") == "waived":
        said = {"waiver_reason": "Too late"} | said
    return QualityRecord.objects.create(**said)
