"""Loads the demo through the services, so that a broken rule breaks the demo first.

Registers go in as plain rows, as an import would put them; whatever is a verb (approving a
baseline, drawing contingency, escalating, verifying, closing …) is called, by the PMO. Rows of
`portfolio.json` name one another by code, and otherwise the fields of their models.
"""

import json
from pathlib import Path

import pgtrigger
from django.db import transaction

from benefits.services import open_overlaps
from pmhub.database.deferred_checks import check_deferred
from pmhub.database.history import WritePath, for_good, through
from pmhub.database.role_givers import STAYS
from pmhub.demo.benefits import (
    add_benefit_anchors,
    add_benefit_hand_overs,
    add_benefits,
    add_benefits_map,
    add_claims,
)
from pmhub.demo.budgets import add_budget_requests, add_budget_transfers, add_envelopes
from pmhub.demo.cases import add_cases
from pmhub.demo.competence import (
    add_checks,
    add_competence,
    add_inspections,
    add_maturity,
    draw_planned,
    propose_oversight,
)
from pmhub.demo.library import add_library
from pmhub.demo.office import add_office
from pmhub.demo.programmes import (
    add_decisions,
    add_people,
    add_portfolio,
    add_programmes,
    add_units,
)
from pmhub.demo.projects import (
    add_changes,
    add_gates,
    add_hand_overs,
    add_money,
    add_projects,
    add_registers,
    add_resources,
    add_schedule,
    close_projects,
    merge_ended,
)
from pmhub.demo.removal import erase, release
from pmhub.demo.rows import DemoLoad
from pmhub.demo.stakeholders import add_stakeholders
from pmhub.demo.users import USERS
from pmhub.demo.webhooks import add_webhooks
from pmhub.demo.work import add_work
from pmhub.models import Delegation, Person, RoleAssignment, User
from programmes.models import CurrencyRate, Portfolio, Tolerance

CODE = "WEX"
PORTFOLIO = Path(__file__).parent / "portfolio.json"


def is_loaded() -> bool:
    """Return whether the demo's portfolio exists."""
    return Portfolio.objects.filter(code=CODE).exists()


def loaded() -> Portfolio:
    """Return the demo's portfolio; raises Portfolio.DoesNotExist where it is not loaded."""
    return Portfolio.objects.get(code=CODE)


def load() -> Portfolio:
    """Load the demo, all or nothing."""
    with through(WritePath.IMPORT), transaction.atomic():
        return _load(DemoLoad(json.loads(PORTFOLIO.read_text())))


def remove() -> None:
    """Delete the demo with all that people added to it."""
    data = json.loads(PORTFOLIO.read_text())
    people = [row["code"] for row in data["people"]]
    # Without these triggers: its people may be the only ones who give roles, until the demo is
    # back.
    held = (f"pmhub.{name}:{STAYS}" for name in ("RoleAssignment", "Person", "User"))
    with through(WritePath.IMPORT), for_good(), pgtrigger.ignore(*held), transaction.atomic():
        # People who work in one of its units need not be part of the demo.
        Person.objects.filter(organisation_unit__portfolio__code=CODE).update(
            organisation_unit=None
        )
        erase(Portfolio.objects.filter(code=CODE))
        release(Person.objects.filter(code__in=people))
        User.objects.filter(username__in=[user.name for user in USERS]).delete()
        check_deferred()


def _load(demo: DemoLoad) -> Portfolio:
    """Add the demo's records, parents first."""
    add_people(demo)
    portfolio = add_portfolio(demo)
    demo.rows(CurrencyRate, "currency_rates", portfolio=portfolio)
    add_units(demo, portfolio)
    add_competence(demo, portfolio)
    add_programmes(demo, portfolio)
    add_envelopes(demo, portfolio)
    add_projects(demo, portfolio)
    demo.rows(Tolerance, "tolerances")
    demo.rows(RoleAssignment, "roles")
    demo.rows(Delegation, "delegations")
    add_decisions(demo)
    add_money(demo)
    add_budget_requests(demo)
    add_budget_transfers(demo)
    add_schedule(demo)
    add_registers(demo)
    add_stakeholders(demo)
    add_maturity(demo)
    add_work(demo)
    add_inspections(demo)
    add_gates(demo)
    add_resources(demo, portfolio)
    add_hand_overs(demo)
    add_benefits(demo)
    add_claims(demo)
    add_benefits_map(demo)
    add_checks(demo)
    open_overlaps(programme__portfolio=portfolio)
    add_benefit_hand_overs(demo)
    add_benefit_anchors(demo)
    add_cases(demo)
    close_projects(demo)
    add_library(demo, portfolio)
    add_office(demo, portfolio)
    add_changes(demo)
    propose_oversight(demo)
    draw_planned(demo)
    merge_ended(demo, portfolio)
    add_webhooks(demo)
    return portfolio
