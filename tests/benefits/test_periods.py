"""No day of a benefit is planned twice in one version of a profile, nor measured twice."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from benefits.models import BenefitMeasurement, BenefitProfileEntry
from benefits.services import verify_measurement
from tests import factories
from tests.benefits.conftest import errors_of
from tests.services.refusal import refused

YEAR = {"period_start": "2025-04-01", "period_end": "2026-03-31"}
QUARTER = {"period_start": "2025-07-01", "period_end": "2025-09-30"}
MET = "It overlaps 1 Apr 2025 to 31 Mar 2026."


@pytest.fixture
def benefit(demo):
    """A cashable benefit of CAM without a profile."""
    return factories.benefit(programme=demo.programme("CAM"))


@pytest.fixture
def planned(benefit):
    """Its approved year, 100."""
    return factories.entry(benefit, 2025, 100)


@pytest.fixture
def manager(api, cam_manager):
    """The programme's manager over REST."""
    return api(cam_manager)


def entry_of(benefit, **fields):
    return {
        "benefit": benefit.pk,
        "version_kind": "approved",
        "version_number": 1,
        **QUARTER,
        "value": "25.00",
        **fields,
    }


def test_an_entry_that_overlaps_another_is_refused_with_the_period_it_meets(
    manager, benefit, planned
):
    response = manager.post("profile-entries/", entry_of(benefit))
    assert response.status_code == 400
    assert errors_of(response) == {"/period_start": "overlap"}
    assert response.json()["errors"][0]["detail"] == MET
    assert benefit.profile_entries.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"version_number": 2},
        {"version_kind": "forecast"},
        {"period_start": "2026-04-01", "period_end": "2026-06-30"},
    ],
)
def test_other_versions_and_other_days_are_free(manager, benefit, planned, fields):
    assert manager.post("profile-entries/", entry_of(benefit, **fields)).status_code == 201


@pytest.mark.parametrize("fields", [{"period_end": "2026-04-01"}, {"version_number": 1}])
def test_an_entry_is_not_moved_onto_another(manager, benefit, planned, fields):
    number = 2 if "version_number" in fields else 1
    later = factories.entry(
        benefit, 2025, 5, version_number=number, period_start=date(2025, 3, 1),
        period_end=date(2025, 3, 31) if number == 1 else date(2025, 5, 31),
    )  # fmt: skip
    response = manager.patch(f"profile-entries/{later.pk}/", fields)
    assert (response.status_code, errors_of(response)) == (400, {"/period_start": "overlap"})


def test_plain_sql_is_refused_too(benefit, planned):
    with pytest.raises(IntegrityError, match="profileentry_apart"), transaction.atomic():
        factories.entry(benefit, 2025, 1, period_start=date(2025, 12, 1))
    rows = BenefitProfileEntry.objects.filter(pk=planned.pk)
    assert rows.update(period_start=date(2025, 5, 1)) == 1


def test_all_periods_may_move_in_one_statement(benefit, planned):
    factories.entry(benefit, 2026, 100)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE benefits_benefitprofileentry SET period_start = period_start + 365,"
            " period_end = period_end + 365 WHERE benefit_id = %s",
            [benefit.pk],
        )
        assert cursor.rowcount == 2


def test_the_admin_pages_name_the_period_too(client, pmo, benefit, planned):
    client.force_login(pmo)
    body = {**entry_of(benefit), "benefit": str(benefit.pk)}
    page = client.post("/admin/benefits/benefitprofileentry/add/", body)
    assert page.status_code == 200
    assert MET in page.content.decode()
    assert benefit.profile_entries.count() == 1


# Measurements


@pytest.fixture
def quarter(benefit, pmo):
    """A verified measurement of the summer, 25."""
    days = {name: date.fromisoformat(day) for name, day in QUARTER.items()}
    return verify_measurement(factories.measurement(benefit, 2025, 25, **days), by=pmo)


@pytest.fixture
def year(benefit, quarter):
    """The year that the summer lies in, measured as 100 and submitted."""
    return factories.measurement(benefit, 2025, 100)


def test_what_overlaps_a_verified_measurement_is_not_verified_beside_it(api, pmo, quarter, year):
    response = api(pmo).post(f"measurements/{year.pk}/verification/")
    assert response.status_code == 409
    assert errors_of(response) == {"/period_start": "overlap"}
    assert "It overlaps 1 Jul 2025 to 30 Sep 2025." in response.json()["detail"]
    year.refresh_from_db()
    assert year.status == "submitted"


def test_it_takes_the_place_of_those_it_names(api, pmo, benefit, quarter, year, drain):
    body = {"supersedes": [quarter.pk]}
    assert api(pmo).post(f"measurements/{year.pk}/verification/", body).status_code == 200
    quarter.refresh_from_db()
    assert quarter.status == "superseded"
    drain()
    line = benefit.programme.ledger_lines.get(
        metric="benefits_actual_to_date", source_id=benefit.pk, valid_to=None
    )
    assert line.value == 100


def test_the_admin_pages_supersede_only_when_asked(client, pmo, quarter, year):
    client.force_login(pmo)
    for action, verified in (("verification", False), ("supersede", True)):
        client.post(
            "/admin/benefits/benefitmeasurement/",
            {"action": action, "_selected_action": [year.pk], "confirmed": "1"},
        )
        year.refresh_from_db()
        assert (year.status == "verified") is verified
    quarter.refresh_from_db()
    assert quarter.status == "superseded"


def test_only_what_it_overlaps_can_be_superseded(api, pmo, demo, quarter):
    other = factories.measurement(quarter.benefit, 2024, 7)
    response = api(pmo).post(f"measurements/{other.pk}/verification/", {"supersedes": [quarter.pk]})
    assert (response.status_code, errors_of(response)) == (400, {"/supersedes": "invalid"})


def test_the_same_period_measured_again_supersedes_by_itself(benefit, pmo, quarter):
    days = {"period_start": quarter.period_start, "period_end": quarter.period_end}
    again = factories.measurement(benefit, 2025, 30, **days)
    verify_measurement(again, by=pmo)
    quarter.refresh_from_db()
    assert quarter.status == "superseded"


def test_plain_sql_verifies_no_day_twice(year, pmo):
    rows = BenefitMeasurement.objects.filter(pk=year.pk)
    with pytest.raises(IntegrityError, match="measurement_apart"), transaction.atomic():
        rows.update(status="verified", verified_by=pmo.person)


# Dates of a measurement


def measured(benefit, **fields):
    return {"benefit": benefit.pk, **YEAR, "value": "7.00", **fields}


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"period_end": "2026-11-30"}, {"/period_end": "not_over"}),
        ({"measured_on": "2026-03-30"}, {"/measured_on": "too_early"}),
        ({"measured_on": "2200-01-01"}, {"/measured_on": "invalid"}),
        ({"period_end": "2025-03-31"}, {"/period_end": "invalid"}),
    ],
)
def test_nothing_is_measured_that_is_not_there_yet(manager, benefit, fields, errors):
    response = manager.post("measurements/", measured(benefit, **fields))
    assert (response.status_code, errors_of(response)) == (400, errors)
    assert not benefit.measurements.exists()


def test_what_is_over_is_measured(manager, benefit):
    body = measured(benefit, measured_on="2026-03-31")
    assert manager.post("measurements/", body).status_code == 201
    level = factories.benefit(programme=benefit.programme, kind="stock", monetised=False)
    body = measured(level, measured_on="2025-06-30")
    assert manager.post("measurements/", body).status_code == 201


def test_a_period_that_is_not_over_is_not_verified(benefit, pmo):
    early = factories.measurement(benefit, 2026, 9, period_end=date(2026, 11, 15))
    with refused("period_end", "This period is not over on the status date, 31 Oct 2026."):
        verify_measurement(early, by=pmo)


# Magnitudes


@pytest.fixture
def cost(demo):
    """A dis-benefit of CAM."""
    return factories.benefit(programme=demo.programme("CAM"), category="dis_benefit", polarity=-1)


def test_what_a_dis_benefit_costs_is_a_magnitude(manager, cost, benefit):
    for path, body in (("profile-entries/", entry_of), ("measurements/", measured)):
        response = manager.post(path, body(cost, value="-40.00"))
        assert (response.status_code, errors_of(response)) == (400, {"/value": "magnitude"})
        assert manager.post(path, body(cost, value="40.00")).status_code == 201
        assert manager.post(path, body(benefit, value="-40.00")).status_code == 201


def test_a_magnitude_does_not_fall_below_nothing(manager, cost):
    row = factories.entry(cost, 2025, 40)
    response = manager.patch(f"profile-entries/{row.pk}/", {"value": "-40.00"})
    assert (response.status_code, errors_of(response)) == (400, {"/value": "magnitude"})
    with pytest.raises(IntegrityError, match="magnitude"), transaction.atomic():
        BenefitProfileEntry.objects.filter(pk=row.pk).update(value=Decimal(-40))


def test_a_benefit_with_negative_amounts_becomes_no_dis_benefit(manager, benefit):
    factories.entry(benefit, 2025, -40)
    body = {"category": "dis_benefit", "polarity": -1}
    response = manager.patch(f"benefits/{benefit.pk}/", body)
    assert (response.status_code, errors_of(response)) == (
        409,
        {"/category": "benefit_magnitudes"},
    )
    benefit.profile_entries.all().delete()
    assert manager.patch(f"benefits/{benefit.pk}/", body).status_code == 200


# An estate from before


@pytest.fixture
def overlapping(benefit, pmo):
    """Rows as they could be stored before periods had to be apart."""
    with connection.cursor() as cursor:
        for table, name in (("profileentry", "profileentry"), ("measurement", "measurement")):
            cursor.execute(f"ALTER TABLE benefits_benefit{table} DROP CONSTRAINT {name}_apart")
    for start, end, value in (
        (date(2025, 4, 1), date(2026, 3, 31), 365),
        (date(2025, 7, 1), date(2025, 9, 30), 25),
        (date(2025, 9, 1), date(2025, 9, 30), 9),
        (date(2025, 9, 1), date(2025, 9, 10), 3),
        (date(2025, 9, 11), date(2025, 9, 30), 4),
    ):
        days = {"period_start": start, "period_end": end}
        factories.entry(benefit, 2025, value, **days)
        factories.measurement(
            benefit, 2025, value, **days, status="verified", verified_by=pmo.person
        )
    return benefit


def test_what_overlapped_before_is_set_apart(overlapping):
    migration = import_module("benefits.migrations.0008_periods_apart")
    with connection.cursor() as cursor:
        for sql in (migration.SUPERSEDE, migration.CUT):
            cursor.execute(sql)
    entries = overlapping.profile_entries.order_by("period_start")
    told = [(f"{each.period_start:%d%b}-{each.period_end:%d%b}", each.value) for each in entries]
    assert told == [
        ("01Apr-30Jun", Decimal(91)),
        ("01Jul-31Aug", round(Decimal(25 * 62) / 92, 2)),
        ("01Sep-10Sep", Decimal(3)),
        ("11Sep-30Sep", Decimal(4)),
        ("01Oct-31Mar", Decimal(182)),
    ]
    kept = overlapping.measurements.filter(status="verified").order_by("period_start")
    assert list(kept.values_list("value", flat=True)) == [3, 4]
    assert overlapping.measurements.filter(status="superseded").count() == 3
