"""The home page: what waits, what moved since one was here and by whom, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.database import touches
from pmhub.models import User, Visit
from pmhub.queries.recent_changes import cache, recent_changes
from pmhub.queries.waiting import RULES
from pmhub.queries.waiting.findings import cache as found_before
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.rollup.metrics import HEADLINES
from projects.models import Action, Dependency, Project
from tests import factories
from tests.factories import AS_OF
from tests.wexmoor import Demo

LIVE = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def ago(client_of: Any) -> Callable[..., None]:
    """`ago(user, days=3)`: the visit that goes on began so long ago."""

    def moved(user: User, **past: float) -> None:
        Visit.objects.filter(user=user).update(begun_at=timezone.now() - timedelta(**past))

    return moved


@pytest.fixture
def here() -> Callable[[User], None]:
    """`here(user)`: the visit before this one began now."""

    def noted(user: User) -> None:
        now = timezone.now()
        Visit.objects.create(user=user, begun_at=now, before=now)

    return noted


@pytest.fixture
def edited(api_of: Any) -> Callable[..., None]:
    """`edited(user, project, …)`: somebody changes a project over REST."""

    def change(user: User, project: Project, **fields: Any) -> None:
        project.refresh_from_db()
        headers = {"If-Match": f'"v{project.version}"'}
        path = f"/api/v1/projects/{project.pk}/"
        answer = api_of(user).patch(path, fields, format="json", headers=headers)
        assert answer.status_code == 200, answer.json()

    return change


# What waits


def test_what_waits_is_shown_by_urgency_with_where_and_what_to_do(
    cam02_manager: User, client_of: Any, words: Any
) -> None:
    page = words(client_of(cam02_manager).get("/"))
    overdue, soon = page.index("Overdue"), page.index("Due within a week")
    assert overdue < page.index("CP10 Internal quality inspection 3 (envelope)") < soon
    assert soon < page.index("Write the update CAM-02")


def test_nothing_waits_is_a_good_state(viewer: User, client_of: Any, words: Any) -> None:
    page = words(client_of(viewer).get("/"))
    assert "Nothing waits for you: nothing is overdue, and nobody waits for your answer." in page


def test_a_few_are_shown_until_one_asks_for_all(nothing: None, client_of: Any, words: Any) -> None:
    leader = factories.user()
    project = factories.project(project_manager=leader.person)
    for number in range(9):
        factories.action(project, owner=leader.person, due_on=AS_OF, title=f"Action {number}.")
    client = client_of(leader)
    assert "Show all 10" in words(client.get("/"))
    shown = [words(client.get(address)).count("Mark as done") for address in ("/", "/?rows=all")]
    assert shown == [6, 9]


def test_it_is_narrowed_by_programme_and_kind(nothing: None, client_of: Any, words: Any) -> None:
    owner = factories.user()
    for _ in range(2):
        project = factories.project()
        factories.role(owner, "viewer", programme=project.programme)
        for number in range(4):
            factories.action(
                project, owner=owner.person, due_on=AS_OF, title=f"{project.code} {number}."
            )
        factories.issue(project, owner=owner.person, due_on=AS_OF, title=f"{project.code} burns")
    client = client_of(owner)
    page = words(client.get(f"/?programme={project.programme_id}&rule=issue_due"))
    assert f"{project.code} burns" in page
    assert page.count(" burns") == 2  # its title, and again for who cannot see the button
    assert "Nothing of this kind waits" in words(client.get("/?rule=gate_to_vote"))


def test_nothing_is_said_of_what_one_may_not_see(
    demo: Any, ssv_manager: User, client_of: Any, words: Any
) -> None:
    page = words(client_of(ssv_manager).get("/"))
    assert "Shared Services" in page
    assert "CAM" not in page


def test_it_says_since_when_it_waits_and_who_asks(
    nothing: None, api_of: Any, client_of: Any, words: Any
) -> None:
    asker, owner = factories.user("asker"), factories.user()
    project = factories.project()
    factories.role(asker, "pmo")
    factories.role(owner, "viewer", programme=project.programme)
    for title in ("Asked first", "Asked last"):
        body = {"project": project.pk, "title": title, "owner": owner.person.pk}
        body |= {"due_on": AS_OF.isoformat()}
        assert api_of(asker).post("/api/v1/actions/", body, format="json").status_code == 201
    Action.objects.filter(title="Asked first").update(due_on=AS_OF + timedelta(days=1))
    client = client_of(owner)
    page = words(client.get("/"))
    assert page.count(f"by {asker.person.name} Mark as done") == 2
    for address, order in (("/", ["last", "first"]), ("/?order=age", ["first", "last"])):
        page = words(client.get(address))
        assert sorted(order, key=lambda word: page.index(f"Asked {word}")) == order


def test_a_region_notices_that_somebody_else_asks(
    nothing: None, api_of: Any, client_of: Any
) -> None:
    owner, asker, project = factories.user(), factories.user("asker"), factories.project()
    factories.role(owner, "viewer", programme=project.programme)
    factories.role(asker, "pmo")
    action = factories.action(project, owner=owner.person, due_on=AS_OF)
    client = client_of(owner)
    for _ in range(2):
        first = client.get("/", headers=LIVE)
    headers = {**LIVE, "If-None-Match": first.headers["ETag"]}
    assert client.get("/", headers=headers).status_code == 304
    path = f"/api/v1/actions/{action.pk}/start/"
    answer = api_of(asker).post(path, {}, format="json", headers={"If-Match": '"v1"'})
    assert answer.status_code == 200, answer.json()
    again = client.get("/", headers=headers)
    assert again.status_code == 200
    assert f"by {asker.person.name}" in again.content.decode()


def test_every_kind_that_waits_leaves_a_touch() -> None:
    """Or who asks would be kept for good."""
    topics = touches.stamps_of_tables()
    assert [rule.name for rule in RULES if touches.topic_of(rule.model) not in topics] == []


# What moved


def test_what_moved_since_the_last_visit_says_which_figure_and_who_wrote_what(
    demo: Any, cam_manager: User, pmo: User, client_of: Any, words: Any, here: Any, edited: Any,
    drain: Any,
) -> None:  # fmt: skip
    drain()
    here(cam_manager)
    edited(pmo, demo.project("CAM-02"), estimate_to_complete="61000.00")
    drain()
    answer = client_of(cam_manager).get("/")
    page = words(answer)
    assert "Forecast cost of projects" in page
    assert f"CAM-02 project, {pmo.person.name}," in page
    assert "CAM-03" not in page.partition("Written by others")[2]
    assert "/explain/estimate_at_completion/?since=" in answer.content.decode()


def test_what_is_younger_than_the_period_is_compared_with_its_first_figures(
    demo: Any, cam_manager: User, pmo: User, client_of: Any, words: Any, edited: Any, drain: Any
) -> None:
    drain()
    edited(pmo, demo.project("CAM-02"), estimate_to_complete="61000.00")
    drain()
    cam, month = demo.programme("CAM"), timedelta(days=30)
    since = timezone.now() - month
    found = {each.record: each for each in recent_changes(cam_manager, since)}
    begin, moved = queries.moved_since(cam, HEADLINES, since)
    assert begin
    assert (found[cam].since, begin > since) == (begin, True)
    assert {metric.name for metric, *_ in found[cam].figures} - {"health"} == {*moved}
    page = words(client_of(cam_manager).get("/?since=month"))
    assert "Forecast cost of projects" in page
    assert "since its first figures" in page
    lead = demo.project("CAM-02").project_manager.user
    [mine] = [each for each in recent_changes(lead, since) if each.record == demo.project("CAM-02")]
    assert "Estimate at completion" in {metric.title for metric, *_ in mine.figures}


def test_what_one_wrote_oneself_is_not_news(
    demo: Any, cam_manager: User, client_of: Any, words: Any, here: Any, edited: Any
) -> None:
    here(cam_manager)
    edited(cam_manager, demo.project("CAM-02"), objective="A better hall")
    assert "Campus Renewal Programme R Red None Nothing" in words(client_of(cam_manager).get("/"))


def test_a_reload_is_not_another_visit(cam_manager: User, client_of: Any, ago: Any) -> None:
    client = client_of(cam_manager)
    for minutes, moves in ((1, False), (29, False), (31, True), (1, False)):
        client.get("/")
        ago(cam_manager, minutes=minutes)
        before = Visit.objects.get(user=cam_manager)
        client.get("/")
        after = Visit.objects.get(user=cam_manager)
        assert (after.begun_at != before.begun_at) is moves
        assert after.before == (before.begun_at if moves else before.before)


def test_a_region_that_reads_itself_again_is_no_visit(
    cam_manager: User, client_of: Any, ago: Any
) -> None:
    client = client_of(cam_manager)
    client.get("/")
    ago(cam_manager, hours=3)
    before = Visit.objects.get(user=cam_manager).begun_at
    assert client.get("/", headers=LIVE).status_code == 200
    assert Visit.objects.get(user=cam_manager).begun_at == before


def test_a_dependency_is_told_of_at_its_giver_and_at_its_receiver() -> None:
    leader, since = factories.user(), timezone.now()
    projects = [factories.project(), factories.project()]
    for project in projects:
        factories.role(leader, "project_manager", project=project)
    link = factories.dependency(*projects)
    found = recent_changes(leader, since)
    told = [
        (each.record, [row.id for row in each.written if row.model is Dependency]) for each in found
    ]
    assert told == [(project, [link.pk]) for project in projects]


@pytest.mark.parametrize(("since", "current"), [("month", "A month"), ("nonsense", "A week")])
def test_one_may_ask_about_a_longer_time(
    since: str, current: str, viewer: User, client_of: Any
) -> None:
    page = client_of(viewer).get(f"/?since={since}").content.decode()
    assert f'aria-current="true">{current}<' in page


def test_who_sees_a_portfolio_from_above_is_told_of_its_programmes(
    sponsor: User, client_of: Any, words: Any
) -> None:
    page = words(client_of(sponsor).get("/"))
    for name in ("Campus Renewal Programme", "Net Zero Estate Programme"):
        assert name in page


# What it costs


def test_home_costs_the_same_for_one_and_for_three(
    nothing: None, client_of: Any, queries_of: Any
) -> None:
    leader, counts = factories.user(), []
    client = client_of(leader)
    for more in (1, 2):
        for _ in range(more):
            project = factories.project(project_manager=leader.person)
            factories.role(leader, "programme_manager", programme=project.programme)
            factories.action(project, owner=leader.person, due_on=AS_OF)
            factories.risk(project)
        client.get("/")
        for each in (cache, found_before):
            each.clear()
        counts.append(queries_of(client, "/"))
    assert counts[0] == counts[1]


def test_an_unchanged_region_is_not_drawn_again(cam_manager: User, client_of: Any) -> None:
    client = client_of(cam_manager)
    for _ in range(2):
        first = client.get("/", headers=LIVE)
    with CaptureQueriesContext(connection) as captured:
        again = client.get("/", headers={**LIVE, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert len(captured) < 20


def test_a_region_follows_the_unit_of_money_and_the_names_of_programmes(
    demo: Demo, cam_manager: User, client_of: Any
) -> None:
    client = client_of(cam_manager)
    for changed in (
        lambda: Portfolio.objects.filter(pk=demo.portfolio.pk).update(money_unit=1_000_000),
        lambda: Programme.objects.filter(code="CAM").update(name="Campus Anew"),
    ):
        for _ in range(2):
            first = client.get("/", headers=LIVE)
        changed()
        again = client.get("/", headers={**LIVE, "If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
    assert "Campus Anew" in again.content.decode()


# What one looked at


def test_home_leads_back_to_what_one_looked_at_as_far_as_one_sees_it(
    client_of: Any, demo: Demo, cam02_manager: User, viewer: User
) -> None:
    client = client_of(cam02_manager)
    assert "You looked at last" not in client.get("/").content.decode()
    risk = demo.project("CAM-02").risks.first()
    client.get(f"/risks/{risk.pk}/")
    assert f'href="/risks/{risk.pk}/"' in client.get("/").content.decode()
    other = client_of(viewer)
    other.cookies["pmhub-recent"] = f"project-{demo.project('SSV-01').pk}"
    assert "You looked at last" not in other.get("/").content.decode()
