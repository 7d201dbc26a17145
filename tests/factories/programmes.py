"""Portfolios and programmes, with their objectives, mandates and rules."""

from datetime import date
from typing import Any

from programmes.models import (
    CustomField,
    ObjectiveMeasurement,
    OperatingModelState,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    RuleSet,
    StrategicObjective,
)
from tests.factories.codes import next_code
from tests.factories.people import person

AS_OF = date(2026, 10, 31)


def portfolio(**fields: Any) -> Portfolio:
    """Return a portfolio with the status date 31 October 2026."""
    defaults = {
        "code": next_code("PF"),
        "name": "Portfolio",
        "organisation": "Organisation",
        "status_date_policy": "fixed",
        "status_date": AS_OF,
        "discount_base_year": 2024,
    }
    return Portfolio.objects.create(**defaults | fields)


def programme(**fields: Any) -> Programme:
    """Return a programme in design, with nobody in its posts."""
    fields.setdefault("portfolio", None)
    fields["portfolio"] = fields["portfolio"] or portfolio()
    code = next_code("PG")
    defaults = {"code": code, "name": f"Programme {code}", "stage": "design"}
    return Programme.objects.create(**defaults | fields)


def led_programme(**fields: Any) -> Programme:
    """Return a programme whose posts are held, as stages after design ask for."""
    posts = {"sro": person(), "programme_manager": person()}
    made = programme(**posts | fields)
    made.bcms.add(posts["sro"])
    return made


def line(**fields: Any) -> ProgrammeLine:
    """Return a budget line of a programme."""
    if "programme" not in fields:
        fields["programme"] = programme()
    return ProgrammeLine.objects.create(**{"code": next_code("L"), "kind": "other", **fields})


def custom_field(home: Portfolio | None = None, **fields: Any) -> CustomField:
    """Return a custom field of projects: a text."""
    said: dict[str, Any] = {"entity": "project", "name": "site"} | fields
    said = {"label": said["name"].replace("_", " ").capitalize()} | said
    return CustomField.objects.create(portfolio=home or portfolio(), **said)


def objective(**fields: Any) -> StrategicObjective:
    """Return an objective of a portfolio."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    return StrategicObjective.objects.create(
        **{"code": next_code("SO"), "title": "Reach it"} | fields
    )


def objective_measurement(**fields: Any) -> ObjectiveMeasurement:
    """Return a measurement of an objective."""
    if "objective" not in fields:
        fields["objective"] = objective()
    return ObjectiveMeasurement.objects.create(**{"on": "2026-10-01", "value": 5} | fields)


def mandate(home: Programme | None = None, **fields: Any) -> ProgrammeMandate:
    """Return the mandate of a programme."""
    asked = {"drivers": "The buildings are old"} | fields
    return ProgrammeMandate.objects.create(programme=home or programme(), **asked)


def operating_model_state(home: Programme | None = None, **fields: Any) -> OperatingModelState:
    """Return a state of the operating model of a programme: as it is to be."""
    said = {"dimension": "processes", "future": "One pool of rooms"} | fields
    return OperatingModelState.objects.create(programme=home or programme(), **said)


def rule_set(**fields: Any) -> RuleSet:
    """Return a rule set with one usual threshold written out."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    defaults = {"values": {"cost_green_pct": "5"}, "valid_from": "2026-10-01", "reason": "Usual"}
    return RuleSet.objects.create(**defaults | fields)
