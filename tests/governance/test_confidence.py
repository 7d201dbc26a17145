"""Delivery confidence: declared with its basis, each judgement kept, never computed."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pmhub.models import User
from programmes.models import DcaRecord
from tests import factories
from tests.api.conftest import errors_of

RED = {"value": "red", "on": "2026-10-31", "basis": "Gateway 2 is refused"}


@pytest.fixture
def cam(demo: Any) -> int:
    """The programme Campus Renewal, declared amber on 30 September."""
    id: int = demo.programme("CAM").pk
    return id


def test_the_sro_declares_it_and_the_programme_shows_the_latest(
    cam: int, sro: User, api: Any
) -> None:
    made = api(sro).post("dca-records/", RED | {"programme": cam})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["change"], said["kind"], said["scale"]) == ("down", "self", 3)
    assert said["by"] == sro.person.pk
    shown = api(sro).get(f"programmes/{cam}/").json()
    assert (shown["dca"], shown["dca_on"], shown["dca_basis"]) == tuple(RED.values())
    kept = api(sro).get(f"dca-records/?programme={cam}&kind=self&ordering=on").json()["results"]
    assert [(each["value"], each["change"]) for each in kept] == [
        ("green", "first"), ("amber", "down"), ("red", "down"),
    ]  # fmt: skip


def test_without_a_day_it_is_of_the_status_date(cam: int, sro: User, api: Any) -> None:
    made = api(sro).post("dca-records/", {"programme": cam, "value": "amber", "basis": "As before"})
    assert (made.json()["on"], made.json()["change"]) == ("2026-10-31", "same")


def test_a_judgement_of_five_points_shows_as_one_of_three(cam: int, sro: User, api: Any) -> None:
    body = RED | {"programme": cam, "scale": 5, "value": "amber_red"}
    made = api(sro).post("dca-records/", body)
    assert made.json()["change"] == "down"  # from amber
    assert api(sro).get(f"programmes/{cam}/").json()["dca"] == "amber"
    refused = api(sro).post("dca-records/", body | {"scale": 3})
    assert errors_of(refused) == {"/value": "invalid"}


def test_one_of_an_earlier_day_is_history_alone(cam: int, sro: User, api: Any) -> None:
    assert api(sro).post("dca-records/", RED | {"programme": cam, "on": "2026-07-31"}).status_code
    assert api(sro).get(f"programmes/{cam}/").json()["dca"] == "amber"


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        ("sro", "self", 201),
        ("pmo", "self", 201),
        ("cam_manager", "self", 403),
        ("assurer", "self", 403),
        ("viewer", "self", 403),
        ("stranger", "self", 400),
        ("assurer", "independent", 201),
        ("pmo", "independent", 201),
        ("sro", "independent", 403),
        ("cam_manager", "independent", 403),
    ],
)
def test_who_may_judge(
    who: str, kind: str, status: int, cam: int, api: Any, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    answer = api(user).post("dca-records/", RED | {"programme": cam, "kind": kind})
    assert answer.status_code == status, answer.json()


def test_an_independent_one_leaves_what_the_programme_shows(
    cam: int, demo: Any, assurer: User, api: Any
) -> None:
    review = demo.review("AR01").pk
    body = RED | {"programme": cam, "kind": "independent", "review": review}
    assert api(assurer).post("dca-records/", body).json()["review"] == review
    assert api(assurer).get(f"programmes/{cam}/").json()["dca"] == "amber"
    other = demo.review("AR02").pk  # of a project
    assert api(assurer).post("dca-records/", body | {"review": other}).status_code == 400
    own = api(assurer).post("dca-records/", body | {"kind": "self"})
    assert own.status_code == 403


def test_the_programme_declares_as_before_and_each_is_kept(cam: int, sro: User, api: Any) -> None:
    said = {"dca": "red", "dca_basis": "Gateway 2 is refused"}
    changed = api(sro).patch(f"programmes/{cam}/", said)
    assert (changed.status_code, changed.json()["dca_on"]) == (200, "2026-10-31")
    last = DcaRecord.objects.filter(programme=cam, kind="self").first()
    assert last is not None
    assert (last.value, last.on, last.basis) == ("red", date(2026, 10, 31), said["dca_basis"])
    assert last.by == sro.person
    count = DcaRecord.objects.count()
    assert api(sro).patch(f"programmes/{cam}/", said).status_code == 200
    assert api(sro).patch(f"programmes/{cam}/", {"name": "Campus"}).status_code == 200
    assert DcaRecord.objects.count() == count


def test_who_manages_the_programme_does_not_declare_it(
    cam: int, cam_manager: User, sro: User, api: Any
) -> None:
    refused = api(cam_manager).patch(f"programmes/{cam}/", {"dca": "green"})
    assert errors_of(refused) == {"/dca": "permission_denied"}
    assert api(sro).patch(f"programmes/{cam}/", {"dca": "green"}).status_code == 200


def test_what_was_declared_is_neither_taken_back_nor_antedated(
    cam: int, sro: User, api: Any
) -> None:
    cleared = api(sro).patch(f"programmes/{cam}/", {"dca": "", "dca_on": None})
    assert (cleared.status_code, errors_of(cleared)) == (409, {"/dca": "dca_stays"})
    early = api(sro).patch(f"programmes/{cam}/", {"dca": "green", "dca_on": "2026-01-01"})
    assert (early.status_code, errors_of(early)) == (409, {"/dca_on": "dca_order"})


def test_a_judgement_is_changed_and_deleted_on_no_path(cam: int, pmo: User, api: Any) -> None:
    last = DcaRecord.objects.filter(programme=cam).latest("id")
    assert api(pmo).patch(f"dca-records/{last.pk}/", {"value": "green"}).status_code == 409
    assert api(pmo).delete(f"dca-records/{last.pk}/").status_code == 409
    for statement in ("UPDATE programmes_dcarecord SET value = 'red', scale = 5 WHERE id = %s",
                      "DELETE FROM programmes_dcarecord WHERE id = %s"):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [last.pk])


def test_nothing_is_judged_that_is_still_to_come(cam: int, sro: User, api: Any) -> None:
    coming = RED | {"programme": cam, "on": "2199-01-01"}
    assert errors_of(api(sro).post("dca-records/", coming)) == {"/on": "invalid"}
    with pytest.raises(DatabaseError), transaction.atomic():
        DcaRecord.objects.create(**RED | {"on": "2199-01-01"}, programme_id=cam)


def test_plain_sql_on_the_programme_leaves_a_record_too(cam: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programmes_programme SET dca = 'red' WHERE id = %s", [cam])
    last = DcaRecord.objects.filter(programme=cam, kind="self").first()
    assert last is not None
    assert (last.value, last.on, last.by) == ("red", date(2026, 10, 31), None)


def test_of_a_project_too(demo: Any, pmo: User, cam02_manager: User, api: Any) -> None:
    project = demo.project("CAM-02").pk
    body = RED | {"project": project}
    assert api(pmo).post("dca-records/", body).json()["change"] == "first"
    assert api(cam02_manager).post("dca-records/", body).status_code == 403
    both = api(pmo).post("dca-records/", body | {"programme": demo.programme("CAM").pk})
    assert both.status_code == 400


def test_of_what_has_ended_nobody_waits_for_a_judgement(nothing: None, api: Any) -> None:
    factories.role(reader := factories.user("reader"), "pmo")
    programme = factories.programme()
    factories.project(programme=programme)
    factories.project(programme=programme, status="on_hold")
    factories.project(programme=programme, status="closed", stage="closed", actual_finish=RED["on"])
    ended = {"stage": "terminated", "actual_end_on": RED["on"]}
    factories.programme(portfolio=programme.portfolio, **ended)
    told = api(reader).get(f"portfolios/{programme.portfolio_id}/confidence/").json()
    assert (told["unjudged_programmes"], told["unjudged_projects"]) == (1, 2)


@pytest.mark.parametrize("post", ["sro", "programme_manager", "project_manager", "executive"])
@pytest.mark.parametrize("held", ["post", "role"])
def test_who_leads_a_project_or_what_it_belongs_to_does_not_judge_it_independently(
    post: str, held: str, nothing: None, api: Any
) -> None:
    leader, assurer = factories.user("leader"), factories.user("assurer")
    project = factories.project(programme=factories.programme())
    home: Any = project.programme if post in ("sro", "programme_manager") else project
    for each in (leader, assurer):
        factories.role(each, "assurer", programme=project.programme)
    if held == "post":
        setattr(home, post, leader.person)
        home.save()
    else:
        role = "project_executive" if post == "executive" else post
        factories.role(leader, role, **{home._meta.model_name: home})
    body = {"project": project.pk, "kind": "independent", "value": "green", "basis": "Seen"}
    assert api(leader).post("dca-records/", body).status_code == 403
    assert api(assurer).post("dca-records/", body).status_code == 201
