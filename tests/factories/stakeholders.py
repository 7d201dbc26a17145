"""Stakeholders, impacted groups and communications."""

from typing import Any

from programmes.models import AdoptionAssessment, ImpactedGroup, Outcome, Portfolio, Programme
from projects.models import Communication, Project, Stakeholder, StakeholderAssessment
from tests.factories.codes import next_code
from tests.factories.programmes import programme


def stakeholder(home: Project | Programme | None = None, **fields: Any) -> Stakeholder:
    """Return a stakeholder."""
    home = home or programme()
    side: Any = {str(home._meta.model_name): home}
    return Stakeholder.objects.create(
        **side, **{"code": next_code("SX"), "name": "Neighbours"} | fields
    )


def impacted_group(of: Outcome | None = None, **fields: Any) -> ImpactedGroup:
    """Return an impacted group; one that was accepted has the day of that."""
    outcome = of or programme().outcomes.create(code=next_code("OX"), title="Ready")
    said = {"code": next_code("GX"), "name": "Technicians"} | fields
    if said.get("state") == "accepted":
        said.setdefault("accepted_on", "2026-10-01")
    return ImpactedGroup.objects.create(outcome=outcome, **said)


def adoption(of: ImpactedGroup | None = None, **fields: Any) -> AdoptionAssessment:
    """Return an assessment of the readiness and the adoption of a group on a day."""
    said = {"on": "2026-10-01", "readiness": 3, "adoption_pct": 50} | fields
    return AdoptionAssessment.objects.create(impacted_group=of or impacted_group(), **said)


def assessment(of: Stakeholder | None = None, **fields: Any) -> StakeholderAssessment:
    """Return an assessment of a stakeholder on a day."""
    said = {"on": "2026-10-01", "influence": 4, "interest": 3, "stance": "critic"} | fields
    return StakeholderAssessment.objects.create(stakeholder=of or stakeholder(), **said)


def communication(
    home: Project | Programme | Portfolio | None = None, **fields: Any
) -> Communication:
    """Return a communication; one that was sent has the day of that."""
    home = home or programme()
    side: Any = {str(home._meta.model_name): home}
    said = {"code": next_code("CX"), "title": "Night works", "planned_on": "2026-10-01"} | fields
    if said.get("state") in ("sent", "evaluated"):
        said.setdefault("sent_on", "2026-10-02")
    if said.get("state") == "evaluated":
        said.setdefault("heard", "heard")
    return Communication.objects.create(**side, **said)
