"""What only some see of a record that others see too: mail and abilities of people, what resources
cost. Each is looked for by every way that leads to it."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from pmhub.access import restricted_fields
from pmhub.api.resources import has_view, view_of
from pmhub.models import Person, User
from pmhub.queries.history import changes_since
from pmhub.registers import registers
from pmhub.urls import registers as _routes  # noqa: F401  # they declare the registers
from programmes.models import Programme
from projects.models import Project
from tests import factories
from tests.api.conftest import Api

MAIL, CERTIFICATE, COMPETENCE = "ada@canary.example", "Canary-certified", "expert"
OLD_MAIL = "ada@canary.old"
PERSONAL = {"email", "phone", "competence", "certifications", "cost_rate", "salary", "day_rate"}


@pytest.fixture
def ada(nothing: None) -> Person:
    """Ada, who manages a project; her mail was another one."""
    made = factories.person(
        name="Ada", email=OLD_MAIL, competence=COMPETENCE, certifications=CERTIFICATE
    )
    factories.project(programme=factories.programme(), project_manager=made)
    made.email = MAIL
    made.save()
    return made


def project_of(ada: Person) -> Project:
    return Project.objects.get(project_manager=ada)


def programme_of(ada: Person) -> Programme:
    return Programme.objects.get(projects=project_of(ada))


def reader(ada: Person, role: str, scope: str) -> User:
    """Somebody with a role at a place as seen from Ada's project."""
    project = project_of(ada)
    programme = programme_of(ada)
    places: dict[str, dict[str, Any]] = {
        "": {},
        "portfolio": {"portfolio": programme.portfolio},
        "programme": {"programme": programme},
        "project": {"project": project},
        "sibling": {"project": factories.project(programme=programme)},
        "elsewhere": {"programme": factories.programme()},
        "cousin": {"programme": factories.programme(portfolio=programme.portfolio)},
    }
    user = factories.user()
    factories.role(user, role, **places[scope])
    return user


def ways_to(ada: Person, client: Any) -> dict[str, str]:
    """Return the answers of every way to the record."""
    api, pages = Api(client).get, client.get
    addresses = {
        "record": f"people/{ada.pk}/",
        "list": "people/",
        "fields": "people/?fields=email,competence,certifications",
        "expanded": "projects/?expand=project_manager",
        "history": f"people/{ada.pk}/history/",
        "csv": "people/?format=csv",
    }
    found = {name: api(path).getvalue().decode() for name, path in addresses.items()}
    table = zipfile.ZipFile(io.BytesIO(api("people/?format=xlsx").getvalue()))
    found["xlsx"] = "".join(table.read(name).decode() for name in table.namelist())
    lists = reverse("register", args=["people"])
    columns = "column=name&column=email&column=competence&column=certifications"
    for name, address in {
        "page": reverse("record", args=["people", ada.pk]),
        "page of history": reverse("record-history", args=["people", ada.pk]),
        "register": f"{lists}?{columns}",
    }.items():
        # What one may filter by is no secret.
        found[name] = re.sub("<option.*?</option>", "", pages(address).content.decode())
    return found


@pytest.mark.parametrize(
    ("role", "scope", "mail", "abilities"),
    [
        ("pmo", "", True, True),
        ("pmo", "portfolio", True, True),
        ("sro", "programme", True, True),
        ("programme_manager", "programme", True, True),
        ("sponsor", "programme", True, False),
        ("assurer", "programme", True, False),
        ("viewer", "", True, False),
        ("viewer", "project", True, False),
        ("project_executive", "project", True, False),
        ("project_manager", "sibling", False, False),
        ("programme_manager", "cousin", False, False),
        ("programme_manager", "elsewhere", False, False),
    ],
)
def test_mail_is_for_colleagues_and_abilities_for_who_leads(
    role: str, scope: str, mail: bool, abilities: bool, ada: Person, client_of: Any
) -> None:
    client = client_of(reader(ada, role, scope))
    visible = Project.objects.visible_to(User.objects.latest("pk")).filter(project_manager=ada)
    for way, answer in ways_to(ada, client).items():
        if way == "expanded" and not visible.exists():
            continue
        assert (MAIL in answer) == mail, way
        assert (OLD_MAIL in answer) == (mail and "history" in way), way
        assert (CERTIFICATE in answer) == abilities, way
        assert (COMPETENCE in answer.casefold()) == abilities, way


def test_everybody_sees_their_own(ada: Person, client_of: Any) -> None:
    user = User.objects.create(username="ada")
    Person.objects.filter(pk=ada.pk).update(user=user)
    for way, answer in ways_to(ada, client_of(user)).items():
        assert MAIL in answer, way
        assert CERTIFICATE in answer, way


def test_who_works_below_sees_the_mail_of_who_leads_above(ada: Person, api_of: Any) -> None:
    programme = programme_of(ada)
    leader = factories.person(email="leader@canary.example", competence=COMPETENCE)
    programme.sro = leader
    programme.save()
    office = factories.user()
    Person.objects.filter(user=office).update(email="office@canary.example")
    factories.role(office, "pmo")
    client = Api(api_of(reader(ada, "viewer", "project")))
    seen = client.get(f"people/{leader.pk}/").json()
    assert (seen["email"], seen["competence"]) == ("leader@canary.example", "")
    assert client.get(f"people/{office.person.pk}/").json()["email"] == "office@canary.example"
    away = Api(api_of(reader(ada, "viewer", "elsewhere")))
    assert away.get(f"people/{leader.pk}/").json()["email"] == ""


def test_what_one_does_not_see_is_found_by_nothing(ada: Person, client_of: Any) -> None:
    hidden, lead = (
        client_of(reader(ada, "viewer", "elsewhere")),
        client_of(reader(ada, "sro", "programme")),
    )
    for query in (f"email={MAIL}", f"competence={COMPETENCE}"):
        for client, found in ((hidden, 0), (lead, 1)):
            assert Api(client).get(f"people/?{query}").json()["count"] == found
            assert Api(client).get(f"people/?{query}&format=csv").getvalue().count(b"Ada") == found
            page = client.get(f"{reverse('register', args=['people'])}?{query}")
            assert page.content.count(b"<tr data-id") == found
    assert Api(hidden).get("people/?search=canary").json()["count"] == 0
    page = client_of(factories_pmo()).get(reverse("register", args=["people"]) + "?search=canary")
    assert page.content.count(b"<tr data-id") == 1
    for name in ("email", "competence", "certifications"):
        assert Api(lead).get(f"people/?ordering={name}").status_code == 400


def factories_pmo() -> User:
    user = factories.user()
    factories.role(user, "pmo")
    return user


def test_groups_and_their_counts_say_no_more(ada: Person, client_of: Any) -> None:
    address = f"{reverse('register', args=['people'])}?group=competence"
    lead = client_of(reader(ada, "sro", "programme")).get(address).content.decode()
    other = client_of(reader(ada, "viewer", "elsewhere")).get(address).content.decode()
    assert lead.count('class="group') == 2
    assert other.count('class="group') == 1


def test_a_page_says_what_is_not_shown_and_to_whom_it_is(ada: Person, client_of: Any) -> None:
    address = reverse("record", args=["people", ada.pk])
    seen = client_of(reader(ada, "viewer", "project")).get(address).content.decode()
    assert "Competence, Certifications: only for themself, the PMO, and the SRO" in seen
    assert "Email: only for" not in seen
    assert "only for" not in client_of(factories_pmo()).get(address).content.decode()


def test_a_role_that_ends_takes_the_sight_with_it_and_the_answer_kept_is_another(
    ada: Person, api_of: Any
) -> None:
    user = reader(ada, "sro", "programme")
    client = Api(api_of(user))
    path = f"people/{ada.pk}/"
    before = client.get(path)
    assert before.json()["competence"] == COMPETENCE
    role = user.person.roles.get()
    role.role = "viewer"
    role.save()
    after = client.get(path, **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json()["competence"] == ""


def test_what_is_told_of_changes_does_not_name_what_is_hidden(ada: Person) -> None:
    hidden, lead = reader(ada, "viewer", "elsewhere"), factories_pmo()
    assert changes_since(Person, {ada.pk: 1}, to=hidden)[ada.pk]["fields_changed"] == []
    assert changes_since(Person, {ada.pk: 1}, to=lead)[ada.pk]["fields_changed"] == ["email"]


def test_a_preview_shows_no_more_than_what_is_stored_would(
    ada: Person, drain: Any, api_of: Any
) -> None:
    project, rate = project_of(ada), "98765.43"
    home = programme_of(ada)
    resource = factories.resource(portfolio=home.portfolio, cost_rate=rate, owner=ada)
    drain()
    user = factories.user()
    factories.role(user, "project_executive", project=project)
    client = Api(api_of(user))
    booked = {
        "resource": resource.pk, "project": project.pk, "units": "1", "firmness": "requested",
        "starts_on": "2026-11-01", "ends_on": "2026-11-30",
    }  # fmt: skip
    owned = {"project": project.pk, "code": "R-1", "title": "Flood", "owner": ada.pk}
    tried = [
        client.post("allocations/?preview=1", booked),
        client.post("risks/?preview=1", owned),
        client.patch(f"projects/{project.pk}/?preview=1", {"objective": "Ada leads it"}),
    ]
    assert [answer.status_code for answer in tried] == [200, 200, 200]
    for answer in tried:
        told = answer.content.decode()
        assert not [each for each in (MAIL, CERTIFICATE, COMPETENCE, rate) if each in told]
    lead = Api(api_of(reader(ada, "sro", "programme")))
    assert rate in lead.get(f"resources/{resource.pk}/").content.decode()
    assert rate not in client.get(f"resources/{resource.pk}/").content.decode()


def test_no_group_tells_which_dependencies_have_one_giver_out_of_sight(
    nothing: None, client_of: Any
) -> None:
    receiver, giver = factories.project(), factories.project()
    for deliverable in ("one", "other"):
        factories.dependency(giver, receiver, deliverable=deliverable)
    factories.dependency(factories.project(), receiver)
    factories.dependency("Somebody outside", receiver)
    user = factories.user()
    factories.role(user, "viewer", project=receiver)
    page = client_of(user).get(f"{reverse('register', args=['dependencies'])}?group=giver")
    assert page.content.decode().count('class="group') == 1


# The rules themselves


def declared() -> list[tuple[Any, str]]:
    every: list[Any] = apps.get_models()
    return [(model, name) for model in every for name in getattr(model, "shown_to", {})]


EACH = pytest.mark.parametrize(
    ("model", "name"), declared(), ids=[f"{model.__name__}-{name}" for model, name in declared()]
)


def test_what_is_personal_or_confidential_has_a_rule() -> None:
    missing = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if has_view(model)
        for field in model._meta.fields
        if isinstance(field, models.EmailField) or field.name in PERSONAL
        if field.name not in model.shown_to  # type: ignore[attr-defined]
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("model", "name"), declared(), ids=lambda each: getattr(each, "__name__", each)
)
def test_nobody_without_a_role_is_shown_a_protected_field(
    model: Any, name: str, stranger: User
) -> None:
    filled = model._base_manager.exclude(**{name: None})
    assert not filled.filter(restricted_fields.field_visibility(model, name, stranger)).exists()


@pytest.mark.parametrize(
    ("model", "name"), declared(), ids=lambda each: getattr(each, "__name__", each)
)
def test_a_protected_field_is_ordered_summed_and_reached_by_nothing(model: Any, name: str) -> None:
    view = view_of(model)
    assert name not in view.ordering_fields
    for register in registers:
        if register.model is model:
            assert name not in register.sums
        other = view_of(register.model)
        paths = [*other.search_fields, *other.ordering_fields]
        paths += [each.field_name for each in other.filterset_class.base_filters.values()]
        for path in filter(None, paths):
            assert not _ends_in(register.model, path, model, name), (register.name, path)


def _ends_in(start: Any, path: str, model: Any, name: str) -> bool:
    """Whether a path of lookups leads from another record to a field of a model."""
    *way, last = path.split("__")
    for step in way:
        start = start._meta.get_field(step).related_model
    return bool(way) and start is model and last == name


def test_a_change_is_asked_of_no_field_that_is_not_shown(ada: Person, client_of: Any) -> None:
    way = f"/change-requests/new/?record=people/{ada.pk}/&field=certifications&project="
    body = {
        "code": "CR1", "title": "Another", "reason": "It is", "record": f"people/{ada.pk}/",
        "field": "certifications", "wanted": "Diver",
    }  # fmt: skip
    for scope, told in (("sibling", False), ("programme", True)):
        user = reader(ada, "project_manager" if scope == "sibling" else "programme_manager", scope)
        place = Project.objects.visible_to(user).latest("pk").pk
        client = client_of(user)
        page = client.get(f"{way}{place}").content.decode()
        assert (CERTIFICATE in page, 'name="wanted"' in page) == (told, told), scope
        asked = body | {"project": place}
        answer = client.post("/api/v1/change-requests/", asked, content_type="application/json")
        refused = [each["pointer"] for each in answer.json().get("errors", ())]
        assert ("/field" in refused) is not told, answer.json()
