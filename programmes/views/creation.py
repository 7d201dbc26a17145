"""The pages on which a project or a programme is begun: from a template, as a copy of another, or
without either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from pmhub import formats
from pmhub.access import can
from pmhub.access.grants import for_writing, grants_of
from pmhub.database.collation import InOrder
from pmhub.models import Code
from pmhub.numerals import whole_number
from pmhub.text import next_code
from pmhub.views import Page
from pmhub.views.refusals import NotAllowed, not_theirs
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE, fields_of
from programmes.models import Portfolio, Programme
from projects.models import BudgetLine, Project, Template, TemplateKind, TemplateState
from projects.queries.portfolios import of_portfolio
from projects.serializers.creation import BeginningSerializer, ProgrammeBeginningSerializer

USUAL_DAYS = 365
MOST = 300  # records that can be chosen to copy


class CreationPage(Page):
    """A short form for a new project or programme that has figures from the start.

    `kind` is what is begun; `homes` are the models that it can belong to, as the address names
    them; `form` has the `fields`, some with other `labels`. The note `gets` under the form says
    what the new record will have.
    """

    template_name = "creation.html"
    kind: ClassVar[TemplateKind]
    model: ClassVar[Any]
    homes: ClassVar[tuple[Any, ...]]
    form: ClassVar[Any]
    fields: ClassVar[tuple[str, ...]]
    labels: ClassVar[Mapping[str, str]]
    gets: ClassVar[str]

    def crumbs(self) -> list[tuple[str, str]]:
        """Return what it will belong to."""
        return way_to(self.home, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the templates there are, and the form for the one that is chosen, or for a copy."""
        user = self.request.user
        home = self.home = next(filter(None, map(self._named, self.homes)), None)
        if not self._may(home):
            raise self._refused(home)
        whole = getattr(home, "portfolio", home)
        templates = Template.objects.visible_to(user)
        templates = templates.filter(state=TemplateState.IN_USE, kind=self.kind)
        if whole:
            templates = templates.filter(portfolio=whole)
        copied = self._named(self.model, "copy")
        chosen = None if copied else self._named(Template, "template") or templates.first()
        if chosen and chosen.kind != self.kind:
            raise Http404
        whole = whole or (chosen and chosen.portfolio) or (copied and self.portfolio_of(copied))
        sources = self._sources(whole)
        return super().get_context_data(
            empty=not (whole or sources or Portfolio.objects.visible_to(user).exists()),
            kind=self.kind.value,
            home=home,
            name=home and home._meta.model_name,
            templates=templates,
            chosen=chosen,
            copied=copied,
            sources=sources,
            address=self._address(chosen, copied),
            fields=self._fields(home, whole, chosen, copied),
            needed=self._needed(chosen),
            form_style=STYLE,
            unit=formats.money_unit(whole) if whole else "",
            kept=f"&{home._meta.model_name}={home.pk}" if home else "",
            gets=self.gets,
            **kwargs,
        )

    def _named(self, model: Any, name: str = "") -> Any:
        """Return the record that the address names, None where it names none; raises Http404."""
        text = self.request.GET.get(name or model._meta.model_name, "")
        if not text:
            return None
        return get_object_or_404(model.objects.visible_to(self.request.user), pk=whole_number(text))

    def _may(self, home: Any) -> bool:
        user = self.request.user
        if home is None:
            return bool(for_writing(grants_of(user), self.kind).roles)
        return can(user, "write", self.model(**{home._meta.model_name: home}))

    def _refused(self, home: Any) -> NotAllowed:
        there = {home._meta.model_name: home} if home else {}
        title = f"You may not begin a {self.kind.value} here"
        way = self.crumbs()[-1] if home else None
        return not_theirs(title, self.model(**there), self.request.user, way=way)

    def _sources(self, whole: Portfolio | None) -> Any:
        """Return the records that can be copied: (id, code, name)."""
        rows: Any = self.model.objects.visible_to(self.request.user)
        if whole:
            rows = self.of_portfolio(rows, whole)
        return rows.order_by(InOrder("code"), "pk").values_list("pk", "code", "name")[:MOST]

    def _address(self, chosen: Any, copied: Any) -> str:
        """Return the address to which the form is sent; empty where there is no template or
        copy."""
        if copied:
            return f"/api/v1/{self.kind}s/{copied.pk}/copies/"
        return f"/api/v1/templates/{chosen.pk}/{self.kind}s/" if chosen else ""

    @staticmethod
    def _needed(chosen: Template | None) -> list[tuple[str, str]]:
        """Return the roles that the template asks for, each with what is expected."""
        rows = chosen.roles.all() if chosen else ()
        return [(row.get_role_display(), row.about) for row in rows]

    def _fields(self, home: Any, whole: Any, chosen: Any, copied: Any) -> list[Any]:
        form = self.form(context={"request": self.request})
        starts = whole.as_of if whole else timezone.localdate()
        days = chosen.duration_days if chosen else self._length(copied)
        given = {
            "starts_on": starts.isoformat(),
            "finishes_on": (starts + timedelta(days=days)).isoformat(),
            "code": self.code(home, whole),
        }
        if home:
            given[home._meta.model_name] = home.pk
            for other in {*self.homes} - {type(home)}:
                del form.fields[other._meta.model_name]
        elif whole and "programme" not in form.fields:
            given["portfolio"] = whole.pk
        for name, value in given.items():
            form.fields[name].initial = value
        for name in self.withheld(home) if home else ():
            del form.fields[name]
        for name, label in self.labels.items():
            if name in form.fields:
                form.fields[name].label = label
        return fields_of(form, self.fields, unit=formats.money_unit(whole) if whole else "")

    def _length(self, record: Any) -> int:
        """Return how many days the copied record was to last; `USUAL_DAYS` if that is not known."""
        first, last = self.days_of(record) if record else (None, None)
        return max((last - first).days, 1) if first and last else USUAL_DAYS

    # What each kind says

    def withheld(self, home: Any) -> tuple[str, ...]:
        """Return the fields that somebody else sets of what is begun there."""
        raise NotImplementedError

    @staticmethod
    def portfolio_of(record: Any) -> Portfolio:
        """Return the portfolio that a record of the kind belongs to."""
        raise NotImplementedError

    @staticmethod
    def of_portfolio(rows: QuerySet, whole: Portfolio) -> QuerySet:
        """Return the rows that belong to a portfolio."""
        raise NotImplementedError

    @staticmethod
    def days_of(record: Any) -> tuple[date | None, date | None]:
        """Return when it was to begin and to end."""
        raise NotImplementedError

    @staticmethod
    def code(home: Any, whole: Any) -> str:
        """Return the code that is suggested for a new record."""
        raise NotImplementedError


class NewProject(CreationPage):
    """A short form for a project."""

    title = "New project"
    kind, model, form = TemplateKind.PROJECT, Project, BeginningSerializer
    homes = (Programme, Portfolio)
    fields = ("name", "code", "programme", "portfolio", "starts_on", "finishes_on", "budget",
              "project_manager")  # fmt: skip
    labels = {"starts_on": "Starts", "finishes_on": "Finishes", "budget": "Approved budget"}
    gets = "It gets milestones, and with a budget an approved plan to be measured against."

    def withheld(self, home: Any) -> tuple[str, ...]:
        """Its budget, where the user approves none."""
        line = BudgetLine(project=Project(**{home._meta.model_name: home}))
        return () if line.set_by["approved"].allows(self.request.user, line) else ("budget",)

    @staticmethod
    def portfolio_of(record: Any) -> Portfolio:
        """Return the portfolio of its programme, or its own."""
        portfolio: Portfolio = record.owner_portfolio
        return portfolio

    @staticmethod
    def of_portfolio(rows: QuerySet, whole: Portfolio) -> QuerySet:
        """Return the projects of its programmes, and those that stand alone in it."""
        return rows.filter(of_portfolio(whole))

    @staticmethod
    def days_of(record: Any) -> tuple[date | None, date | None]:
        """Return its forecast start and finish."""
        return record.forecast_start, record.forecast_finish

    @staticmethod
    def code(home: Any, whole: Any) -> str:
        """Return the code after the highest in its programme or portfolio, or the first one for
        it."""
        if home is None or whole is None:
            return ""
        code = next_code(home.projects.values_list("code", flat=True)) or f"{home.code}-01"
        used = Code.like(Project, code, whole.pk)
        return next_code([*used]) or code


class NewProgramme(CreationPage):
    """A short form for a programme."""

    title = "New programme"
    kind, model, form = TemplateKind.PROGRAMME, Programme, ProgrammeBeginningSerializer
    homes = (Portfolio,)
    fields = ("name", "code", "portfolio", "vision", "starts_on", "finishes_on",
              "contingency_budget", "sro", "programme_manager", "bcm")  # fmt: skip
    labels = {
        "vision": "What it is for",
        "starts_on": "Starts",
        "finishes_on": "Is to end",
        "contingency_budget": "Contingency",
        "sro": "Senior responsible owner",
        "bcm": "Business change manager",
    }
    gets = "It gets tranches, outcomes and risks to be judged; its projects are begun next."

    def withheld(self, home: Any) -> tuple[str, ...]:
        """Its contingency, where the user sets none."""
        name, row = "contingency_budget", Programme(portfolio=home)
        return () if row.set_by[name].allows(self.request.user, row) else (name,)

    @staticmethod
    def portfolio_of(record: Any) -> Portfolio:
        """Return the portfolio in which it is."""
        portfolio: Portfolio = record.portfolio
        return portfolio

    @staticmethod
    def of_portfolio(rows: QuerySet, whole: Portfolio) -> QuerySet:
        """Return the rows of the portfolio."""
        return rows.filter(portfolio=whole)

    @staticmethod
    def days_of(record: Any) -> tuple[date | None, date | None]:
        """Return when it was to begin and to end."""
        return record.starts_on, record.planned_end_on

    @staticmethod
    def code(home: Any, whole: Any) -> str:
        """Return no suggestion: the code of a programme is a word."""
        return ""
