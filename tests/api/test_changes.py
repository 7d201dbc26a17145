"""Other systems keep a copy in step: what was deleted, and all that changed after a cursor."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import connection, transaction
from django.db.models import Index, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.api import changes
from pmhub.api.routes import RESOURCES
from pmhub.database import horizon
from pmhub.database.history import events_of
from pmhub.models import User
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import Api, errors_of

Copy = dict[int, Any]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are told at once."""
    monkeypatch.setattr(horizon, "MARGIN", 0.0)


def follow(client: Api, name: str, copy: Copy, cursor: str = "", size: int = 50) -> str:
    """Bring a copy of a collection up to date; return the cursor from which it goes on."""
    address: str | None = f"{name}/?cursor={cursor}&include_deleted=1&page_size={size}"
    while address:
        page = client.get(address.removeprefix("/api/v1/")).json()
        assert len(page["results"]) + len(page["deleted"]) <= size
        copy.update({row["id"]: row for row in page["results"]})
        for gone in page["deleted"]:
            copy.pop(gone["id"], None)
        cursor = page["cursor"]
        address = page["next"] and "{0.path}?{0.query}".format(urlsplit(page["next"]))
    return cursor


def whole(client: Api, name: str) -> Copy:
    """Return all that a full read of a collection says."""
    kept: Copy = {}
    archived = (
        "&archived=all"
        if hasattr(RESOURCES[name].serializer_class.Meta.model, "archived_at")
        else ""
    )
    address: str | None = f"{name}/?page_size=500{archived}"
    while address:
        page = client.get(address.removeprefix("/api/v1/")).json()
        kept |= {row["id"]: row for row in page["results"]}
        address = page["next"] and "{0.path}?{0.query}".format(urlsplit(page["next"]))
    return kept


def deleted(client: Api, query: str) -> list[int]:
    """Return the ids of what a list says was deleted."""
    return [gone["id"] for gone in client.get(query).json()["deleted"]]


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_who_follows_the_cursor_has_what_a_full_read_says(
    name: str, demo: Any, pmo: User, api: Any
) -> None:
    copy: Copy = {}
    follow(api(pmo), name, copy, size=500)
    assert copy == whole(api(pmo), name)


def test_what_was_deleted_is_told_by_every_path(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    risks = [factories.risk(project, code=f"R{number}") for number in range(4)]
    since = f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    client.delete(f"risks/{risks[0].pk}/")
    Risk.objects.filter(pk=risks[1].pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_risk WHERE id = %s", [risks[2].pk])
    page = client.get(f"risks/?updated_since={since}&include_deleted=1").json()
    assert page["results"] == []
    assert [(gone["id"], gone["code"], gone["deleted"]) for gone in page["deleted"]] == [
        (risks[0].pk, "R0", True), (risks[1].pk, "R1", True), (risks[2].pk, "R2", True),
    ]  # fmt: skip
    assert page["count"] == 3
    assert all(gone["deleted_at"] > since for gone in page["deleted"])
    assert "deleted" not in client.get(f"risks/?updated_since={since}").json()


def test_what_falls_with_its_parent_is_told(api: Any, nothing: None) -> None:
    home = factories.programme()
    project = factories.project(programme=home)
    milestone = factories.milestone(project)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=home)
    query = "?updated_since=2020-01-01T00:00:00Z&include_deleted=1"
    Project.objects.filter(pk=project.pk).delete()
    assert deleted(api(reader), f"projects/{query}") == [project.pk]
    assert deleted(api(reader), f"milestones/{query}") == [milestone.pk]


def test_nothing_is_told_of_what_one_could_not_see(api: Any, nothing: None) -> None:
    mine, theirs = factories.programme(), factories.programme()
    project = factories.project(programme=theirs)
    risk = factories.risk(project)
    people = {name: factories.user(name) for name in ("before", "after", "nobody")}
    factories.role(people["before"], "viewer", programme=theirs)
    factories.role(people["after"], "viewer", programme=mine)
    Risk.objects.filter(pk=risk.pk).delete()
    Project.objects.filter(pk=project.pk).update(programme=mine)  # after the deletion
    for query in ("updated_since=2020-01-01T00:00:00Z", "cursor="):
        told = {
            name: api(user).get(f"risks/?{query}&include_deleted=1").json()
            for name, user in people.items()
        }
        assert [gone["id"] for gone in told["before"]["deleted"]] == [risk.pk]
        for name in ("after", "nobody"):
            assert (told[name]["count"], told[name]["deleted"]) == (0, [])


def test_what_goes_out_of_sight_is_no_deletion(api: Any, nothing: None) -> None:
    mine, theirs = factories.programme(), factories.programme()
    project = factories.project(programme=mine)
    risk = factories.risk(project)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=mine)
    copy: Copy = {}
    cursor = follow(api(reader), "risks", copy)
    assert [*copy] == [risk.pk]
    Project.objects.filter(pk=project.pk).update(programme=theirs)
    assert deleted(api(reader), f"risks/?cursor={cursor}&include_deleted=1") == []
    risk.delete()
    assert deleted(api(reader), f"risks/?cursor={cursor}&include_deleted=1") == []


def test_what_came_back_is_no_deletion(office: User, api: Any) -> None:
    client, risk = api(office), factories.risk(factories.project())
    copy: Copy = {}
    cursor = follow(client, "risks", copy)
    client.delete(f"risks/{risk.pk}/")
    gone = follow(client, "risks", copy, cursor)
    assert copy == {}
    assert client.post(f"deleted/risks-{risk.pk}/restoration/").status_code < 300
    follow(client, "risks", copy, gone)
    assert [*copy] == [risk.pk]
    assert deleted(client, f"risks/?cursor={cursor}&include_deleted=1") == []


def test_what_its_author_alone_sees_is_told_to_its_author_alone(office: User, api: Any) -> None:
    other = factories.user("other")
    factories.role(other, "pmo")
    risk = factories.risk(factories.project())
    body = {"record_type": "risk", "record_id": risk.pk}
    made = api(other).post("favourites/", body).json()
    api(other).delete(f"favourites/{made['id']}/")
    query = "favourites/?cursor=&include_deleted=1"
    assert deleted(api(other), query) == [made["id"]]
    assert deleted(api(office), query) == []


def test_pages_hold_records_and_then_what_was_deleted(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    risks = [factories.risk(project, code=f"R{number}") for number in range(5)]
    for risk in risks[3:]:
        risk.delete()
    query = "risks/?updated_since=2020-01-01T00:00:00Z&include_deleted=1&page_size=2&ordering=id"
    pages = [client.get(f"{query}&page={number}").json() for number in (1, 2, 3)]
    assert [page["count"] for page in pages] == [5, 5, 5]
    assert [len(page["results"]) for page in pages] == [2, 1, 0]
    assert [[gone["code"] for gone in page["deleted"]] for page in pages] == [[], ["R3"], ["R4"]]
    assert [bool(page["next"]) for page in pages] == [True, True, False]
    assert client.get(f"{query}&page=4").status_code == 404


def test_pages_of_deletions_go_on_after_the_last_that_was_told(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    risks = [factories.risk(project, code=f"R{number}") for number in range(6)]
    for risk in risks[1:4]:
        risk.delete()
    query = "risks/?updated_since=2020-01-01T00:00:00Z&include_deleted=1&page_size=2&ordering=id"
    first, told = client.get(query).json(), []
    assert first["count"] == 6
    second = client.get(first["next"].partition("/api/v1/")[2]).json()
    told += [gone["code"] for gone in second["deleted"]]
    risks[5].delete()  # from here on a page has another place among records
    while second["next"]:
        with CaptureQueriesContext(connection) as captured:
            second = client.get(second["next"].partition("/api/v1/")[2]).json()
        told += [gone["code"] for gone in second["deleted"]]
        assert not any(" OFFSET " in query["sql"] for query in captured if "event" in query["sql"])
    assert told == ["R1", "R2", "R3", "R5"]
    assert "deleted_after" not in (second["previous"] or "")


def test_deletions_are_counted_once_while_nothing_is_written(
    office: User, api: Any, nothing: None
) -> None:
    project = factories.project()
    risks = [factories.risk(project, code=f"R{number}") for number in range(4)]
    readers = [factories.user(name) for name in ("one", "two")]
    factories.role(readers[0], "viewer", programme=project.programme)
    factories.role(readers[1], "viewer", programme=factories.programme())
    for risk in risks[1:]:
        risk.delete()
    query = "risks/?updated_since=2020-01-01T00:00:00Z&include_deleted=1&page_size=1"

    def page(number: int, reader: User = office) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            found = api(reader).get(f"{query}&page={number}").json()
        counted = [said for said in captured if "COUNT" in said["sql"] and "event" in said["sql"]]
        return found["count"], len(counted)

    assert [page(number) for number in (1, 2, 3)] == [(4, 1), (4, 0), (4, 0)]
    assert page(1, readers[0])[0] == 4
    assert api(readers[1]).get(query).json()["count"] == 0
    risks[0].delete()
    assert page(1) == (4, 1)
    with transaction.atomic():
        factories.risk(project, code="R9").delete()
        assert page(1) == (5, 1)
        transaction.set_rollback(True)
    assert page(1) == (4, 0)  # as it was counted before


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("cursor=x", "cursor"), ("cursor=%00", "cursor"), ("cursor=MTIz", "cursor"),
        ("cursor=é", "cursor"), ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5LjE", "cursor"),
        ("cursor=&page=1", "page"), ("cursor=&ordering=id", "ordering"),
        ("cursor=&page_size=501", "page_size"), ("cursor=&format=csv", "cursor"),
        ("cursor=&colour=red", "colour"), ("include_deleted=1", "include_deleted"),
        ("cursor=&include_deleted=yes", "include_deleted"), ("cursor=&fields=x", "fields"),
        ("cursor=&deleted_after=MS4x", "deleted_after"), ("deleted_after=MS4x", "include_deleted"),
        ("updated_since=2020-01-01T00:00:00Z&deleted_after=MS4x", "deleted_after"),
        (
            "updated_since=2020-01-01T00:00:00Z&include_deleted=1&deleted_after=x", "deleted_after",
        ),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(query: str, name: str, office: User, api: Any) -> None:
    answer = api(office).get(f"projects/?{query}")
    assert answer.status_code == 400
    assert list(errors_of(answer)) == [f"/{name}"]


def test_the_last_page_says_where_to_go_on(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    first, second = (factories.risk(project, code=code) for code in "AB")
    page = client.get("risks/?cursor=&page_size=2&fields=code").json()
    assert (page["results"], page["next"]) == ([{"code": "A"}, {"code": "B"}], None)
    again = client.get(f"risks/?cursor={page['cursor']}").json()
    assert again["results"] == []
    client.patch(f"risks/{first.pk}/", {"title": "Frost"})
    for cursor in (page["cursor"], again["cursor"]):
        later = client.get(f"risks/?cursor={cursor}&page_size=1").json()
        assert [row["title"] for row in later["results"]] == ["Frost"]
        assert second.pk not in {row["id"] for row in later["results"]}


def test_a_page_looks_through_no_more_deletions_than_it_has_room_for(
    office: User, api: Any
) -> None:
    client, project = api(office), factories.project()
    for number in range(3):
        factories.risk(project, code=f"R{number}")
    factories.risk(project, code="GONE").delete()
    told, query = [], "cursor=&page_size=2"
    while query:
        page = client.get(f"risks/?{query}&include_deleted=1").json()
        codes = [row["code"] for row in page["results"]]
        told.append((page["count"], codes, [gone["code"] for gone in page["deleted"]]))
        query = page["next"] and f"cursor={page['cursor']}&page_size=2"
    assert told == [(3, ["R0", "R1"], []), (2, ["R2"], ["GONE"])]


def test_what_is_out_of_sight_is_passed_over_once(api: Any, nothing: None) -> None:
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=factories.programme())
    factories.risk(factories.project()).delete()
    page = api(reader).get("risks/?cursor=&include_deleted=1").json()
    assert (page["results"], page["deleted"]) == ([], [])
    hidden = changes._between(
        events_of(Risk).objects.filter(pgh_label="delete"),
        "pgh_created_at", changes._place_of(page["cursor"]), timezone.now(), "id",
    )  # fmt: skip
    assert not hidden.exists()


def test_rows_that_change_between_pages_are_neither_missed_nor_repeated(
    office: User, api: Any
) -> None:
    client, project = api(office), factories.project()
    risks = [factories.risk(project, code=f"R{number}") for number in range(6)]
    page = client.get("risks/?cursor=&page_size=3&fields=code").json()
    Risk.objects.filter(pk=risks[4].pk).update(title="Changed")
    Risk.objects.filter(pk=risks[0].pk).update(title="Changed")
    told = [row["code"] for row in page["results"]]
    while page["next"]:
        page = client.get(f"risks/?cursor={page['cursor']}&page_size=3&fields=code").json()
        told += [row["code"] for row in page["results"]]
    assert told == ["R0", "R1", "R2", "R3", "R5", "R4", "R0"]


def test_what_nothing_says_of_is_not_told(office: User, api: Any) -> None:
    home = factories.programme()
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=home)
    query = "status-reports/?cursor=&include_deleted=1"
    assert api(reader).get(query).json()["deleted"] is None
    assert api(office).get(query).json()["deleted"] == []


def test_archived_records_belong_to_the_copy(office: User, api: Any) -> None:
    unit = factories.organisation_unit(factories.portfolio(), archived_at=timezone.now())
    ids = [row["id"] for row in api(office).get("organisation-units/?cursor=").json()["results"]]
    assert ids == [unit.pk]
    used = api(office).get("organisation-units/?cursor=&archived=false").json()["results"]
    assert used == []


def test_a_row_that_says_an_older_moment_is_told(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    changed = factories.risk(project)
    copy: Copy = {}
    cursor = follow(client, "risks", copy)
    old = timezone.now() - timedelta(days=400)
    made = factories.risk(project, code="OLD", created_at=old, updated_at=old)
    with connection.cursor() as sql:
        sql.execute("UPDATE projects_risk SET updated_at = %s WHERE id = %s", [old, changed.pk])
    told: Copy = {}
    follow(client, "risks", told, cursor)
    assert {*told} == {made.pk, changed.pk}
    made.refresh_from_db()
    assert made.created_at == old
    assert made.updated_at > old + timedelta(days=399)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_changes_and_deletions_of_every_collection_are_found_by_an_index(name: str) -> None:
    model = RESOURCES[name].serializer_class.Meta.model
    deletions = Index(
        fields=["pgh_created_at", "id"],
        name=f"{model._meta.model_name}_gone",
        condition=Q(pgh_label="delete"),
    )
    changes = Index(fields=["updated_at", "id"], name=f"{model._meta.model_name}_sync")
    assert changes in model._meta.indexes
    assert deletions in events_of(model)._meta.indexes


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_what_changed(count: int, office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    for number in range(count):
        factories.risk(project, code=f"K{number}")
        factories.risk(project, code=f"G{number}").delete()
    client.get("risks/?cursor=&include_deleted=1")
    with CaptureQueriesContext(connection) as cursor:
        client.get("risks/?cursor=&include_deleted=1")
    with CaptureQueriesContext(connection) as since:
        client.get("risks/?updated_since=2020-01-01T00:00:00Z&include_deleted=1")
    assert (len(cursor), len(since)) == (6, 9)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writes", ["UPDATE", "DELETE"])
def test_what_is_committed_late_is_told(
    writes: str, office: User, api: Any, elsewhere: Callable[[], Any]
) -> None:
    client, project = api(office), factories.project()
    late, soon = (factories.risk(project, code=code) for code in ("LATE", "SOON"))
    copy: Copy = {}
    cursor = follow(client, "risks", copy)
    other = elsewhere()
    statement = {
        "UPDATE": "UPDATE projects_risk SET title = 'Late' WHERE id = %s",
        "DELETE": "DELETE FROM projects_risk WHERE id = %s",
    }[writes]
    other.cursor().execute(statement, [late.pk])
    Risk.objects.filter(pk=soon.pk).update(title="Soon")  # after it, and committed before it
    cursor = follow(client, "risks", copy, cursor)
    other.commit()
    follow(client, "risks", copy, cursor)
    assert copy == whole(client, "risks")
    assert copy[soon.pk]["title"] == "Soon"


@pytest.mark.django_db(transaction=True)
def test_what_is_only_read_holds_nothing_back(
    office: User, api: Any, elsewhere: Callable[[], Any]
) -> None:
    other = elsewhere()
    other.cursor().execute("SELECT count(*) FROM projects_risk")
    risk = factories.risk(factories.project())
    ids = [row["id"] for row in api(office).get("risks/?cursor=").json()["results"]]
    assert ids == [risk.pk]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_while_another_database_role_writes(
    office: User, elsewhere: Callable[[], Any]
) -> None:
    risk, other = factories.risk(factories.project()), elsewhere()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE of_the_product; SET LOCAL ROLE of_the_product")
        assert horizon.horizon() > risk.updated_at
        writing = other.cursor()
        writing.execute("UPDATE projects_risk SET title = 'Late' WHERE id = %s", [risk.pk])
        cursor.execute("SET LOCAL ROLE of_the_product")
        assert horizon.horizon() < risk.updated_at
        other.rollback()
        assert horizon.horizon() > risk.updated_at
        transaction.set_rollback(True)


@pytest.fixture
def elsewhere() -> Iterator[Callable[[], Any]]:
    """`elsewhere()`: a connection of another session, within a transaction."""
    opened: list[Any] = []

    def connect() -> Any:
        given = connection.get_connection_params() | {"cursor_factory": None}
        opened.append(psycopg2.connect(**given))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.mark.parametrize("seed", range(4))
def test_after_any_writes_the_copy_is_what_a_full_read_says(
    seed: int, office: User, api: Any
) -> None:
    dice, client = random.Random(seed), api(office)  # noqa: S311  # a walk, no secret
    project = factories.project()
    copies: dict[str, Copy] = {"risks": {}, "milestones": {}}
    cursors = dict.fromkeys(copies, "")
    for step in range(60):
        name = dice.choice([*copies])
        model = RESOURCES[name].serializer_class.Meta.model
        rows = [*model.objects.values_list("pk", flat=True)]
        act = dice.choice(["add", "change", "bulk", "delete", "sql", "follow"])
        one = dice.choice(rows) if rows else None
        if act == "add" or one is None:
            made = factories.risk if name == "risks" else factories.milestone
            made(project, code=f"N{step}")
        elif act == "change":
            field = "title" if name == "risks" else "name"
            client.patch(f"{name}/{one}/", {field: f"Step {step}"})
        elif act == "bulk":
            model.objects.filter(pk__in=rows[::2]).update(updated_by=office)
        elif act == "delete":
            client.delete(f"{name}/{one}/")
        elif act == "sql":
            with connection.cursor() as cursor:
                table = model._meta.db_table
                cursor.execute(f"DELETE FROM {table} WHERE id = %s", [one])  # noqa: S608  # ours
        else:
            size = dice.choice([1, 2, 50])
            cursors[name] = follow(client, name, copies[name], cursors[name], size)
    for name, copy in copies.items():
        follow(client, name, copy, cursors[name], 2)
        assert copy == whole(client, name)
