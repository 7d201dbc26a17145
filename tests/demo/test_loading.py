"""Loading the demo: what is in it, once, and never in production."""

from datetime import date
from decimal import Decimal
from functools import cache
from io import StringIO

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from pmhub import demo as wexmoor
from pmhub.demo.removal import erase
from pmhub.models import User, Webhook
from pmhub.queries.deletions import deletions
from pmhub.webhooks.delivery import send_due
from pmhub.webhooks.registration import check_address
from programmes.models import Portfolio, RollupRequest
from projects.evm import planned_value
from projects.models import Project, Risk
from tests import factories

# What the profile of each project must come to at the status date.
PLANNED_VALUES = {
    "CAM-01": 9800, "CAM-02": 41200, "CAM-03": 13100, "CAM-04": 6900, "CAM-05": 300,
    "CAM-06": 620, "CAM-07": 7450, "CAM-08": 0, "NZE-01": 2300, "NZE-02": 60, "NZE-03": 9900,
    "NZE-04": 3900, "NZE-05": 3700, "SSV-01": 12400, "SSV-02": 5200, "SSV-03": 900,
    "SSV-04": 1760, "HID-01": 1100, "HID-02": 0, "HID-03": 150, "PMO-01": 760,
}  # fmt: skip


def load(*options):
    """Run the command; answers what it printed."""
    out = StringIO()
    call_command("demo", "load", *options, stdout=out)
    return out.getvalue()


def test_everything_is_there(demo):
    portfolio = demo.portfolio
    assert portfolio.as_of == date(2026, 10, 31)
    assert portfolio.programmes.count() == 4
    assert Project.objects.filter(archived_at=None).count() == 21
    assert Risk.objects.count() == 40
    assert not RollupRequest.objects.exists()


def test_a_standalone_project_belongs_to_the_portfolio(demo):
    project = demo.project("PMO-01")
    assert (project.programme, project.portfolio) == (None, demo.portfolio)


def test_planned_value_at_the_status_date_is_the_given_one(demo):
    planned = Project.objects.filter(archived_at=None)
    assert {row.code: _planned(row) for row in planned} == PLANNED_VALUES


def _planned(project):
    points = project.baselines.get().planned_value_profile
    profile = [(date.fromisoformat(day), Decimal(value)) for day, value in points]
    return planned_value(profile, project.owner_portfolio.as_of)


def test_closed_projects_are_closed_by_the_verb(demo):
    for code in ("CAM-01", "NZE-04", "SSV-02"):
        project = demo.project(code)
        assert (project.status, project.stage) == ("closed", "closed")
        assert project.estimate_to_complete == 0


def test_an_escalated_risk_is_linked_to_the_programmes_risk(demo):
    risk = demo.risk("R06")
    assert (risk.status, risk.escalated_to.code) == ("escalated", "R37")
    assert demo.risk("R37").programme == demo.programme("CAM")


def test_contingency_drawn_leaves_the_rest(demo):
    programme = demo.programme("CAM")
    drawn = sum(row.amount for row in programme.contingency_movements.all())
    assert (drawn, programme.contingency_budget - drawn) == (2100, 19600)


def test_a_project_that_became_a_part_of_another_leads_on_to_it(demo, pmo, client_of):
    other = demo.project("PMO-02")
    assert (other.status, other.merged_into) == ("terminated", demo.project("PMO-01"))
    assert other.merged_into.actions.filter(title__startswith="Ask the wardens").exists()
    page = client_of(pmo).get(f"/projects/{other.pk}/").content.decode()
    assert "PMO-01" in page


def test_the_webhook_of_the_demo_is_paused_and_sends_nothing(demo):
    hook = Webhook.objects.get()
    delivery = hook.deliveries.get()
    assert send_due() == 0
    delivery.refresh_from_db()
    assert (hook.state, delivery.state, delivery.tries) == ("paused", "waiting", 0)
    with pytest.raises(ValidationError):
        check_address(hook.address)


def test_loading_twice_says_it_is_there(demo):
    assert load() == "The demo is there already; --reset replaces it.\n"
    assert Portfolio.objects.count() == 1


def test_reset_replaces_it_and_leaves_the_rest(demo):
    other = factories.portfolio()
    office = factories.user("office")
    factories.role(office, "pmo")
    old = demo.project("CAM-02").pk
    erase(Project.objects.filter(code="CAM-03"))
    printed = load("--reset")
    assert "cam02.manager" in printed
    assert wexmoor.PASSWORD in printed
    assert demo.project("CAM-02").pk != old
    assert demo.project("CAM-03").name == "Library and Learning Commons"
    assert Portfolio.objects.filter(pk=other.pk).exists()
    assert not deletions(office, [Portfolio])  # the office is offered none of it


def test_it_never_loads_in_production(nothing, settings):
    settings.PMHUB_DEMO = False
    with pytest.raises(CommandError, match="never in production"):
        load()
    assert not User.objects.exists()


def test_on_request_it_is_loaded_into_an_empty_database_alone(nothing):
    own = factories.portfolio()
    assert load("--if-empty") == ""
    assert list(Portfolio.objects.all()) == [own]
    own.delete()
    assert "The University of Wexmoor is loaded." in load("--if-empty")
    assert wexmoor.is_loaded()


def test_it_takes_over_nobodys_account(nothing):
    factories.user("sponsor")
    with pytest.raises(CommandError, match="exist already and are not the demo's: sponsor"):
        load()
    assert not Portfolio.objects.exists()


def test_everybody_can_sign_in(demo, client, monkeypatch):
    """All with the same digest, which is computed once: hashing is slow by design."""
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", cache(PBKDF2PasswordHasher.encode))
    for user in wexmoor.USERS:
        assert client.login(username=user.name, password=wexmoor.PASSWORD), user.name
