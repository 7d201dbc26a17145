"""The what-if page of a programme: its scenarios side by side, their changes, and small forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from rest_framework.serializers import DecimalField, IntegerField

from pmhub import formats
from pmhub.access import can
from pmhub.page_addresses import address_of
from pmhub.views import LivePage, Page
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE
from programmes import queries
from programmes.models import (
    BenefitAssumption,
    Scenario,
    ScenarioChange,
    ScenarioState,
)
from programmes.queries.whatif.comparison import MOST, Column
from programmes.queries.whatif.scenarios import Freshness, scenarios_stamp
from programmes.queries.whatif.sentences import is_unnamed, writes
from programmes.serializers.whatif.adding_forms import SCENARIO_FORMS
from programmes.serializers.whatif.scenarios import ScenarioSerializer
from programmes.views.rows import find_programme
from programmes.views.whatif.rows import figure, project, totals, year

SHARES = ("residual_probability", "confidence")
ROLES = {
    "programme_manager": "manages",
    "project_manager": "manages",
    "benefit_owner": "owns",
    "risk_owner": "owns",
    "giver": "gives",
    "receiver": "receives",
}


SCENARIO = 4000  # bytes of one, about


def _size_of(scenarios: Sequence[Scenario]) -> int:
    return SCENARIO * (1 + len(scenarios))


class OneScenario(Page):
    """The address of one scenario, which leads to the page of all scenarios of its programme."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
        """Redirect to that page; raises Http404 where there is no such scenario for this user."""
        row = get_object_or_404(Scenario.objects.visible_to(request.user), pk=self.kwargs["pk"])
        there = address_of("programme-what-if", row.programme_id)
        return redirect(f"{there}?scenario={row.pk}#scenario-{row.pk}")


class WhatIfPage(LivePage):
    """What would happen, before it is decided."""

    template_name = "programmes/whatif_page.html"
    region_template_name = "programmes/whatif.html"
    about = "What-if"
    caching = Caching.BY_READS

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the scenarios."""
        return "scenarios_list", f"/api/v1/scenarios/?programme={self.kwargs['pk']}"

    def find(self) -> None:
        """Find the programme and the scenarios that are shown; raises Http404."""
        user = self.request.user
        self.programme = find_programme(user, self.kwargs["pk"])
        self.title = f"What-if, {self.programme.code}"
        self.everything = self.kept(
            "scenarios", lambda: queries.scenarios_of(self.programme, user), _size_of,
            of_found=False,
        )  # fmt: skip
        asked = set(self.request.GET.getlist("scenario"))
        chosen = [scenario for scenario in self.everything if str(scenario.pk) in asked]
        self.chosen = (chosen or self.everything)[-MOST:]
        self.may_write = can(user, "write", Scenario(programme=self.programme))

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme."""
        return way_to(self.programme, self.request.user)

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the figures, and of the scenarios with all that they touch."""
        now = queries.freshness_of(self.programme.pk)
        stamp = self.kept("stamp", lambda: scenarios_stamp(self.programme), len, of_found=False)
        asked = self.request.GET.urlencode()
        return f"{now.etag}-{self.programme.version}-{stamp}-{asked}", now.state

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return {address_of("programme", self.programme.pk): "true"}

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        programme = self.programme
        comparison = queries.comparison(programme, self.chosen, self.request.user)
        every = self.request.GET.get("rows") == "all"
        edited, names = self.edited(), [scenario.name for scenario in self.chosen]
        return {
            **super().region_context(),
            "programme": programme,
            "tab": "what-if",
            "unit": formats.money_unit(programme.portfolio),
            "rollup": comparison.now,
            "zone": programme.portfolio.time_zone,
            "as_of": comparison.now.as_of,
            "every": every,
            "may_write": self.may_write,
            "everything": [
                {"id": scenario.pk, "name": scenario.name, "chosen": scenario in self.chosen}
                for scenario in self.everything
            ],
            "most": MOST,
            "columns": [column(side, edited, self.request.user) for side in comparison.columns],
            "figures": [
                figure(row, names, programme)
                for row in comparison.figures
                if every or row.moves or row.metric.compared
            ],
            "projects": [project(row, names) for row in comparison.projects],
            "years": [year(row, names) for row in comparison.years],
            "totals": totals(comparison.years, names),
            "others": [
                {
                    "programme": other,
                    "unit": formats.money_unit(other.portfolio),
                    "figures": [figure(row, names, other) for row in rows],
                }
                for other, rows in comparison.others
            ],
            **self.forms(edited),
        }

    def edited(self) -> Scenario | None:
        """Return the scenario that is being edited: the one that the address names, else the
        last."""
        if not self.may_write or not self.chosen:
            return None
        asked = self.request.GET.get("edit", "")
        return next((row for row in self.chosen if str(row.pk) == asked), self.chosen[-1])

    def forms(self, edited: Scenario | None) -> dict[str, Any]:
        """Return a form for a new scenario, and those that add changes to the edited one."""
        if not self.may_write:
            return {}
        context = {"request": self.request}
        new = ScenarioSerializer(context=context)
        new.fields["benefit_assumption"].initial = Scenario().benefit_assumption
        unit = formats.money_unit(self.programme.portfolio)
        parts: dict[str, Any] = {
            "form_style": STYLE,
            "new_form": bound(new, ("name", "description", "benefit_assumption"), "new-", unit),
        }
        if edited is not None:
            parts["composing"] = [
                {
                    "kind": kind,
                    "title": form.title,
                    "says": form.says,
                    "address": f"/api/v1/scenarios/{edited.pk}/{kind}/",
                    "fields": bound(
                        made := form(context={**context, "record": edited}),
                        tuple(made.fields),
                        f"{kind}-",
                        unit,
                    ),
                }
                for kind, form in SCENARIO_FORMS.items()
            ]
        return parts


def bound(serializer: Any, names: Sequence[str], prefix: str, unit: str) -> list[Any]:
    """Return these fields of a serializer as fields of a form, with a prefix in their ids; money
    has its unit."""
    for name in names:
        field = serializer.fields[name]
        field.style = {**field.style, "prefix": prefix}
        if isinstance(field, DecimalField):
            money = "" if name in SHARES or name == "target_value" else unit
            field.style |= {"inputmode": "decimal", "unit": money, "share": name in SHARES}
        elif isinstance(field, IntegerField):
            field.style |= {"inputmode": "numeric"}
    return [serializer[name] for name in names]


# A scenario


def column(side: Column, edited: Scenario | None, user: Any) -> dict[str, Any]:
    """Return a scenario as a column."""
    scenario, tried, trial = side.scenario, side.tried, side.tried.trial
    told = writes(side.changes, user)
    changes = [
        {
            **change_row(change, side.freshness[change.pk], side.changes),
            **told[change.pk],
            "unnamed": is_unnamed(change),
        }
        for change in side.changes
    ]
    return {
        "id": scenario.pk,
        "name": scenario.name,
        "description": scenario.description,
        "version": scenario.version,
        "editing": scenario == edited,
        "draft": scenario.state == ScenarioState.DRAFT,
        "assumption": scenario.get_benefit_assumption_display(),
        "assumptions": [
            (value, words, value == scenario.benefit_assumption)
            for value, words in BenefitAssumption.choices
        ],
        "state": tried.state.word,
        "moved": ", ".join(moved.code for moved in tried.moved) or "another programme",
        "tried_at": trial and trial.tried_at,
        "tried_by": trial and trial.tried_by and trial.tried_by.called,
        "changes": changes,
        "open": sum(not change["adopted_at"] for change in changes),
        "stale": sum(change["stale"] for change in changes),
        "people": [
            {"name": person.person.name, "reasons": reasons(person.reasons)}
            for person in side.people
        ],
        "hidden_programmes": side.hidden_programmes,
        "hidden_projects": side.hidden_projects,
    }


def change_row(
    change: ScenarioChange, stand: Freshness, changes: Sequence[ScenarioChange]
) -> dict[str, Any]:
    """Return a change as a row."""
    place = [row.pk for row in changes].index(change.pk) + 1
    since = stand.since or {}
    return {
        "id": change.pk,
        "title": change.title,
        "version": change.version,
        "place": place,
        "up": place - 1,
        "down": place + 1 if place < len(changes) else 0,
        "adopted_at": change.adopted_at,
        "adopted_by": change.adopted_by and change.adopted_by.called,
        "stale": stand.stale,
        "gone": stand.gone,
        "since_by": (since.get("by") or {}).get("name"),
        "since_at": since.get("at"),
        "since_fields": ", ".join(formats.says(name) for name in since.get("fields_changed", ())),
    }


def reasons(given: Sequence[tuple[str, str, queries.Source]]) -> str:
    """Return why somebody is asked, in words: gives D19; manages CAM-02."""
    words = [f"{ROLES[role]} {about or source.code}" for role, about, source in given]
    return ", ".join(dict.fromkeys(words))


# Side by side
