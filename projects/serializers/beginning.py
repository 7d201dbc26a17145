"""Templates of projects, and what is asked of who begins a project from one or from a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rest_framework import serializers

from benefits.realisation.periods import fiscal_year
from pmhub.models import Person
from pmhub.serializers import HEAD, RECORD, Asked, Day, NoCode, Number, RecordSerializer, Related
from pmhub.serializers.fields import Text
from programmes.models import Portfolio, Programme
from projects.models import Project, Template, TemplateMilestone

LONGEST_CODE = 16  # so that its milestones have room for a number of their own


class TemplateSerializer(RecordSerializer):
    """How projects of a kind begin. Its version rises with its milestones too."""

    class Meta(RecordSerializer.Meta):
        model = Template
        fields = [
            *HEAD, "portfolio", "name", "about", "delivery_approach", "regulated", "duration_days",
            "state", *RECORD,
        ]  # fmt: skip


class TemplateMilestoneSerializer(RecordSerializer):
    """A milestone that projects from a template have from the start."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateMilestone
        fields = [*HEAD, "template", "title", "kind", "anchor", "offset_days", "key", *RECORD]
        derived = ("code",)


class BeginningSerializer(Asked):
    """The few things that a project needs to have first figures: where it belongs, what it is
    called, when it begins and ends, and for how much money."""

    code = Text(max_length=LONGEST_CODE)
    name = Text(max_length=200)
    programme = Related(queryset=Programme.objects.all(), required=False, allow_null=True)
    portfolio = Related(
        queryset=Portfolio.objects.all(),
        required=False,
        allow_null=True,
        help_text="For a project that stands alone",
    )
    project_manager = Related(queryset=Person.objects.all(), required=False, allow_null=True)
    starts_on = Day()
    finishes_on = Day()
    budget = Number(
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="Approved; left empty, the project has no plan to be measured against yet",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It ends after it begins, in a programme or alone."""
        if attrs["finishes_on"] < attrs["starts_on"]:
            raise serializers.ValidationError({"finishes_on": "It ends after it begins."})
        if bool(attrs.get("programme")) == bool(attrs.get("portfolio")):
            text = "Give exactly one: programme or portfolio."
            raise serializers.ValidationError({"programme": text})
        return attrs


def home_of(asked: dict[str, Any]) -> Portfolio:
    """Return the portfolio that a project would belong to."""
    home: Portfolio = asked["programme"].portfolio if asked.get("programme") else asked["portfolio"]
    return home


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a project begins with: its own fields, and milestones (title, kind, key, day). What it
    keeps is the template, in its version: one of its own portfolio."""

    fields: dict[str, Any]
    milestones: Sequence[tuple[str, str, bool, date]]
    reason: str
    kept: dict[str, Any]

    @classmethod
    def of_template(cls, template: Template, asked: dict[str, Any]) -> Pattern:
        """Return what a template says for these days; raises ValidationError in another
        portfolio, whose readers do not see it."""
        if template.portfolio != home_of(asked):
            place = "programme" if asked.get("programme") else "portfolio"
            raise serializers.ValidationError({place: "This template is of another portfolio."})
        fields = {
            "delivery_approach": template.delivery_approach,
            "regulated": template.regulated,
        }
        days = (asked["starts_on"], asked["finishes_on"])
        rows = [
            (each.title, each.kind, each.key, each.day(*days)) for each in template.milestones.all()
        ]
        kept = {"template": template, "template_version": template.version}
        ordered = sorted(rows, key=lambda row: row[3])
        return cls(fields, ordered, f"As the template {template.name}", kept)

    @classmethod
    def of_project(cls, project: Project, asked: dict[str, Any]) -> Pattern:
        """Return what another project had planned, moved to these days."""
        fields = {
            name: getattr(project, name)
            for name in ("objective", "delivery_approach", "regulated", "complexity")
        }
        rows = [
            (each.title, each.kind, each.key, on)
            for each in project.milestones.all()
            if (on := each.baseline_on or each.forecast_on)
        ]
        plan = project.baselines.filter(approved_on__isnull=False).order_by("-number").first()
        first = plan.starts_on if plan else project.forecast_start
        first = first or min((row[3] for row in rows), default=asked["starts_on"])
        start, finish = asked["starts_on"], asked["finishes_on"]
        moved = [(*kept, min(max(start + (on - first), start), finish)) for *kept, on in rows]
        ordered: Any = sorted(moved, key=lambda row: row[3])
        template = project.template
        mine = template is not None and template.portfolio == home_of(asked)
        kept = {"template": template, "template_version": project.template_version} if mine else {}
        return cls(fields, ordered, "As in the project that this is a copy of", kept)


def bodies(
    asked: dict[str, Any], pattern: Pattern, home: Portfolio
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records that a project begins with, the project first, each with the name of its kind."""
    start, finish, code = asked["starts_on"], asked["finishes_on"], asked["code"]
    days = {"forecast_start": start.isoformat(), "forecast_finish": finish.isoformat()}
    given = {
        name: asked[name].pk
        for name in ("programme", "portfolio", "project_manager")
        if asked.get(name)
    }
    yield "project", {**pattern.fields, **given, **days, "code": code, "name": asked["name"]}
    if (budget := asked.get("budget")) is not None:
        year = fiscal_year(start, home.fiscal_year_start_month)
        amounts = {"baseline": str(budget), "approved": str(budget), "fiscal_year": year}
        yield "budget_line", {"code": f"{code}-B1", **amounts}
        profile = [[finish.isoformat(), str(budget)]]
        if finish > start:
            profile.insert(0, [start.isoformat(), "0"])
        yield (
            "baseline",
            {
                "number": 1,
                "approved_on": home.as_of.isoformat(),
                "starts_on": start.isoformat(),
                "finishes_on": finish.isoformat(),
                "budget_at_completion": str(budget),
                "planned_value_profile": profile,
                "reason": pattern.reason,
            },
        )
    for number, (title, kind, key, on) in enumerate(pattern.milestones, 1):
        day = on.isoformat()
        yield "milestone", {
            "code": f"{code}-M{number}", "title": title, "kind": kind, "key": key,
            "baseline_on": day, "forecast_on": day,
        }  # fmt: skip
