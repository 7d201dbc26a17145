"""Many writes at once: all or none, by the rules of one, each refusal at its item."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pmhub.api.bulk_acts import MOST
from pmhub.api.routes import RESOURCES
from pmhub.models import StoredAnswer, User
from projects.models import Milestone, Risk
from tests import factories, samples
from tests.api.conftest import errors_of

WRITABLE = sorted(name for name, view in RESOURCES.items() if view.in_bulk)
CHANGED = [name for name in WRITABLE if "patch" in RESOURCES[name].http_method_names]
VERBS = [(name, verb) for name in sorted(RESOURCES) for verb in RESOURCES[name].bulk_verbs()]


@pytest.fixture
def send(client_of: Callable[[User], Client]) -> Callable[..., Any]:
    """`send(user, method, path, body)`: a request to a collection, without If-Match."""
    signed_in = cache(client_of)

    def ask(user: User, method: str, path: str, body: Any, **headers: str) -> Any:
        return getattr(signed_in(user), method)(
            f"/api/v1/{path}", body, content_type="application/json", headers=headers
        )

    return ask


@pytest.fixture
def risks(office: User) -> list[Risk]:
    """Three risks of one project."""
    project = factories.project()
    return [factories.risk(project, code=f"R{number}") for number in range(3)]


def named(*rows: Any, **fields: Any) -> list[dict[str, Any]]:
    """Items that name records as they are stored."""
    found = [type(row)._base_manager.get(pk=row.pk) for row in rows]
    return [{"id": row.pk, "version": row.version, **fields} for row in found]


def first_of(name: str, many: int = 2) -> list[Any]:
    """The first records of a collection that may be edited."""
    model: Any = RESOURCES[name].serializer_class.Meta.model
    rows = model._base_manager.filter(**EDITED.get(name, {})).order_by("pk")
    if not rows.exists():
        samples.MADE[name]()
    assert rows.exists(), name
    return list(rows[:many])


# What may be edited, where not all may be.
EDITED = {
    "status-reports": {"state": "draft"},
    "help-requests": {"created_by__username": "pmo", "state": "open"},
    "iterations": {"state": "open"},
    "competence-records": {"assessor__user__username": "pmo"},
}

# Every collection, by the rules of one


@pytest.mark.parametrize("name", WRITABLE)
def test_what_one_refuses_to_make_many_refuse_at_each_item(
    name: str, demo: Any, pmo: User, viewer: User, send: Any
) -> None:
    one = send(pmo, "post", f"{name}/", {"no_such": 1})
    many = send(pmo, "post", f"{name}/bulk/", [{"no_such": 1}, {"no_such": 1}])
    assert one.status_code == many.status_code == 400
    alone = errors_of(one)
    assert errors_of(many) == {
        f"/{index}{place}": code for index in range(2) for place, code in alone.items()
    }


@pytest.mark.parametrize("name", CHANGED)
def test_every_collection_is_changed_in_bulk_by_who_may_change_one(
    name: str, demo: Any, pmo: User, viewer: User, stranger: User, send: Any
) -> None:
    rows = first_of(name)
    for user in (pmo, viewer, stranger):
        [alone] = named(rows[0])
        tag = {"If-Match": f'"v{alone["version"]}"'}
        one = send(user, "patch", f"{name}/{rows[0].pk}/", {}, **tag)
        many = send(user, "patch", f"{name}/bulk/", named(rows[0]))
        assert many.status_code == one.status_code, (user.username, many.content)
        if many.status_code != 200:
            assert {place.split("/")[1] for place in errors_of(many)} == {"0"}
    many = send(pmo, "patch", f"{name}/bulk/", named(*rows)[::-1])
    assert [row["id"] for row in many.json()["results"]] == [row.pk for row in rows[::-1]]


@pytest.mark.parametrize("name", CHANGED)
def test_every_collection_asks_for_versions(name: str, demo: Any, pmo: User, send: Any) -> None:
    rows = first_of(name)
    for method in ("patch", "delete"):
        without = [{"id": row.pk} for row in rows]
        answer = send(pmo, method, f"{name}/bulk/", without)
        assert (answer.status_code, set(errors_of(answer).values())) == (428, {"version_required"})
        stale = [{**item, "version": item["version"] + 7} for item in named(*rows)]
        answer = send(pmo, method, f"{name}/bulk/", stale)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
        current = {key: item["current"]["id"] for key, item in answer.json()["items"].items()}
        assert current == {str(index): row.pk for index, row in enumerate(rows)}


@pytest.mark.parametrize("name", CHANGED)
def test_what_one_refuses_to_delete_many_refuse(name: str, demo: Any, pmo: User, send: Any) -> None:
    [row] = first_of(name, 1)
    [item] = named(row)
    one = send(pmo, "delete", f"{name}/{row.pk}/?preview=1", None, **{"If-Match": "*"})
    many = send(pmo, "delete", f"{name}/bulk/?preview=1", [item])
    assert many.status_code == one.status_code
    if one.status_code == 409:
        [told] = many.json()["items"].values()
        assert told.get("held_by") == one.json().get("held_by")
    assert type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize(("name", "verb"), VERBS, ids=[f"{name}-{verb}" for name, verb in VERBS])
def test_every_verb_refuses_in_bulk_what_it_refuses_of_one(
    name: str, verb: str, demo: Any, pmo: User, send: Any
) -> None:
    rows = first_of(name)
    tag = {"If-Match": "*"}
    one = send(pmo, "post", f"{name}/{rows[0].pk}/{verb}/?preview=1", {"no_such": 1}, **tag)
    item = {**named(rows[0])[0], "no_such": 1}
    many = send(pmo, "post", f"{name}/bulk/{verb}/?preview=1", [item])
    assert one.status_code == many.status_code, many.content
    if one.status_code == 200:  # it asks for nothing
        [told], alone = many.json()["object"]["results"], one.json()["object"]
        known = ("id", "version", "person")  # what an answer tells of a record
        assert {key: told.get(key) for key in known} == {key: alone.get(key) for key in known}
        return
    alone = errors_of(one) or {"": one.json()["code"]}
    assert errors_of(many) == {f"/0{place}": code for place, code in alone.items()}


# All or none


def test_many_are_made_at_once_in_their_order(office: User, send: Any) -> None:
    project = factories.project()
    body = [{"project": project.pk, "code": f"R{9 - n}", "title": f"Flood {n}"} for n in range(3)]
    answer = send(office, "post", "risks/bulk/", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()["results"]
    assert [row["code"] for row in made] == ["R9", "R8", "R7"]
    assert {row["version"] for row in made} == {1}
    assert Risk.objects.count() == 3


def test_an_error_in_the_last_of_many_undoes_all(office: User, send: Any) -> None:
    project = factories.project()
    body: list[Any] = [
        {"project": project.pk, "code": f"R{n}", "title": "Flood"} for n in range(MOST)
    ]
    few = [*body[:19], {**body[19], "status": "sideways"}]
    answer = send(office, "post", "risks/bulk/", few)
    assert (answer.status_code, errors_of(answer)) == (400, {"/19/status": "invalid_choice"})
    assert Risk.objects.count() == 0
    assert send(office, "post", "risks/bulk/", body).status_code == 201
    assert Risk.objects.count() == MOST == 500


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_more_than_five_hundred_and_none_are_refused(method: str, office: User, send: Any) -> None:
    for body, code in (([{}] * (MOST + 1), "too_many"), ([], "empty"), ({}, "not_a_list")):
        answer = send(office, method, "risks/bulk/", body)
        assert (answer.status_code, errors_of(answer)) == (400, {"": code})


def test_all_that_is_wrong_is_said_at_once(risks: Any, office: User, send: Any) -> None:
    items: list[Any] = named(*risks, title="Flood")
    items[0]["title"] = ""
    items[1]["version"] += 1
    unknown = {"id": risks[2].pk + 1, "version": 1}
    answer = send(office, "patch", "risks/bulk/", [*items, unknown, items[2], 7, {"version": 1}])
    assert answer.status_code == 400
    assert errors_of(answer) == {
        "/0/title": "blank",
        "/1/version": "stale",
        "/3/id": "not_found",
        "/4/id": "given_twice",
        "/5": "invalid",
        "/6/id": "required",
    }
    statuses = {key: item["status"] for key, item in answer.json()["items"].items()}
    assert statuses == {"0": 400, "1": 412, "3": 404, "4": 400, "5": 400, "6": 400}
    assert not Risk.objects.filter(title="Flood").exists()


def test_who_may_change_some_is_told_which_they_may_not(nothing: None, send: Any) -> None:
    user, project = factories.user("marcus"), factories.project()
    shown, hidden = factories.programme(), factories.risk(factories.programme())
    factories.role(user, "project_manager", project=project)
    factories.role(user, "viewer", programme=shown)
    mine, theirs = factories.risk(project), factories.risk(shown)
    answer = send(user, "patch", "risks/bulk/", named(mine, hidden, title="Changed"))
    assert (answer.status_code, errors_of(answer)) == (404, {"/1/id": "not_found"})
    answer = send(user, "patch", "risks/bulk/", named(mine, theirs, title="Changed"))
    assert (answer.status_code, errors_of(answer)) == (403, {"/1": "permission_denied"})
    assert not Risk.objects.filter(title="Changed").exists()
    assert send(user, "patch", "risks/bulk/", named(mine, title="Changed")).status_code == 200


def test_two_records_exchange_their_codes(risks: Any, office: User, send: Any) -> None:
    one, two, three = named(*risks)
    swapped = [{**two, "code": "R0"}, {**one, "code": "R1"}]
    assert send(office, "patch", "risks/bulk/", swapped).status_code == 200
    assert [Risk.objects.get(pk=risk.pk).code for risk in risks] == ["R1", "R0", "R2"]
    one, two, three = named(*risks)
    answer = send(office, "patch", "risks/bulk/", [{**two, "title": "x"}, {**three, "code": "R1"}])
    assert answer.status_code == 400
    assert list(errors_of(answer)) == ["/1/code"]
    assert not Risk.objects.filter(title="x").exists()


@pytest.mark.parametrize("order", [1, -1])
def test_what_holds_another_goes_with_it_in_any_order(order: int, office: User, send: Any) -> None:
    project = factories.project()
    person = factories.person()
    people = [person, *[factories.person() for _ in range(2)]]
    answer = send(office, "delete", "people/bulk/", named(*people)[::order])
    assert answer.status_code == 204
    milestones = [factories.milestone(project) for _ in range(3)]
    assert (
        send(office, "delete", "milestones/bulk/", named(*milestones)[::order]).status_code == 204
    )
    assert not Milestone.objects.exists()


def test_a_verb_is_done_to_all_or_to_none(risks: Any, office: User, send: Any) -> None:
    said = {"reason": "It rained no more"}
    answer = send(office, "post", "risks/bulk/closure/", named(*risks, **said))
    assert answer.status_code == 200, answer.content
    assert [row["status"] for row in answer.json()["results"]] == ["closed"] * 3
    opened = factories.risk(risks[0].project)
    answer = send(office, "post", "risks/bulk/closure/", named(opened, risks[0], **said))
    assert answer.status_code == 409
    assert {place.split("/")[1] for place in errors_of(answer)} == {"1"}
    assert Risk.objects.get(pk=opened.pk).status == "open"
    assert send(office, "post", "risks/bulk/no-such-verb/", named(opened)).status_code == 404


# Preview, and the same key again


def test_a_preview_is_what_then_happens(
    demo: Any, pmo: User, send: Any, drain: Callable[[], int], api: Any
) -> None:
    project = demo.project("CAM-02")
    rows = list(project.risks.filter(status="open")[:2])
    items = named(*rows, residual_probability="0.9")
    figures = f"programmes/{demo.programme('CAM').pk}/rollup/"
    before = api(pmo).get(figures).json()["metrics"]
    previewed = send(pmo, "patch", "risks/bulk/?preview=1", items)
    assert previewed.status_code == 200, previewed.content
    told = previewed.json()
    assert [row["id"] for row in told["object"]["results"]] == [row.pk for row in rows]
    assert named(*rows, residual_probability="0.9") == items
    assert send(pmo, "patch", "risks/bulk/", items).status_code == 200
    drain()
    after = api(pmo).get(figures).json()["metrics"]
    [cam] = [each for each in told["programmes"] if each["code"] == "CAM"]
    moved = {each["name"]: each["to"] for each in cam["metrics"]}
    assert moved
    for name, value in moved.items():
        assert after[name]["value"] == value, name
    shown = {name for name in after if after[name]["value"] != before[name]["value"]}
    assert shown == moved.keys()


def test_the_same_key_does_it_once(office: User, send: Any) -> None:
    project = factories.project()
    body = [{"project": project.pk, "code": f"R{n}", "title": "Flood"} for n in range(2)]
    key = {"Idempotency-Key": "one"}
    first = send(office, "post", "risks/bulk/", body, **key)
    again = send(office, "post", "risks/bulk/", body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Risk.objects.count() == 2
    assert send(office, "post", "risks/bulk/", body[:1], **key).status_code == 422
    changes = named(*Risk.objects.all(), title="Fire")
    for _ in "ab":
        assert (
            send(
                office, "patch", "risks/bulk/", changes, **key | {"Idempotency-Key": "two"}
            ).status_code
            == 200
        )
    assert set(Risk.objects.values_list("version", flat=True)) == {2}
    gone = named(*Risk.objects.all())
    for _ in "ab":
        assert (
            send(office, "delete", "risks/bulk/", gone, **{"Idempotency-Key": "three"}).status_code
            == 204
        )
    assert StoredAnswer.objects.count() == 3


def test_a_bulk_costs_what_its_items_would(
    risks: Any, office: User, send: Any, settings: Any
) -> None:
    settings.LIMITS = {**settings.LIMITS, "user": "20000/0.001"}

    def left() -> float:
        answer = send(office, "get", "me/", None)
        return float(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0])

    before = left()
    send(office, "post", "risks/bulk/", [{}] * 400)
    assert before - left() > 400


def test_an_item_takes_the_same_queries_among_few_and_many(office: User, send: Any) -> None:
    project = factories.project()
    counts = []
    for many in (1, 1, 2, 3):  # the first fills what a process keeps
        items = named(*[factories.risk(project) for _ in range(many)], title="Flood")
        with CaptureQueriesContext(connection) as asked:
            assert send(office, "patch", "risks/bulk/", items).status_code == 200
        counts.append(len(asked))
    assert counts[3] - counts[2] == counts[2] - counts[1] <= 9


# At once


@pytest.mark.django_db(transaction=True)
def test_two_bulks_in_opposite_order_wait_for_each_other(
    nothing: None, client_of: Callable[[User], Client]
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    project = factories.project()
    rows = [factories.risk(project) for _ in range(40)]
    clients = [client_of(office), client_of(office)]
    bodies = [named(*rows, title="One"), named(*rows, title="Two")[::-1]]
    answers: list[Any] = []
    start = threading.Barrier(2)

    def ask(client: Client, body: Any) -> None:
        start.wait()
        answers.append(client.patch("/api/v1/risks/bulk/", body, content_type="application/json"))
        connection.close()

    threads = [
        threading.Thread(target=ask, args=pair) for pair in zip(clients, bodies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    [refused] = [answer for answer in answers if answer.status_code == 412]
    assert len(refused.json()["items"]) == 40
    assert Risk.objects.values("title").distinct().count() == 1
    assert set(Risk.objects.values_list("version", flat=True)) == {2}
