"""Overrides of health: proposed by one, approved by another, for 90 days at most."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.api.refusals import settle
from pmhub.models import User
from programmes.models import HealthOverride, Portfolio
from tests.admin.test_verbs import tick
from tests.api.conftest import errors_of

GREEN = {
    "colour": "green",
    "reason": "The slip is agreed with the board; a new baseline is being drawn up.",
    "starts_on": "2026-10-31",
    "expires_on": "2027-01-29",
}


@pytest.fixture
def cam(demo: Any) -> int:
    """The programme Campus Renewal."""
    id: int = demo.programme("CAM").pk
    return id


def test_one_proposes_and_another_approves(cam: int, sro: User, pmo: User, api: Any) -> None:
    made = api(sro).post("health-overrides/", GREEN | {"programme": cam})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["state"], said["counts"], said["by"]) == ("proposed", False, sro.person.pk)
    path = f"health-overrides/{said['id']}/"
    own = api(sro).verb(f"{path}approval/", {})
    assert (own.status_code, errors_of(own)) == (403, {"/approved_by": "permission_denied"})
    approved = api(pmo).verb(f"{path}approval/", {})
    assert approved.status_code == 200, approved.json()
    assert (approved.json()["state"], approved.json()["counts"]) == ("approved", True)
    assert api(sro).patch(path, {"reason": "Another"}).status_code == 409
    assert api(sro).delete(path).status_code == 409
    withdrawn = api(sro).verb(f"{path}withdrawal/", {"reason": "Baselined"})
    assert (withdrawn.status_code, withdrawn.json()["counts"]) == (200, False)


@pytest.mark.parametrize(
    ("who", "proposes", "approves"),
    [
        ("pmo", 201, 200),
        ("sro", 201, 200),
        ("sponsor", 201, 200),
        ("cam_manager", 201, 403),
        ("cam02_manager", 403, 403),
        ("assurer", 403, 403),
        ("viewer", 403, 403),
        ("ssv_manager", 400, 404),
        ("stranger", 400, 404),
    ],
)
def test_who_may_propose_and_approve_for_a_project(
    who: str, proposes: int, approves: int, demo: Any, api: Any, request: pytest.FixtureRequest
) -> None:
    user, project = request.getfixturevalue(who), demo.project("CAM-02")
    made = api(user).post("health-overrides/", GREEN | {"project": project.pk})
    assert made.status_code == proposes, made.json()
    theirs = HealthOverride.objects.create(**GREEN, project=project, by=demo.person("PE08"))
    judged = api(user).verb(f"health-overrides/{theirs.pk}/approval/", {})
    assert judged.status_code == approves


def test_ninety_days_at_most(cam: int, sro: User, api: Any) -> None:
    body = GREEN | {"programme": cam, "expires_on": "2027-01-30"}
    assert errors_of(api(sro).post("health-overrides/", body)) == {"/expires_on": "invalid"}
    del body["starts_on"]  # it is the status date
    assert errors_of(api(sro).post("health-overrides/", body)) == {"/expires_on": "invalid"}
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthOverride.objects.create(**{**GREEN, "expires_on": "2027-01-30"}, programme_id=cam)


@pytest.mark.parametrize("lacking", ["reason", "expires_on", "colour"])
def test_without_reason_or_end_there_is_none(lacking: str, cam: int, sro: User, api: Any) -> None:
    body = {name: value for name, value in GREEN.items() if name != lacking}
    refused = api(sro).post("health-overrides/", body | {"programme": cam})
    assert errors_of(refused) == {f"/{lacking}": "required"}


def test_nor_is_it_approved_by_its_author_in_the_admin_pages(
    cam: int, pmo: User, sponsor: User, api: Any, client_of: Any
) -> None:
    ids = [
        api(user).post("health-overrides/", GREEN | {"programme": cam}).json()["id"]
        for user in (pmo, sponsor)
    ]
    rows, desk = [HealthOverride.objects.get(pk=id) for id in ids], client_of(pmo)
    for row in rows:
        answer = tick(desk, row, "approval", confirmed="1")
        page = desk.get(answer["Location"]).content.decode()
        assert ("Nobody approves their own, or that of what they lead." in page) is (row == rows[0])
        row.refresh_from_db()
    assert [row.state for row in rows] == ["proposed", "approved"]


def test_two_do_not_count_on_one_day(cam: int, sro: User, pmo: User, api: Any) -> None:
    ids = []
    for first in ("2026-10-31", "2027-01-29", "2027-01-30"):
        body = GREEN | {"programme": cam, "starts_on": first, "expires_on": first}
        body |= {"expires_on": "2027-01-29"} if first == "2026-10-31" else {}
        ids.append(api(sro).post("health-overrides/", body).json()["id"])
    answers = [api(pmo).verb(f"health-overrides/{id}/approval/", {}) for id in ids]
    assert [each.status_code for each in answers] == [200, 409, 200]
    assert errors_of(answers[1]) == {"/starts_on": "wrong_state"}
    person: Any = pmo
    HealthOverride.objects.filter(pk=ids[1]).update(state="approved", approved_by=person.person)
    with pytest.raises(IntegrityError):
        settle()


def test_what_has_expired_is_not_approved(demo: Any, cam: int, pmo: User, api: Any) -> None:
    row = HealthOverride.objects.create(
        **{**GREEN, "expires_on": "2026-10-31"}, programme_id=cam, by=demo.person("PE05")
    )
    Portfolio.objects.filter(pk=demo.portfolio.pk).update(status_date="2026-11-01")
    refused = api(pmo).verb(f"health-overrides/{row.pk}/approval/", {})
    assert errors_of(refused) == {"/expires_on": "wrong_state"}


def test_nobody_approves_their_own_in_plain_sql(demo: Any, cam: int) -> None:
    person = demo.person("PE05")
    row = HealthOverride.objects.create(**GREEN, programme_id=cam, by=person)
    rows = HealthOverride.objects.filter(pk=row.pk)
    for change in ({"approved_by": person}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="approved", **change)
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthOverride.objects.create(**GREEN, by=person)  # of nothing
