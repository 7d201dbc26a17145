"""What a page shows around its region, and the page of a record: kept for each reader alone, and
never older than what they show."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.database import touches
from pmhub.database.cached_reads import CachedReads
from pmhub.models import Person, User
from projects.models import Action, Post, Project, Risk
from tests import factories

pytestmark = pytest.mark.django_db
Client = Any
OTHER = "Another name altogether"
OFFERED = re.compile(r'action="/api/v1/risks/\d+/([a-z-]+)/"')
LEARNT = 4  # times a page is asked for until it is known from which tables it is read
# Queries of a page of which nothing is read again: the user, rights, stamps; and of a project its
# forecast once more, of which no touch tells, for whether it keeps its tolerances.
KEPT, OF_PROJECT = 8, 1


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    text: str = answer.content.decode()
    return text


def read_with(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as made:
        shown(client, address)
    return len(made)


def by_sql(table: str, pk: int | None, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])  # noqa: S608  # ours


def risk_of(demo: Any) -> Risk:
    risk: Risk = Risk.objects.filter(project=demo.project("CAM-02"), owner__isnull=False)[0]
    return risk


@pytest.fixture
def addresses(demo: Any) -> list[str]:
    programme, project = demo.programme("CAM"), demo.project("CAM-02")
    return [
        f"/programmes/{programme.pk}/",
        f"/programmes/{programme.pk}/benefits/",
        f"/programmes/{programme.pk}/governance/",
        f"/programmes/{programme.pk}/risks/",
        f"/projects/{project.pk}/",
        f"/risks/{risk_of(demo).pk}/",
        "/risks/",
    ]


def test_of_a_page_that_nobody_touched_nothing_is_read_again(
    cam_manager: User, client_of: Callable[[User], Client], addresses: list[str]
) -> None:
    client = client_of(cam_manager)
    for address in addresses:
        for _ in range(LEARNT):
            first = shown(client, address)
        most = KEPT + OF_PROJECT * address.startswith("/projects/")
        assert read_with(client, address) <= most, address
        assert without_token(first) == without_token(shown(client, address))


def test_of_indexes_searches_histories_and_forms_nothing_is_read_again(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, risk = client_of(pmo), f"/risks/{risk_of(demo).pk}/"
    project = f"/projects/{demo.project('CAM-02').pk}/"
    of_risk = [f"{risk}{part}/" for part in ("history", "activity", "edit")]
    for address in (
        "/pmo/", "/pmo/data-quality/", "/search/?q=CAM", "/deleted/", "/comments/", "/attachments/",
        "/risks/import/", "/risks/new/", "/resources/load/", *of_risk,
        f"{project}update/", f"/programmes/{demo.programme('CAM').pk}/reports/",
    ):  # fmt: skip
        for _ in range(LEARNT):
            shown(client, address)
        assert read_with(client, address) <= KEPT, address


def test_each_answer_of_a_grid_has_a_nonce_of_its_own(
    pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, nonces = client_of(pmo), set()
    for _ in range(3):
        answer = client.get("/risks/?view=grid")
        [nonce] = re.findall(r'nonce="([^"]+)"', answer.content.decode())
        assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
        nonces.add(nonce)
    assert len(nonces) == 3


def test_a_form_has_the_version_of_now_and_ends_with_its_record(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, risk = client_of(pmo), risk_of(demo)
    address = f"/risks/{risk.pk}/edit/"
    for _ in range(2):
        assert f'version="{risk.version}"' in shown(client, address)
    by_sql("projects_risk", risk.pk, f"event = '{OTHER}'")
    risk.refresh_from_db()
    text = shown(client, address)
    assert f'version="{risk.version}"' in text
    assert OTHER in text
    assert OTHER in shown(client, f"/risks/{risk.pk}/history/")


def without_token(text: str) -> list[str]:
    return [line for line in text.splitlines() if "csrf" not in line]


def test_each_reader_is_given_their_own(
    demo: Any, cam_manager: User, viewer: User, stranger: User,
    client_of: Callable[[User], Client], addresses: list[str],
) -> None:  # fmt: skip
    for address in addresses:
        for _ in range(LEARNT):
            shown(client_of(cam_manager), address)
        text = shown(client_of(viewer), address)
        assert "Edit</a>" not in text, address
        assert cam_manager.username not in text, address
        answer = client_of(stranger).get(address)
        if address == "/risks/":
            assert demo.project("CAM-02").code not in answer.content.decode()
        else:
            assert answer.status_code == 404, address


def test_a_change_around_a_record_shows_on_its_page_at_once(
    demo: Any, cam_manager: User, client_of: Callable[[User], Client]
) -> None:
    client, risk = client_of(cam_manager), risk_of(demo)
    address = f"/risks/{risk.pk}/"
    for _ in range(LEARNT):
        shown(client, address)
    for table, pk, change in (
        ("projects_risk", risk.pk, f"event = '{OTHER}'"),
        ("pmhub_person", risk.owner_id, f"name = '{OTHER} too'"),
        ("projects_project", risk.project_id, f"name = '{OTHER} as well'"),
        ("programmes_portfolio", demo.portfolio.pk, "money_unit = 1"),
    ):
        before = shown(client, address)
        by_sql(table, pk, change)
        assert shown(client, address) != before, table
    Action.objects.create(risk=risk, title="Ask the builder again", owner=risk.owner)
    assert "Ask the builder again" in shown(client, address)


def test_a_record_that_is_deleted_is_not_shown_again(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, made = client_of(pmo), risk_of(demo)
    risk = Risk.objects.create(project=made.project, code="R-900", title="Soon gone")
    for _ in range(LEARNT):
        shown(client, f"/risks/{risk.pk}/")
    Risk.objects.filter(pk=risk.pk).delete()
    assert client.get(f"/risks/{risk.pk}/").status_code == 404


def test_a_checklist_follows_the_records(
    demo: Any, cam_manager: User, client_of: Callable[[User], Client]
) -> None:
    client, project = client_of(cam_manager), demo.project("CAM-02")
    address, lacks = f"/projects/{project.pk}/", "No executive answers for it."
    for _ in range(LEARNT):
        shown(client, address)
    executive = project.executive_id
    for held in (None, executive or project.project_manager_id):
        Project.objects.filter(pk=project.pk).update(executive=held)
        assert (lacks in shown(client, address)) is (held is None)


def test_a_name_that_changes_is_the_readers_own_at_once(
    cam_manager: User, client_of: Callable[[User], Client], addresses: list[str]
) -> None:
    client = client_of(cam_manager)
    for address in addresses:
        for _ in range(LEARNT):
            shown(client, address)
    User.objects.filter(pk=cam_manager.pk).update(first_name="Camilla")
    for address in addresses:
        assert "Camilla" in shown(client, address), address


def test_a_list_of_a_record_leaves_a_touch() -> None:
    for list_of in ("benefits_benefit_objectives", "programmes_programme_bcms"):
        topics = touches.topics_read(f"SELECT id FROM {list_of}")  # noqa: S608  # our own name
        assert touches.UNTOUCHED not in topics, list_of


def test_what_is_kept_within_what_is_kept_makes_it_anew_too(demo: Any) -> None:
    within, around = CachedReads(10_000), CachedReads(10_000)
    made = []

    def inner() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM projects_risk")
            return str(cursor.fetchone()[0])

    def outer() -> str:
        made.append(within("inner", 1, inner, len))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM programmes_portfolio")
        return made[-1]

    within("inner", 1, inner, len)
    for _ in range(2):
        around("outer", 1, outer, len)
    assert len(made) == 1
    touch(Risk)  # the number stays what it was
    around("outer", 1, outer, len)
    assert len(made) == 1
    Risk.objects.create(project=demo.project("CAM-02"), code="R-903", title="The river rises")
    around("outer", 1, outer, len)
    assert len(made) == 2


def touch(model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pmhub_touch (topic, object_id) VALUES (%s, 0)", [touches.topic_of(model)]
        )


def test_the_forms_of_what_a_project_may_do_carry_its_version_of_now(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    project, client = demo.project("CAM-02"), client_of(pmo)
    address = f"/projects/{project.pk}/"
    before = shown(client, address).count(f'version="{project.version}"')
    by_sql("projects_project", project.pk, "estimate_to_complete = estimate_to_complete + 1")
    project.refresh_from_db()
    after = shown(client, address)
    assert after.count(f'version="{project.version}"') == before > 1
    assert 'id="closure-form"' in after


def test_the_verbs_of_a_record_carry_its_version_of_now_and_follow_its_state(
    demo: Any, pmo: User, api_of: Any, client_of: Callable[[User], Client]
) -> None:
    client, risk = client_of(pmo), risk_of(demo)
    for address in (f"/risks/{risk.pk}/edit/", f"/risks/{risk.pk}/"):
        before = shown(client, address)
        forms = before.count(f'version="{risk.version}"')
        by_sql("projects_risk", risk.pk, f"event = '{OTHER} of {address}'")
        risk.refresh_from_db()
        after = shown(client, address)
        assert after.count(f'version="{risk.version}"') == forms > 1
        assert f'leads-to="/risks/{risk.pk}/"' in after
    beside = client.get(f"/risks/{risk.pk}/", headers={"X-Region": "panel"}).content.decode()
    assert f'version="{risk.version}"' in beside
    assert f'leads-to="/risks/{risk.pk}/"' not in beside
    verbs = OFFERED.findall(shown(client, address))
    path, given = f"/api/v1/risks/{risk.pk}/closure/", {"If-Match": "*"}
    assert api_of(pmo).post(path, {}, format="json", headers=given).status_code == 200
    assert "closure" in verbs
    assert "closure" not in OFFERED.findall(shown(client, address))


def test_who_is_wanted_for_a_project_and_who_leads_it_show_at_once(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    project, client = demo.project("CAM-02"), client_of(pmo)
    address = f"/projects/{project.pk}/"
    for _ in range(LEARNT):
        shown(client, address)
    post = Post.objects.create(
        project=project, title="Keeper of keys", wanted_from=project.forecast_start
    )
    assert "Keeper of keys" in shown(client, address)
    Post.objects.filter(pk=post.pk).update(holder=Person.objects.create(code="P9", name="Ada Rook"))
    assert "Ada Rook" in shown(client, address)
    Project.objects.filter(pk=project.pk).update(executive=None)
    before = shown(client, address)
    Project.objects.filter(pk=project.pk).update(executive=project.project_manager)
    assert shown(client, address) != before


def test_what_was_drawn_around_what_waits_is_kept_again_after_a_change_of_a_person(
    demo: Any, cam_manager: User, client_of: Callable[[User], Client]
) -> None:
    client, address = client_of(cam_manager), f"/portfolios/{demo.portfolio.pk}/"
    for _ in range(LEARNT):
        shown(client, address)
    Person.objects.create(code="P8", name="Bo Fell")
    for _ in range(2):
        shown(client, address)
    assert read_with(client, address) <= KEPT + 2  # and the stamp of the list


def test_what_is_deleted_shows_at_once_to_whoever_asked_when_others_had(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    other = factories.user("office.too")
    factories.role(other, "pmo")
    gone = Risk.objects.create(project=risk_of(demo).project, code="R-901", title=OTHER)
    clients = [client_of(user) for user in (pmo, other)]
    for client in clients * 2:
        assert OTHER not in shown(client, "/deleted/")
    Risk.objects.filter(pk=gone.pk).delete()
    for client in clients:
        assert OTHER in shown(client, "/deleted/")


@pytest.mark.parametrize("address", ["/comments/", "/attachments/", "/follows/", "/deleted/", "/"])
def test_another_time_zone_shows_at_once(
    demo: Any, pmo: User, api_of: Callable[[User], Any], client_of: Callable[[User], Client],
    address: str,
) -> None:  # fmt: skip
    client, rest, risk = client_of(pmo), api_of(pmo), risk_of(demo)
    at = {"record_type": "risk", "record_id": risk.pk}
    rest.post("/api/v1/comments/", {**at, "text": "Is it still open?"}, format="json")
    rest.post("/api/v1/follows/", at, format="json")
    sent = {**at, "file": SimpleUploadedFile("plan.txt", b"Dig", content_type="text/plain")}
    assert rest.post("/api/v1/attachments/", sent, format="multipart").status_code == 201
    action = Action.objects.create(risk=risk, title=OTHER)
    Action.objects.filter(pk=action.pk).delete()
    for _ in range(2):
        shown(client, address)
    before = moments(shown(client, address))
    assert before
    User.objects.filter(pk=pmo.pk).update(time_zone="Pacific/Auckland")
    assert moments(shown(client, address)) != before


def moments(text: str) -> list[str]:
    return re.findall(r"<time[^>]*>([^<]*)</time>", text)
