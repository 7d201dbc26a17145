"""How far objectives are: measured by one, verified by another."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import ObjectiveMeasurement, Portfolio, StrategicObjective
from programmes.ratios import Ratio, progress
from tests.api.conftest import errors_of

MEASURED = {"on": "2026-10-31", "value": "8.00", "source": "Compliance register"}


@pytest.fixture
def safe(demo: Any) -> StrategicObjective:
    """SO5 of Campus Renewal: overdue actions, from 14 to 0, measured never."""
    return StrategicObjective.objects.get(code="SO5")


@pytest.mark.parametrize(
    ("measured", "baseline", "target", "found"),
    [
        ("8", "14", "0", Ratio(Decimal(6) / 14)),  # less is better
        ("75", "50", "100", Ratio(Decimal("0.5"))),
        ("120", "50", "100", Ratio(Decimal("1.4"))),
        ("40", "50", "100", Ratio(Decimal("-0.2"))),
        ("50", "50", "100", Ratio(Decimal(0))),
        (None, "50", "100", Ratio(None, "never_measured")),
        ("75", None, "100", Ratio(None, "no_baseline_or_target")),
        ("75", "50", None, Ratio(None, "no_baseline_or_target")),
        ("75", "50", "50", Ratio(None, "target_is_baseline")),
    ],
)
def test_progress_is_the_share_of_the_way(
    measured: str | None, baseline: str | None, target: str | None, found: Ratio
) -> None:
    assert progress(*(each and Decimal(each) for each in (measured, baseline, target))) == found  # type: ignore[arg-type]  # an empty text is none


def test_the_programme_manager_measures_and_another_verifies(
    safe: Any, demo: Any, cam_manager: User, sro: User, api: Any
) -> None:
    made = api(cam_manager).post("objective-measurements/", MEASURED | {"objective": safe.pk})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["status"], said["unit"]) == ("submitted", "actions")
    assert said["programme"] == demo.programme("CAM").pk
    before = api(cam_manager).get(f"objectives/{safe.pk}/").json()
    assert (before["progress"], before["progress_reason"]) == (None, "never_measured")
    path = f"objective-measurements/{said['id']}/"
    own = api(cam_manager).verb(f"{path}verification/", {})
    assert (own.status_code, errors_of(own)) == (403, {"/verified_by": "permission_denied"})
    verified = api(sro).verb(f"{path}verification/", {})
    assert (verified.status_code, verified.json()["status"]) == (200, "verified")
    now = api(cam_manager).get(f"objectives/{safe.pk}/").json()
    assert (now["progress"], now["measured_value"]) == ("0.4285714286", "8.00")
    assert now["measured_on"] == "2026-10-31"


@pytest.mark.parametrize(
    ("who", "measures", "verifies"),
    [
        ("pmo", 201, 200),
        ("sro", 201, 200),
        ("cam_manager", 201, 200),
        ("sponsor", 201, 403),
        ("assurer", 403, 200),
        ("viewer", 403, 403),
        ("cam02_manager", 403, 403),
        ("ssv_manager", 403, 403),
        ("stranger", 400, 404),
    ],
)
def test_who_may_measure_and_verify(
    who: str, measures: int, verifies: int, safe: Any, demo: Any, api: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    user = request.getfixturevalue(who)
    made = api(user).post("objective-measurements/", MEASURED | {"objective": safe.pk})
    assert made.status_code == measures, made.json()
    theirs = ObjectiveMeasurement.objects.create(
        objective=safe, programme=demo.programme("CAM"), on="2026-09-30", value=9,
        by=demo.person("PE08"),
    )  # fmt: skip
    judged = api(user).verb(f"objective-measurements/{theirs.pk}/verification/", {})
    assert judged.status_code == verifies


def test_a_second_of_the_same_day_supersedes_the_first(
    safe: Any, cam_manager: User, sro: User, api: Any
) -> None:
    ids = []
    for value in ("8.00", "7.00"):
        body = MEASURED | {"objective": safe.pk, "value": value}
        ids.append(api(cam_manager).post("objective-measurements/", body).json()["id"])
        assert api(sro).verb(f"objective-measurements/{ids[-1]}/verification/", {}).status_code
    statuses = ObjectiveMeasurement.objects.filter(pk__in=ids).order_by("pk")
    assert list(statuses.values_list("status", flat=True)) == ["superseded", "verified"]
    assert api(sro).get(f"objectives/{safe.pk}/").json()["progress"] == "0.5000000000"
    changed = api(cam_manager).patch(f"objective-measurements/{ids[1]}/", {"value": "1.00"})
    assert changed.status_code == 409
    assert api(cam_manager).delete(f"objective-measurements/{ids[1]}/").status_code == 409


def test_whoever_changes_the_value_is_its_author(
    safe: Any, cam_manager: User, sro: User, api: Any
) -> None:
    body = MEASURED | {"objective": safe.pk}
    id = api(cam_manager).post("objective-measurements/", body).json()["id"]
    path = f"objective-measurements/{id}/"
    assert api(sro).patch(path, {"value": "7.50"}).json()["by"] == sro.person.pk
    assert api(sro).verb(f"{path}verification/", {}).status_code == 403


def test_it_is_measured_for_who_serves_it(safe: Any, demo: Any, pmo: User, api: Any) -> None:
    other = demo.programme("NZE")
    body = MEASURED | {"objective": safe.pk, "programme": other.pk}
    assert errors_of(api(pmo).post("objective-measurements/", body)) == {"/programme": "invalid"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ObjectiveMeasurement.objects.create(
            objective=safe, programme=other, on="2026-10-31", value=1
        )
    coming = MEASURED | {"objective": safe.pk, "on": "2200-01-01"}
    assert api(pmo).post("objective-measurements/", coming).status_code == 400


def test_nobody_verifies_their_own_in_plain_sql(safe: Any, demo: Any) -> None:
    person = demo.person("PE06")
    row = ObjectiveMeasurement.objects.create(objective=safe, on="2026-10-31", value=1, by=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        ObjectiveMeasurement.objects.filter(pk=row.pk).update(status="verified", verified_by=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        ObjectiveMeasurement.objects.filter(pk=row.pk).update(status="verified")


def test_objectives_and_measurements_are_seen_together(
    safe: Any, viewer: User, stranger: User, api: Any
) -> None:
    ObjectiveMeasurement.objects.create(objective=safe, on="2026-10-31", value=1)
    path = f"objective-measurements/?objective={safe.pk}"
    assert api(viewer).get(path).json()["count"] == 1
    assert api(stranger).get("objective-measurements/").json()["count"] == 0
    assert Portfolio.objects.get().objectives.count() == 5
