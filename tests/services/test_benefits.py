"""Measuring and verifying benefits, and who contributes."""

from datetime import date
from decimal import Decimal

import pytest

from benefits.services import (
    reject_measurement,
    set_contributions,
    submit_measurement,
    verify_measurement,
)
from tests import factories
from tests.services.refusal import refused

YEAR = {"period_start": date(2025, 4, 1), "period_end": date(2026, 3, 31)}


@pytest.fixture
def measurement(demo, benefit_owner):
    """Owner of B05: the year has brought 12 more than was first measured."""
    return submit_measurement(demo.benefit("B05"), **YEAR, value=Decimal(12), by=benefit_owner)


def test_what_is_submitted_does_not_count_yet(measurement, benefit_owner):
    assert measurement.status == "submitted"
    assert measurement.submitted_by == benefit_owner.person


def test_what_is_verified_counts_instead_of_what_was_before(demo, measurement, pmo):
    earlier = demo.benefit("B05").measurements.get(period_start=YEAR["period_start"], value=0)
    verify_measurement(measurement, by=pmo)
    earlier.refresh_from_db()
    assert (measurement.status, measurement.verified_by.code) == ("verified", "PE02")
    assert earlier.status == "superseded"


def test_a_verified_measurement_moves_the_figures(demo, measurement, pmo, drain):
    programme = demo.programme("CAM")
    verify_measurement(measurement, by=pmo)
    drain()
    actual = programme.metric_values.get(metric="benefits_actual_to_date", valid_to=None)
    assert actual.value == -362 + 12


def test_nobody_verifies_their_own_measurement(measurement, benefit_owner):
    with refused("verified_by", "Nobody verifies their own measurement."):
        verify_measurement(measurement, by=benefit_owner)


def test_whoever_typed_it_in_for_another_does_not_verify_it(demo, pmo):
    row = submit_measurement(demo.benefit("B05"), **YEAR, value=Decimal(12), by=pmo)
    type(row).objects.filter(pk=row.pk).update(submitted_by=demo.person("PE05"))
    with refused("verified_by", "Nobody verifies their own measurement."):
        verify_measurement(row, by=pmo)


def test_a_project_manager_does_not_verify_what_their_own_project_brings(
    measurement, cam02_manager, cam_manager
):
    with refused("verified_by", "A project manager does not verify what their own project brings."):
        verify_measurement(measurement, by=cam02_manager)
    assert verify_measurement(measurement, by=cam_manager).status == "verified"


def test_only_a_person_of_the_directory_verifies(measurement, stranger):
    with refused("verified_by", "Only somebody in the directory of people can verify."):
        verify_measurement(measurement, by=stranger)


def test_what_was_judged_is_not_judged_again(measurement, pmo):
    reject_measurement(measurement, by=pmo)
    assert measurement.status == "rejected"
    with refused(
        "status", "A benefit measurement is verified when it is submitted; this one is rejected."
    ):
        verify_measurement(measurement, by=pmo)


def test_nothing_is_measured_in_the_future(demo, benefit_owner):
    with refused("measured_on", "This day is still to come."):
        submit_measurement(
            demo.benefit("B05"),
            **YEAR,
            value=Decimal(1),
            measured_on=date(2200, 1, 1),
            by=benefit_owner,
        )


def test_an_approved_benefit_is_realising_with_its_first_verified_measurement(demo, pmo):
    benefit = factories.benefit(programme=demo.programme("CAM"))
    verify_measurement(factories.measurement(benefit, 2025, 5), by=pmo)
    benefit.refresh_from_db()
    assert benefit.status == "realising"


# Contributions


def test_contributions_are_set_all_at_once(demo, cam_manager):
    benefit = demo.benefit("B04")
    kept = benefit.contributions.get(project__code="CAM-03")
    weights = {demo.project("CAM-03"): Decimal("0.25"), demo.project("CAM-05"): Decimal("0.75")}
    set_contributions(benefit, weights, by=cam_manager)
    assert dict(benefit.contributions.values_list("project__code", "weight")) == {
        "CAM-03": Decimal("0.25"),
        "CAM-05": Decimal("0.75"),
    }
    assert benefit.contributions.get(project__code="CAM-03") == kept


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            ("0.5", "0.5001"),
            "With this the weights of the benefit come to more than 1: enter less.",
        ),
        (("0",), "A weight is above 0 and at most 1."),
        (("1.1",), "A weight is above 0 and at most 1."),
        (("-0.1", "0.5"), "A weight is above 0 and at most 1."),
    ],
)
def test_no_more_than_the_whole_is_contributed(demo, cam_manager, weights, message):
    projects = [demo.project("CAM-02"), demo.project("CAM-03")]
    given = dict(zip(projects, map(Decimal, weights), strict=False))
    with refused("weight", message):
        set_contributions(demo.benefit("B04"), given, by=cam_manager)


def test_the_rest_is_unattributed(demo, cam_manager):
    benefit = demo.benefit("B04")
    set_contributions(benefit, {}, by=cam_manager)
    assert not benefit.contributions.exists()
