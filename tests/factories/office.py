"""Services and requests for help, scoring criteria and proposals."""

from typing import Any

from programmes.models import Portfolio, Programme
from projects.models import HelpRequest, Project, Proposal, ProposalScore, ScoringCriterion, Service
from tests.factories.boards import decision
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import portfolio
from tests.factories.projects import project


def service(home: Portfolio | None = None, **fields: Any) -> Service:
    """Return a service of the PMO."""
    said = {"code": next_code("SV"), "name": "Prepare a gate"} | fields
    return Service.objects.create(portfolio=home or portfolio(), **said)


def help_request(home: Project | Programme | Portfolio | None = None, **fields: Any) -> HelpRequest:
    """Return a request for help; once it is taken on it has an owner, and then an answer."""
    home = home or project()
    said: dict[str, Any] = {
        str(home._meta.model_name): home,
        "code": next_code("HX"),
        "title": "Which evidence?",
        "question": "What does the board want to see?",
    } | fields
    said.setdefault("asked_by", None)
    said["asked_by"] = said["asked_by"] or person()
    if said.get("state") in ("accepted", "answered", "closed"):
        said = {"owner": person()} | said
    if said.get("state") in ("answered", "closed"):
        said = {"answer": "The survey", "answered_on": "2026-10-01"} | said
    return HelpRequest.objects.create(**said)


def criterion(home: Portfolio | None = None, **fields: Any) -> ScoringCriterion:
    """Return a scoring criterion, with the whole weight."""
    said = {"code": next_code("SC"), "name": "Worth", "weight": 100, "valid_from": "2026-01-01"}
    return ScoringCriterion.objects.create(portfolio=home or portfolio(), **said | fields)


def proposal(home: Portfolio | None = None, **fields: Any) -> Proposal:
    """Return a proposal; from the state scored on it has a score, and then a decision."""
    home = home or portfolio()
    said: dict[str, Any] = {
        "portfolio": home,
        "code": next_code("PR"),
        "title": "Heat recovery",
        "need": "The halls burn gas",
        "sponsor": person(),
        "cost_likely": 100,
        "benefit_likely": 300,
    } | fields
    state = said.get("state", "idea")
    if state not in ("idea", "proposed"):
        said = {"scored_on": "2026-10-01"} | said
    if state in ("approved", "deferred", "rejected", "started"):
        said = {"decision": decision(home)} | said
    if state == "started" and not {"project", "programme"} & said.keys():
        said["project"] = project(portfolio=home)
    return Proposal.objects.create(**said)


def proposal_score(of: Proposal | None = None, **fields: Any) -> ProposalScore:
    """Return the score of a proposal by its portfolio's criterion."""
    of = of or proposal(state="proposed")
    said: dict[str, Any] = {"score": 4, "reason": "It pays back"} | fields
    if "criterion" not in said:
        said["criterion"] = of.portfolio.scoring_criteria.first() or criterion(of.portfolio)
    return ProposalScore.objects.create(proposal=of, **said)
