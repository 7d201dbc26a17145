"""Whoever gives a right or a way in shows again who they are, by whichever door they come."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from pmhub.api.routes import RESOURCES
from pmhub.models import Person, RoleAssignment, Token, User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import api, office

__all__ = ["api", "office"]

NEEDED = (403, "confirmation_needed", "/account/confirm/")


def wait(client: Any) -> None:
    """Let it be too long ago that this session saw a password."""
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()


@pytest.fixture
def house(office: User) -> dict[str, Any]:
    """The ids of the records that the requests below are about."""
    programme, person = factories.programme(), factories.person()
    role = RoleAssignment.objects.create(person=person, role="viewer", programme=programme)
    invited = factories.user("invited")
    return {
        "programme": programme.pk,
        "person": person.pk,
        "role": role.pk,
        "invited": invited.person.pk,
        "heir": factories.person().pk,
    }


# Method, address and body of what gives a right or a way in.
DANGEROUS: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "role-assignments/", {"person": "{heir}", "role": "viewer"}),
    ("patch", "role-assignments/{role}/", {"role": "assurer"}),
    ("delete", "role-assignments/{role}/", {}),
    ("post", "programmes/{programme}/appointments/", {"role": "sro", "person": "{heir}"}),
    ("patch", "programmes/{programme}/", {"sro": "{heir}"}),
    ("patch", "programmes/{programme}/", {"bcms": ["{heir}"]}),
    ("post", "people/{person}/hand-over/", {"to": "{heir}"}),
    ("post", "people/{invited}/invitation/", {}),
    ("post", "people/accounts/", {"person": "{heir}"}),
    ("post", "tokens/", {"name": "Ledger"}),
]


def filled(value: Any, house: dict[str, Any]) -> Any:
    """With the ids of the house in their places."""
    if isinstance(value, list):
        return [filled(each, house) for each in value]
    text = isinstance(value, str) and value.startswith("{")
    return house[value.strip("{}")] if text else value


@pytest.mark.parametrize(("method", "path", "body"), DANGEROUS)
def test_rest_asks_a_session_again_and_no_token(
    method: str, path: str, body: Any, office: User, house: dict[str, Any], api_of: Any
) -> None:
    address = f"/api/v1/{path.format(**house)}"
    sent = {name: filled(value, house) for name, value in body.items()}
    late, token = api_of(office), api_of(office, token=True)
    wait(late)
    star: Any = {"format": "json", "headers": {"If-Match": "*"}}
    for preview in ("", "?preview=1") if path != "tokens/" else ("",):
        refused = getattr(late, method)(f"{address}{preview}", sent, **star)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["confirm_at"]) == NEEDED
    assert getattr(token, method)(address, sent, **star).status_code < 300


def test_in_bulk_it_is_asked_as_it_is_one_by_one(office: User, api_of: Any) -> None:
    late = api_of(office)
    wait(late)
    offered = [
        (name, verb)
        for name, view in RESOURCES.items()
        for verb, action in view.bulk_verbs().items()
        if action in view.dangerous
    ]
    assert ("people", "hand-over") in offered
    for name, verb in offered:
        for preview in ("", "?preview=1"):
            refused = late.post(f"/api/v1/{name}/bulk/{verb}/{preview}", [{"id": 1, "version": 1}])
            problem = refused.json()
            assert (refused.status_code, problem["code"], problem["confirm_at"]) == NEEDED, verb


def test_people_are_handed_over_in_bulk_by_a_token(
    office: User, house: dict[str, Any], api_of: Any
) -> None:
    item = {"id": house["person"], "version": 1, "to": house["heir"]}
    done = api_of(office, token=True).post("/api/v1/people/bulk/hand-over/", [item])
    assert done.status_code == 200, done.json()


def test_what_gives_nothing_is_not_asked_about(
    office: User, house: dict[str, Any], api_of: Any
) -> None:
    client = api_of(office)
    wait(client)
    star: Any = {"format": "json", "headers": {"If-Match": "*"}}
    changed = {"unit": "Estates"}
    assert client.patch(f"/api/v1/people/{house['person']}/", changed, **star).status_code == 200
    row = client.get(f"/api/v1/programmes/{house['programme']}/").json()
    again = {name: row[name] for name in ("sro", "programme_manager", "bcms")}
    path = f"/api/v1/programmes/{row['id']}/"
    assert client.patch(path, again | {"name": "Renamed"}, **star).status_code == 200


def test_an_adopted_change_asks_as_the_write_itself(
    office: User, house: dict[str, Any], api_of: Any
) -> None:
    client = api_of(office)
    scenario = client.post(
        "/api/v1/scenarios/", {"programme": house["programme"], "name": "Another SRO"}
    ).json()
    change = client.post(
        "/api/v1/scenario-changes/",
        {
            "scenario": scenario["id"], "title": "Appoint", "method": "PATCH",
            "path": f"programmes/{house['programme']}/", "body": {"sro": house["heir"]},
        },
    ).json()  # fmt: skip
    address = f"/api/v1/scenario-changes/{change['id']}/adoption/"
    wait(client)
    assert client.post(address).json()["code"] == "confirmation_needed"
    assert Programme.objects.get(pk=house["programme"]).sro is None


@pytest.fixture
def staff(office: User, client_of: Callable[[User], Client]) -> Client:
    """PMO staff on the admin pages, a while after they signed in."""
    office.is_staff = True
    office.save()
    client = client_of(office)
    wait(client)
    return client


@pytest.mark.parametrize("page", ["user", "person", "roleassignment", "signinrule"])
def test_admin_pages_that_give_rights_ask_again(page: str, staff: Client) -> None:
    asked = staff.post(f"/admin/pmhub/{page}/add/", {})
    assert (asked.status_code, asked.url.partition("?")[0]) == (302, "/account/confirm/")  # type: ignore[attr-defined]
    asked = staff.post(f"/admin/pmhub/{page}/", {"action": "delete_selected"})
    assert asked.url.startswith("/account/confirm/")  # type: ignore[attr-defined]


@pytest.mark.parametrize("named", [True, False])
def test_a_post_on_an_admin_page_asks_again_where_it_changes(named: bool, staff: Client) -> None:
    sro = factories.person()
    data = {
        "portfolio": factories.portfolio().pk, "code": "NEW", "name": "New",
        "stage": "identify", "currency": "GBP", "contingency_budget": "0",
        "sro": sro.pk if named else "",
    }  # fmt: skip
    page = staff.get("/admin/programmes/programme/add/").context["adminform"].form
    entries = {name: field.initial for name, field in page.fields.items() if field.initial} | data
    for formset in staff.get("/admin/programmes/programme/add/").context["inline_admin_formsets"]:
        entries |= {f"{formset.formset.prefix}-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    answer: Any = staff.post("/admin/programmes/programme/add/", entries)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert answer.url.startswith("/account/confirm/") == named
    assert Programme.objects.filter(code="NEW").exists() == (not named)


# Invitations


def test_an_invitation_is_a_link_where_no_mail_is_sent(house: dict[str, Any], api: Any) -> None:
    pmo = User.objects.get(username="office")
    answer = api(pmo).verb(f"people/{house['invited']}/invitation/", {})
    said = answer.json()
    assert (answer.status_code, said["sent"]) == (200, False)
    assert answer.headers["Cache-Control"] == "no-store"
    path = said["link"].removeprefix("http://testserver")
    assert Client().get(path).status_code == 200


def test_who_has_no_account_is_not_invited(house: dict[str, Any], api: Any) -> None:
    pmo = User.objects.get(username="office")
    answer = api(pmo).verb(f"people/{house['person']}/invitation/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_account")
    chief = factories.user("chief", is_superuser=True)
    answer = api(pmo).verb(f"people/{chief.person.pk}/invitation/", {})
    assert answer.status_code == 403


def test_only_the_pmo_invites_and_no_narrow_token(house: dict[str, Any], api: Any) -> None:
    manager = factories.user("manager")
    factories.role(manager, "programme_manager", programme=Programme.objects.get())
    path = f"people/{house['invited']}/invitation/"
    assert api(manager).verb(path, {}).status_code == 403
    office = User.objects.get(username="office")
    _, key = Token.objects.create(user=office, name="Directory", scopes="people:write")
    client = Client(headers={"Authorization": f"Bearer {key}", "If-Match": "*"})
    assert client.post(f"/api/v1/{path}").status_code == 403


# Names


def test_user_names_that_differ_in_their_case_are_the_same(staff: Client, office: User) -> None:
    again = {"username": "OFFICE", "usable_password": "false"}
    form: Any = User.objects.get(pk=office.pk)
    form.pk, form.username = None, "Office"
    with pytest.raises(Exception, match="Another user signs in by this name") as refused:
        form.full_clean(exclude=["password"])
    assert list(refused.value.message_dict) == ["username"]  # type: ignore[attr-defined]
    session = staff.session
    session["account_authentication_methods"][0]["at"] += 16 * 60
    session.save()
    staff.post("/admin/pmhub/user/add/", again)
    assert User.objects.filter(username__iexact="office").count() == 1
    assert Person.objects.filter(user=office).exists()
