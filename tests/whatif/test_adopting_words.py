"""What adopting a change writes is said in the words and numbers of pages."""

from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Scenario, ScenarioChange
from programmes.queries.whatif.sentences import writes

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(demo: Any, cam_manager: User) -> Any:
    """`written(method, path, body)`: what a change of CAM writes, as its manager reads it."""
    scenario = Scenario.objects.create(programme=demo.programme("CAM"), name="Later")

    def told(method: str, path: str, body: Any) -> Any:
        change = ScenarioChange(
            scenario=scenario, title="x", method=method, path=path, body=body, position=1
        )
        change.save()
        found = writes([change], cam_manager)[change.pk]
        return found["about"], [
            (row["label"], row["before"], row["after"]) for row in found["rows"]
        ]

    return told


def test_a_field_is_named_with_what_it_is_and_will_be(demo, written):
    address = f"projects/{demo.project('CAM-02').pk}/"
    body = {
        "estimate_to_complete": "70000.00",
        "forecast_finish": "2031-01-02",
        "regulated": True,
        "tranche": None,
        "status": "on_hold",
    }
    assert written("PATCH", address, body) == (
        "CAM-02",
        [
            ("estimate to complete", "64,300", "70,000"),
            ("forecast finish", "25 Feb 2028", "2 Jan 2031"),
            ("regulated", "no", "yes"),
            ("tranche", str(demo.project("CAM-02").tranche), "not set"),
            ("status", "Active", "On hold"),
        ],
    )


def test_a_verb_says_what_it_does_and_asks(demo, written):
    address = f"projects/{demo.project('CAM-02').pk}/termination/"
    body = {
        "terminated_on": "2026-10-31",
        "reason": "No tenants",
        "estimate_to_complete": "192102.46",
    }
    assert written("POST", address, body) == (
        "CAM-02: stop it",
        [
            ("terminated on", "", "31 Oct 2026"),
            ("reason", "", "No tenants"),
            ("estimate to complete", "", "192,102.46"),
        ],
    )


def test_what_is_new_or_goes_is_said(demo, written):
    project = demo.project("CAM-02")
    body = {"project": project.pk, "title": "Strike", "residual_probability": "0.3"}
    assert written("POST", "risks/", body) == (
        "New risk",
        [
            ("project", "", str(project)),
            ("title", "", "Strike"),
            ("residual probability", "", "30%"),
        ],
    )
    risk = project.risks.first()
    assert written("DELETE", f"risks/{risk.pk}/", {}) == (f"{risk.code}: delete it", [])


def test_what_one_may_not_open_has_no_name(demo, written):
    link = demo.project("CAM-02").dependencies_in.exclude(giver=None).first()
    elsewhere = demo.project("NZE-01")
    about, rows = written("PATCH", f"dependencies/{link.pk}/", {"giver": elsewhere.pk})
    assert (about, rows[0][2]) == (link.code, "a record that you may not open")
