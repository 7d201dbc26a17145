"""Inspections, their findings, and decisions about oversight."""

from typing import Any

from projects.models import (
    Inspection,
    InspectionFinding,
    InspectionPlan,
    OversightDecision,
    Project,
)
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.projects import project


def inspection(home: Project | None = None, **fields: Any) -> Inspection:
    """Return an inspection; planned unless another state is given."""
    said = {"code": next_code("IN"), "title": "Formwork", "planned_on": "2026-10-01"} | fields
    if said.get("state") == "held":
        said = {"held_on": "2026-10-01", "result": "pass"} | said
    return Inspection.objects.create(project=home or project(), **said)


def inspection_plan(home: Project | None = None, **fields: Any) -> InspectionPlan:
    """Return a plan of inspections, as often as oversight asks for unless an interval is given."""
    said = {"code": next_code("IP"), "title": "Formwork"} | fields
    return InspectionPlan.objects.create(project=home or project(), **said)


def finding(of: Inspection | None = None, **fields: Any) -> InspectionFinding:
    """Return a finding of an inspection."""
    said = {"code": next_code("F"), "text": "No guard rail"} | fields
    if said.get("state", "open") != "open":
        said.setdefault("corrective_action", "Put up")
    if said.get("state") in ("verified", "closed"):
        said.setdefault("verified_by", person())
    if said.get("state") == "closed":
        said.setdefault("closed_on", "2026-10-02")
    return InspectionFinding.objects.create(inspection=of or inspection(state="held"), **said)


def oversight(home: Project | None = None, **fields: Any) -> OversightDecision:
    """Return a decision about oversight; proposed unless another state is given."""
    said = {"level": "enhanced", "derived_then": "standard", "evidence": "Late twice"} | fields
    if said.get("state", "proposed") not in ("proposed", "declined"):
        said = {"decided_on": "2026-10-01", "until": "2027-04-01", "decided_by": person()} | said
    if said.get("state") in ("appealed", "upheld", "changed"):
        said.setdefault("appeal", "It was the supplier")
    return OversightDecision.objects.create(project=home or project(), **said)
