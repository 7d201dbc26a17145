"""The rules of the engine, each by a test that fails when the rule is broken.

Two sessions really race here: one is held at a known point while the other commits.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from pmhub import hints
from pmhub.demo import estate
from programmes import tasks
from programmes.models import (
    LedgerLine,
    MetricValue,
    Programme,
    ProgrammeRollup,
    RollupRequest,
)
from programmes.rollup import attribution, requests, worker, worker_cache
from programmes.rollup.verify import verify
from projects.models import CostActual, Dependency, Milestone, Project, Risk
from tests import factories
from tests.wexmoor import Demo

commits = pytest.mark.django_db(transaction=True)
SOON = 60  # seconds; nothing here waits as long unless it is broken
MINUTE = timedelta(minutes=1)


def actual_cost(demo: Demo) -> Any:
    """The stored actual cost of Campus Renewal."""
    return MetricValue.objects.get(
        programme=demo.programme("CAM"), metric="actual_cost", valid_to=None
    ).amount


def post(demo: Demo, amount: int) -> None:
    """Post a cost to CAM-02."""
    project = demo.project("CAM-02")
    CostActual.objects.create(project=project, posted_on=date(2026, 10, 1), amount=amount)


class Pause:
    """A point at which one session stops until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def here(self) -> None:
        """Stop, the first time."""
        if not self.reached.is_set():
            self.reached.set()
            assert self.go.wait(SOON)


@contextmanager
def elsewhere(work: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Run work in another session; what it raises fails the test."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # carried over to the test
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(SOON)
    assert not failures, failures
    assert not thread.is_alive()


def stopping_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Pause:
    """Let the module's function run as it is, then stop its first caller."""
    pause, real = Pause(), getattr(module, name)

    def stopped(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        pause.here()
        return answer

    monkeypatch.setattr(module, name, stopped)
    return pause


@pytest.fixture(params=["from nothing", "of what changed"])
def after_reading(request, demo, monkeypatch) -> Pause:
    """A point at which a worker has claimed and read, and written nothing: one that computed the
    programme before and keeps that, and one that did not."""
    if request.param == "from nothing":
        return stopping_after(monkeypatch, attribution, "read")
    post(demo, 1)
    worker.drain()
    return stopping_after(monkeypatch, worker_cache, "read_changed")


@commits
def test_an_edit_after_the_claim_leaves_a_request_of_its_own(demo, after_reading):
    before, pause = actual_cost(demo), after_reading
    post(demo, 100)

    with elsewhere(worker.drain_once):
        assert pause.reached.wait(SOON)
        post(demo, 1000)
        pause.go.set()

    assert actual_cost(demo) == before + 100
    assert RollupRequest.objects.exists()
    worker.drain()
    assert actual_cost(demo) == before + 1100
    assert verify() == []


@commits
def test_a_request_that_commits_late_is_worked_off_though_a_younger_one_was_before(demo):
    before = actual_cost(demo)
    pause = Pause()

    def slow_writer() -> None:
        with transaction.atomic():
            post(demo, 7)  # its request has the lower id
            pause.here()

    with elsewhere(slow_writer):
        assert pause.reached.wait(SOON)
        Project.objects.filter(code="CAM-03").update(percent_complete=99)
        worker.drain()
        assert not RollupRequest.objects.exists()
        pause.go.set()

    worker.drain()
    assert actual_cost(demo) == before + 7
    assert verify() == []


@commits
def test_an_older_result_never_overwrites_a_newer_one(demo, after_reading):
    before, pause = actual_cost(demo), after_reading
    post(demo, 100)

    with elsewhere(worker.drain_once):
        assert pause.reached.wait(SOON)
        post(demo, 1000)
        # Another worker comes while the first holds old facts: it must not write before it.
        assert worker.drain_once() == 0
        assert actual_cost(demo) == before
        pause.go.set()

    worker.drain()
    assert actual_cost(demo) == before + 1100
    assert verify() == []


@commits
def test_what_waits_for_another_worker_stays_as_it_is_and_holds_up_nobody(demo, monkeypatch):
    """Though the one that is waited for has more and older requests than one batch looks at."""
    post(demo, 100)
    pause = stopping_after(monkeypatch, attribution, "read")
    nze = ProgrammeRollup.objects.get(programme=demo.programme("NZE"))

    with elsewhere(worker.drain_once):
        assert pause.reached.wait(SOON)
        for project in demo.programme("CAM").projects.all():
            RollupRequest.objects.create(kind="P", object_id=project.pk)
        waiting = list(RollupRequest.objects.order_by("pk").values("pk", "requested_at"))
        RollupRequest.objects.create(kind="G", object_id=nze.pk)
        assert worker.drain(batch=1) == 1
        assert list(RollupRequest.objects.order_by("pk").values("pk", "requested_at")) == waiting
        assert ProgrammeRollup.objects.get(pk=nze.pk).computed_at > nze.computed_at
        pause.go.set()


@pytest.fixture
def rung(monkeypatch):
    """After how many seconds each hint to the workers is to be given."""
    seconds = []
    monkeypatch.setattr(hints, "workers", lambda *, after=0: seconds.append(after))
    return seconds


@commits
def test_a_worker_that_finds_all_computed_by_others_leaves_them_a_second(demo, monkeypatch, rung):
    """Whoever computes looks again as soon as that is done: nobody rings ten times a second."""
    post(demo, 100)
    pause = stopping_after(monkeypatch, attribution, "read")
    with elsewhere(worker.drain_once):
        assert pause.reached.wait(SOON)
        tasks.drain()  # what it asks for is gone, once that is committed
        post(demo, 200)
        tasks.drain()  # and this is not
        pause.go.set()
    assert rung == [tasks.BUSY] * 2
    tasks.drain()
    assert not RollupRequest.objects.exists()
    assert len(rung) == 2


def test_a_worker_that_lets_a_programme_rest_rings_at_once(demo, rung, monkeypatch):
    monkeypatch.setattr(worker, "REST", MINUTE)
    computed(demo, "CAM", timezone.now())
    post_many(demo)
    tasks.drain()
    assert rung == [0]


def computed(demo: Demo, code: str, moment: datetime) -> None:
    """Have a programme computed at a moment."""
    rollup = ProgrammeRollup.objects.filter(programme=demo.programme(code))
    rollup.update(computed_at=moment)


def post_many(demo: Demo) -> None:
    """Post more costs than are worked off at once."""
    for _ in range(worker.FEW_REQUESTS + 1):
        post(demo, 100)


def test_in_a_storm_a_programme_that_was_computed_just_now_rests_and_holds_up_nobody(demo):
    now = timezone.now()
    computed(demo, "CAM", now)
    computed(demo, "NZE", now - worker.GROWN * MINUTE)
    post_many(demo)
    waiting = [*RollupRequest.objects.order_by("pk").values()]
    RollupRequest.objects.create(kind="G", object_id=demo.programme("NZE").pk)
    assert worker.drain(rest=MINUTE)
    assert [*RollupRequest.objects.order_by("pk").values()] == waiting != []
    computed(demo, "CAM", now - worker.GROWN * MINUTE)
    assert worker.drain(rest=MINUTE)
    assert not RollupRequest.objects.exists()


def test_in_a_storm_a_programme_rests_for_longer_while_it_is_still_written_to(demo):
    now = timezone.now()
    computed(demo, "CAM", now - 2 * MINUTE)
    post_many(demo)
    assert not worker.drain(rest=MINUTE)
    RollupRequest.objects.update(requested_at=now - worker.STILL_WRITTEN * MINUTE)
    RollupRequest.objects.create(kind="G", object_id=demo.programme("NZE").pk)  # still a storm
    computed(demo, "NZE", now)
    assert worker.drain_once(rest=MINUTE)
    assert [*RollupRequest.objects.values_list("kind", flat=True)] == ["G"]


def test_once_nothing_more_is_asked_for_the_storm_is_over_and_nobody_rests(demo):
    computed(demo, "CAM", timezone.now())
    post_many(demo)
    RollupRequest.objects.update(requested_at=timezone.now() - worker.CALM * MINUTE)
    assert worker.drain(rest=MINUTE)
    assert not RollupRequest.objects.exists()


def test_where_few_wait_a_programme_that_was_computed_just_now_does_not_rest(demo):
    computed(demo, "CAM", timezone.now())
    post(demo, 100)
    assert worker.drain(rest=MINUTE)
    assert not RollupRequest.objects.exists()


def test_where_the_clock_is_put_back_no_programme_rests_until_it_is_there_again(demo):
    computed(demo, "CAM", timezone.now() + timedelta(hours=1))
    post_many(demo)
    assert worker.drain(rest=MINUTE)
    assert not RollupRequest.objects.exists()


# Everybody's turn


@pytest.fixture
def many(nothing, drain):
    """Sixty programmes with a project each, computed."""
    portfolio = factories.portfolio()
    found = [factories.programme(portfolio=portfolio) for _ in range(60)]
    for programme in found:
        factories.project(programme=programme)
    drain()
    return found


@pytest.mark.django_db
def test_of_sixty_that_change_all_the_time_each_has_its_turn(many, monkeypatch):
    """Each is changed after every batch; a round is as many batches as it takes to hold all."""
    turns: list[tuple[int, ...]] = []
    real = worker.attempt

    def noted(scope: requests.Scope, **options: Any) -> None:
        turns.append(scope.programmes)
        real(scope, **options)

    monkeypatch.setattr(worker, "attempt", noted)
    round_ = len(many) // worker.MOST
    for _ in range(3 * round_):
        RollupRequest.objects.bulk_create(
            RollupRequest(kind="G", object_id=programme.pk) for programme in many
        )
        worker.drain_once()

    everyone = {programme.pk for programme in many}
    for first in range(2 * round_ + 1):
        assert {id for turn in turns[first : first + round_] for id in turn} == everyone


@pytest.mark.django_db
def test_what_is_not_computed_yet_is_as_old_as_it_was(many):
    since = timezone.now() - timedelta(minutes=5)
    portfolio = many[0].portfolio_id
    RollupRequest.objects.create(kind="F", object_id=portfolio, requested_at=since)
    for _ in range(4):
        worker.drain_once()
        assert set(RollupRequest.objects.values_list("requested_at", flat=True)) == {since}
    assert RollupRequest.objects.count() == 60 - 3 * worker.MOST


@pytest.mark.django_db
def test_a_record_that_moves_many_asks_for_the_rest_since_when_it_was_changed(many):
    """A resource of every programme's projects: the first batch holds a few of them."""
    resource = factories.resource(portfolio=many[0].portfolio)
    for programme in many:
        factories.allocation(resource, programme.projects.get(), Decimal("0.1"))
    worker.drain()
    since = timezone.now() - timedelta(minutes=5)
    RollupRequest.objects.create(kind="R", object_id=resource.pk, requested_at=since)
    worker.drain_once()
    left = RollupRequest.objects.values_list("kind", "requested_at")
    assert list(left) == [("G", since)] * (60 - worker.MOST)


@commits
def test_one_that_hangs_holds_the_figures_of_few(nothing, monkeypatch):
    """A worker that was stopped in the middle: all others are computed at once."""
    portfolio = factories.portfolio()
    many = [factories.programme(portfolio=portfolio) for _ in range(30)]
    worker.drain()
    RollupRequest.objects.bulk_create(
        RollupRequest(kind="G", object_id=programme.pk) for programme in many
    )
    pause = stopping_after(monkeypatch, worker_cache, "cached")
    with elsewhere(worker.drain_once):
        assert pause.reached.wait(SOON)
        worker.drain()
        assert RollupRequest.objects.count() == worker.MOST
        pause.go.set()
    assert not RollupRequest.objects.exists()


@pytest.mark.django_db
def test_a_bulk_load_of_a_programme_is_one_batch(demo):
    projects = [demo.project(code).pk for code in ("CAM-02", "CAM-03", "CAM-04")]
    for number in range(450):
        RollupRequest.objects.create(kind="P", object_id=projects[number % 3])

    batches = 0
    while worker.drain_once(batch=10):
        batches += 1

    assert batches == 1
    assert not RollupRequest.objects.exists()


@pytest.mark.django_db
def test_a_bulk_load_is_absorbed_whatever_the_planner_believes(nothing):
    """Two thousand projects and ten thousand requests without statistics, and no way of joining but
    to compare row by row: rows are looked up by an index, and locked once."""
    estate.load(estate.Size(1, 2000, 0, 0, 0), "LOAD")
    programme = Programme.objects.get(portfolio__code="LOAD").pk
    asked = RollupRequest.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic")
        cursor.execute(
            "UPDATE pg_class SET reltuples = 1 WHERE relkind = 'r'"
            " AND relname ~ '^(projects|programmes)_'"
        )
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
            " SET LOCAL enable_hashagg = off; SET LOCAL statement_timeout = '8s'"
        )
        requests.absorb(requests.Scope(programmes=(programme,)))
        assert RollupRequest.objects.filter(kind="P").count() == 0
        transaction.set_rollback(True)
    assert asked > 10_000


@pytest.mark.django_db
def test_a_project_that_changed_programme_is_not_absorbed_without_its_old_one(demo):
    """Its forecast was computed under Campus Renewal: only under both locks may it be replaced."""
    moved, nze = demo.project("CAM-05"), demo.programme("NZE")
    RollupRequest.objects.all().delete()
    Project.objects.filter(pk=moved.pk).update(programme=nze)
    RollupRequest.objects.filter(kind="G").delete()
    RollupRequest.objects.create(kind="G", object_id=nze.pk)
    with transaction.atomic():
        requests.absorb(requests.Scope(programmes=(nze.pk,)))

    assert list(RollupRequest.objects.values_list("kind", "object_id")) == [("P", moved.pk)]
    assert set(requests.resolve([("P", moved.pk)]).programmes) == {
        nze.pk,
        demo.programme("CAM").pk,
    }


@pytest.mark.django_db
def test_ten_thousand_changed_rows_leave_one_request_a_project(demo):
    RollupRequest.objects.all().delete()
    Risk.objects.filter(project__isnull=False).update(category=Concat(F("category"), Value("s")))

    requests = RollupRequest.objects.values_list("kind", "object_id")

    assert len(requests) == len(set(requests))
    assert set(requests) == {
        ("P", id)
        for id in Risk.objects.filter(project__isnull=False).values_list("project_id", flat=True)
    }


@pytest.mark.django_db
def test_lines_that_did_not_change_stay_open(demo, drain):
    lines = LedgerLine.objects.filter(programme=demo.programme("CAM"))
    before = set(lines.values_list("pk", flat=True))

    post(demo, 5)
    drain()

    opened = lines.exclude(pk__in=before)
    # Health judges the project by its cost and the programme by its cover: both findings say so.
    assert set(opened.values_list("metric", "source_type", "source_id")) == {
        ("health", "programme", demo.programme("CAM").pk),
        ("case_breaches", "tolerance", demo.programme("CAM").tolerances.get(kind="npsv").pk),
        *(
            (metric, "project", demo.project("CAM-02").pk)
            for metric in (
                "actual_cost",
                "case_costs_present_value",
                "costs_present_value",
                "estimate_at_completion",
                "health",
                "total_forecast",
                "variance_at_completion",
            )
        ),
    }
    assert lines.filter(pk__in=before, valid_to__isnull=False).count() == opened.count()


@pytest.mark.django_db
def test_a_recompute_of_nothing_new_writes_no_history(demo, drain):
    rows = (LedgerLine.objects.count(), MetricValue.objects.count())
    RollupRequest.objects.create(kind="F", object_id=demo.portfolio.pk)
    drain()
    assert (LedgerLine.objects.count(), MetricValue.objects.count()) == rows


@pytest.mark.django_db
def test_intervals_of_a_line_never_overlap(demo, drain):
    for amount in (1, 2, 3):
        post(demo, amount)
        drain()
    history = list(
        LedgerLine.objects.filter(
            programme=demo.programme("CAM"),
            metric="actual_cost",
            source_id=demo.project("CAM-02").pk,
        )
        .order_by("valid_from")
        .values_list("valid_from", "valid_to")
    )
    assert len(history) == 4
    assert [end for _, end in history[:-1]] == [start for start, _ in history[1:]]
    assert history[-1][1] is None


@pytest.mark.django_db
def test_a_slip_reaches_the_programme_that_depends_on_it(demo, drain):
    """NZE-01 gives interim heat to CAM-02 (D06): later heat moves Campus Renewal."""
    Milestone.objects.filter(code="M20").update(forecast_on=date(2028, 6, 20))
    drain()
    finish = LedgerLine.objects.get(
        programme=demo.programme("CAM"),
        metric="finish_propagated",
        source_id=demo.project("CAM-02").pk,
        valid_to=None,
    )
    assert finish.day == date(2028, 9, 3)
    assert finish.inputs["driver"] == "D06"


@pytest.mark.django_db
def test_hidden_delay_of_a_giver_reaches_another_programme(demo, drain):
    """The network operator connects later (D19), which moves the energy centre of Net Zero and
    with it the heat that the residences of Campus Renewal wait for, in a second round."""
    Dependency.objects.filter(code="D19").update(forecast_on=date(2028, 9, 30))
    drain()
    assert demo.project("NZE-01").forecasts.get(valid_to=None).hidden_delay_days > 0
    residences = demo.project("CAM-04").forecasts.get(valid_to=None)
    assert residences.finishes_on > date(2028, 12, 19)


@pytest.mark.django_db
def test_a_programme_that_cannot_be_computed_keeps_its_figures_and_delays_no_other(demo, drain):
    cam, nze = demo.programme("CAM"), demo.programme("NZE")
    before = actual_cost(demo)
    Project.objects.filter(code="NZE-01").update(estimate_to_complete=F("estimate_to_complete") + 1)
    with connection.cursor() as cursor:  # what no page lets through
        cursor.execute(
            'UPDATE projects_baseline SET planned_value_profile = \'[["never", "1"]]\''
            " WHERE approved_on IS NULL"
        )
    with pgtrigger.ignore("projects.Baseline:plan_can_be"):  # nor the database
        factories.baseline(demo.project("CAM-02"), number=9, planned_value_profile=[["never", "1"]])
    post(demo, 100)
    drain()

    failed = ProgrammeRollup.objects.get(programme=cam)
    assert failed.attempts == 1
    assert failed.failed_since is not None
    assert "never" in failed.last_error
    assert failed.stale_after > failed.failed_since
    assert actual_cost(demo) == before
    assert ProgrammeRollup.objects.get(programme=nze).failed_since is None

    with pgtrigger.ignore("projects.Baseline:kept_append_only"):
        demo.project("CAM-02").baselines.filter(number=9).delete()
    drain()
    healed = ProgrammeRollup.objects.get(programme=cam)
    assert (healed.failed_since, healed.attempts, healed.last_error) == (None, 0, "")
    assert actual_cost(demo) == before + 100


@pytest.mark.django_db
def test_a_programme_whose_statement_takes_too_long_delays_no_other(demo, drain, monkeypatch):
    cam, real = demo.programme("CAM"), worker.recompute

    def slow(scope: requests.Scope, **options: Any) -> None:
        if cam.pk in scope.programmes:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(5)")
        real(scope, **options)

    monkeypatch.setattr(worker, "recompute", slow)
    before = ProgrammeRollup.objects.get(programme=demo.programme("NZE")).computed_at
    Project.objects.filter(code="NZE-01").update(estimate_to_complete=F("estimate_to_complete") + 1)
    post(demo, 100)
    drain()
    failed = ProgrammeRollup.objects.get(programme=cam)
    assert "statement timeout" in failed.last_error
    assert failed.stale_after > failed.failed_since
    other = ProgrammeRollup.objects.get(programme=demo.programme("NZE"))
    assert (other.failed_since, other.computed_at > before) == (None, True)
    assert not RollupRequest.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError])
def test_a_session_that_is_lost_is_no_failure_of_a_programme(error, demo, drain, monkeypatch):
    def lost(scope: requests.Scope, **options: Any) -> None:
        raise error("server closed the connection unexpectedly")

    post(demo, 100)
    monkeypatch.setattr(worker, "recompute", lost)
    with pytest.raises(error):
        drain()
    assert RollupRequest.objects.exists()
    assert not ProgrammeRollup.objects.filter(failed_since__isnull=False).exists()


@pytest.mark.django_db
def test_a_day_that_turns_is_a_change(demo, drain):
    demo.portfolio.__class__.objects.update(status_date_policy="today")
    drain()
    rollup = ProgrammeRollup.objects.get(programme=demo.programme("CAM"))
    assert rollup.stale_after is not None
    assert requests.sweep() == 0
    ProgrammeRollup.objects.filter(pk=rollup.pk).update(stale_after="2020-01-01T00:00:00Z")
    assert requests.sweep() == 1
    drain()
    assert ProgrammeRollup.objects.get(pk=rollup.pk).computed_at > rollup.computed_at


@pytest.mark.django_db
def test_a_new_version_of_the_engine_computes_everything_again(demo):
    ProgrammeRollup.objects.update(engine_version=0)
    assert requests.sweep() == ProgrammeRollup.objects.count()


@pytest.mark.django_db
def test_a_bulk_load_does_not_slow_down_by_plans_of_a_small_installation(nothing):
    """Triggers plan their statements once a connection, here while there are a few costs alone."""
    project = factories.project()

    def post(number):
        for _ in range(number):
            project.cost_actuals.create(amount=5, posted_on=date(2026, 4, 1))

    post(2)
    estate.analyse()
    post(12)
    estate.load(estate.Size(1, 2000, 0, 0, 0), "LOAD")
    assert CostActual.objects.filter(project__programme__portfolio__code="LOAD").count() == 4000
