"""Two that write at once over REST: one is told why, and nobody 500."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import connection

from pmhub.api.records import RecordViewSet
from pmhub.database.locks import Lock
from pmhub.models import User
from projects.models import Communication, CostActual, Dependency, Risk
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody who may write everything."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


def at_once(*requests: Callable[[], Any]) -> list[Any]:
    """The answers of requests that begin together, each in a session of its own."""
    together, answers = threading.Barrier(len(requests)), dict[int, Any]()

    def send(number: int) -> None:
        try:
            together.wait()
            answers[number] = requests[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(each,)) for each in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(requests))]


def test_of_two_judgements_at_once_the_programme_shows_the_later(office, api_of):
    programme = factories.programme()

    def judge(value: str, on: str) -> Callable[[], Any]:
        client = api_of(office)
        body = {"programme": programme.pk, "value": value, "on": on, "basis": "Reviewed"}
        return lambda: client.post("/api/v1/dca-records/", body)

    for day in range(1, ROUNDS + 1):
        later = judge("red", f"2026-10-{2 * day:02}")
        answers = at_once(later, judge("green", f"2026-10-{2 * day - 1:02}"))
        assert [answer.status_code for answer in answers] == [201, 201]
        programme.refresh_from_db()
        assert (programme.dca, programme.dca_on.day) == ("red", 2 * day)


def test_two_halves_of_a_circle_at_once_make_none_and_the_path_is_named(office, api_of):
    programme = factories.programme()
    there, back = (factories.project(programme=programme, code=code) for code in ("A-1", "B-2"))

    def link(code: str, giver: Any, receiver: Any) -> Callable[[], Any]:
        client = api_of(office)
        body = {"code": code, "deliverable": "X", "giver": giver.pk, "receiver": receiver.pk}
        return lambda: client.post("/api/v1/dependencies/", body)

    for _ in range(ROUNDS):
        answers = at_once(link("D1", there, back), link("D2", back, there))
        assert sorted(answer.status_code for answer in answers) == [201, 400]
        [refused] = [answer.json() for answer in answers if answer.status_code == 400]
        [error] = refused["errors"]
        assert (error["pointer"], error["code"]) == ("/receiver", "cycle")
        path = error["detail"].removeprefix("An event would wait for itself: ")
        first, *between, last = path.removesuffix(".").split(" → ")
        assert first == last
        assert {first, *between} == {"A-1 start", "A-1 finish", "B-2 start", "B-2 finish"}
        Dependency.objects.get().delete()


def test_two_repeated_communications_recorded_at_once_are_planned_under_codes_of_their_own(
    office, api_of
):
    programme = factories.programme()

    def say(number: int) -> Callable[[], Any]:
        row = Communication.objects.create(
            programme=programme, code=f"C{number:02}", title="News", planned_on="2026-10-01",
            repeats_every=7,
        )  # fmt: skip
        client, path = api_of(office), f"/api/v1/communications/{row.pk}/sending/"
        said = {"sent_on": "2026-10-01"}
        return lambda: client.post(path, said, format="json", headers={"If-Match": "*"})

    for each in range(ROUNDS):
        answers = at_once(say(4 * each + 1), say(4 * each + 2))
        assert [answer.status_code for answer in answers] == [200, 200]
    planned = Communication.objects.filter(state="planned")
    assert len(set(planned.values_list("code", flat=True))) == 2 * ROUNDS


def test_one_code_is_taken_once(office, api_of):
    project = factories.project()
    clients = [api_of(office) for _ in range(4)]
    for number in range(ROUNDS):
        body = {"project": project.pk, "code": f"R{number}", "title": "Flood"}
        answers = at_once(*[lambda c=c, b=body: c.post("/api/v1/risks/", b) for c in clients])
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
        for answer in answers:
            if answer.status_code == 400:
                assert answer.json()["errors"][0]["pointer"] == "/code"
    assert Risk.objects.count() == ROUNDS


def test_codes_that_many_take_in_turn_are_taken_once_and_the_others_are_told(
    office, api_of, monkeypatch
):
    project, make = factories.project(), RecordViewSet.make

    def slowly(self: Any) -> int:
        row = make(self)
        time.sleep(0.2)  # whoever begins with the other code has entered it meanwhile
        return row

    monkeypatch.setattr(RecordViewSet, "make", slowly)

    def send(codes: list[str]) -> Callable[[], Any]:
        client = api_of(office)
        items = [{"project": project.pk, "code": code, "title": "Flood"} for code in codes]
        return lambda: client.post("/api/v1/risks/bulk/", items)

    assert send(["R0"])().status_code == 201
    orders = [["R1", "R2"], ["R2", "R1"]] * 2
    answers = at_once(*map(send, orders))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * (len(orders) - 1)
    assert sorted(Risk.objects.values_list("code", flat=True)) == ["R0", "R1", "R2"]


def elsewhere() -> Any:
    """A session of another program."""
    return psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})


@contextmanager
def once_waited_for(holder: Any, work: Callable[[], object]) -> Iterator[None]:
    """Do the work as soon as what follows waits for a lock of the holder's session.

    Locks are the server's, which other tests use at the same time: only those that wait for this
    holder count.
    """
    blocked = "SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"

    def wait() -> None:
        with closing(elsewhere()) as watch, watch.cursor() as cursor:
            watch.autocommit = True
            for _ in range(3000):
                cursor.execute(blocked, [holder.info.backend_pid])
                if cursor.rowcount:
                    break
                time.sleep(0.01)
        work()

    waiting = threading.Thread(target=wait)
    waiting.start()
    yield
    waiting.join()


KEYS = pytest.mark.parametrize(
    "key", [{}, {"Idempotency-Key": "k"}], ids=["without a key", "with one"]
)


@KEYS
def test_what_is_written_on_a_record_that_goes_is_refused(key, office, api_of):
    project = factories.project()
    cost = {"project": project.pk, "posted_on": "2026-10-01", "amount": "5"}
    with closing(elsewhere()) as going, once_waited_for(going, going.commit):
        going.cursor().execute("DELETE FROM projects_project WHERE id = %s", [project.pk])
        answer = api_of(office).post("/api/v1/cost-actuals/", cost, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert not CostActual.objects.exists()


@KEYS
def test_whoever_is_ended_to_break_a_deadlock_is_served_all_the_same(key, office, api_of):
    """A link holds the code of its receiver, then waits for the lock of the graph, whose holder
    wants that code: PostgreSQL ends the one that looks first, once it has waited for some seconds,
    which is ours."""
    giver, receiver = factories.project(), factories.project()
    body = {"code": "D1", "deliverable": "X", "giver": giver.pk, "receiver": receiver.pk}

    def cross() -> None:
        lock = "SELECT 1 FROM pmhub_code WHERE kind = 'project' AND object_id = %s FOR UPDATE"
        holder.cursor().execute(lock, [receiver.pk])
        holder.commit()

    before = deadlocks()
    client = api_of(office)
    with closing(elsewhere()) as holder, once_waited_for(holder, cross), looking_after("5s"):
        holder.cursor().execute("SET deadlock_timeout = '1min'")
        holder.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [Lock.DEPENDENCIES])
        answer = client.post("/api/v1/dependencies/", body, headers=key)
    assert answer.status_code == 201
    assert Dependency.objects.get().code == "D1"
    until = time.monotonic() + 60  # statistics come a little later
    while deadlocks() == before and time.monotonic() < until:
        time.sleep(0.1)
    assert deadlocks() == before + 1


@contextmanager
def looking_after(time: str) -> Iterator[None]:
    """Have our session look for a deadlock only when it has waited for so long."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET deadlock_timeout = '{time}'")
        yield
        cursor.execute("RESET deadlock_timeout")


def deadlocks() -> int:
    """How many PostgreSQL has broken in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("post", ["owner", "bcms"])
def test_who_is_put_away_at_this_moment_comes_to_answer_for_nothing(post, office, api_of):
    leaving, programme = factories.person(), factories.programme()
    paths = {
        "owner": (
            "post",
            "/api/v1/risks/",
            {"programme": programme.pk, "code": "R", "title": "Flood"},
        ),
        "bcms": ("patch", f"/api/v1/programmes/{programme.pk}/", {}),
    }
    method, path, body = paths[post]
    named = {post: [leaving.pk] if post == "bcms" else leaving.pk}
    with closing(elsewhere()) as going, once_waited_for(going, going.commit):
        sql = "UPDATE pmhub_person SET archived_at = now() WHERE id = %s"
        going.cursor().execute(sql, [leaving.pk])
        answer = getattr(api_of(office), method)(path, body | named, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "person_in_use")
    assert answer.json()["errors"][0]["pointer"] == f"/{post}"


def test_who_is_named_at_this_moment_is_not_put_away(office, api_of):
    staying, programme = factories.person(), factories.programme()
    with closing(elsewhere()) as naming, once_waited_for(naming, naming.commit):
        naming.cursor().execute(
            "UPDATE programmes_programme SET sro_id = %s WHERE id = %s", [staying.pk, programme.pk]
        )
        answer = api_of(office).post(
            f"/api/v1/people/{staying.pk}/archive/", headers={"If-Match": "*"}
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_an_inspection_does_not_pass_at_once_with_something_critical_that_it_finds(office, api_of):
    inspection = factories.inspection()
    with closing(elsewhere()) as finding, once_waited_for(finding, finding.commit):
        finding.cursor().execute(
            "INSERT INTO projects_inspectionfinding (inspection_id, code, text, severity, state,"
            " root_cause, corrective_action, version, created_at, updated_at)"
            " VALUES (%s, 'F1', 'No rail', 'critical', 'open', '', '', 1, now(), now())",
            [inspection.pk],
        )
        path = f"/api/v1/inspections/{inspection.pk}/holding/"
        body = {"held_on": "2026-10-01", "result": "pass", "report": "All well"}
        answer = api_of(office).post(path, body, headers={"If-Match": "*"})
    assert (answer.status_code, "something critical" in answer.json()["detail"]) == (409, True)
