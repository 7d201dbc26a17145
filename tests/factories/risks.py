"""Risks, issues, assumptions and actions."""

from decimal import Decimal
from typing import Any

from programmes.models import Portfolio, Programme
from projects.models import Action, Assumption, Issue, Project, Risk
from tests.factories.codes import next_code


def risk(home: Project | Programme, **fields: Any) -> Risk:
    """Return an open threat with a probability of 0.25, and a most likely cost of 100."""
    side = {"project": home} if isinstance(home, Project) else {"programme": home}
    defaults = {
        "code": next_code("RX"),
        "title": "Risk",
        "residual_probability": Decimal("0.25"),
        "residual_cost_min": Decimal(50),
        "residual_cost_most_likely": Decimal(100),
        "residual_cost_max": Decimal(200),
    }
    return Risk.objects.create(**side, **defaults | fields)


def issue(home: Project | Programme, **fields: Any) -> Issue:
    """Return an issue in progress."""
    side = {"project": home} if isinstance(home, Project) else {"programme": home}
    defaults = {"code": next_code("IX"), "title": "Issue", "state": "in_progress"}
    return Issue.objects.create(**side, **defaults | fields)


def assumption(home: Project | Programme | Portfolio, **fields: Any) -> Assumption:
    """Return an assumption; a failed one has the issue that it became."""
    side: Any = {str(home._meta.model_name): home}
    said = {"code": next_code("AX"), "text": "The ground is dry"} | fields
    if said.get("state", "open") != "open":
        said.setdefault("settled_on", "2026-10-01")
    if said.get("state") == "failed" and not isinstance(home, Portfolio):
        said.setdefault("issue", issue(home))
    return Assumption.objects.create(**side, **said)


def action(source: Risk | Issue | Assumption | Project | Programme, **fields: Any) -> Action:
    """Return an action about a record."""
    name: Any = source._meta.model_name
    return Action.objects.create(**{name: source, "title": next_code("Do "), **fields})
