"""The forms of the verbs of a project, with the questions about several records at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Q

from pmhub.database.statements import ID, Rows
from pmhub.serializers.verbs import Verb
from pmhub.views.registers.forms import fields_of
from pmhub.views.undo import offered_undo
from programmes import queries
from programmes.queries.forecasts import READ_ALONG
from projects.models import Dependency, Project, Risk
from projects.queries import UNSETTLED
from projects.queries.dependencies import OWED
from projects.serializers.project import ProjectSerializer
from projects.views.rows import is_receiver

DEPENDENCIES = Rows(
    lambda: Dependency.objects.filter(Q(receiver_id=ID) | Q(giver_id=ID)).select_related(
        *READ_ALONG
    )
)


Several = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class EndingQuestions:
    """What the questions at the end of a project are about: its risks, and its dependencies."""

    project: Project
    risks: Sequence[Risk]
    links: Sequence[queries.DependencyRow]

    @property
    def several(self) -> Several:
        """Return the questions about several records, by the name of their field."""
        return {name: of(self) for name, of in SEVERAL.items()}


def form_of(
    verb: Verb,
    project: Project,
    request: Any,
    *,
    several: Several,
    unit: str,
    holds: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the form of a verb; `holds` are the initial values of its fields."""
    made = verb.form_for(project, request)
    for name, field in made.fields.items():
        if name in holds:
            field.initial = holds[name]
        if hasattr(field, "child"):
            field.style, field.help_text = {**several[name]}, ""
    return {
        "name": verb.noun,
        "title": verb.does,
        "says": verb.says,
        "address": f"/api/v1/projects/{project.pk}/{verb.noun}/",
        "fields": fields_of(made, list(made.fields), unit=unit, prefix=f"{verb.noun}-"),
        "undo": offered_undo("projects", ProjectSerializer, verb, project, request.user),
    }


def of_risks(asking: EndingQuestions) -> dict[str, Any]:
    """Return the question about the open risks of a project: what may become of each when it
    ends."""
    answers = [("close", "Close it")]
    if asking.project.programme:
        answers.append(("transfer", "Transfer it to the programme"))
    still_open = [risk for risk in asking.risks if risk.status in UNSETTLED]
    return {
        "legend": "What becomes of its open risks",
        "rows": [
            {"id": risk.pk, "code": risk.code, "name": risk.title}
            for risk in sorted(still_open, key=attrgetter("code"))
        ],
        "answers": answers,
    }


def of_waiting(asking: EndingQuestions) -> dict[str, Any]:
    """Return the question about those who wait for a project; for a receiver out of sight it names
    whom to call."""
    rows = [
        link
        for link in asking.links
        if not is_receiver(link, asking.project) and link.dependency.status in OWED
    ]
    return {
        "legend": "Who waits for what, and knows that it will not come",
        "rows": [
            {
                "id": row.dependency.pk,
                "before": f"{receiver_of(row)} waits for",
                "code": row.dependency.code,
                "name": row.dependency.deliverable,
            }
            for row in sorted(rows, key=lambda row: row.dependency.code)
        ],
    }


def receiver_of(row: queries.DependencyRow) -> str:
    """Return the code of the receiving project, or whom to call where it is out of sight."""
    return str(row.dependency.receiver.code if row.receiver.visible else row.receiver.words)


# The questions about several records at once, by the field that takes the answers.
SEVERAL = {"risks": of_risks, "acknowledged_dependencies": of_waiting}
