"""A right is given by who may give it: by a post, a role or an appointment, never by a field."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from benefits.models import Benefit
from pmhub.models import Person, RoleAssignment, User
from programmes.models import Programme
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

DENIED = "permission_denied"


@dataclass
class House:
    """A programme with a project and a benefit, and who holds which role in it."""

    programme: Programme
    project: Project
    benefit: Benefit
    users: dict[str, User]
    outsider: Person

    def record(self, kind: str) -> tuple[str, Any]:
        """Collection and record."""
        return f"{kind}s", getattr(self, kind)


@pytest.fixture
def house(nothing: None) -> House:
    """Everybody holds one role: by a post where there is one, else by an assignment."""
    names = (
        "pmo", "sponsor", "sro", "programme_manager", "bcm", "project_manager",
        "project_executive", "benefit_owner", "viewer", "assurer",
    )  # fmt: skip
    users = {name: factories.user(name) for name in names}
    person = {name: user.person for name, user in users.items()}
    programme = factories.programme(
        code="HOUSE", stage="design", sro=person["sro"],
        programme_manager=person["programme_manager"],
    )  # fmt: skip
    programme.bcms.add(person["bcm"])
    project = factories.project(
        programme=programme,
        project_manager=person["project_manager"],
        executive=person["project_executive"],
    )
    benefit = factories.benefit(programme=programme, owner=person["benefit_owner"])
    factories.role(users["pmo"], "pmo")
    factories.role(users["sponsor"], "sponsor", portfolio=programme.portfolio)
    for name in ("viewer", "assurer"):
        factories.role(users[name], name, programme=programme)
    return House(programme, project, benefit, users, factories.person(name="Outsider"))


# Who may say who holds each post; whoever may write the record is refused at the field, whoever
# may not, as before.
POSTS: list[tuple[str, str, str, set[str]]] = [
    ("programme", "sro", "sro", {"pmo", "sponsor"}),
    ("programme", "programme_manager", "programme_manager", {"pmo", "sponsor", "sro"}),
    ("programme", "bcms", "bcm", {"pmo", "sro"}),
    ("project", "project_manager", "project_manager", {"pmo", "sro", "programme_manager"}),
    ("project", "executive", "project_executive", {"pmo", "sro", "programme_manager"}),
    ("benefit", "owner", "benefit_owner", {"pmo", "sro", "programme_manager", "bcm"}),
]
WHO = (
    "pmo", "sponsor", "sro", "programme_manager", "bcm", "project_manager", "project_executive",
    "benefit_owner", "viewer", "assurer",
)  # fmt: skip
WRITERS = {
    "programme": {"pmo", "sponsor", "sro", "programme_manager"},
    "project": {"pmo", "sro", "programme_manager", "project_manager", "project_executive"},
    "benefit": {"pmo", "sro", "programme_manager", "bcm"},
}


@contextmanager
def undone() -> Iterator[None]:
    """Undo all that is done within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("kind", "field", "role", "givers"), POSTS)
def test_a_post_is_written_by_who_may_give_its_role(
    kind: str, field: str, role: str, givers: set[str], house: House, api: Any
) -> None:
    collection, record = house.record(kind)
    value: Any = [house.outsider.pk] if field == "bcms" else house.outsider.pk
    for who in WHO:
        with undone():
            answer = api(house.users[who]).patch(f"{collection}/{record.pk}/", {field: value})
            stored = type(record).objects.filter(pk=record.pk, **{field: house.outsider})
            assert stored.exists() == (who in givers)
        if who in givers:
            assert answer.json()[field] == value
        elif who in WRITERS[kind]:
            assert (answer.status_code, errors_of(answer)) == (403, {f"/{field}": DENIED})
        else:
            assert answer.status_code in (403, 404)


@pytest.mark.parametrize(("kind", "field", "role", "givers"), POSTS)
def test_an_appointment_is_made_by_who_may_give_its_role(
    kind: str, field: str, role: str, givers: set[str], house: House, api: Any
) -> None:
    collection, record = house.record(kind)
    path = f"{collection}/{record.pk}/"
    body = {"role": role, "person": house.outsider.pk, "reason": "The board decided"}
    office = api(house.users["pmo"])  # signed in before anything is undone
    for who in WHO:
        with undone():
            answer = api(house.users[who]).post(f"{path}appointments/", body)
            change = office.get(f"{path}history/").json()["results"][0]
        if who in givers:
            value = answer.json()[field]
            assert house.outsider.pk in (value if isinstance(value, list) else [value])
            assert change["reason"] == "The board decided"
            assert [each["field"] for each in change["changes"]] == [field]
        elif answer.status_code != 404:
            assert (answer.status_code, errors_of(answer)) == (403, {"/role": DENIED})


def test_nobody_gives_themselves_what_they_do_not_hold(house: House, api: Any) -> None:
    programme = f"programmes/{house.programme.pk}/"
    sponsor, sro, manager = (house.users[name] for name in ("sponsor", "sro", "programme_manager"))
    for user, field in ((sponsor, "programme_manager"), (sponsor, "sro"), (manager, "sro")):
        answer = api(user).patch(programme, {field: user.person.pk})
        assert errors_of(answer) == {f"/{field}": DENIED}
        assert answer.status_code == 403
    taken = api(sponsor).post(
        f"{programme}appointments/", {"role": "sro", "person": sponsor.person.pk}
    )
    assert errors_of(taken) == {"/role": DENIED}
    # What lets them do nothing more, they may take on.
    body = {"programme_manager": sro.person.pk}
    assert api(sro).patch(programme, body).status_code == 200
    body = {"project_manager": sro.person.pk}
    assert api(sro).patch(f"projects/{house.project.pk}/", body).status_code == 200


def test_a_post_is_emptied_by_who_may_fill_it(house: House, api: Any) -> None:
    path = f"programmes/{house.programme.pk}/"
    refused = api(house.users["programme_manager"]).patch(path, {"sro": None})
    assert errors_of(refused) == {"/sro": DENIED}
    refused = api(house.users["programme_manager"]).patch(path, {"bcms": []})
    assert errors_of(refused) == {"/bcms": DENIED}
    assert api(house.users["sponsor"]).patch(path, {"sro": None}).status_code == 200
    assert api(house.users["sro"]).get(path).status_code == 404  # at once


def test_what_is_sent_back_as_it_was_gives_nothing(house: House, api: Any) -> None:
    user = house.users["programme_manager"]
    path = f"programmes/{house.programme.pk}/"
    row = api(user).get(path).json() | {"governance": "Monthly board"}
    assert api(user).put(path, row).status_code == 200


def test_a_record_is_made_with_the_posts_its_maker_may_fill(house: House, api: Any) -> None:
    manager, sponsor = house.users["programme_manager"], house.users["sponsor"]
    project = {"programme": house.programme.pk, "code": "N1", "name": "New"}
    filled = project | {"project_manager": house.outsider.pk}
    assert api(manager).post("projects/", filled).status_code == 201
    programme = {"portfolio": house.programme.portfolio_id, "code": "N2", "name": "New"}
    own = programme | {"programme_manager": sponsor.person.pk}
    assert errors_of(api(sponsor).post("programmes/", own)) == {"/programme_manager": DENIED}
    named = programme | {"bcms": [house.outsider.pk]}
    assert errors_of(api(sponsor).post("programmes/", named)) == {"/bcms": DENIED}
    assert not Programme.objects.filter(code="N2").exists()
    others = programme | {"programme_manager": house.outsider.pk}
    assert api(sponsor).post("programmes/", others).status_code == 201


def test_a_preview_gives_no_more_than_the_write(house: House, api: Any) -> None:
    user = house.users["programme_manager"]
    body = {"sro": user.person.pk}
    answer = api(user).patch(f"programmes/{house.programme.pk}/?preview=1", body)
    assert errors_of(answer) == {"/sro": DENIED}


# Role assignments


@pytest.mark.parametrize(
    ("who", "role", "scope", "status"),
    [
        ("pmo", "assurer", "programme", 201),
        ("pmo", "sponsor", "", 201),
        ("sponsor", "sro", "programme", 201),
        ("sponsor", "pmo", "programme", 403),
        ("sponsor", "viewer", "programme", 403),
        ("sro", "programme_manager", "programme", 201),
        ("sro", "sro", "programme", 403),
        ("programme_manager", "project_manager", "project", 201),
        ("programme_manager", "programme_manager", "programme", 403),
        ("programme_manager", "sro", "project", 403),
        ("programme_manager", "project_manager", "", 403),
        ("project_manager", "project_manager", "project", 403),
        ("viewer", "viewer", "programme", 403),
    ],
)
def test_a_role_is_assigned_by_who_may_give_it(
    who: str, role: str, scope: str, status: int, house: House, api: Any
) -> None:
    body: dict[str, Any] = {"person": house.outsider.pk, "role": role}
    if scope:
        body[scope] = getattr(house, scope).pk
    answer = api(house.users[who]).post("role-assignments/", body)
    assert answer.status_code == status
    assert RoleAssignment.objects.filter(person=house.outsider).exists() == (status == 201)


def test_a_role_is_changed_and_taken_by_who_may_give_it(house: House, api: Any) -> None:
    user = house.users["programme_manager"]
    viewer = RoleAssignment.objects.get(role="viewer")
    path = f"role-assignments/{viewer.pk}/"
    raised = api(user).patch(path, {"role": "project_manager"})
    assert errors_of(raised) == {"/role": DENIED}
    assert errors_of(api(user).patch(path, {"ends_on": "2026-12-31"})) == {"/role": DENIED}
    assert errors_of(api(user).delete(path)) == {"/role": DENIED}
    made = api(user).post(
        "role-assignments/",
        {"person": house.outsider.pk, "role": "project_manager", "project": house.project.pk},
    )
    own = f"role-assignments/{made.json()['id']}/"
    assert errors_of(api(user).patch(own, {"role": "sro"})) == {"/role": DENIED}
    assert api(user).delete(own).status_code == 204
    assert api(house.users["pmo"]).delete(path).status_code == 204


# Appointments


def test_somebody_comes_in_the_place_of_somebody(house: House, api: Any) -> None:
    sro, bcm = house.users["sro"], house.users["bcm"].person
    path = f"programmes/{house.programme.pk}/appointments/"
    body = {"role": "bcm", "person": house.outsider.pk, "replaces": bcm.pk}
    row = api(sro).post(path, body).json()
    assert row["bcms"] == [house.outsider.pk]
    assert row["version"] == house.programme.version + 1
    again = api(sro).post(path, body)
    assert (again.status_code, errors_of(again)) == (400, {"/replaces": "invalid"})
    added = {"role": "bcm", "person": bcm.pk}
    assert set(api(sro).post(path, added).json()["bcms"]) == {bcm.pk, house.outsider.pk}
    left = api(sro).post(path, {"role": "bcm", "person": None, "replaces": bcm.pk})
    assert left.json()["bcms"] == [house.outsider.pk]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "benefit_owner", "person": None}, "/role"),
        ({"role": "viewer", "person": None}, "/role"),
        ({"person": None}, "/role"),
        ({"role": "sro"}, "/person"),
        ({"role": "sro", "person": 999_999}, "/person"),
        ({"role": "bcm", "person": None}, "/person"),
        ({"role": "sro", "person": "{sro}"}, "/person"),
        ({"role": "sro", "person": None, "replaces": "{outsider}"}, "/replaces"),
        ({"role": "sro", "person": None, "since": "2026-10-31"}, "/since"),
    ],
)
def test_what_is_no_appointment_names_the_field(
    body: dict[str, Any], pointer: str, house: House, api: Any
) -> None:
    known = {"{sro}": house.users["sro"].person.pk, "{outsider}": house.outsider.pk}
    body = {name: known.get(value, value) for name, value in body.items()}
    path = f"programmes/{house.programme.pk}/appointments/"
    answer = api(house.users["pmo"]).post(path, body)
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    assert Programme.objects.get(pk=house.programme.pk).version == house.programme.version


def test_an_appointment_is_to_the_version_that_was_seen_where_one_says_so(
    house: House, api: Any
) -> None:
    path = f"projects/{house.project.pk}/appointments/"
    body = {"role": "project_manager", "person": house.outsider.pk}
    user = house.users["programme_manager"]
    assert api(user).verb(path, body, house.project.version + 1).status_code == 412
    assert api(user).verb(path, body, house.project.version).status_code == 200


def test_who_is_appointed_may_write_at_once_and_who_leaves_no_more(
    house: House, client_of: Callable[[User], Any], api: Any
) -> None:
    successor = factories.user("successor")
    before, after = api(house.users["project_manager"]), api(successor)
    path = f"projects/{house.project.pk}/"
    body = {"role": "project_manager", "person": successor.person.pk}
    assert after.get(path).status_code == 404
    assert api(house.users["pmo"]).post(f"{path}appointments/", body).status_code == 200
    assert after.patch(path, {"objective": "Keys"}).status_code == 200
    assert before.patch(path, {"objective": "Locks"}).status_code == 404
