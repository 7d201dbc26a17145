"""Every part killed, frozen or emptied while people write: no write is lost or doubled, and the
figures follow by themselves.

Real processes with the commands of ./run: PostgreSQL, Redis, web, a worker with two children, beat.
RIG_SECONDS=600 adds ten minutes of faults at random; RIG_SEED=1 makes them others; RIG_OUTAGE=130
leaves them without Redis for so long.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import override_settings
from django.utils import timezone

from pmhub import hints
from pmhub.celery import app
from programmes.models import Programme, ProgrammeRollup, RollupRequest
from projects.models import Project
from tests.faults import storms
from tests.faults.clients import PROBLEM, account
from tests.faults.office import BOUND, PASSWORD, Office
from tests.faults.rig import Rig, rig

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("RIG_SEED", "20261122"))
SECONDS = float(os.environ.get("RIG_SECONDS", "0"))
OUTAGE = float(os.environ.get("RIG_OUTAGE", "3"))  # seconds without Redis
SOON_RIGHT = 30  # seconds after which figures are right, without Redis as after its return


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_blocker) -> Iterator[Office]:
    """An office at work."""
    with django_db_blocker.unblock(), rig(tmp_path_factory.mktemp("rig") / "data") as made:
        office = Office(made, SEED)
        made.start("worker", "beat", "web")
        storms.until_silence()
        yield office


# Faults: each begins while everybody writes, and is over when the function returns.


def a_child_of_the_worker_killed(rig: Rig) -> None:
    storms.within(rig.is_working)  # of a worker that is still starting, Celery ends the whole
    os.kill(rig.children_of("worker")[0], signal.SIGKILL)


def the_worker_killed(rig: Rig) -> None:
    with rig.without("worker"):
        time.sleep(0.5)


def the_web_server_killed(rig: Rig) -> None:
    with rig.without("web"):
        pass


def redis_killed(rig: Rig) -> None:
    with rig.without("redis"):
        time.sleep(1)


def redis_frozen(rig: Rig) -> None:
    with rig.frozen("redis"):
        time.sleep(3)


def redis_emptied(rig: Rig) -> None:
    rig.redis().flushall()


def postgres_restarted(rig: Rig) -> None:
    with rig.without("postgres", signal.SIGINT):
        pass


def postgres_stopped_at_once(rig: Rig) -> None:
    with rig.without("postgres", signal.SIGQUIT):
        time.sleep(0.5)


def postgres_killed(rig: Rig) -> None:
    with rig.without("postgres"):
        pass


def a_session_of_postgres_killed(rig: Rig) -> None:
    """PostgreSQL ends all others too, and recovers by itself."""
    storms.within(sessions)
    os.kill(sessions()[0], signal.SIGKILL)
    storms.within(lambda: not answers())
    storms.within(answers)


def sessions() -> list[int]:
    """The processes of PostgreSQL that serve somebody else than us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' ORDER BY pid"
        )
        return [pid for (pid,) in cursor.fetchall()]


def answers() -> bool:
    """Whether our session is still there, or a new one can be had."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return False
    return True


def all_sessions_ended(rig: Rig) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def beat_killed(rig: Rig) -> None:
    with rig.without("beat"):
        time.sleep(0.5)


def hints_fifty_times_over(rig: Rig) -> None:
    hint(rig, 50)


def hint(rig: Rig, times: int = 1) -> None:
    with app.connection_for_write(rig.env["REDIS_URL"]) as line:
        for _ in range(times):
            app.send_task(hints.DRAIN, connection=line, ignore_result=True)


def hints_lost(rig: Rig) -> None:
    end, client = time.monotonic() + 1, rig.redis()
    while time.monotonic() < end:
        client.delete(app.conf.task_default_queue)


FAULTS: list[Callable[[Rig], None]] = [
    a_child_of_the_worker_killed,
    the_worker_killed,
    the_web_server_killed,
    redis_killed,
    redis_frozen,
    redis_emptied,
    postgres_restarted,
    postgres_stopped_at_once,
    postgres_killed,
    a_session_of_postgres_killed,
    all_sessions_ended,
    beat_killed,
    hints_fifty_times_over,
    hints_lost,
]


OF_REDIS = {redis_killed, redis_frozen, redis_emptied, hints_fifty_times_over, hints_lost}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.replace("_", " "))
def test_no_write_is_lost_or_doubled_and_the_figures_follow(fault, office, capsys):
    with office.writing():
        began = time.monotonic()
        fault(office.rig)
        over = time.monotonic()
        connection.close()  # ours may be one of those that were ended
    office.settle()
    settled = time.monotonic()
    office.rig.processes.check()  # no part has ended that was not killed
    how = account(office.writers)
    with capsys.disabled():
        print(
            f" {over - began:.1f} s long, figures right {settled - over:.1f} s later, {how}", end=""
        )
    office.check_writes()
    office.check_repeats()
    if fault in OF_REDIS:
        # One in three seconds waits half a second for Redis; if all did, so would the quickest.
        assert (how.refused, how.broken, how.quickest < 0.5) == (0, 0, True)


# What people and other systems are told meanwhile


def test_while_the_database_is_away_everybody_is_asked_to_come_again(office):
    browser, system = office.browser(), office.line()
    assert browser.sign_in("pmo", PASSWORD).status == 302
    page = f"/programmes/{Programme.objects.first().pk}/"
    assert browser.get(page).status == 200
    cost = json.dumps({"project": office.ids[0], "posted_on": "2026-10-01", "amount": "1"})
    connection.close()
    with office.rig.without("postgres", signal.SIGINT):  # what waited for it would never end
        pages = [browser.get(page), browser.get("/admin/"), office.browser().sign_in("a", "b")]
        costs, one = "/api/v1/cost-actuals/", f"/api/v1/projects/{office.ids[0]}/"
        problems = [system.get(costs), system.ask("POST", costs, cost)]
        problems += [system.ask("POST", costs, cost, Idempotency_Key="k")]
        problems += [system.ask("PATCH", one, "{}", If_Match="*")]
        problems += [browser.ask("POST", costs, cost, Content_Type="application/json")]
        lives, ready = system.get("/livez"), system.get("/readyz")
    for answer in (*pages, *problems):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert b"Traceback" not in answer.content
        assert b"psycopg2" not in answer.content
    assert {answer.headers["Content-Type"] for answer in problems} == {PROBLEM}
    assert all(b"The database does not answer just now" in answer.content for answer in pages)
    assert (lives.status, ready.status, ready.json()["database"]) == (200, 503, "down")
    assert browser.get(page).status == 200
    assert system.get("/readyz").status == 200


@contextmanager
def killed(rig: Rig) -> Iterator[None]:
    """A while without Redis."""
    with rig.without("redis"):
        yield


@contextmanager
def frozen(rig: Rig) -> Iterator[None]:
    """A while in which Redis takes connections and answers nothing."""
    with rig.frozen("redis"):
        yield


def a_morning(office, code):
    """How somebody is answered who signs in, looks, saves and asks how the installation is."""
    browser, programme = office.browser(), Programme.objects.first()
    risk = json.dumps({"programme": programme.pk, "code": code, "title": "Flood"})
    signed_in = browser.sign_in("pmo", PASSWORD)
    page = browser.get(f"/programmes/{programme.pk}/")
    saved = browser.ask("POST", "/api/v1/risks/", risk, Content_Type="application/json")
    assert (signed_in.status, page.status, saved.status) == (302, 200, 201)
    assert programme.name.encode() in page.content
    return [signed_in, page, saved, browser.get("/readyz")]


@pytest.mark.parametrize("state", [killed, frozen])
def test_people_sign_in_look_and_save_without_redis(state, office):
    """That no request waits, the first one neither, is shown where threads are seen
    (tests/rollup/test_faults.py): here, that people are answered as usual. A busy machine delays
    some, so it is tried until one morning is; if requests waited for Redis, none would be."""
    usual = a_morning(office, f"{state.__name__} before")
    number = count()

    def as_usual():
        answers = a_morning(office, f"{state.__name__}{next(number)}")
        ready = answers[-1]
        assert (ready.status, ready.json()["redis"]) == (200, "down")
        pairs = zip(usual, answers, strict=True)
        return all(without.seconds < before.seconds + 1 for before, without in pairs)

    with state(office.rig):
        storms.within(as_usual)
    office.settle()


@pytest.mark.parametrize("state", [killed, frozen])
def test_figures_follow_while_redis_is_away_and_at_once_when_it_is_back(state, office, capsys):
    """A worker's processes look by themselves; its connection is tried again every few seconds."""
    with state(office.rig):
        began = time.monotonic()
        while time.monotonic() < began + OUTAGE:
            office.writers[0].post()
            time.sleep(0.2)
        away = office.settle()
        office.writers[0].post()
    back = office.settle()
    with capsys.disabled():
        print(f" {away:.1f} s while it was away, {back:.1f} s once it was back", end="")
    assert max(away, back) < SOON_RIGHT
    storms.within(lambda: takes_hints(office.rig), SOON_RIGHT)


def takes_hints(rig: Rig) -> bool:
    """Whether the worker takes a hint that is given now."""
    hint(rig)
    time.sleep(0.5)
    return not rig.redis().llen(app.conf.task_default_queue)


def test_nobody_waits_for_a_hint_to_a_frozen_redis(office, monkeypatch):
    threads, publish = set(), hints.Hint._publish

    def noted(hint):
        threads.add(threading.get_ident())
        publish(hint)

    monkeypatch.setattr(hints.Hint, "_publish", noted)
    with override_settings(CELERY_BROKER_URL=office.rig.env["REDIS_URL"]):
        hints_sent = [hints.Hint() for _ in range(3)]
        for hint in hints_sent:
            hint.send()  # a connection that will be there when Redis freezes
        time.sleep(2 * hints.COALESCE)
        threads.clear()
        with office.rig.frozen("redis"):
            for hint in hints_sent:
                for _ in range(3):
                    hint.send()
            storms.within(lambda: threads, SOON_RIGHT)
    assert threading.get_ident() not in threads


def writing_lines(cursor: CursorWrapper) -> int:
    """How many workers wait to write what they have computed."""
    cursor.execute(
        "SELECT count(DISTINCT pid) FROM pg_locks"
        " WHERE NOT granted AND relation::regclass::text LIKE 'programmes_ledgerline%%'"
    )
    return int(cursor.fetchone()[0])


def test_a_worker_with_a_hint_in_hand_outlives_redis(office):
    """Both children compute, a third hint waits for them in their parent, which listens for more
    when Redis goes: Celery, which tries to put that hint back, would end with an error."""
    with office.rig.without("beat"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE programmes_ledgerline IN SHARE MODE")
        for project in (office.ids[0], office.ids[-1]):
            before = writing_lines(cursor)
            office.writers[0].post_to(project)
            storms.within(lambda: writing_lines(cursor) > before)  # noqa: B023  # at once
        hint(office.rig)
        time.sleep(0.5)
        office.rig.kill("redis")
        time.sleep(0.5)
    office.rig.start("redis")
    hint(office.rig)
    queue = app.conf.task_default_queue
    storms.within(lambda: not office.rig.redis().llen(queue), BOUND)
    office.settle()
    office.rig.processes.check()


# What only beat sees to


def test_without_beat_the_bell_is_enough_and_time_waits_for_it(office):
    due = ProgrammeRollup.objects.filter(pk=Programme.objects.first().pk)
    with office.rig.without("beat"):
        office.writers[0].post()
        office.settle()
        due.update(stale_after=timezone.now() - timedelta(hours=1))
        time.sleep(0.5)
        assert due.get().stale_after < timezone.now()
    storms.within(lambda: not due.filter(stale_after__lte=timezone.now()).exists(), BOUND)
    office.settle()


def test_what_nobody_rang_for_is_swept(office):
    """Written by another program: no request of ours, no hint."""
    Project.objects.filter(pk=office.ids[-1]).update(estimate_to_complete=77)
    assert RollupRequest.objects.exists()
    office.settle()


@pytest.mark.skipif(not SECONDS, reason="RIG_SECONDS=600 has faults for ten minutes")
def test_faults_for_as_long_as_one_likes(office, capsys):
    faults = Counter[str]()
    end = time.monotonic() + SECONDS
    with office.writing():
        while time.monotonic() < end:
            fault = office.random.choice(FAULTS)
            fault(office.rig)
            connection.close()
            faults[fault.__name__] += 1
            time.sleep(office.random.random() * 3)
    seconds = office.settle()
    how = account(office.writers)
    with capsys.disabled():
        print(
            f" seed {SEED}: {faults.total()} faults {dict(faults)}, {how},"
            f" {office.snapshots} snapshots, figures right {seconds:.1f} s after the last write",
            end="",
        )
    office.check_writes()
    office.check_repeats()
