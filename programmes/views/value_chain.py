"""Where a record stands in the chain of value, from outputs over outcomes and benefits to
objectives: what the pages of these show of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from benefits.models import Benefit
from benefits.models.states import GIVEN_UP
from benefits.queries import OF_PANELS
from pmhub import formats
from pmhub.access import can
from pmhub.database import past
from pmhub.database.collation import InOrder
from pmhub.registers.panels import Panel
from programmes.models import Outcome, Programme, StrategicObjective
from programmes.queries.benefits_map import benefits_map, capabilities
from programmes.queries.benefits_register import benefit_standing
from programmes.queries.governance import ACTUAL, PLANNED, money_of
from projects.models import Output

KINDS = {Benefit: "benefit", Outcome: "outcome", Output: "output"}
MOST = 200  # benefits under one objective


def place(record: Benefit | Outcome | Output, request: Any) -> dict[str, Any] | None:
    """Return the place of a record on the map of its programme: what leads to it, where it leads,
    and how many of the outputs that an outcome needs are accepted. None where it is not on a map in
    sight."""
    programme = programme_of(record)
    if programme is None or not can(request.user, "view", programme):
        return None
    drawn = benefits_map(programme, request.user)
    nodes = {node.key: node for node in drawn.nodes}
    own = (KINDS[type(record)], record.pk)
    if own not in nodes:
        return None

    def named(keys: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {"code": nodes[key].record.code, "title": nodes[key].record.title,
             "address": nodes[key].address}
            for key in keys
            if key in nodes
        ]  # fmt: skip

    return {
        "begins": own[0] == "output",
        "from": named(source for source, target in drawn.links if target == own),
        "to": named(target for source, target in drawn.links if source == own),
        "capability": capabilities(drawn).get(own),
        "hidden": drawn.hidden,
        "map": f"/programmes/{programme.pk}/benefits/",
    }


def programme_of(record: Benefit | Outcome | Output) -> Programme | None:
    """Return the programme on whose map a record is; None for an output of a project that stands
    alone."""
    return record.project.programme if isinstance(record, Output) else record.programme


def benefit_realisation(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return what is planned and realised of a benefit to date, and the attainment. Money is in the
    currency of its portfolio, as in every total."""
    if past.is_past():  # the benefits page of the programme tells of the past
        return None
    home = benefit.programme.portfolio
    unit = formats.money_unit(home) if benefit.monetised else benefit.unit
    return {"row": benefit_standing(benefit), "unit": unit}


def objective_benefits(objective: StrategicObjective, request: Any) -> dict[str, Any] | None:
    """Return the programmes and the benefits in sight that serve an objective, with the value of
    those of which it is the main objective."""
    user = request.user
    programmes = Programme.objects.visible_to(user).filter(objectives=objective)
    serves = Q(objective=objective) | Q(objectives=objective)
    rows = Benefit.objects.visible_to(user).filter(serves).exclude(status__in=GIVEN_UP)
    rows = rows.distinct().select_related("programme__portfolio", "owner")
    benefits = list(rows.order_by(InOrder("programme__code"), InOrder("code"), "pk")[:MOST])
    own = [benefit for benefit in benefits if benefit.objective_id == objective.pk]
    money = {} if past.is_past() else money_of({benefit.programme for benefit in own})
    return {
        "programmes": list(programmes.order_by(InOrder("code"), "pk")),
        "unit": formats.money_unit(objective.portfolio),
        "rows": [
            {
                "benefit": benefit,
                "planned": money.get((benefit.pk, PLANNED)) if benefit in own else None,
                "realised": money.get((benefit.pk, ACTUAL)) if benefit in own else None,
            }
            for benefit in benefits
        ],
    }


PANELS: Mapping[str, Panel] = {
    "map-place": Panel("On the map", "programmes/map_place.html", place, cached=True),
    "benefit-standing": Panel(
        "How far it is",
        "benefits/realisation.html",
        benefit_realisation,
        cached=True,
        columns=OF_PANELS,
    ),
    "objective-serving": Panel(
        "What serves it", "programmes/objective_benefits.html", objective_benefits, cached=True
    ),
}
