"""Somebody can always give roles on the organisation: the last who can stays, on every path."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pmhub.database.history import WritePath, through
from pmhub.models import Person, RoleAssignment, User
from tests import factories
from tests.admin.forms import entries, said
from tests.admin.test_entering import address
from tests.api.conftest import api, errors_of, office

__all__ = ["api", "office"]

SENTENCE = "first make somebody else its PMO who can sign in"
SETTLE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


def today() -> date:
    """The day on which roles are held."""
    return timezone.localdate()


def role_of(user: User) -> RoleAssignment:
    """The role of somebody who holds one."""
    role: RoleAssignment = user.person.roles.get()
    return role


def written(write: Callable[[], Any], *, by: User | None) -> None:
    """Have somebody write, or nobody who is known, and check what is left to the commit."""
    with transaction.atomic(), through(WritePath.ADMIN, by=by):
        write()
        with connection.cursor() as cursor:
            cursor.execute(SETTLE)


@pytest.fixture
def second(office: User) -> User:
    """Somebody whom the tests make PMO, beside the only one."""
    return factories.user("second")


def tries(office: User) -> list[tuple[str, str, dict[str, Any]]]:
    """Return requests that would take the role from the only member of the PMO, each with the field
    that is named."""
    path = f"role-assignments/{role_of(office).pk}/"
    return [
        ("delete", path, {}),
        ("patch", path, {"ends_on": str(today() - timedelta(days=1))}),
        ("patch", path, {"ends_on": str(today() + timedelta(days=30))}),
        ("patch", path, {"starts_on": str(today() + timedelta(days=1))}),
        ("patch", path, {"role": "viewer"}),
        ("patch", path, {"person": factories.person().pk}),
        ("patch", path, {"portfolio": factories.portfolio().pk}),
    ]


def test_the_last_role_of_the_pmo_is_not_taken_by_rest(
    office: User, second: User, api: Any
) -> None:
    client = api(office)
    for method, path, body in tries(office):
        sent = (path, body) if method == "patch" else (path,)
        refused = getattr(client, method)(*sent)
        assert refused.status_code == 409, (body, refused.content)
        assert "/role" in errors_of(refused), body
        assert SENTENCE in refused.json()["errors"][0]["detail"]
        if method == "patch":
            assert client.patch(f"{path}?preview=1", body).status_code == 409
    factories.role(second, "pmo")
    for method, path, body in tries(office):
        point = transaction.savepoint()
        sent = (path, body) if method == "patch" else (path,)
        assert getattr(client, method)(*sent).status_code in {200, 204}, body
        transaction.savepoint_rollback(point)
        office._grants = None


def test_many_at_once_ask_the_same(office: User, second: User, api: Any) -> None:
    client, role = api(office).client, role_of(office)
    item = {"id": role.pk, "version": role.version}
    rows = f"id,version,role\n{role.pk},{role.version},viewer\n"
    path = "/api/v1/role-assignments/bulk/"
    for status in (409, None):
        for method, body in (("delete", [item]), ("patch", [{**item, "role": "viewer"}])):
            with transaction.atomic():
                sent = getattr(client, method)(path, body, format="json")
                transaction.set_rollback(True)
            done = 204 if method == "delete" else 200
            assert sent.status_code == (status or done), sent.content
        with transaction.atomic():
            sent = client.post(path, rows, content_type="text/csv")
            transaction.set_rollback(True)
        assert sent.status_code == (status or 201), sent.content
        if status:
            assert SENTENCE in sent.content.decode()
            factories.role(second, "pmo")


def test_a_role_ends_where_the_next_begins(office: User, second: User, api: Any) -> None:
    last = today() + timedelta(days=30)
    path, body = f"role-assignments/{role_of(office).pk}/", {"ends_on": str(last)}
    later = factories.role(second, "pmo", starts_on=last + timedelta(days=2))
    assert api(office).patch(path, body).status_code == 409
    RoleAssignment.objects.filter(pk=later.pk).update(starts_on=last + timedelta(days=1))
    assert api(office).patch(path, body).status_code == 200
    assert api(office).delete(f"role-assignments/{later.pk}/").status_code == 409


@pytest.mark.parametrize("kind", ["locked", "service", "nobody", "viewer", "elsewhere", "ended"])
def test_who_cannot_give_roles_does_not_count(
    kind: str, office: User, second: User, api: Any
) -> None:
    scope = {"portfolio": factories.portfolio()} if kind == "elsewhere" else {}
    days = {"ends_on": today() - timedelta(days=1)} if kind == "ended" else {}
    factories.role(second, "viewer" if kind == "viewer" else "pmo", **scope, **days)
    if kind == "nobody":
        Person.objects.filter(user=second).update(user=None)
    second.is_active, second.is_service = kind != "locked", kind == "service"
    second.set_unusable_password()
    second.save()
    assert api(office).delete(f"role-assignments/{role_of(office).pk}/").status_code == 409


def test_a_superuser_gives_roles_too(office: User, second: User, api: Any) -> None:
    User.objects.filter(pk=second.pk).update(is_superuser=True)
    assert api(office).delete(f"role-assignments/{role_of(office).pk}/").status_code == 204
    for fields in ({"is_active": False}, {"is_superuser": False}):
        with pytest.raises(DatabaseError, match=SENTENCE):
            written(partial(User.objects.filter(pk=second.pk).update, **fields), by=office)


def test_the_last_is_handed_over_in_one_step(office: User, second: User, api: Any) -> None:
    outside = factories.person()
    path = f"people/{office.person.pk}/hand-over/"
    refused = api(office).verb(path, {"to": outside.pk, "reason": "Leaves"})
    assert refused.status_code == 409, refused.content
    body = {"to": second.person.pk, "reason": "Leaves"}
    assert api(office).verb(path, body).status_code == 200


def test_only_who_runs_the_machine_locks_parts_or_deletes_the_last(
    office: User, second: User
) -> None:
    writes: list[Any] = [
        lambda: User.objects.filter(pk=office.pk).update(is_active=False),
        lambda: User.objects.filter(pk=office.pk).update(is_service=True, password="!"),
        lambda: Person.objects.filter(user=office).update(user=None),
        lambda: Person.objects.filter(user=office).update(
            user=User.objects.create(is_active=False)
        ),
        lambda: RoleAssignment.objects.all().delete(),
        lambda: User.objects.get(pk=office.pk).delete(),
    ]
    for write in writes:
        with pytest.raises(DatabaseError, match=SENTENCE):
            written(write, by=office)
        with transaction.atomic():
            written(write, by=None)
            transaction.set_rollback(True)
    factories.role(second, "pmo")
    for write in writes[:4]:
        with transaction.atomic():
            written(write, by=office)
            transaction.set_rollback(True)


def test_the_admin_pages_keep_the_last(office: User, second: User, client_of: Any) -> None:
    User.objects.filter(pk=office.pk).update(is_staff=True)
    office.refresh_from_db()
    staff = client_of(office)
    role = role_of(office)
    page = address(RoleAssignment, "change", role.pk)
    yesterday = str(today() - timedelta(days=1))
    begun = str(today() - timedelta(days=9))
    for change in ({"role": "viewer"}, {"starts_on": begun, "ends_on": yesterday}):
        sent = staff.post(page, entries(staff.get(page), **change), follow=True)
        assert SENTENCE in sent.content.decode(), change
    gone = staff.post(address(RoleAssignment, "delete", role.pk), {"post": "yes"}, follow=True)
    assert any(SENTENCE in text for text in said(gone))
    form = address(Person, "change", office.person.pk)
    parted = entries(staff.get(form))
    parted.pop("user")
    assert SENTENCE in staff.post(form, parted, follow=True).content.decode()
    form = address(User, "change", office.pk)
    changed = entries(staff.get(form))
    changed.pop("is_active")
    assert SENTENCE in staff.post(form, changed, follow=True).content.decode()
    assert (role_of(office).role, User.objects.get(pk=office.pk).is_active) == ("pmo", True)
