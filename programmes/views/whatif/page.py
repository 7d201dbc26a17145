"""The what-if page of a programme: its scenarios side by side, their changes, and small forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from rest_framework.serializers import DecimalField, IntegerField

from pmhub import formats
from pmhub.access import can
from pmhub.addresses import address_of
from pmhub.queries import called
from pmhub.views import LivePage, Page
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.way import way_to
from programmes import queries
from programmes.health import CLOSED, TERMINATED
from programmes.models import (
    BenefitAssumption,
    Programme,
    Scenario,
    ScenarioChange,
    ScenarioState,
)
from programmes.queries.whatif.comparison import MOST, Column, FigureRow, ProjectRow, YearRow
from programmes.queries.whatif.scenarios import Freshness, scenarios_stamp
from programmes.queries.whatif.sentences import is_unnamed, writes
from programmes.queries.whatif.verdicts import UNASSUMED, Ends
from programmes.rollup.ledger import Metric, Unit
from programmes.serializers.whatif.adding_forms import SCENARIO_FORMS
from programmes.serializers.whatif.scenarios import ScenarioSerializer
from programmes.views.rows import find_programme, page_of

# What besides benefits that are at stake keeps one from telling whether a figure is better.
UNCLEAR = {
    "benefits_at_stake": "a project stops",
    "project_left": "a project leaves and its benefits stay",
    "benefits_stay": "costs that come later look smaller",
    "nothing_assumed": "nothing is assumed of benefits",
}
NOT_KNOWN, ZERO = "not known", Decimal(0)
SHARES = ("residual_probability", "confidence")
ROLES = {
    "programme_manager": "manages",
    "project_manager": "manages",
    "benefit_owner": "owns",
    "risk_owner": "owns",
    "giver": "gives",
    "receiver": "receives",
}


class OneScenario(Page):
    """The address of one scenario: its place among those of its programme."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
        """Lead there; 404 where there is none, or not for this person."""
        row = get_object_or_404(Scenario.objects.visible_to(request.user), pk=self.kwargs["pk"])
        there = address_of("programme-what-if", row.programme_id)
        return redirect(f"{there}?scenario={row.pk}#scenario-{row.pk}")


class WhatIfPage(LivePage):
    """What would happen, before it is decided."""

    template_name = "programmes/whatif_page.html"
    region_template_name = "programmes/whatif.html"
    about = "What-if"

    def in_rest(self) -> tuple[str, str]:
        """The scenarios as data."""
        return "scenarios_list", f"/api/v1/scenarios/?programme={self.kwargs['pk']}"

    def find(self) -> None:
        """The programme, for whom it exists, and the scenarios that are shown."""
        user = self.request.user
        self.programme = find_programme(user, self.kwargs["pk"])
        self.title = f"What-if, {self.programme.code}"
        self.everything = queries.scenarios_of(self.programme, user)
        asked = set(self.request.GET.getlist("scenario"))
        chosen = [each for each in self.everything if str(each.pk) in asked]
        self.chosen = (chosen or self.everything)[-MOST:]
        self.may_write = can(user, "write", Scenario(programme=self.programme))

    def crumbs(self) -> list[tuple[str, str]]:
        """Portfolio, programme."""
        return way_to(self.programme, self.request.user)

    def stamp(self) -> tuple[str, str]:
        """Return how the figures stand, and the scenarios with what they touch."""
        now = queries.standing(self.programme.pk)
        stamp = scenarios_stamp(self.programme)
        asked = self.request.GET.urlencode()
        return f"{now.etag}-{self.programme.version}-{stamp}-{asked}", now.state

    def places(self) -> dict[str, str]:
        """The programme."""
        return {address_of("programme", self.programme.pk): "true"}

    def region_context(self) -> dict[str, Any]:
        """Everything the page shows."""
        programme = self.programme
        found = queries.comparison(programme, self.chosen, self.request.user)
        every = self.request.GET.get("rows") == "all"
        edited, names = self.edited(), [each.name for each in self.chosen]
        return {
            **super().region_context(),
            "programme": programme,
            "tab": "what-if",
            "unit": formats.money_unit(programme.portfolio),
            "rollup": found.now,
            "zone": programme.portfolio.time_zone,
            "as_of": found.now.as_of,
            "every": every,
            "may_write": self.may_write,
            "everything": [
                {"id": each.pk, "name": each.name, "chosen": each in self.chosen}
                for each in self.everything
            ],
            "most": MOST,
            "columns": [column(each, edited, self.request.user) for each in found.columns],
            "figures": [
                figure(row, names, programme)
                for row in found.figures
                if every or row.moves or row.metric.compared
            ],
            "projects": [project(row, names) for row in found.projects],
            "years": [year(row, names) for row in found.years],
            "totals": totals(found.years, names),
            "others": [
                {
                    "programme": other,
                    "unit": formats.money_unit(other.portfolio),
                    "figures": [figure(row, names, other) for row in rows],
                }
                for other, rows in found.others
            ],
            **self.forms(edited),
        }

    def edited(self) -> Scenario | None:
        """The scenario that is being written: the one asked for, else the last."""
        if not self.may_write or not self.chosen:
            return None
        asked = self.request.GET.get("edit", "")
        return next((each for each in self.chosen if str(each.pk) == asked), self.chosen[-1])

    def forms(self, edited: Scenario | None) -> dict[str, Any]:
        """A form for a new scenario, and those that add changes to the one being written."""
        if not self.may_write:
            return {}
        context = {"request": self.request}
        new = ScenarioSerializer(context=context)
        new.fields["benefit_assumption"].initial = Scenario().benefit_assumption
        unit = formats.money_unit(self.programme.portfolio)
        found: dict[str, Any] = {
            "form_style": STYLE,
            "new_form": bound(new, ("name", "description", "benefit_assumption"), "new-", unit),
        }
        if edited is not None:
            found["composing"] = [
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
        return found


def bound(serializer: Any, names: Sequence[str], prefix: str, unit: str) -> list[Any]:
    """These fields of a serializer for a form, their ids with a prefix; money says its unit."""
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


def column(found: Column, edited: Scenario | None, user: Any) -> dict[str, Any]:
    """Return what the page shows of a scenario."""
    scenario, tried, trial = found.scenario, found.tried, found.tried.trial
    told = writes(found.changes, user)
    changes = [
        {
            **change_row(change, found.freshness[change.pk], found.changes),
            **told[change.pk],
            "unnamed": is_unnamed(change),
        }
        for change in found.changes
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
        "moved": ", ".join(each.code for each in tried.moved) or "another programme",
        "tried_at": trial and trial.tried_at,
        "tried_by": trial and trial.tried_by and called(trial.tried_by),
        "changes": changes,
        "open": sum(not change["adopted_at"] for change in changes),
        "stale": sum(change["stale"] for change in changes),
        "people": [
            {"name": person.person.name, "reasons": reasons(person.reasons)}
            for person in found.people
        ],
        "hidden_programmes": found.hidden_programmes,
        "hidden_projects": found.hidden_projects,
    }


def change_row(
    change: ScenarioChange, stand: Freshness, changes: Sequence[ScenarioChange]
) -> dict[str, Any]:
    """Return what the page shows of a change."""
    place = [each.pk for each in changes].index(change.pk) + 1
    since = stand.since or {}
    return {
        "id": change.pk,
        "title": change.title,
        "version": change.version,
        "place": place,
        "up": place - 1,
        "down": place + 1 if place < len(changes) else 0,
        "adopted_at": change.adopted_at,
        "adopted_by": change.adopted_by and called(change.adopted_by),
        "stale": stand.stale,
        "gone": stand.gone,
        "since_by": (since.get("by") or {}).get("name"),
        "since_at": since.get("at"),
        "since_fields": ", ".join(formats.says(each) for each in since.get("fields_changed", ())),
    }


def reasons(given: Sequence[tuple[str, str, queries.Source]]) -> str:
    """Return why somebody is asked: gives D19; manages CAM-02."""
    words = [f"{ROLES[role]} {about or source.code}" for role, about, source in given]
    return ", ".join(dict.fromkeys(words))


# Side by side


def figure(row: FigureRow, names: Sequence[str], programme: Programme) -> dict[str, Any]:
    """A row of figures."""
    metric = row.metric
    bounds = queries.bounds_of(metric, programme)
    return {
        "name": metric.name,
        "label": metric.label,
        "status": metric.unit == Unit.STATUS,
        "now": shown(metric, row.now, bounds),
        "now_value": row.now,
        "cells": named(
            names,
            [
                cell(metric, ends, found, bounds) if ends and found else None
                for ends, found in zip(row.ends, row.verdicts, strict=True)
            ],
        ),
    }


def named(
    names: Sequence[str], cells: Sequence[Mapping[str, Any] | None]
) -> list[Mapping[str, Any]]:
    """Cells with the scenario each is of; one that was not tried has no value."""
    return [{"of": name, **(cell or {})} for name, cell in zip(names, cells, strict=True)]


def shown(metric: Metric, value: Any, bounds: Sequence[Decimal]) -> str:
    """A value in the look of its unit, on its side of the bounds of its colours."""
    return formats.NOTHING if value is None else formats.looks(value, str(metric.unit), bounds)


def cell(
    metric: Metric, ends: Ends, verdict: queries.Verdict, bounds: Sequence[Decimal]
) -> dict[str, Any]:
    """A figure in a scenario: its value, by how much it changes, and whether that is good, or why
    it cannot be told."""
    recorded, told = ends[1], verdict.expected
    value = recorded if told is None else told
    change = queries.difference(metric, (ends[0], value))
    unknown = verdict.reason == UNASSUMED
    return {
        "value": NOT_KNOWN if unknown else shown(metric, value, bounds),
        "raw": value,
        "difference": differs(metric, change),
        "verdict": verdict.word,
        "says": why(verdict) if verdict.word == "unclear" else verdict.word,
        "recorded": "" if told in (None, recorded) else shown(metric, recorded, bounds),
    }


def why(verdict: queries.Verdict) -> str:
    """Return why it cannot be told what a change is worth."""
    if verdict.at_stake:
        return f"cannot tell: benefits at stake {formats.money(verdict.at_stake)}"
    return f"cannot tell: {UNCLEAR[verdict.reason]}"


def differs(metric: Metric, change: Decimal | None) -> str:
    """A difference with its sign; nothing where there is none, or where it is one of levels."""
    if not change or metric.unit == Unit.STATUS:
        return ""
    if metric.unit in (Unit.DATE, Unit.DAYS):
        return formats.days_off(change)
    if metric.unit == Unit.RATIO:
        return formats.signed(change, 2 if abs(change) >= Decimal("0.005") else 4)
    return formats.signed(change)


def project(row: ProjectRow, names: Sequence[str]) -> dict[str, Any]:
    """A project that some scenario moves."""
    return {
        "code": row.project.code,
        "name": row.project.name,
        "address": page_of(row.project.pk),
        "finish": row.finish,
        "health": row.health,
        "cells": named(
            names,
            [
                ends and _finish(*ends, stopping=stopping)
                for ends, stopping in zip(row.ends, row.stops, strict=True)
            ],
        ),
    }


def _finish(days: tuple[Any, Any], health: tuple[str, str], *, stopping: bool) -> dict[str, Any]:
    ends = health[1] in (CLOSED, TERMINATED) and health[0] != health[1]
    later = (days[1] - days[0]).days if days[0] and days[1] and not ends else 0
    return {
        "finish": days[1],
        "ends": ends,
        "days": later,
        "verdict": "worse" if later > 0 else "better" if later and not stopping else "",
        "health": health[1] if health[0] != health[1] else "",
    }


def year(row: YearRow, names: Sequence[str]) -> dict[str, Any]:
    """A fiscal year: planned and forecast now, expected in each scenario."""
    return {
        "label": f"FY{row.year}",
        "planned": row.planned,
        "forecast": row.forecast,
        "cells": named(
            names,
            [
                amounts(scenario.forecast, scenario.expected) if scenario else None
                for scenario in row.scenarios
            ],
        ),
    }


def amounts(forecast: tuple[Decimal, Decimal], expected: Decimal | None) -> Mapping[str, Any]:
    """Return what is to be expected, and by how much it differs from the forecast when it was
    tried; None where that is not known."""
    if expected is None:
        return {"value": None}
    change = expected - forecast[0]
    return {
        "value": expected,
        "difference": change or None,
        "verdict": "better" if change > 0 else "worse",
    }


def totals(rows: Sequence[YearRow], names: Sequence[str]) -> dict[str, Any] | None:
    """The sums of all years."""
    if not rows:
        return None
    columns = []
    for each in zip(*(row.scenarios for row in rows), strict=True):
        known = [moved for moved in each if moved]
        before = sum((moved.forecast[0] for moved in known), Decimal(0))
        expected = [moved.expected for moved in known]
        then = None if None in expected else sum((each or Decimal(0) for each in expected), ZERO)
        columns.append(amounts((before, before), then) if known else None)
    return {
        "planned": sum((row.planned for row in rows), Decimal(0)),
        "forecast": sum((row.forecast for row in rows), Decimal(0)),
        "cells": named(names, columns),
    }
