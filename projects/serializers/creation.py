"""What is asked of a user who begins a project or a programme, and what it begins with: taken from
a template or from another project or programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rest_framework import serializers

from benefits.realisation.periods import fiscal_year
from pmhub.models import Person, home_portfolio
from pmhub.serializers import Day, InputSerializer, Related
from pmhub.serializers.fields import LONGEST_TEXT, Amount, Text
from programmes.models import Portfolio, Programme
from projects.models import EntryRegister, Output, Project, Template
from projects.models.states import OutputState
from projects.models.template import nearest_day
from projects.services import PlannedEntry

# The reason of a copy's first plan: its readers may not see the original, so it names none.
AS_ANOTHER = "As in what this is a copy of"
LONGEST_CODE = 16  # so that its milestones have room for a number of their own
Body = dict[str, Any]
# The fields that a copy takes from the original, beside its plan.
OF_A_PROJECT = ("objective", "delivery_approach", "regulated", "complexity")
OF_A_PROGRAMME = ("vision", "target_operating_model", "governance_type", "governance",
                  "funding_approach")  # fmt: skip


def check_order(attrs: dict[str, Any]) -> None:
    """Refuse a finish before the start."""
    last = attrs.get("finishes_on")
    if last is not None and last < attrs["starts_on"]:
        text = "This is before the start: give that day or a later one."
        raise serializers.ValidationError({"finishes_on": text})


def money(says: str) -> Amount:
    """Return the field of an optional amount of money; `says` is the hint beside it."""
    return Amount(min_value=0, required=False, allow_null=True, help_text=says)


def person() -> Related:
    """Return the field of an optional person who takes a post."""
    return Related(queryset=Person.objects.all(), required=False, allow_null=True)


class BeginningSerializer(InputSerializer):
    """The few facts that a project needs for its first figures: where it belongs, its name, its
    start and finish, and its budget."""

    code = Text(max_length=LONGEST_CODE)
    name = Text(max_length=200)
    programme = Related(queryset=Programme.objects.all(), required=False, allow_null=True)
    portfolio = Related(
        queryset=Portfolio.objects.all(),
        required=False,
        allow_null=True,
        help_text="For a project that stands alone",
    )
    project_manager = person()
    starts_on = Day()
    finishes_on = Day()
    budget = money("Approved; left empty, the project has no plan to be measured against yet")

    def paid_by(self, values: Mapping[str, Any], record: Any) -> Any:
        """Return the portfolio of the programme that is given, or the portfolio that is given."""
        return home_portfolio(values.get("programme") or values.get("portfolio"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the finish is not before the start, and that exactly one of programme and
        portfolio is given."""
        check_order(attrs)
        if bool(attrs.get("programme")) == bool(attrs.get("portfolio")):
            text = "Give exactly one: programme or portfolio."
            raise serializers.ValidationError({"programme": text})
        return attrs


class ProgrammeBeginningSerializer(InputSerializer):
    """The few facts that a programme needs for its first figures: its name and purpose, its start
    and, if that is known, its end, who leads it, and the contingency that is kept for it."""

    code = Text(max_length=LONGEST_CODE)
    name = Text(max_length=200)
    portfolio = Related(queryset=Portfolio.objects.all())
    vision = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    sro = person()
    programme_manager = person()
    bcm = person()
    starts_on = Day()
    finishes_on = Day(
        required=False, allow_null=True, help_text="Left empty, it goes on until it is closed"
    )
    contingency_budget = money(
        "What is kept back for what may happen; its projects bring their own budgets"
    )

    def paid_by(self, values: Mapping[str, Any], record: Any) -> Any:
        """Return the portfolio that is given."""
        return values["portfolio"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the finish is not before the start."""
        check_order(attrs)
        return attrs


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a new project or programme begins with: values of its own `fields`; `milestones` (title,
    kind, key, day) in the order of their days; `entries` of its registers; the `reason` of its
    first plan; and in `kept` the template, with its version, that it refers to."""

    fields: Body
    milestones: Sequence[tuple[str, str, bool, date]]
    entries: Sequence[PlannedEntry]
    reason: str
    kept: Body

    @classmethod
    def of_template(cls, template: Template, body: Body) -> Pattern:
        """Return the pattern of a template, with days that fit the given start and finish."""
        days: Any = (body["starts_on"], body.get("finishes_on"))
        rows = [
            (milestone.title, milestone.kind, milestone.key, milestone.day(*days))
            for milestone in template.milestones.all()
        ]
        entries = [
            PlannedEntry(entry.register, entry.title, entry.about, entry.day(*days))
            for entry in template.entries.all()
        ]
        reason = f"As the template {template.name}"
        kept = {"template": template, "template_version": template.version}
        return cls({}, sorted(rows, key=lambda row: row[3]), entries, reason, kept)

    @classmethod
    def of_project(cls, project: Project, body: Body) -> Pattern:
        """Return the pattern of a copy of a project, with the planned days moved to the given start
        and finish."""
        rows = [
            (milestone.title, milestone.kind, milestone.key, on)
            for milestone in project.milestones.all()
            if (on := milestone.baseline_on or milestone.forecast_on)
        ]
        plan = project.baselines.filter(approved_on__isnull=False).order_by("-number").first()
        first = plan.starts_on if plan else project.forecast_start
        first = first or min((row[3] for row in rows), default=body["starts_on"])
        moved: Any = [(*kept, shifted_day(on, first, body)) for *kept, on in rows]
        outputs: Any = Output.objects.filter(project=project).exclude(state=OutputState.DESCOPED)
        entries = [
            PlannedEntry(
                EntryRegister.OUTPUTS, output.title, output.acceptance_criteria,
                output.planned_on and shifted_day(output.planned_on, first, body),
            )
            for output in outputs
        ]  # fmt: skip
        fields = {name: getattr(project, name) for name in OF_A_PROJECT}
        ordered = sorted(moved, key=lambda row: row[3])
        return cls(fields, ordered, entries, AS_ANOTHER, template_of(project, body))

    @classmethod
    def of_programme(cls, programme: Programme, body: Body) -> Pattern:
        """Return the pattern of a copy of a programme: its outcomes, and its tranches with their
        days moved to the given start and finish."""
        first = programme.starts_on or body["starts_on"]
        tranches = [
            PlannedEntry(
                EntryRegister.TRANCHES, tranche.name, tranche.landing_point,
                tranche.ends_on and shifted_day(tranche.ends_on, first, body),
            )
            for tranche in programme.tranches.all()
        ]  # fmt: skip
        outcomes = [
            PlannedEntry(EntryRegister.OUTCOMES, outcome.title, outcome.future_state)
            for outcome in programme.outcomes.all()
        ]
        fields = {name: getattr(programme, name) for name in OF_A_PROGRAMME}
        kept = template_of(programme, body)
        return cls(fields, [], tranches + outcomes, AS_ANOTHER, kept)

    def with_approach(self, template: Template) -> Pattern:
        """Return the pattern with the delivery approach and the regulation of a template, where it
        has none of its own."""
        names = ("delivery_approach", "regulated")
        own = {name: getattr(template, name) for name in names}
        return replace(self, fields=own | self.fields)


def template_of(row: Any, body: Body) -> Body:
    """Return the template, with its version, that a copy of a project or programme keeps; nothing
    where the template is of another portfolio than the copy."""
    template = row.template
    there = body["programme"].portfolio if body.get("programme") else body["portfolio"]
    if template is None or template.portfolio != there:
        return {}
    return {"template": template, "template_version": row.template_version}


def shifted_day(on: date, first: date, body: Body) -> date:
    """Return the day that is as far from the new start as `on` is from `first`; a day outside the
    new start and finish becomes the nearest of them."""
    start, finish = body["starts_on"], body.get("finishes_on")
    return nearest_day(start + (on - first), start, finish)


def programme_body(body: Body, pattern: Pattern) -> Body:
    """Return the body with which the programme is created; values in the request replace those of
    the pattern."""
    given = {name: value for name, value in body.items() if value not in (None, "")}
    posts: Body = {
        name: given.pop(name).pk for name in ("sro", "programme_manager") if name in given
    }
    if bcm := given.pop("bcm", None):
        posts["bcms"] = [bcm.pk]
    last = given.pop("finishes_on", None)
    days = {
        "starts_on": given.pop("starts_on").isoformat(),
        "planned_end_on": last and last.isoformat(),
    }
    if "contingency_budget" in given:
        given["contingency_budget"] = str(given["contingency_budget"])
    return {**pattern.fields, **given, **posts, **days, "portfolio": given["portfolio"].pk}


def project_body(body: Body, pattern: Pattern) -> Body:
    """Return the body with which the project is created."""
    days = {
        "forecast_start": body["starts_on"].isoformat(),
        "forecast_finish": body["finishes_on"].isoformat(),
    }
    given = {
        name: body[name].pk
        for name in ("programme", "portfolio", "project_manager")
        if body.get(name)
    }
    return {**pattern.fields, **given, **days, "code": body["code"], "name": body["name"]}


def plan_bodies(body: Body, pattern: Pattern, home: Portfolio) -> Iterator[tuple[str, Body]]:
    """Yield the kind and the body of each record of the plan: the first budget line, the first
    baseline and the milestones; without a budget, the milestones only."""
    code = body["code"]
    if (budget := body.get("budget")) is not None:
        yield "budget_line", _first_line(body, str(budget), home)
        yield "baseline", _first_plan(body, str(budget), home, pattern.reason)
    for number, (title, kind, key, on) in enumerate(pattern.milestones, 1):
        day = on.isoformat()
        yield "milestone", {
            "code": f"{code}-M{number}", "title": title, "kind": kind, "key": key,
            "baseline_on": day, "forecast_on": day,
        }  # fmt: skip


def _first_line(body: Body, budget: str, home: Portfolio) -> Body:
    year = fiscal_year(body["starts_on"], home.fiscal_year_start_month)
    amounts = {"baseline": budget, "approved": budget, "fiscal_year": year}
    return {"code": f"{body['code']}-B1", **amounts}


def _first_plan(body: Body, budget: str, home: Portfolio, reason: str) -> Body:
    """Return the body of the first baseline: the whole budget, planned evenly from the start to the
    finish."""
    start, finish = body["starts_on"].isoformat(), body["finishes_on"].isoformat()
    profile = [[finish, budget]]
    if finish > start:
        profile.insert(0, [start, "0"])
    return {
        "number": 1,
        "approved_on": home.as_of.isoformat(),
        "starts_on": start,
        "finishes_on": finish,
        "budget_at_completion": budget,
        "planned_value_profile": profile,
        "reason": reason,
    }
