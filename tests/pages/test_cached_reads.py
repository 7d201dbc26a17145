"""What was read is kept while the questions that it is made of are answered alike."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.database import one_moment, touches
from pmhub.database.cached_reads import CachedReads
from pmhub.database.history import events_of
from pmhub.database.past import as_at
from pmhub.database.statements import ID, Rows
from pmhub.models import User
from programmes.models import (
    LedgerLine,
    MetricValue,
    Programme,
    ProgrammeRanges,
    ProgrammeRollup,
    RollupBasis,
    RollupRequest,
)
from projects.models import Project, ProjectForecast, Risk

pytestmark = pytest.mark.django_db


class Titles:
    """Reads the titles of a project's risks, and counts how often."""

    def __init__(self, project: Project) -> None:
        self.project, self.times = project, 0
        self.kept = CachedReads(10_000)

    def __call__(self) -> list[str]:
        return self.kept("titles", self.project.pk, self.read, len)

    def read(self) -> list[str]:
        self.times += 1
        return [*Risk.objects.filter(project=self.project).values_list("title", flat=True)]


@pytest.fixture
def titles(demo: Any) -> Titles:
    return Titles(demo.project("CAM-02"))


def test_a_change_elsewhere_in_the_table_reads_nothing_anew(demo: Any, titles: Titles) -> None:
    before = titles()
    Risk.objects.exclude(project=titles.project).update(event="Rain")
    assert (titles(), titles.times) == (before, 1)


def test_a_change_of_what_was_read_is_seen_at_once(titles: Titles) -> None:
    before = titles()
    Risk.objects.create(project=titles.project, code="R-901", title="The river rises")
    assert sorted(titles()) == sorted([*before, "The river rises"])
    Risk.objects.filter(code="R-901").update(title="The river falls")
    assert sorted(titles()) == sorted([*before, "The river falls"])
    Risk.objects.filter(code="R-901").delete()
    assert sorted(titles()) == sorted(before)


def test_within_what_is_kept_the_same_holds(titles: Titles) -> None:
    around = CachedReads(10_000)

    def shown() -> str:
        return around("shown", 1, lambda: ", ".join(titles()), len)

    before = shown()
    Risk.objects.create(project=titles.project, code="R-902", title="The river rises")
    assert shown() != before
    with one_moment.of_one_moment():
        assert "The river rises" in shown()


def test_requests_which_leave_no_touch_are_asked_for_again(demo: Any) -> None:
    kept, made = CachedReads(10_000), []

    def read() -> int:
        made.append(RollupRequest.objects.count())
        return made[-1]

    assert touches.UNTOUCHED in touches.topics_read(str(RollupRequest.objects.all().query))
    before = kept("requests", 1, read, lambda _: 1)
    assert kept("requests", 1, read, lambda _: 1) == before
    RollupRequest.objects.create(kind="G", object_id=demo.programme("CAM").pk)
    assert kept("requests", 1, read, lambda _: 1) == before + 1
    assert len(made) == 2


def test_a_history_is_asked_for_again_only_once_its_record_was_written(demo: Any) -> None:
    kept, made, events = CachedReads(10_000), [], events_of(Risk).objects

    def read() -> int:
        made.append(events.count())
        return made[-1]

    for _ in range(2):
        before = kept("history", 1, read, lambda _: 1)
    with CaptureQueriesContext(connection) as asked:
        assert kept("history", 1, read, lambda _: 1) == before
    assert not any("projects_riskevent" in query["sql"] for query in asked)
    Risk.objects.filter(pk=Risk.objects.all()[0].pk).update(title="Another")
    assert kept("history", 1, read, lambda _: 1) == before + 1
    assert len(made) == 2


@pytest.mark.parametrize(
    "model",
    [LedgerLine, MetricValue, RollupBasis, ProgrammeRollup, ProgrammeRanges, ProjectForecast],
)
def test_figures_are_asked_for_again_only_once_some_are_stored(demo: Any, model: Any) -> None:
    kept, made = CachedReads(10_000), []

    def read() -> int:
        made.append(model.objects.count())
        return made[-1]

    assert touches.UNTOUCHED not in touches.topics_read(str(model.objects.all().query))
    for _ in range(2):
        before = kept("figures", 1, read, lambda _: 1)
    with CaptureQueriesContext(connection) as asked:
        assert kept("figures", 1, read, lambda _: 1) == before
    assert model._meta.db_table not in "".join(query["sql"] for query in asked)
    model.objects.all().delete()
    assert kept("figures", 1, read, lambda _: 1) == 0
    assert len(made) == 2


def test_what_was_asked_with_long_lists_of_ids_takes_their_room(demo: Any) -> None:
    few, many = (
        _room_of(Risk.objects.filter(pk__in=range(10_000, 10_000 + number)))
        for number in (10, 1000)
    )
    assert many - few > 990 * 32  # bytes of a number and of its place in the list


def test_a_long_text_takes_its_room_too(demo: Any) -> None:
    plain, wide = Risk.objects.values("pk"), Risk.objects.values("pk")
    for number in range(100):
        wide = wide.filter(~Q(title=f"{number}"))
    room = _room_of(wide) - _room_of(plain)
    given = sys.getsizeof("10") * 100 + sys.getsizeof(()) + 8 * 100  # what it is asked with
    assert room > given + 100 * len(' AND NOT "projects_risk"."title" = %s')


def _room_of(rows: Any) -> int:
    with touches.note_topics(asking=True) as reads:
        list(rows)
    return sum(asked.size for asked in reads.questions or ())


def test_what_may_write_is_not_asked_again(demo: Any) -> None:
    with touches.note_topics(asking=True) as reads, connection.cursor() as cursor:
        cursor.execute("UPDATE projects_risk SET event = event")
    assert reads.questions is None


def test_what_is_of_the_past_is_not_asked_again(demo: Any) -> None:
    with as_at(timezone.now()), touches.note_topics(asking=True) as reads:
        Risk.objects.count()
    assert reads.questions is None


def test_what_stands_around_a_region_is_drawn_anew_when_what_was_found_is_another(
    demo: Any, cam_manager: User, client_of: Callable[[User], Client]
) -> None:
    client, programme = client_of(cam_manager), demo.programme("CAM")
    address = f"/programmes/{programme.pk}/"
    etags = {client.get(address)["ETag"]}
    Project.objects.filter(programme=programme, status="active").update(estimate_to_complete=1)
    Programme.objects.filter(pk=programme.pk).update(name="Quieter campus")
    page = client.get(address)
    etags.add(page["ETag"])
    assert len(etags) == 2
    assert "<title>" in page.content.decode()
    assert page.content.decode().count("Quieter campus") >= 2
    assert page["ETag"].strip('"') in page.content.decode()


TITLES = Rows(lambda: Risk.objects.filter(project_id=ID).values_list("title", flat=True))


def test_a_statement_is_executed_once_in_a_request_that_only_reads(
    demo: Any, django_assert_num_queries: Callable[[int], Any]
) -> None:
    first, second = demo.project("CAM-02").pk, demo.project("CAM-03").pk
    with one_moment.of_one_moment(), django_assert_num_queries(2):
        before = TITLES(id=first)
        before.append("Typed into the list that was read")
        assert TITLES(id=first) == before[:-1]
        assert TITLES(id=second) != TITLES(id=first)
    with django_assert_num_queries(2):
        assert TITLES(id=first) == TITLES(id=first)


def test_a_statement_that_is_not_executed_again_counts_as_read(demo: Any) -> None:
    project = demo.project("CAM-02")
    with one_moment.of_one_moment():
        titles = TITLES(id=project.pk)
        with touches.note_topics(asking=True) as around, touches.note_topics(asking=True) as read:
            assert TITLES(id=project.pk) == titles
    assert read == around == {"projects.risk"}
    [question] = tuple(read.questions or ())
    assert around.questions == [question]
    assert question.stands()
    Risk.objects.filter(project=project).update(title="The river rises")
    assert not question.stands()
