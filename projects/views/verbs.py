"""The forms of the verbs of a project on its page: drawn once for all users who may do the same,
and drawn again when their questions or values change. The version of the project, which changes
with every edit, is filled in afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pmhub.access.scoped_rows import place_statement, read_at_once
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.database.questions import digest
from pmhub.serializers.verbs import verbs_of
from pmhub.views.content import CacheableRequest
from pmhub.views.registers.forms import STYLE
from programmes.views.rows import one_of
from projects.models import Project
from projects.models.states import PLANNERS
from projects.serializers.project import ProjectSerializer
from projects.views.ask_for_change import movable
from projects.views.ending import Several, form_of

MOST = 4_000_000  # bytes cached by a process
VERSION = secrets.token_hex(16)  # the place of the version in a cached form
READ = (
    "stage",
    "created_by_id",
    "project_manager_id",
    "successor_id",
)  # they decide which verbs are open

cache = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class VerbForms:
    """The inputs of the forms that their caller has read: the unit of money, the questions about
    several records at once, and the initial values of the fields."""

    unit: str
    several: Several
    holds: Mapping[str, Any]


def drawn_verbs(project: Project, request: Any, forms: VerbForms) -> SafeString:
    """Return the forms, as HTML, of the verbs that the user may apply to the project now."""
    cacheable = CacheableRequest(request)
    key = (
        project.pk,
        cacheable.who,
        digest((forms.unit, forms.several, forms.holds)),
        get_language(),
        quarter(),
    )
    html = cache("verbs", key, lambda: _draw(project.pk, cacheable, forms), len)
    return SafeString(html.replace(VERSION, str(project.version)))


def _draw(id: int, request: CacheableRequest, forms: VerbForms) -> str:
    # The project is read anew, so that the cached forms depend only on columns that they show.
    project = one_of(place_statement(Project)(id=id))
    read_at_once(project, READ)
    values = {
        "project": project,
        "version": VERSION,
        "verbs": [*_forms_of(project, request, forms)],
        "may_reorganise": project.live and PLANNERS.allows(request.user, project),
        "form_style": STYLE,
    }
    return render_to_string("projects/project_verbs.html", values)


def _forms_of(
    project: Any, request: CacheableRequest, forms: VerbForms
) -> Iterator[dict[str, Any]]:
    for verb in verbs_of(ProjectSerializer).values():
        elsewhere = verb.noun == "computed-dates" or verb.by.own  # shown elsewhere on the page
        if elsewhere or (verb.noun == "move" and not movable(project, request.user)):
            continue
        if verb.open_to(request.user, project):
            yield form_of(
                verb, project, request,
                several=forms.several, unit=forms.unit, holds=forms.holds,
            )  # fmt: skip
