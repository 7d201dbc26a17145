"""Regions that are drawn once for all who see the same, and at once anew when that changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse

from pmhub import views
from pmhub.database import touches
from pmhub.models import Person, RoleAssignment, Touch, User
from programmes.models import Portfolio, Programme, ProgrammeRollup
from programmes.queries import top_risks
from projects.models import Milestone, Project, Risk
from tests import factories

Client = Any
OTHER = "Another name altogether"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates of the regions that were drawn, in order; grows."""
    found: list[str] = []
    draw = views.LivePage.draw

    def noted(page: Any, *args: Any) -> Any:
        found.append(page.region_template)
        return draw(page, *args)

    monkeypatch.setattr(views.LivePage, "draw", noted)
    return found


def pages(demo: Any) -> list[str]:
    programme = f"/programmes/{demo.programme('CAM').pk}/"
    project = f"/projects/{demo.project('CAM-02').pk}/"
    one = reverse("one-portfolio", args=[demo.portfolio.pk])
    below = [f"{programme}{name}/" for name in ("benefits", "risk")]
    pictures = [f"{one}{name}/" for name in ("roadmap", "bubbles", "confidence", "trend")]
    return [programme, *below, project, "/portfolio/", one, *pictures]


def test_who_sees_the_same_is_given_what_was_drawn_for_another(
    demo: Any, viewer: User, client_of: Callable[[User], Client], drawn: list[str]
) -> None:
    other = factories.user("vera", first_name="Vera", last_name="Viewer")
    for each in RoleAssignment.objects.filter(person__user=viewer):
        scope = {name: getattr(each, name) for name in each.visible_through}
        factories.role(other, each.role, **scope)
    for address in pages(demo):
        drawn.clear()
        first, second = (client_of(user).get(address) for user in (viewer, other))
        assert len(drawn) == 1, address
        assert region(first) == region(second)
        assert "Vera Viewer" in second.content.decode()
        assert "Vera Viewer" not in first.content.decode()


def test_who_may_see_or_do_something_else_is_not(
    demo: Any, viewer: User, pmo: User, cam_manager: User, cam02_manager: User,
    client_of: Callable[[User], Client], drawn: list[str],
) -> None:  # fmt: skip
    for address in pages(demo):
        drawn.clear()
        seen = [client_of(user).get(address) for user in (viewer, pmo, cam_manager, cam02_manager)]
        found = [each for each in seen if each.status_code == 200]
        assert len(drawn) == len(found), address


def test_nothing_of_one_user_alone_is_in_what_is_kept(
    demo: Any, cam_manager: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(cam_manager)
    for address in pages(demo):
        answer = client.get(address)
        assert "csrfmiddlewaretoken" not in region(answer)
        assert str(answer.context["csrf_token"]) not in region(answer)


def region(answer: Any) -> str:
    text: str = answer.content.decode()
    return text.partition("<pm-live")[2].partition(">")[2].partition("</pm-live>")[0]


def by_sql(table: str, pk: int, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])  # noqa: S608  # ours


def test_a_change_by_plain_sql_shows_at_once(
    demo: Any, viewer: User, client_of: Callable[[User], Client]
) -> None:
    client, programme = client_of(viewer), demo.programme("CAM")
    address = f"/programmes/{programme.pk}/"
    for table, pk, change in (
        ("programmes_programme", programme.pk, f"name = '{OTHER}'"),
        ("projects_project", demo.project("CAM-02").pk, f"name = '{OTHER}'"),
        ("projects_project", demo.project("CAM-02").pk, "percent_complete = 62.5"),
        ("projects_risk", top_risks(programme, viewer)[0].risk.pk, f"title = '{OTHER}'"),
        ("pmhub_person", programme.sro_id, f"name = '{OTHER}'"),
        ("programmes_portfolio", programme.portfolio_id, "money_unit = 1"),
        ("projects_dependency", demo.dependency("D22").pk, f"deliverable = '{OTHER}'"),
    ):
        before = region(client.get(address))
        by_sql(table, pk, change)
        assert region(client.get(address)) != before, (table, change)


def test_a_change_over_rest_shows_at_once_and_so_does_its_recompute(
    demo: Any, cam02_manager: User, client_of: Callable[[User], Client],
    drain: Callable[[], int],
) -> None:  # fmt: skip
    client, project = client_of(cam02_manager), demo.project("CAM-02")
    page, record = f"/projects/{project.pk}/", f"/api/v1/projects/{project.pk}/"
    first = region(client.get(page))
    version = client.get(record).headers["ETag"]
    answer = client.patch(
        record, {"percent_complete": "99.00"}, content_type="application/json",
        headers={"If-Match": version},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    second = region(client.get(page))
    assert "Updating" in second
    assert ("99%" in first, "99%" in second) == (False, True)
    drain()
    assert "Updating" not in region(client.get(page))


def test_a_name_at_the_other_end_of_a_dependency_shows_at_once(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, link = client_of(pmo), demo.dependency("D22")
    page = f"/projects/{link.receiver_id}/"
    assert OTHER[:20] not in region(client.get(page))
    Project.objects.filter(pk=link.giver_id).update(code=OTHER[:20])
    assert OTHER[:20] in region(client.get(page))


def test_a_role_that_ends_shows_at_once(
    demo: Any, viewer: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(viewer)
    address = f"/programmes/{demo.programme('CAM').pk}/"
    assert client.get(address).status_code == 200
    RoleAssignment.objects.filter(person__user=viewer).delete()
    assert client.get(address).status_code == 404
    assert "Campus Renewal" not in client.get("/portfolio/").content.decode()


def test_a_status_date_shows_at_once(
    demo: Any, viewer: User, client_of: Callable[[User], Client]
) -> None:
    client, address = client_of(viewer), f"/projects/{demo.project('CAM-02').pk}/"
    before = region(client.get(address))
    Portfolio.objects.filter(pk=demo.portfolio.pk).update(status_date="2026-11-05")
    assert region(client.get(address)) != before


def test_for_who_writes_dates_in_another_order_it_is_drawn_anew(
    demo: Any, viewer: User, client_of: Callable[[User], Client], drawn: list[str]
) -> None:
    client, address = client_of(viewer), f"/programmes/{demo.programme('CAM').pk}/"
    for order in ("day_first", "month_first", "day_first"):
        User.objects.filter(pk=viewer.pk).update(date_order=order)
        client.get(address)
    assert len(drawn) == 2


def test_what_moves_to_another_programme_leaves_the_page_at_once(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, here = client_of(pmo), demo.programme("CAM")
    there = Programme.objects.exclude(pk=here.pk).first()
    address, moved = f"/programmes/{here.pk}/", demo.project("CAM-02")
    assert f'id="project-{moved.pk}"' in region(client.get(address))
    Project.objects.filter(pk=moved.pk).update(programme=there)
    assert f'id="project-{moved.pk}"' not in region(client.get(address))


def test_the_tree_follows_names_health_and_archiving(
    demo: Any, pmo: User, client_of: Callable[[User], Client]
) -> None:
    client, programme = client_of(pmo), demo.programme("CAM")

    def tree() -> str:
        text: str = client.get("/portfolio/").content.decode()
        return text.partition('<nav class="sidenav"')[2].partition("</nav>")[0]

    before = tree()
    Programme.objects.filter(pk=programme.pk).update(name=OTHER)
    named = tree()
    assert (OTHER in before, OTHER in named) == (False, True)
    values = programme.metric_values.filter(metric="health", valid_to__isnull=True)
    values.update(word="green")
    # As whoever computes does with each figure that is another.
    ProgrammeRollup.objects.filter(pk=programme.pk).update(generation=F("generation") + 1)
    judged = tree()
    assert judged.count("rag-green") > named.count("rag-green")
    Programme.objects.filter(pk=programme.pk).update(archived_at="2026-11-01T00:00Z")
    assert OTHER not in tree()


# The stamp


def stamp(*topics: tuple[str, int]) -> int:
    return touches.stamp(topics)


def test_whatever_belongs_to_a_project_touches_it_and_its_table(demo: Any) -> None:
    project = demo.project("CAM-02")
    of_project = ("projects.project", project.pk)
    for table, change in (
        ("projects.milestone", lambda: Milestone.objects.filter(project=project).update(weight=2)),
        ("projects.risk", lambda: Risk.objects.filter(project=project).update(category="other")),
        ("projects.output", lambda: factories.output(project)),
        ("projects.budgetline", lambda: factories.budget(project, 1)),
        ("projects.output", lambda: project.outputs.order_by("pk").last().delete()),
    ):
        before = stamp(of_project), stamp((table, 0))
        change()
        after = stamp(of_project), stamp((table, 0))
        assert all(one != other for one, other in zip(before, after, strict=True)), table


def test_other_projects_are_not_touched_nor_is_everything(demo: Any) -> None:
    other = ("projects.project", demo.project("CAM-03").pk)
    before = stamp(other, (touches.EVERYWHERE, 0))
    Milestone.objects.filter(project=demo.project("CAM-02")).update(weight=2)
    assert stamp(other, (touches.EVERYWHERE, 0)) == before


def test_to_fold_touches_changes_no_stamp(demo: Any) -> None:
    for name in (OTHER, "Once more"):
        Person.objects.update(name=name)
    topics = Touch.objects.values_list("topic", "object_id").distinct()
    before = {each: stamp(each) for each in topics}
    touches.fold()
    assert Touch.objects.count() == len(before)
    assert {each: stamp(each) for each in topics} == before
