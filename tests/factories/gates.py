"""Gates, their criteria, votes and conditions."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pmhub.models import Person, portfolio_of
from programmes.models import Portfolio, Programme, Tranche
from projects.models import Gate, GateCondition, GateCriterion, GateVote, Project
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import portfolio, programme
from tests.factories.projects import project


def led_by_pmo(**fields: Any) -> Project:
    """Return a project whose gates the PMO decides alone."""
    home = programme(portfolio=portfolio(pmo_type="directive"))
    manager = person(competence="expert")
    return project(**{"programme": home, "complexity": 1, "project_manager": manager, **fields})


GATED = {"project": ("define", "deliver"), "programme": ("design", "plan"),
         "tranche": ("embedding", "ended")}  # fmt: skip


def gate(
    home: Project | Programme | Tranche | None = None,
    *,
    approvers: Iterable[Person] = (),
    **fields: Any,
) -> Gate:
    """Return a gate with these approvers: of a project from define to deliver, of a programme from
    design to plan, or the one at the end of a tranche."""
    place = home or led_by_pmo()
    name = str(place._meta.model_name)
    stage_from, stage_to = GATED[name]
    defaults = {name: place, "code": next_code("G"), "title": "Investment"}
    stages = {"stage_from": stage_from, "stage_to": stage_to}
    state = fields.pop("state", "planned")
    made = Gate.objects.create(**{**defaults, **stages, **fields})
    made.approvers.set(approvers)
    if state != "planned":
        Gate.objects.filter(pk=made.pk).update(state=state)
        made.refresh_from_db()
    return made


def passed(place: Project | Programme | Tranche, stage_from: str, stage_to: str) -> Gate:
    """Return a gate that has moved its place to a stage, by one vote."""
    held = gate(place, state="planned", stage_from=stage_from, stage_to=stage_to)
    voter = person()
    held.approvers.set([voter])
    Gate.objects.filter(pk=held.pk).update(state="open")
    gate_vote(held, person=voter)
    decided = {"state": "decided", "decision": "proceed", "decided_on": "2026-10-20"}
    Gate.objects.filter(pk=held.pk).update(**decided)
    place.refresh_from_db()
    return held


def gate_criterion(home: Gate | None = None, **fields: Any) -> GateCriterion:
    """Return a criterion of a gate."""
    return GateCriterion.objects.create(gate=home or gate(), **{"text": "It pays"} | fields)


def gate_vote(home: Gate | None = None, **fields: Any) -> GateVote:
    """Return a vote at an open gate."""
    voter = fields.pop("person", None) or person()
    held = home or gate(approvers=[voter], state="open")
    said = {"choice": "proceed", "on": "2026-10-01"} | fields
    return GateVote.objects.create(gate=held, person=voter, **said)


def gate_condition(home: Gate | None = None, **fields: Any) -> GateCondition:
    """Return a condition of a gate. One with a past day is stored as of that day, when the day was
    still to come."""
    held = home or gate()
    asked = {"text": "The grant is signed", "due_on": "2026-12-01"} | fields
    portfolios = Portfolio.objects.filter(pk=portfolio_of(held) or 0)
    [now] = portfolios.values_list("status_date", flat=True)
    due_on = date.fromisoformat(str(asked["due_on"]))
    passed = now is not None and due_on < now
    if passed:
        portfolios.update(status_date=due_on)
    made = GateCondition.objects.create(gate=held, **asked)
    if passed:
        portfolios.update(status_date=now)
    return made
