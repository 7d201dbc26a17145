"""What reads of a table no more than names and homes stands until one of these changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef
from django.db.models.expressions import RawSQL
from django.utils import timezone

from pmhub.access import grants
from pmhub.database import touches
from pmhub.models import Person, User
from programmes.models import Programme
from projects.models import Milestone, Project, Risk
from tests import factories

PROJECT, PROGRAMME = "projects.project", "programmes.programme"
HOME = touches.home_of(PROJECT)
UNDER = Project.objects.filter(pk=OuterRef("project"))


def topics(asked: Any) -> set[str]:
    sql = asked if isinstance(asked, str) else str(asked.query)
    return {topic for topic in touches.topics_read(sql) if topic.startswith((PROJECT, PROGRAMME))}


@pytest.mark.parametrize(
    "asked",
    [
        Risk.objects.filter(project__programme=1),
        Risk.objects.filter(project__in=Project.objects.filter(programme=1)),
        Risk.objects.filter(project__archived_at=None).annotate(called=F("project__name")),
        Milestone.objects.filter(Exists(UNDER.filter(portfolio=1))).order_by("project__code"),
        Project.objects.values("programme").annotate(number=Count("pk")),
    ],
)
def test_a_name_or_a_home_is_all_that_is_read(asked: Any) -> None:
    assert topics(asked) == {HOME}


@pytest.mark.parametrize(
    "asked",
    [
        Project.objects.all(),
        Risk.objects.select_related("project"),
        Risk.objects.filter(project__status="active"),
        Risk.objects.order_by("project__name", "project__updated_at"),
        Milestone.objects.filter(Exists(UNDER.filter(actual_start=None))),
        Risk.objects.filter(project__in=Project.objects.filter(programme__sro=1)).order_by(
            RawSQL("projects_project.version", ())
        ),
        "SELECT id FROM projects_project",
        'SELECT to_jsonb("projects_project") FROM "projects_project"',
        'SELECT to_jsonb(U0) FROM "projects_project" U0',
        'SELECT p.version FROM "projects_project" p',
        'SELECT U0.version FROM "projects_project" U0 WHERE U0."id" = 1',
        'SELECT "U0"."version" FROM "projects_project" "U0" WHERE "U0"."id" = 1',
        'SELECT * FROM "projects_project" WHERE "projects_project"."id" = 1',
    ],
)
def test_more_is_read_than_names_and_homes(asked: Any) -> None:
    assert PROJECT in topics(asked)


def _archived(project: Project) -> None:
    over = {"status": "terminated", "terminated_on": "2026-10-01", "ended_reason": "Over"}
    Project.objects.filter(pk=project.pk).update(archived_at=timezone.now(), **over)


def _moved(project: Project) -> None:
    other = factories.programme(code="OTHER")
    Project.objects.filter(pk=project.pk).update(programme=other, portfolio=None)


def _truncated(project: Project) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE projects_project CASCADE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("write", "touched"),
    [
        (lambda project: Project.objects.filter(pk=project.pk).update(objective="Rain"), False),
        (lambda project: Project.objects.filter(pk=project.pk).update(name="Rain"), True),
        (lambda project: Project.objects.filter(pk=project.pk).update(code="RAIN"), True),
        (lambda project: factories.project(code="NEW", name="New"), True),
        (lambda project: Project.objects.filter(pk=project.pk).delete(), True),
        (_archived, True),
        (_moved, True),
        (_truncated, True),
    ],
)
def test_names_and_homes_are_touched_by_what_changes_them(
    write: Callable[[Project], object], touched: bool
) -> None:
    project = factories.project(code="OLD", name="Old")
    before = touches.stamp([(HOME, 0)]), touches.stamp([(PROJECT, 0)])
    write(project)
    after = touches.stamp([(HOME, 0)]), touches.stamp([(PROJECT, 0)])
    assert (before[0] != after[0], before[1] != after[1]) == (touched, True)


@pytest.mark.django_db
def test_a_programme_that_is_led_by_another_has_no_other_home() -> None:
    programme = factories.programme(code="OLD")
    before = touches.stamp([(touches.home_of(PROGRAMME), 0)])
    Programme.objects.filter(pk=programme.pk).update(vision="Rain")
    assert touches.stamp([(touches.home_of(PROGRAMME), 0)]) == before


def test_roles_are_read_of_names_homes_and_posts() -> None:
    read = touches.topics_read(grants.ROLES.sql)
    of_posts = {"projects.project", "projects.resource", "benefits.benefit"}
    assert {touches.home_of(topic) for topic in of_posts} <= read
    assert not of_posts & read


@pytest.mark.parametrize("post", ["project_manager", "executive", "successor"])
def test_roles_end_with_the_post_that_gives_them(
    demo: Any, cam02_manager: User, client_of: Callable[[User], Any], post: str
) -> None:
    project, client = demo.project("CAM-02"), client_of(cam02_manager)
    other = Person.objects.create(code="P9", name="Ada Rook")
    without = {"project_manager": other, "executive": None, "successor": None}
    Project.objects.filter(pk=project.pk).update(**{**without, post: cam02_manager.person})
    address = f"/projects/{project.pk}/"
    for _ in range(2):
        assert client.get(address).status_code == 200
    Project.objects.filter(pk=project.pk).update(**without)
    assert client.get(address).status_code == 404
