"""The preview of each kind of rules says what then happens, over the whole estate.

`PREVIEW_SEEDS=10 ./test -- tests/governance/test_rule_previews.py` draws more rules of each kind.
"""

import json
import os
import random
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from pmhub.models import Person, User
from pmhub.queries.career import career_of
from pmhub.queries.people_signals import projects_managed
from pmhub.rules import Entry
from pmhub.tasks import run_job
from programmes import queries
from programmes.api.figure_json import figure_value
from programmes.delegated_limits import level_for
from programmes.models import Portfolio
from programmes.models.rule_set import checked
from programmes.queries.delegated_limits import budget_level, limits_of
from programmes.queries.forecasts import WATCHED, oversight_of
from programmes.queries.pmo_types import approver_words
from programmes.queries.rule_previews.figures import TOLD
from programmes.rollup.ranges.simulations import study_of
from programmes.rollup.verify import differences
from programmes.rule_kinds import KINDS
from projects.calendar import Calendar
from projects.gates import Approvers
from projects.models import LIVE, BudgetRequest, ChangeRequest, Project, Risk
from projects.oversight import Ladder

SEEDS = range(int(os.environ.get("PREVIEW_SEEDS", "1")))
PARTS = (
    "programmes", "ranges", "risks", "watched", "projects", "requests", "spans", "steps",
)  # fmt: skip
State = dict[str, dict[str, Any]]  # of each part of a preview: what is said of whom, by its code


def drawn(kind: str, draw: random.Random) -> dict[str, Any]:
    """Rules of a kind that could be set, some of them other than usual."""
    rules = KINDS[kind]
    if rules.is_open():
        names = sorted({*Risk.objects.exclude(category="").values_list("category", flat=True)})
        return {name: draw.choice(("0", "0.3", "0.9")) for name in names}
    every = [*rules.entries().values()]
    for _ in range(2000):
        entries = draw.sample(every, draw.randint(1, min(4, len(every))))
        values = {entry.name: value(entry, draw) for entry in entries}
        try:
            checked(kind, values)
        except ValidationError:  # what cannot be is drawn again
            continue
        return values
    raise AssertionError(kind)


def value(entry: Entry, draw: random.Random) -> Any:
    """A value that a rule may have."""
    if entry.type is bool:
        return draw.random() < 0.5
    if entry.choices:
        return draw.choice(entry.choices)
    usual = Decimal(entry.default or 10)
    found = max(usual * Decimal(draw.choice(("0.3", "0.7", "2", "4"))), entry.low)
    found = min(found, entry.high) if entry.high is not None else found
    return int(found) if entry.type is int else str(round(found, 3))


def state_of(portfolio: Portfolio, user: User) -> State:
    """What the estate says now of all that rules decide, as pages and REST tell it."""
    portfolio.refresh_from_db()
    rows = Project.objects.visible_to(user).select_related(*WATCHED)
    mine = [project for project in rows if project.owner_portfolio == portfolio]
    most = portfolio.rules_of(Ladder).most_projects
    people = Person.objects.filter(archived_at=None)
    return {
        **figures_of(portfolio),
        "projects": {project.code: health_of(project) for project in rows},
        "watched": watching([project for project in mine if project.status in LIVE], portfolio),
        "requests": levels_of(portfolio),
        "spans": {
            str(each["project_manager"]): each["number"] > most
            for each in projects_managed(user, portfolio)
        },
        "steps": {person.code: career_of(person, user).lacking for person in people},
    }


# Of the estate as it is loaded: the same for each test of a process.
state_at_first = cache(state_of)


def figures_of(portfolio: Portfolio) -> State:
    """The figures of its programmes, what their risks may cost, and the scores of these."""
    figures, ranges, scores = {}, {}, {}
    for programme in portfolio.programmes.all():
        for name, reading in queries.rollup(programme).metrics.items():
            figures[f"{programme.code} {name}"] = figure_value(reading.value, reading.metric.unit)
        study = study_of(programme.pk)
        assert study
        for name in TOLD:
            ranges[f"{programme.code} {name}"] = f"{getattr(study.exposure, name):.2f}"
        for risk in study.register:
            if score := risk.residual:
                scores[str(risk.id)] = f"{score.severity} ({score.value})"
    return {"programmes": figures, "ranges": ranges, "risks": scores}


def health_of(project: Project) -> Any:
    """The colour of a project."""
    health = queries.project_forecast(project)["health"]
    return health and health["effective"]


def watching(projects: list[Project], portfolio: Portfolio) -> dict[str, Any]:
    """How projects are watched."""
    approvers, calendar = portfolio.rules_of(Approvers), portfolio.rules_of(Calendar)
    found: dict[str, Any] = {}
    for project in projects:
        level = oversight_of(project)
        found |= {
            f"{project.code} level": level,
            f"{project.code} approver": approver_words(
                project, approvers, portfolio.pmo_type, level
            ),
            f"{project.code} weeks": calendar.report_weeks(level),
            f"{project.code} inspections": calendar.inspection_weeks(level),
        }
    return found


def levels_of(portfolio: Portfolio) -> dict[str, str | None]:
    """The levels that decide about what waits."""
    limits = limits_of([portfolio.pk])[portfolio.pk]
    changes = {
        f"change-requests {each.pk}": level_for(
            limits,
            max(each.previewed_cost or Decimal(0), each.cost_impact or Decimal(0)),
            max(each.previewed_days or 0, each.days_impact or 0),
            each.previewed_benefit_pct or Decimal(0),
        )
        for each in ChangeRequest.objects.filter(state="impact_assessed")
    }
    return changes | {
        f"budget-requests {each.pk}": budget_level(limits, each.amount, each.lowest_level)
        for each in BudgetRequest.objects.filter(state="submitted")
    }


def said(found: Any) -> dict[str, dict[str, tuple[Any, Any]]]:
    """What a preview says would move, by the same names: (before, after)."""

    def ends(each: Any) -> tuple[Any, Any]:
        return each["from"], each["to"]

    watching = ("level", "approver", "weeks", "inspections")
    named = {
        "programmes": [
            (f"{row['code']} {metric['name']}", ends(metric))
            for row in found["programmes"]
            for metric in row["metrics"]
        ],
        "ranges": [
            (f"{row['code']} {name}", ends(row[name]))
            for row in found["ranges"]
            for name in TOLD
            if name in row
        ],
        "risks": [(str(row["id"]), ends(row["severity"])) for row in found["risks"]],
        "watched": [
            (f"{row['code']} {name}", ends(row[name]))
            for row in found["watched"]
            for name in watching
        ],
        "projects": [(row["code"], ends(row["health"])) for row in found["projects"]],
        "requests": [
            (f"{row['url'].split('/')[-3]} {row['id']}", ends(row["level"]))
            for row in found["requests"]
        ],
        "spans": [
            (str(row["id"]), tuple(row["number"] > most for most in ends(row["most"])))
            for row in found["spans"]
        ],
        "steps": [(row["code"], ends(row["lacks"])) for row in found["steps"]],
    }
    assert found.keys() >= named.keys()
    return {
        part: {name: pair for name, pair in pairs if pair[0] != pair[1]}
        for part, pairs in named.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_preview_says_is_what_then_happens(
    kind: str, seed: int, demo: Any, pmo: User, api: Any, drain: Any
) -> None:
    draw = random.Random(f"{kind} {seed}")  # noqa: S311  # the same draws each time
    values = drawn(kind, draw)
    body = {"portfolio": demo.portfolio.pk, "kind": kind, "values": values, "reason": "Tried"}
    before = state_at_first(demo.portfolio, pmo)
    asked = api(pmo).post("rule-sets/?preview=1", body)
    assert asked.status_code == 202, asked.json()
    run_job()
    result = api(pmo).get(f"jobs/{asked.json()['id']}/result/")
    found = json.loads(b"".join(result.streaming_content))
    assert state_of(demo.portfolio, pmo) == before
    made = api(pmo).post("rule-sets/", body)
    assert made.status_code == 201, made.json()
    drain()
    after = state_of(demo.portfolio, pmo)
    happened = {
        part: {
            name: (before[part][name], then)
            for name, then in after[part].items()
            if then != before[part][name]
        }
        for part in PARTS
    }
    assert said(found) == happened, values
    assert [*differences()] == []
