"""Portfolios, programmes, what they are to reach and what they say of themselves."""

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
    """A portfolio whose figures speak of 31 October 2026."""
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
    """A programme that is being designed, without anybody in its posts."""
    fields.setdefault("portfolio", None)
    fields["portfolio"] = fields["portfolio"] or portfolio()
    code = next_code("PG")
    defaults = {"code": code, "name": f"Programme {code}", "stage": "design"}
    return Programme.objects.create(**defaults | fields)


def led_programme(**fields: Any) -> Programme:
    """A programme whose posts are held, as from planning on."""
    posts = {"sro": person(), "programme_manager": person()}
    made = programme(**posts | fields)
    made.bcms.add(posts["sro"])
    return made


def line(**fields: Any) -> ProgrammeLine:
    """A budget line of a programme."""
    if "programme" not in fields:
        fields["programme"] = programme()
    return ProgrammeLine.objects.create(**{"code": next_code("L"), "kind": "other", **fields})


def custom_field(home: Portfolio | None = None, **fields: Any) -> CustomField:
    """A text that a portfolio has given to its projects."""
    said: dict[str, Any] = {"entity": "project", "name": "site"} | fields
    said = {"label": said["name"].replace("_", " ").capitalize()} | said
    return CustomField.objects.create(portfolio=home or portfolio(), **said)


def objective(**fields: Any) -> StrategicObjective:
    """What the organisation wants to reach."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    return StrategicObjective.objects.create(
        **{"code": next_code("SO"), "title": "Reach it"} | fields
    )


def objective_measurement(**fields: Any) -> ObjectiveMeasurement:
    """Where the measure of an objective stood."""
    if "objective" not in fields:
        fields["objective"] = objective()
    return ObjectiveMeasurement.objects.create(**{"on": "2026-10-01", "value": 5} | fields)


def mandate(home: Programme | None = None, **fields: Any) -> ProgrammeMandate:
    """What a programme is asked for."""
    asked = {"drivers": "The buildings are old"} | fields
    return ProgrammeMandate.objects.create(programme=home or programme(), **asked)


def operating_model_state(home: Programme | None = None, **fields: Any) -> OperatingModelState:
    """How a programme is to operate."""
    said = {"dimension": "processes", "future": "One pool of rooms"} | fields
    return OperatingModelState.objects.create(programme=home or programme(), **said)


def rule_set(**fields: Any) -> RuleSet:
    """The usual thresholds, written out for one dimension."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    defaults = {"values": {"cost_green_pct": "5"}, "valid_from": "2026-10-01", "reason": "Usual"}
    return RuleSet.objects.create(**defaults | fields)
