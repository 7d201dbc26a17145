"""Lists that are drawn once: for whom, and until when."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from programmes.rollup import worker
from projects.models import Dependency, Milestone
from tests import factories

PEOPLE = "/people/?column=name&column=email"
MAIL = "leader@canary.example"


def text(client: Client, address: str) -> str:
    return client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_a_list_of_people_says_to_each_reader_what_they_may_know(
    demo: Any, client_of: Callable[..., Client]
) -> None:
    factories.person(name="Ada", email=MAIL)
    office, away = factories.user(), factories.user()
    factories.role(office, "pmo")
    factories.role(away, "viewer", programme=factories.programme(code="AWAY"))
    clients = client_of(office), client_of(away)
    told = [MAIL in text(client, PEOPLE) for _ in range(3) for client in clients]
    assert told == [True, False] * 3


def test_a_list_of_ones_own_is_read_once(demo: Any, client_of: Callable[..., Client]) -> None:
    office = factories.user()
    factories.role(office, "pmo")
    client = client_of(office)
    person = factories.person(name="Ada Byron")
    for _ in "12":  # of which tables it is read is known then
        text(client, PEOPLE)
    before, asked = read(client, PEOPLE)
    assert "Ada Byron" in before
    assert not any("ORDER BY" in query for query in asked if "pmhub_person" in query)
    type(person).objects.filter(pk=person.pk).update(name="Ada Lovelace")
    assert "Ada Lovelace" in text(client, PEOPLE)


def test_a_list_of_computed_figures_is_drawn_anew_when_they_are(
    demo: Any, client_of: Callable[..., Client]
) -> None:
    worker.drain()
    office = factories.user()
    factories.role(office, "pmo")
    client = client_of(office)
    for _ in "12":
        text(client, "/dependencies/")
    etags = {
        client.get("/dependencies/", headers={"HX-Request": "true"}).headers["ETag"] for _ in "12"
    }
    assert len(etags) == 1
    before = text(client, "/dependencies/")
    given = Dependency.objects.filter(giver_milestone__state="planned").values("giver_milestone")
    assert Milestone.objects.filter(pk__in=given).update(forecast_on="2029-01-31")
    worker.drain()
    assert text(client, "/dependencies/") != before


def read(client: Client, address: str) -> tuple[str, list[str]]:
    with CaptureQueriesContext(connection) as asked:
        answer = text(client, address)
    return answer, [query["sql"] for query in asked.captured_queries]
