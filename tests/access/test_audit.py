"""The audit register: what it holds of whom, who reads it, and that nobody changes it unseen."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from openpyxl import load_workbook

from pmhub.accounts.tokens import make
from pmhub.audit import seals
from pmhub.audit.session_names import session_name
from pmhub.models import (
    Act,
    AuditEntry,
    AuditHead,
    Person,
    RoleAssignment,
    SignInRule,
    User,
)
from pmhub.tasks import seal, tidy
from tests.access.conftest import LOGIN, PASSWORD, signed_in

AUDIT = "/api/v1/audit/"
PAGE = "/audit/"


def acts(*wanted: Act) -> list[AuditEntry]:
    """The rows of these acts, the first first."""
    return list(AuditEntry.objects.filter(act__in=wanted).order_by("pk"))


def last(act: Act) -> AuditEntry:
    """The last row of an act."""
    return AuditEntry.objects.filter(act=act).latest("pk")


def verified(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the output of `manage.py audit verify`."""
    out = StringIO()
    try:
        call_command("audit", "verify", *arguments, stdout=out)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue()
    return 0, out.getvalue()


def by_force(sql: str, *values: Any) -> None:
    """Change the register as whoever owns the database can: with its triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)


# What is noted


def test_who_gets_in_and_who_does_not_is_noted(ada: User) -> None:
    client = signed_in()
    let_in = last(Act.ADMITTED)
    assert (let_in.actor, let_in.object_id, let_in.details) == (
        ada.pk,
        str(ada.pk),
        {"door": "password"},
    )
    assert (let_in.address, let_in.via, len(let_in.request)) == ("127.0.0.1", "page", 32)
    begun = last(Act.SESSION_BEGUN)
    assert (begun.actor, begun.object_id) == (
        ada.pk,
        session_name(client.session.session_key or ""),
    )
    for name in ("ada", "nobody here"):
        Client().post(LOGIN, {"username": name, "password": "wrong"})
    refused = acts(Act.REFUSED)
    assert [(each.actor, each.object_id) for each in refused] == [(None, str(ada.pk)), (None, "")]
    client.post("/accounts/logout/")
    assert last(Act.SESSION_ENDED).object_id == begun.object_id


def test_a_lock_out_is_noted_once(ada: User, settings: Any) -> None:
    settings.LOCKOUT_AFTER = 2
    for _ in range(5):
        Client().post(LOGIN, {"username": "ada", "password": "wrong"})
    assert [each.act for each in acts(Act.REFUSED, Act.HELD)] == ["refused", "refused", "held"]


def test_a_changed_password_is_noted_and_with_it_the_sessions_that_end(ada: User) -> None:
    client, _ = signed_in(), signed_in()
    fields = ("old_password", "new_password1", "new_password2")
    given = dict.fromkeys(fields, "another walk by the sea") | {"old_password": PASSWORD}
    assert client.post("/account/password/", given).status_code == 200
    row = last(Act.PASSWORD_CHANGED)
    assert (row.actor, row.object_type, row.object_id) == (ada.pk, "user", str(ada.pk))
    assert row.details == {}
    assert len(acts(Act.SESSION_ENDED)) >= 1


def test_tokens_are_noted_when_made_revoked_and_refused(ada: User) -> None:
    client = signed_in()
    sent = {"name": "For ada@example.org", "scopes": ["read"]}
    made = client.post("/api/v1/tokens/", sent, content_type="application/json").json()
    row = last(Act.TOKEN_MADE)
    assert (row.actor, row.object_id, row.details["scopes"]) == (ada.pk, made["id"], "read")
    assert row.session == session_name(client.session.session_key or "")
    bearer = {"Authorization": f"Bearer {made['token']}"}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=False):
        assert Client(headers=bearer).get("/api/v1/me/").status_code == 401
    assert last(Act.TOKEN_REFUSED).object_id == made["id"]
    assert client.delete(f"/api/v1/tokens/{made['id']}/").status_code == 204
    assert (last(Act.TOKEN_ENDED).actor, last(Act.TOKEN_ENDED).object_id) == (ada.pk, made["id"])


def test_what_a_token_does_names_it(pmo: User, demo: Any) -> None:
    token, key = make(pmo, name="A program", wanted=["read", "write"])
    project = demo.project("CAM-02")
    client = Client(headers={"Authorization": f"Bearer {key}"})
    sent = {"role": "project_manager", "person": _other(project), "reason": "She knows the site"}
    path = f"/api/v1/projects/{project.pk}/appointments/"
    answer = client.post(path, sent, content_type="application/json")
    assert answer.status_code == 200, answer.content
    row = last(Act.APPOINTED)
    assert (row.actor, row.token, row.via) == (pmo.pk, token.token_key, "rest")
    assert (row.object_type, row.object_id) == ("project", str(project.pk))
    assert row.reason == "She knows the site"
    before = project.project_manager_id
    assert row.details == {"project_manager": [before, sent["person"]]}
    assert row.request == answer.headers["X-Request-Id"]


def _other(project: Any) -> int:
    people = Person.objects.exclude(user=None).exclude(pk=project.project_manager_id)
    return people.exclude(pk=project.executive_id).order_by("pk").values_list("pk", flat=True)[0]


def test_roles_are_noted_when_given_changed_and_taken(pmo: User, api_of: Any, demo: Any) -> None:
    client, person = api_of(pmo), Person.objects.order_by("pk")[0]
    programme = demo.programme("CAM").pk
    sent = {"person": person.pk, "role": "viewer", "programme": programme}
    made = client.post("/api/v1/role-assignments/", sent, format="json")
    assert made.status_code == 201, made.content
    row = last(Act.ROLE_GIVEN)
    assert (row.actor, row.details["role"], row.details["person"], row.details["programme"]) == (
        pmo.pk,
        "viewer",
        person.pk,
        programme,
    )
    path, seen = f"/api/v1/role-assignments/{made.json()['id']}/", {"If-Match": made["ETag"]}
    changed = client.patch(path, {"ends_on": "2030-01-01"}, format="json", headers=seen)
    assert changed.status_code == 200
    assert last(Act.ROLE_CHANGED).details == {"ends_on": [None, "2030-01-01"]}
    client.delete(path, headers={"If-Match": changed["ETag"]})
    assert last(Act.ROLE_TAKEN).object_id == str(made.json()["id"])


def test_a_role_given_by_plain_sql_is_noted_too(demo: Any) -> None:
    person = Person.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pmhub_roleassignment (person_id, role) VALUES (%s, 'assurer')",
            [person.pk],
        )
    row = last(Act.ROLE_GIVEN)
    assert (row.details["person"], row.via, row.actor) == (person.pk, "sql", None)


def test_a_move_of_a_life_cycle_is_noted_with_its_reason(pmo: User, api_of: Any, demo: Any) -> None:
    risk = demo.project("CAM-02").risks.filter(status="open").order_by("pk")[0]
    client, before = api_of(pmo), AuditEntry.objects.count()
    path = f"/api/v1/risks/{risk.pk}/closure/"
    tried = client.post(f"{path}?preview=1", {"reason": "Passed"}, format="json")
    assert (tried.status_code, AuditEntry.objects.count()) == (200, before)
    answer = client.post(path, {"reason": "The winter has passed"}, format="json")
    assert answer.status_code == 200, answer.content
    row = last(Act.MOVED)
    assert (row.object_type, row.object_id) == ("risk", str(risk.pk))
    assert (row.details["status"], row.reason) == (["open", "closed"], "The winter has passed")
    assert row.actor == pmo.pk


def test_changed_rules_are_noted(pmo: User, api_of: Any, demo: Any) -> None:
    client, path = api_of(pmo), f"/api/v1/portfolios/{demo.portfolio.pk}/"
    seen = {"If-Match": client.get(path)["ETag"]}
    sent = {"dependency_disclosure": "nothing"}
    choices = [each for each, _ in demo.portfolio._meta.get_field("dependency_disclosure").choices]
    sent["dependency_disclosure"] = next(
        each for each in choices if each != demo.portfolio.dependency_disclosure
    )
    assert client.patch(path, sent, format="json", headers=seen).status_code == 200
    row = last(Act.RULES_CHANGED)
    assert (row.object_type, list(row.details)) == ("portfolio", ["dependency_disclosure"])
    SignInRule.objects.create(role="pmo")
    assert last(Act.RULES_CHANGED).details == {"role": "pmo", "second_factor": True}


def test_an_account_that_is_closed_is_noted(ada: User) -> None:
    ada.is_active = False
    ada.save()
    row = last(Act.ACCOUNT_CHANGED)
    assert (row.object_id, row.details) == (str(ada.pk), {"is_active": [True, False]})


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_file_that_is_handed_out_is_noted(
    pmo: User, api_of: Any, demo: Any, form: str
) -> None:
    path = f"/api/v1/programmes/{demo.programme('CAM').pk}/rollup/actual_cost/"
    client = api_of(pmo)
    assert client.get(path).status_code == 200
    assert acts(Act.EXPORTED) == []
    answer = client.get(f"{path}?format={form}&as_of=2030-01-01")
    if answer.status_code != 200:
        answer = client.get(f"{path}?format={form}")
    assert answer.status_code == 200
    (row,) = acts(Act.EXPORTED)
    assert (row.actor, row.details["path"]) == (pmo.pk, path)
    assert row.details["parameters"]["format"] == form


def test_people_are_named_by_their_ids_alone(pmo: User, api_of: Any, demo: Any) -> None:
    test_a_move_of_a_life_cycle_is_noted_with_its_reason(pmo, api_of, demo)
    text = json.dumps(list(AuditEntry.objects.values("actor", "details", "object_id")))
    for person in Person.objects.all():
        assert person.name not in text
        assert not person.email or person.email not in text
    seals.seal_all()
    with transaction.atomic():
        Person.objects.update(name="Erased", email="")
    assert verified()[0] == 0


# Who reads it


def test_the_pmo_finds_acts_by_person_act_object_day_and_words(
    pmo: User, viewer: User, api_of: Any, demo: Any
) -> None:
    test_a_move_of_a_life_cycle_is_noted_with_its_reason(pmo, api_of, demo)
    row, client = last(Act.MOVED), api_of(pmo)

    def found(**asked: Any) -> list[int]:
        answer = client.get(AUDIT, asked)
        assert answer.status_code == 200, answer.content
        return [each["id"] for each in answer.json()["results"]]

    person = Person.objects.get(user=pmo).pk
    asked = {
        "act": "moved", "object_type": "risk", "object_id": row.object_id, "person": person,
        "search": "winter passed", "request": row.request, "actor": pmo.pk,
        "since": row.at.date().isoformat(), "until": row.at.date().isoformat(),
    }  # fmt: skip
    assert found(**asked) == [row.pk]
    for name, other in {
        "act": "archived", "object_type": "issue", "object_id": "0", "search": "summer",
        "person": Person.objects.get(user=viewer).pk, "actor": viewer.pk, "request": "none",
        "since": "2200-01-01", "until": "2000-01-01",
    }.items():  # fmt: skip
        assert found(**asked | {name: other}) == []
    told = client.get(AUDIT, asked).json()["results"][0]
    assert (told["who"], told["person"], told["reason"]) == (
        Person.objects.get(user=pmo).name,
        person,
        "The winter has passed",
    )
    for name, wrong in {"act": "danced", "since": "yesterday", "person": "me", "x": "1"}.items():
        answer = client.get(AUDIT, {name: wrong})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)


def test_it_is_given_out_as_a_file_which_is_noted(pmo: User, api_of: Any, demo: Any) -> None:
    client = api_of(pmo)
    answer = client.get(AUDIT, {"format": "csv", "act": "role_given"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("id,at,act,actor,who,")
    assert len(lines) == 1 + AuditEntry.objects.filter(act="role_given").count()
    assert last(Act.EXPORTED).details["path"] == AUDIT
    book = load_workbook(BytesIO(client.get(AUDIT, {"format": "xlsx"}).content))
    assert book.worksheets[0].max_row > 10


def test_an_assurer_reads_what_was_done_where_they_assure(
    client_of: Callable[[User], Client], api_of: Any, demo: Any, pmo: User
) -> None:
    assurer = User.objects.create_user("auditor")
    person = Person.objects.create(code="AUD", name="Audrey Tor", user=assurer)
    here, elsewhere = demo.project("CAM-02"), demo.programme("SSV").projects.order_by("pk")[0]
    RoleAssignment.objects.create(person=person, role="assurer", programme=here.programme)
    for project in (here, elsewhere):
        risk = project.risks.filter(status="open").order_by("pk")[0]
        answer = api_of(pmo).post(f"/api/v1/risks/{risk.pk}/closure/", {}, format="json")
        assert answer.status_code == 200, answer.content
    moved = api_of(assurer).get(AUDIT, {"act": "moved", "object_type": "risk"}).json()["results"]
    theirs = set(here.programme.projects.values_list("risks", flat=True))
    assert moved
    assert {int(each["object_id"]) for each in moved} <= theirs
    assert api_of(assurer).get(AUDIT, {"act": "admitted"}).json()["count"] == 0
    assert client_of(assurer).get(PAGE).status_code == 200


def test_for_others_there_is_no_register(
    cam_manager: User, viewer: User, stranger: User, client_of: Any, api_of: Any
) -> None:
    for user in (cam_manager, viewer, stranger):
        assert client_of(user).get(PAGE).status_code == 404
        assert api_of(user).get(AUDIT).status_code == 404
        assert 'href="/audit/"' not in client_of(user).get("/account/").content.decode()
    assert Client().get(PAGE).status_code == 302
    assert Client().get(AUDIT).status_code == 401


def test_the_page_shows_narrows_and_leads_on(pmo: User, client_of: Any, demo: Any) -> None:
    client = client_of(pmo)
    page = client.get(PAGE).content.decode()
    assert (page.count("<tr>"), "Earlier acts" in page, "Later acts" in page) == (51, True, False)
    assert 'href="/audit/"' in page
    second = client.get(PAGE, {"page": 2}).content.decode()
    assert "Later acts" in second
    narrowed = client.get(PAGE, {"act": "signed"}).content.decode()
    assert "Some values were not accepted." in narrowed
    nothing = client.get(PAGE, {"search": "nowhere at all"}).content.decode()
    assert "No act matches." in nothing
    assert "format=csv" in nothing


def test_without_acts_the_page_says_what_will_be_there(nothing: None, client_of: Any) -> None:
    root = User.objects.create_superuser("root")
    client = client_of(root)
    by_force("DELETE FROM pmhub_auditentry")
    assert "Nothing here yet." in client.get(PAGE).content.decode()


# Nobody changes it


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE pmhub_auditentry SET reason = 'another'",
        "UPDATE pmhub_auditentry SET place = 1",
        "UPDATE pmhub_auditentry SET place = NULL, seal = NULL, sealed_at = NULL",
        "UPDATE pmhub_auditentry SET actor = 1, place = 9, seal = '', sealed_at = now()",
        "DELETE FROM pmhub_auditentry",
        "TRUNCATE pmhub_auditentry",
        "SET pgtrigger.ignore = '{}'; DELETE FROM pmhub_auditentry",
    ],
)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_row_is_changed_and_deleted_on_no_path(ada: User, sql: str, is_sealed: bool) -> None:
    if is_sealed:
        seals.seal_all()
    refused = pytest.raises(DatabaseError, match="only added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_what_is_written_brings_no_seal_and_no_moment_of_its_own(ada: User) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    row = AuditEntry.objects.create(act=Act.DONE, at=long_ago, place=7, seal="x")
    row.refresh_from_db()
    assert (row.place, row.seal, row.sealed_at) == (None, None, None)
    assert row.at.year > 2000


def sealed(count: int = 6) -> list[AuditEntry]:
    """So many rows, sealed, in their order."""
    for number in range(count):
        AuditEntry.objects.create(act=Act.DONE, object_id=str(number))
    seal()
    return list(AuditEntry.objects.order_by("place"))


def test_a_worker_seals_in_order_and_verify_counts(ada: User) -> None:
    rows = sealed()
    assert [each.place for each in rows] == list(range(1, len(rows) + 1))
    code, said = verified()
    assert (code, f"{len(rows)} rows are as they were sealed; 0 wait." in said) == (0, True)
    assert f"--from {len(rows)} --seal {rows[-1].seal}" in said


@pytest.mark.parametrize("column", ["act", "reason", "object_id", "request", "via"])
def test_a_changed_row_is_named(ada: User, column: str) -> None:
    row = sealed()[3]
    by_force(f"UPDATE pmhub_auditentry SET {column} = 'other' WHERE id = %s", row.pk)  # noqa: S608
    code, said = verified()
    assert (code, f"Row {row.pk} " in said, "is changed" in said) == (1, True, True)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 4711", "at = at - interval '1 second'", "details = '{\"a\": 1}'",
        "address = '10.0.0.1'", "seal = repeat('0', 64)", "sealed_at = now() + interval '1 day'",
    ],
)  # fmt: skip
def test_a_row_is_changed_in_none_of_its_columns(ada: User, change: str) -> None:
    row = sealed()[3]
    by_force(f"UPDATE pmhub_auditentry SET {change} WHERE id = %s", row.pk)  # noqa: S608
    code, said = verified()
    assert (code, f"Row {row.pk} " in said) == (1, True)


def test_a_removed_row_is_named_at_the_end_too(ada: User) -> None:
    rows = sealed()
    by_force("DELETE FROM pmhub_auditentry WHERE id = %s", rows[-1].pk)
    assert verified()[0] == 1
    assert f"place {len(rows)} is removed" in verified()[1]
    by_force("DELETE FROM pmhub_auditentry WHERE id = %s", rows[2].pk)
    assert "place 3 is removed" in verified()[1]


def test_reordered_rows_are_named(ada: User) -> None:
    third, fourth = sealed()[2:4]
    by_force("UPDATE pmhub_auditentry SET place = -place WHERE id IN (%s, %s)", third.pk, fourth.pk)
    by_force("UPDATE pmhub_auditentry SET place = 4 WHERE id = %s", third.pk)
    by_force("UPDATE pmhub_auditentry SET place = 3 WHERE id = %s", fourth.pk)
    code, said = verified()
    assert (code, f"Row {fourth.pk} " in said, "is reordered" in said) == (1, True, True)


def test_a_forged_row_and_a_forged_end_are_named(ada: User) -> None:
    rows = sealed()
    by_force(
        "INSERT INTO pmhub_auditentry (at, act, place, seal, sealed_at)"
        " VALUES (now(), 'done', %s, repeat('0', 64), now())",
        len(rows) + 1,
    )
    assert verified()[0] == 1
    by_force("DELETE FROM pmhub_auditentry WHERE place = %s", len(rows) + 1)
    assert verified()[0] == 0
    before = rows[-2]
    by_force("DELETE FROM pmhub_auditentry WHERE id = %s", rows[-1].pk)
    AuditHead.objects.update(place=before.place, seal=before.seal or "")
    assert verified() == (1, "The head of the chain is changed.\n")


def test_a_seal_that_was_kept_shows_what_the_head_does_not(ada: User) -> None:
    head = AuditHead.objects.get()
    rows = sealed()
    kept = ["--from", str(len(rows)), "--seal", rows[-1].seal or ""]
    assert verified(*kept)[0] == 0
    by_force("DELETE FROM pmhub_auditentry WHERE place > %s", head.place)
    AuditHead.objects.update(place=head.place, seal=head.seal, mark=head.mark)
    assert verified()[0] == 0
    assert verified(*kept) == (1, f"The row at place {len(rows)} is removed.\n")
    sealed(len(rows))
    assert "has another seal than was kept" in verified(*kept)[1]


def test_a_row_that_waits_too_long_is_named(ada: User) -> None:
    sealed()
    row = AuditEntry.objects.create(act=Act.DONE)
    assert "1 wait." in verified()[1]
    by_force("UPDATE pmhub_auditentry SET at = at - interval '2 minutes' WHERE id = %s", row.pk)
    code, said = verified()
    assert (code, f"Row {row.pk} (done) is unsealed since" in said) == (1, True)


def test_a_changed_key_needs_the_one_of_before(ada: User, settings: Any) -> None:
    sealed()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key of the installation" * 3
    assert verified()[0] == 1
    settings.SECRET_KEY_FALLBACKS = [old]
    assert verified()[0] == 0
    sealed()
    assert verified()[0] == 0


def test_sessions_that_end_by_themselves_say_so(ada: User) -> None:
    signed_in()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=30), tick=False):
        tidy()
    assert last(Act.SESSION_ENDED).details == {"user": ada.pk}


# Faults


@pytest.mark.django_db(transaction=True)
class TestFaults:
    """Committed rows: late ones, sealers that die, and two at once."""

    @pytest.fixture(autouse=True)
    def empty(self, nothing: None) -> None:
        """Seal what the making of the database has noted."""
        seals.seal_all()

    def test_a_row_that_commits_late_is_sealed_later_and_stalls_nobody(self) -> None:
        began, may_end = threading.Event(), threading.Event()
        numbers: list[int] = []

        def late() -> None:
            with transaction.atomic():
                numbers.append(AuditEntry.objects.create(act=Act.DONE, object_id="late").pk)
                began.set()
                assert may_end.wait(60)
            connection.close()

        thread = threading.Thread(target=late)
        thread.start()
        assert began.wait(60)
        soon = AuditEntry.objects.create(act=Act.DONE, object_id="soon")
        assert soon.pk > numbers[0]
        assert (seals.seal_all(), verified()[0]) == (1, 0)
        may_end.set()
        thread.join(60)
        assert seals.seal_all() == 1
        rows = list(AuditEntry.objects.order_by("place").values_list("object_id", flat=True))
        assert rows[-2:] == ["soon", "late"]
        assert verified()[0] == 0

    def test_two_sealers_at_once_make_one_chain(self) -> None:
        AuditEntry.objects.bulk_create(AuditEntry(act=Act.DONE) for _ in range(300))
        failures: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(60):
                    seals.seal(most=10)
            except BaseException as error:  # noqa: BLE001  # told below
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        seals.seal_all()
        assert failures == []
        assert (verified()[0], AuditEntry.objects.filter(place=None).count()) == (0, 0)

    def test_a_sealer_that_is_killed_leaves_nothing_half_done(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        AuditEntry.objects.bulk_create(AuditEntry(act=Act.DONE) for _ in range(20))

        class Killed(BaseException):
            pass

        def die(*_: Any) -> str:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(seals, "_mark", die)
            with pytest.raises(Killed):
                seals.seal()
        assert AuditEntry.objects.filter(place=None).count() == 20
        assert (seals.seal_all(), verified()[0]) == (20, 0)

    def test_who_notes_waits_for_no_sealer(self) -> None:
        with transaction.atomic():
            AuditHead.objects.select_for_update().get()
            noted: list[int] = []

            def note() -> None:
                noted.append(AuditEntry.objects.create(act=Act.DONE).pk)
                noted.append(seals.seal())
                connection.close()

            thread = threading.Thread(target=note)
            thread.start()
            thread.join(60)
            assert noted[1:] == [0]  # another is sealing
        assert seals.seal_all() == 1
