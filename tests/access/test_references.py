"""Ids and names of records are told nobody who does not see them, in one portfolio or another."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Subquery
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from benefits.models import BenefitReview
from pmhub.access import ScopedQuerySet
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from programmes.models import Portfolio, Programme
from projects.models import Project
from tests import factories
from tests.api.conftest import api, errors_of

__all__ = ["api"]

SECRET = "Elsewhere unheard of"


def references(view: Any) -> Iterator[tuple[str, Any]]:
    """The members of a resource that refer to records with rights of their own, also by the number
    that an expression comes to: the name, and the model."""
    meta = view.serializer_class.Meta
    members = {field.name: field for field in meta.model._meta.get_fields()}
    for name, declared in view.serializer_class().fields.items():
        if isinstance(declared, serializers.RelatedField | serializers.ManyRelatedField):
            model = getattr(members.get(declared.source), "related_model", None)
        elif isinstance(declared, serializers.IntegerField) and name in meta.expressions:
            model = numbered_by(meta.model, meta.expressions[name])
        else:
            model = None
        if model and isinstance(model._default_manager.all(), ScopedQuerySet):
            yield name, model


def numbered_by(model: Any, expression: Any) -> Any:
    """The model whose ids an expression comes to; None where it comes to other numbers."""
    given = F(expression) if isinstance(expression, str) else expression
    answer: Any = model.objects.annotate(number=given).query.annotations["number"]
    columns = answer.query.select if isinstance(answer, Subquery) else answer.flatten()
    for column in columns:
        field = getattr(column, "target", None)
        if field is not None and (field.is_relation or field.primary_key):
            return field.related_model if field.is_relation else field.model
    return None


def out_of_sight(model: Any, values: Any, user: User) -> set[int]:
    """Return those ids in these values of which a user does not see the record."""
    ids = {id for value in values for id in (value if isinstance(value, list) else [value]) if id}
    seen = model._default_manager.visible_to(user).filter(pk__in=ids)
    return ids - set(seen.values_list("pk", flat=True))


def asked_about(benefit: Any, ended: Any) -> BenefitReview:
    """The review of a benefit, for a project that brings half of it has ended."""
    share = factories.contribution(ended, benefit=benefit)
    return BenefitReview.objects.create(
        benefit=benefit, contribution=share, cause="termination", asked_on=date(2026, 10, 1)
    )


@pytest.fixture
def reader(demo: Any) -> User:
    """A user who reads one portfolio, beside another one that is linked with it wherever that is
    possible."""
    there = factories.portfolio(name=SECRET)
    unit = factories.organisation_unit(there, name=SECRET)
    programme = factories.programme(portfolio=there, name=SECRET)
    giver, receiver = (factories.project(programme=programme, name=SECRET) for _ in range(2))
    here: Any = Project.objects.get(code="CAM-02")
    factories.dependency(giver, here)
    factories.dependency(here, receiver)
    asked_about(factories.benefit(programme=here.programme), giver)
    here.project_manager.organisation_unit = unit
    here.project_manager.mentor = factories.person(organisation_unit=unit)
    here.project_manager.save()
    user = factories.user("narrow")
    portfolio = Programme.objects.get(code="CAM").portfolio
    factories.role(user, "viewer", portfolio=portfolio)
    return User.objects.get(pk=user.pk)


def told_to(reader: User, client: Any) -> list[tuple[str, str, list[int]]]:
    """The ids out of a reader's sight that collections tell them."""
    told = []
    for name, view in RESOURCES.items():
        answer = client.get(f"/api/v1/{name}/?page_size=500")
        assert SECRET not in answer.content.decode(), name
        rows = answer.json()["results"]
        for member, model in references(view):
            if hidden := out_of_sight(model, [row[member] for row in rows], reader):
                told.append((name, member, sorted(hidden)))
    return told


def test_no_id_and_no_name_of_another_portfolio_is_told(reader: User, api_of: Any) -> None:
    assert not Portfolio.objects.visible_to(reader).filter(name=SECRET).exists()
    assert told_to(reader, api_of(reader)) == []


@pytest.mark.parametrize("home", ["programme", "project"])
def test_no_id_of_the_same_portfolio_is_told(home: str, demo: Any, api_of: Any) -> None:
    seen = demo.programme("CAM") if home == "programme" else demo.project("CAM-02")
    user = factories.user("narrow")
    factories.role(user, "viewer", **{home: seen})
    assert told_to(User.objects.get(pk=user.pk), api_of(user)) == []


class Guest:
    """Gwen manages a project of a programme that she does not see, and Olga sees all of it."""

    def __init__(self) -> None:
        self.gwen, self.olga = factories.user("gwen"), factories.user("olga")
        self.programme = factories.programme(name=SECRET)
        self.project: Any = factories.project(
            programme=self.programme, project_manager=self.gwen.person
        )
        factories.role(self.olga, "programme_manager", programme=self.programme)
        self.path = f"projects/{self.project.pk}/"


@pytest.fixture
def guest(nothing: None) -> Guest:
    """The two programmes with Gwen and Olga."""
    return Guest()


def test_the_programme_of_ones_project_reads_null_where_it_is_not_seen(
    guest: Guest, api: Any
) -> None:
    told = api(guest.gwen).get(guest.path)
    assert (told.json()["programme"], SECRET in told.content.decode()) == (None, False)
    assert api(guest.olga).get(guest.path).json()["programme"] == guest.programme.pk
    (began,) = api(guest.gwen).get(f"{guest.path}history/").json()["results"]
    assert "programme" not in {change["field"] for change in began["changes"]}
    address = f"projects/?programme={guest.programme.pk}"
    assert api(guest.gwen).get(address).status_code == 400


def test_a_record_that_was_moved_tells_nobody_where_it_was_who_does_not_see_that(
    guest: Guest, api: Any
) -> None:
    before = factories.project(programme=guest.programme, name=SECRET)
    risk: Any = factories.risk(before)
    risk.project = guest.project
    risk.save()
    factories.role(guest.gwen, "viewer", project=guest.project)

    def told(user: User) -> list[Any]:
        moved, _ = api(user).get(f"risks/{risk.pk}/history/").json()["results"]
        return [(change["from"], change["to"]) for change in moved["changes"]
                if change["field"] == "project"]  # fmt: skip

    assert told(guest.gwen) == [(None, guest.project.pk)]
    assert told(guest.olga) == [(before.pk, guest.project.pk)]


def test_a_review_names_no_project_that_is_out_of_sight(guest: Guest, api: Any) -> None:
    benefit = factories.benefit(programme=factories.programme())
    review = asked_about(benefit, guest.project)
    factories.role(guest.olga, "viewer", programme=benefit.programme)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=benefit.programme)

    def told(user: User) -> Any:
        (row,) = api(user).get("benefit-reviews/").json()["results"]
        assert row == api(user).get(f"benefit-reviews/{review.pk}/").json()
        return row["project"]

    assert (told(reader), told(guest.olga)) == (None, guest.project.pk)


def test_what_is_sent_back_as_it_was_read_takes_nothing_away(guest: Guest, api: Any) -> None:
    gwen = api(guest.gwen)
    assert gwen.patch(guest.path, {"programme": None, "name": "Library"}).status_code == 200
    read = gwen.get(guest.path).json()
    assert gwen.put(guest.path, read | {"name": "Library again"}).status_code == 200
    row = {"id": guest.project.pk, "version": gwen.get(guest.path).json()["version"]}
    sent = [row | {"programme": None, "name": "Library at last"}]
    answer = gwen.client.patch("/api/v1/projects/bulk/", sent, format="json")
    assert answer.status_code == 200
    guest.project.refresh_from_db()
    assert (guest.project.programme, guest.project.name) == (guest.programme, "Library at last")


def test_no_id_is_guessed_by_sending_it(guest: Guest, api: Any) -> None:
    """The id that is stored out of sight is answered as one of nothing."""
    gwen, at = api(guest.gwen), "/api/v1/projects/bulk/"
    there: int = guest.programme.pk
    version = gwen.get(guest.path).json()["version"]

    def answers(id: int) -> list[tuple[int, str]]:
        item = {"id": guest.project.pk, "version": version, "programme": id}
        row = gwen.get(guest.path).json()
        said = (
            gwen.patch(guest.path, {"programme": id}),
            gwen.put(guest.path, row | {"programme": id}),
            gwen.client.patch(at, [item], format="json"),
            gwen.client.patch(f"{at}?preview=1", [item], format="json"),
        )
        return [(one.status_code, str(errors_of(one))) for one in said]

    assert answers(there) == answers(987654321)
    assert {status for status, _ in answers(there)} == {400}
    assert api(guest.olga).patch(guest.path, {"programme": there}).status_code == 200


def test_who_sees_it_may_take_it_away(guest: Guest, api: Any) -> None:
    home = guest.programme.portfolio
    office = factories.user("office")
    factories.role(office, "pmo", portfolio=home)
    body = {"programme": None, "portfolio": home.pk}
    assert api(office).patch(guest.path, body).status_code == 200
    guest.project.refresh_from_db()
    assert guest.project.programme is None


def test_the_etag_is_another_once_more_is_told(guest: Guest, api: Any, api_of: Any) -> None:
    less = api(guest.gwen).get(guest.path).headers["ETag"]
    assert less != api(guest.olga).get(guest.path).headers["ETag"]
    assert api(guest.gwen).get(guest.path, **{"If-None-Match": less}).status_code == 304
    factories.role(guest.gwen, "viewer", programme=guest.programme)
    again = User.objects.get(pk=guest.gwen.pk)
    answer = api_of(again).get(f"/api/v1/{guest.path}", headers={"If-None-Match": less})
    assert (answer.status_code, answer.json()["programme"]) == (200, guest.programme.pk)


def test_as_many_queries_for_three_projects_as_for_one(guest: Guest, api: Any) -> None:
    def asked() -> int:
        api(guest.gwen).get("projects/")
        Project.objects.filter(pk=guest.project.pk).update(name="Anew")  # nothing kept stands
        with CaptureQueriesContext(connection) as captured:
            api(guest.gwen).get("projects/")
        return len(captured)

    def more(number: int) -> int:
        for _ in range(number):
            factories.project(programme=factories.programme(), project_manager=guest.gwen.person)
        return asked()

    more(1)  # with the first one of another programme roles are read once more
    assert more(1) == more(3)


def test_a_unit_out_of_sight_is_told_by_no_person(reader: User, api_of: Any) -> None:
    person: Any = Project.objects.get(code="CAM-02").project_manager
    unit = person.organisation_unit_id
    client = api_of(reader)
    assert client.get(f"/api/v1/people/{person.pk}/").json()["organisation_unit"] is None
    assert client.get(f"/api/v1/people/?organisation_unit={unit}").status_code == 400
    history = client.get(f"/api/v1/people/{person.pk}/history/").json()["results"]
    assert not [change for event in history for change in event["changes"]
                if change["field"] == "organisation_unit"]  # fmt: skip
    office = User.objects.get(username="pmo")
    assert api_of(office).get(f"/api/v1/people/{person.pk}/").json()["organisation_unit"] == unit


def test_the_page_says_that_there_is_more_for_who_sees_it(guest: Guest, client_of: Any) -> None:
    issue: Any = factories.issue(guest.project)
    risk = factories.risk(guest.programme, title=SECRET)
    type(issue).objects.filter(pk=issue.pk).update(from_risk=risk)
    page = client_of(guest.gwen).get(f"/issues/{issue.pk}/").content.decode()
    assert "only for whoever sees that record" in " ".join(page.split())
    assert SECRET not in page
    assert "only for" not in client_of(guest.olga).get(f"/issues/{issue.pk}/").content.decode()
