"""What dies takes nothing with it: workers killed in the middle, Redis gone or frozen."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from pmhub import hints
from pmhub.audit import seals
from pmhub.models import AuditEntry, Person, RoleAssignment
from programmes.models import MetricValue, RollupRequest
from programmes.rollup import worker
from programmes.rollup.verify import verify
from programmes.tasks import sweep
from projects.models import CostActual
from tests import ports

commits = pytest.mark.django_db(transaction=True)
SOON = 60  # seconds; a worker needs a few to come up


def within(seconds: float, condition: Callable[[], object], what: str) -> None:
    """Wait until the condition holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def database_url() -> str:
    """The test database, for another process: as this one was told, with another name."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextmanager
def worker_process() -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with a child, as in production, in processes of its own."""
    command = [sys.executable, "-m", "celery", "-A", "pmhub", "worker", "--pool=prefork"]
    command += ["--concurrency=1", "--loglevel=WARNING", "--without-mingle", "--without-gossip"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "DATABASE_URL": database_url()},
        cwd=settings.BASE_DIR,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def in_another_session(sql: str, *parameters: int) -> None:
    """Commit a statement while this session's transaction is open."""
    session = connection.copy()
    try:
        with session.cursor() as cursor:
            cursor.execute(sql, parameters)
    finally:
        session.close()


def waiting_to_write() -> list[int]:
    """The server processes of whoever waits to write the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # a transaction sees the first one for ever
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database() AND query LIKE '%programmes_ledgerline%'"
        )
        return [pid for (pid,) in cursor.fetchall()]


@pytest.mark.slow
@commits
def test_a_worker_killed_in_the_middle_of_a_recompute_loses_nothing(demo):
    cam = demo.programme("CAM")
    stored = MetricValue.objects.filter(programme=cam, metric="actual_cost", valid_to=None)
    before = stored.get().amount
    with worker_process() as process, transaction.atomic(), connection.cursor() as cursor:
        # The worker gets as far as writing its lines, and no further.
        cursor.execute("LOCK TABLE programmes_ledgerline IN SHARE MODE")
        in_another_session(
            "INSERT INTO projects_costactual (project_id, posted_on, amount, kind, description,"
            " source, source_ref) VALUES (%s, '2026-10-01', 900, 'actual', '', '', '')",
            demo.project("CAM-02").pk,
        )
        hints.workers()
        within(SOON, waiting_to_write, "the worker did not come to write")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    assert RollupRequest.objects.exists()
    assert stored.get().amount == before
    # The server frees what the dead worker had claimed once it notices that nobody listens.
    within(SOON, worker.drain, "the claim was not freed")
    assert stored.get().amount == before + 900
    assert verify() == []


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers: Redis frozen, or a half-open line."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port that refuses connections: Redis down."""
    return ports.free()


class Hint:
    """A hint to the workers that hangs until `answered` is set: which threads gave one, and whether
    each was still hanging by then."""

    def __init__(self, monkeypatch):
        self.reached, self.answered = threading.Event(), threading.Event()
        self.threads, self.outlasted = set(), []
        monkeypatch.setattr(hints, "_requests", hints.Hint())  # which knows of no failure
        monkeypatch.setattr(hints.Hint, "_publish", self.hang)

    def hang(self):
        self.threads.add(threading.get_ident())
        self.reached.set()
        self.outlasted.append(self.answered.wait(SOON))


@pytest.mark.django_db
def test_no_request_waits_for_a_hint_not_even_the_first(demo, cam_manager, api_of, monkeypatch):
    """Whoever waited for one would wait until it gives up, and be counted."""
    hint, client = Hint(monkeypatch), api_of(cam_manager)
    try:
        for amount in ("100.00", "200.00", "300.00"):
            assert post_cost(client, demo.project("CAM-02"), amount).status_code == 201
            assert hint.reached.wait(SOON)
    finally:
        hint.answered.set()
    within(SOON, lambda: hint.outlasted, "no hint was given")
    assert all(hint.outlasted)
    assert threading.get_ident() not in hint.threads


def post_cost(client, project, amount):
    """POST an actual cost."""
    body = {"project": project.pk, "posted_on": "2026-10-01", "amount": amount}
    return client.post("/api/v1/cost-actuals/", body, format="json")


@pytest.mark.parametrize("state", ["down", "frozen"])
@pytest.mark.django_db
def test_a_write_is_answered_while_redis_is_away(
    state, demo, cam_manager, api_of, silent_port, monkeypatch
):
    port = silent_port if state == "frozen" else closed_port()
    project = demo.project("CAM-02")
    client, threads, publish = api_of(cam_manager), set(), hints.Hint._publish

    def noted(hint):
        threads.add(threading.get_ident())
        publish(hint)

    monkeypatch.setattr(hints.Hint, "_publish", noted)
    with override_settings(CELERY_BROKER_URL=f"redis://127.0.0.1:{port}/0"):
        for amount in ("100.00", "200.00", "300.00"):
            monkeypatch.setattr(hints, "_requests", hints.Hint())  # which knows of no failure
            answer = post_cost(client, project, amount)
            assert answer.status_code == 201, answer.content
        within(SOON, lambda: threads, "no hint was tried")
    assert threading.get_ident() not in threads
    assert CostActual.objects.filter(project=project, amount__in=[100, 200, 300]).count() == 3
    worker.drain()
    stored = MetricValue.objects.get(
        programme=demo.programme("CAM"), metric="actual_cost", valid_to=None
    )
    assert stored.amount == 76085 + 600


@commits
def test_a_hint_that_is_lost_costs_a_sweep_and_no_figure(demo, celery_worker_running):
    """Nobody rings: what beat sends every few seconds is enough."""
    CostActual.objects.create(
        project=demo.project("CAM-02"), posted_on=date(2026, 10, 1), amount=11
    )
    assert RollupRequest.objects.exists()
    sweep.delay()
    within(SOON, lambda: not RollupRequest.objects.exists(), "the sweep did not work it off")
    assert verify() == []


@commits
def test_what_changes_while_its_programme_rests_is_worked_off_by_the_one_hint(
    demo, celery_worker_running
):
    worker.drain()
    project = demo.project("CAM-02")
    CostActual.objects.create(project=project, posted_on=date(2026, 10, 1), amount=11)
    hints.workers()
    within(SOON, lambda: not RollupRequest.objects.exists(), "nobody came again")
    assert verify() == []


def others() -> set[int]:
    """The server processes of all other sessions with this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in cursor.fetchall()}


@commits
def test_a_worker_keeps_its_sessions_and_begins_others_where_they_are_ended(
    demo, celery_worker_running
):
    before = others()

    def work() -> set[int]:
        CostActual.objects.create(
            project=demo.project("CAM-02"), posted_on=date(2026, 10, 1), amount=11
        )
        sweep.delay()
        within(SOON, lambda: not RollupRequest.objects.exists(), "the sweep did not work it off")
        return others() - before

    sessions = work()
    assert sessions
    assert sessions <= work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) pid", [[*sessions]])
    assert not sessions & work()


# The register of acts


def waiting_for(table: str) -> Callable[[], list[int]]:
    """The server processes, of this database, of whoever waits to change a table."""

    def found() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database() AND query LIKE %s",
                [f"%UPDATE%{table}%SET%"],
            )
            return [pid for (pid,) in cursor.fetchall()]

    return found


@pytest.mark.slow
@pytest.mark.parametrize("table", ["pmhub_auditentry", "pmhub_audithead"])
@commits
def test_a_sealer_killed_in_the_middle_leaves_no_row_half_sealed(table, demo):
    """Before it writes seals, and between them and the end of the chain."""
    seals.seal_all()
    before = seals.verify()
    roles = [
        RoleAssignment.objects.create(person=person, role="viewer")
        for person in Person.objects.order_by("pk")[:3]
    ]
    with worker_process() as process, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        within(
            SOON,
            lambda: hints.sealer() or waiting_for(table)(),
            "the worker did not come to seal",
        )
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    # The server frees what the dead worker held once it notices that nobody listens.
    within(SOON, seals.seal_all, "the chain was not freed")
    after = seals.verify()
    assert (after.waiting, after.place) == (0, before.place + len(roles))
    assert after.rows == before.rows + len(roles)
    places = AuditEntry.objects.order_by("place").values_list("place", flat=True)
    assert list(places) == list(range(1, len(places) + 1))
