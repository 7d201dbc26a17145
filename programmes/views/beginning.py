"""The page on which a project is begun: from a template, as a copy of another, or blank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from pmhub import formats
from pmhub.access import can, for_writing, grants_of
from pmhub.collation import InOrder
from pmhub.models import Code
from pmhub.text import next_code
from pmhub.views import Page
from pmhub.views.registers.forms import STYLE, fields_of
from programmes.models import Portfolio, Programme
from projects.models import Project, Template, TemplateState
from projects.serializers.beginning import BeginningSerializer

USUAL_DAYS = 365
FIELDS = ("name", "code", "programme", "portfolio", "starts_on", "finishes_on", "budget",
          "project_manager")  # fmt: skip
LABELS = {"starts_on": "Starts", "finishes_on": "Finishes", "budget": "Approved budget"}


class NewProject(Page):
    """A short form for a project, which it leaves with first figures."""

    template_name = "projects/new.html"
    title = "New project"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The templates there are, and the form for the one that is chosen, or for a copy."""
        user = self.request.user
        programme, portfolio = self._named(Programme), self._named(Portfolio)
        home = programme or portfolio
        if not self._may(home):
            raise PermissionDenied
        whole = programme.portfolio if programme else portfolio
        templates = Template.objects.visible_to(user).filter(state=TemplateState.IN_USE)
        if whole:
            templates = templates.filter(portfolio=whole)
        copied = self._named(Project, "copy")
        chosen = None if copied else self._named(Template, "template") or templates.first()
        whole = whole or (chosen and chosen.portfolio) or (copied and copied.owner_portfolio)
        projects = Project.objects.visible_to(user).order_by(InOrder("code"))
        if whole and whole.pk:
            within = projects.filter(programme__portfolio=whole) | projects.filter(portfolio=whole)
            projects = within.distinct()
        return super().get_context_data(
            programme=programme,
            portfolio=portfolio,
            templates=templates,
            chosen=chosen,
            copied=copied,
            projects=projects.values_list("pk", "code", "name")[:300],
            address=self._address(chosen, copied),
            fields=self._fields(home, whole, chosen, copied),
            form_style=STYLE,
            unit=formats.money_unit(whole) if whole else "",
            kept=f"&{home._meta.model_name}={home.pk}" if home else "",
            **kwargs,
        )

    def _named(self, model: Any, name: str = "") -> Any:
        """The record that the address names, if it names one; raises Http404."""
        text = self.request.GET.get(name or model._meta.model_name, "")
        if not text:
            return None
        if not (text.isdecimal() and len(text) < 19):
            raise Http404
        return get_object_or_404(model.objects.visible_to(self.request.user), pk=text)

    def _may(self, home: Any) -> bool:
        user = self.request.user
        if home is None:
            return bool(for_writing(grants_of(user), "project").roles)
        return can(user, "write", Project(**{home._meta.model_name: home}))

    @staticmethod
    def _address(chosen: Any, copied: Any) -> str:
        """Where the form is sent to; nothing where there is nothing to begin from."""
        if copied:
            return f"/api/v1/projects/{copied.pk}/copies/"
        return f"/api/v1/templates/{chosen.pk}/projects/" if chosen else ""

    def _fields(self, home: Any, whole: Any, chosen: Any, copied: Any) -> list[Any]:
        form = BeginningSerializer(context={"request": self.request})
        starts = whole.as_of if whole else timezone.localdate()
        days = chosen.duration_days if chosen else _length(copied)
        given = {
            "starts_on": starts.isoformat(),
            "finishes_on": (starts + timedelta(days=days)).isoformat(),
            "code": _code(home, whole),
        }
        if home:
            given[home._meta.model_name] = home.pk
            del form.fields["portfolio" if home._meta.model_name == "programme" else "programme"]
        for name, value in given.items():
            form.fields[name].initial = value
        for name, label in LABELS.items():
            form.fields[name].label = label
        return fields_of(form, FIELDS, unit=formats.money_unit(whole) if whole else "")


def _length(project: Project | None) -> int:
    """How many days a project was to last, if that is known."""
    if project is None or not (project.forecast_start and project.forecast_finish):
        return USUAL_DAYS
    return max((project.forecast_finish - project.forecast_start).days, 1)


def _code(home: Any, whole: Any) -> str:
    """The code after the highest of its siblings', or the first below its programme."""
    if home is None or whole is None:
        return ""
    code = next_code(home.projects.values_list("code", flat=True)) or f"{home.code}-01"
    used = Code.like(Project, code, whole.pk)
    return next_code([*used]) or code
