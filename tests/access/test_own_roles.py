"""A member of the PMO gives itself no role while another can, on no path; alone it may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from pmhub.models import RoleAssignment, User
from tests import factories
from tests.admin.forms import entries
from tests.api.conftest import api, office

__all__ = ["api", "office"]


@pytest.fixture
def second(office: User) -> User:
    """Another who may be of the PMO."""
    return factories.user("second")


def own(office: User, role: str = "sro", **where: Any) -> dict[str, Any]:
    """The body of a role for oneself."""
    return {"person": office.person.pk, "role": role, **where}


def by_assignment(office: User, client: Any) -> Any:
    return client.post("role-assignments/", own(office, programme=factories.programme().pk))


def by_bulk(office: User, client: Any) -> Any:
    items = [own(office, "sponsor", portfolio=factories.portfolio().pk)]
    return client.post("role-assignments/bulk/", items)


def by_change(office: User, client: Any) -> Any:
    other = factories.role(factories.user(), "sro", programme=factories.programme())
    return client.patch(f"role-assignments/{other.pk}/", {"person": office.person.pk})


def by_file(office: User, client: Any) -> Any:
    rows = f"person,role,programme_id\n{office.person.code},sro,{factories.programme().pk}\n"
    path = "/api/v1/role-assignments/bulk/"
    return client.client.post(path, rows, content_type="text/csv")


def by_post(office: User, client: Any) -> Any:
    programme = factories.programme()
    return client.patch(f"programmes/{programme.pk}/", {"sro": office.person.pk})


def by_new_record(office: User, client: Any) -> Any:
    body = {"portfolio": factories.portfolio().pk, "code": "P1", "name": "Own",
            "project_manager": office.person.pk}  # fmt: skip
    return client.post("projects/", body)


def by_appointment(office: User, client: Any) -> Any:
    programme = factories.programme()
    body = {"role": "sro", "person": office.person.pk}
    return client.verb(f"programmes/{programme.pk}/appointments/", body)


def by_hand_over(office: User, client: Any) -> Any:
    leaver = factories.user()
    factories.role(leaver, "sponsor", portfolio=factories.portfolio())
    return client.verb(f"people/{leaver.person.pk}/hand-over/", {"to": office.person.pk})


def by_hand_over_of_a_post(office: User, client: Any) -> Any:
    leaver = factories.user()
    factories.programme(sro=leaver.person)
    return client.verb(f"people/{leaver.person.pk}/hand-over/", {"to": office.person.pk})


def by_merger(office: User, client: Any) -> Any:
    duplicate = factories.person()
    RoleAssignment.objects.create(person=duplicate, role="sponsor", portfolio=factories.portfolio())
    return client.verb(
        f"people/{office.person.pk}/merger/", {"duplicate": duplicate.pk, "reason": "Twice"}
    )


def by_succession(office: User, client: Any) -> Any:
    project = factories.project(project_manager=factories.person())
    body = {"successor": office.person.pk, "reason": "Leave"}
    return client.verb(f"projects/{project.pk}/succession/", body)


WAYS: list[Callable[[User, Any], Any]] = [
    by_assignment, by_bulk, by_change, by_file, by_post, by_new_record, by_appointment,
    by_hand_over, by_hand_over_of_a_post, by_merger, by_succession,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_another_gives_it(way: Any, office: User, second: User, api: Any) -> None:
    factories.role(second, "pmo")
    refused = way(office, api(office))
    assert refused.status_code == 403, refused.content
    assert "Another of the PMO" in refused.content.decode()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_only_one_gives_it_to_itself(way: Any, office: User, second: User, api: Any) -> None:
    factories.role(second, "pmo", portfolio=factories.portfolio())
    done = way(office, api(office))
    assert done.status_code in (200, 201), done.content


def test_a_role_that_reads_is_no_gain_and_one_that_one_has_lasts_no_longer(
    office: User, second: User, api: Any
) -> None:
    factories.role(second, "pmo")
    here, client = factories.portfolio().pk, api(office)
    made = client.post("role-assignments/", own(office, "viewer", portfolio=here))
    assert made.status_code == 201, made.content
    refused = client.post("role-assignments/", own(office, "pmo", portfolio=here))
    assert refused.status_code == 403, refused.content
    path = f"role-assignments/{RoleAssignment.objects.get(person=office.person, role='pmo').pk}/"
    for day, status in (("2199-01-02", 200), ("2199-01-03", 403), ("2199-01-01", 200), (None, 403)):
        assert client.patch(path, {"ends_on": day}).status_code == status, day


def test_a_locked_colleague_gives_nothing(office: User, second: User, api: Any) -> None:
    factories.role(second, "pmo")
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert by_assignment(office, api(office)).status_code == 201


def test_the_admin_pages_refuse_it_too(office: User, second: User, client_of: Any) -> None:
    factories.role(second, "pmo")
    User.objects.filter(pk=office.pk).update(is_staff=True)
    desk, leaver = client_of(office), factories.user()
    factories.role(leaver, "sponsor", portfolio=factories.portfolio())
    at = reverse("admin:pmhub_roleassignment_add")
    for person, kept in ((office.person, False), (second.person, True)):
        desk.post(at, entries(desk.get(at), person=str(person.pk), role="sponsor"))
        assert person.roles.filter(role="sponsor").exists() is kept
    there = reverse("admin:pmhub_person_changelist")
    ticked = {"action": "hand_over", "_selected_action": [leaver.person.pk],
              "to": office.person.code}  # fmt: skip
    desk.post(there, ticked)
    assert not office.person.roles.filter(role="sponsor").exists()
    page = reverse("admin:pmhub_person_change", args=[office.person.pk])
    row = {"roles-TOTAL_FORMS": "2", "roles-1-role": "sro", "roles-1-id": ""}
    desk.post(page, entries(desk.get(page), **row))
    assert not office.person.roles.filter(role="sro").exists()
