"""Files of rows are sent to a collection as they are fetched from it."""

import csv
import io
import json
import re
import threading
import time
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from pmhub.api import import_jobs
from pmhub.api.routes import RESOURCES
from pmhub.jobs import queue, worker
from pmhub.models import Job, RoleAssignment, User
from pmhub.tasks import run_job
from projects.models import Project, Risk
from tests import factories
from tests.access.test_reauthentication import wait
from tests.api.conftest import office
from tests.custom.conftest import elsewhere, lead, project

__all__ = ["elsewhere", "lead", "office", "project"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATIENT = 60  # seconds; nothing here waits as long unless it is broken
KEYED = {"Idempotency-Key": "rows-1"}
HEADING = "code,title,project,owner,custom.region,custom.excess,custom.insured"


@pytest.fixture
def fields(project: Project) -> None:
    """A few custom fields of risks."""
    home = project.owner_portfolio
    factories.custom_field(home, entity="risk", name="region", type="choice", choices="North\nEast")
    factories.custom_field(home, entity="risk", name="excess", type="money")
    factories.custom_field(home, entity="risk", name="insured", type="bool")


def _sheet(text: str) -> bytes:
    """The rows of some CSV as a workbook."""
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        book.active.append([float(cell) if cell == "1200.5" else cell or None for cell in row])  # type: ignore[union-attr]  # a new one has a sheet
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def send(client_of: Any) -> Any:
    """`send(user, text)`: the answer to a file of risks with these rows."""

    def sent(user: User, body: Any, kind: str = "text/csv", query: str = "") -> Any:
        data = body.encode() if isinstance(body, str) else body
        return client_of(user).post(f"/api/v1/risks/bulk/{query}", data, content_type=kind)

    return sent


def test_a_browser_sends_a_file_too(project: Project, lead: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead)
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.post(
        "/api/v1/risks/bulk/", f"code,title,project\nR1,Flood,{project.code}\n",
        content_type="text/csv", headers={"X-CSRFToken": token},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content


def told(answer: Any) -> dict[tuple[int, str], str]:
    """Return the codes of the errors of a refused import, by row and column."""
    assert answer.status_code == 400, answer.content
    errors = answer.json()["errors"]
    return {(error["row"], error.get("column", "")): error["code"] for error in errors}


@pytest.mark.parametrize("kind", ["text/csv", XLSX])
def test_a_file_makes_records_with_their_custom_fields(
    kind: str, project: Project, fields: None, lead: User, send: Any
) -> None:
    rows = f"{HEADING}\nR1,Flood,{project.code},{lead.person.code},East,1200.5,TRUE\n,,,,,,\n"
    rows += f"R2,'=Fire,{project.code},,,,\n"
    body: Any = rows if kind == "text/csv" else _sheet(rows)
    assert send(lead, body, kind, "?preview=1").status_code == 200
    assert not Risk.objects.exists()
    answer = send(lead, body, kind)
    assert answer.status_code == 201, answer.content
    first, second = Risk.objects.order_by("code")
    assert (first.project, first.owner, first.title) == (project, lead.person, "Flood")
    assert first.custom == {"region": "East", "excess": "1200.50", "insured": True}
    assert (second.title, second.owner, second.custom) == ("=Fire", None, {})


def test_what_is_fetched_is_sent_back_changed(
    project: Project, fields: None, lead: User, send: Any, api: Any
) -> None:
    for code in ("R1", "R2"):
        factories.risk(project, code=code, custom={"region": "North"})
    answer = api(lead).get("risks/?format=csv&ordering=code")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    before = [*Risk.objects.order_by("code").values()]
    assert send(lead, text).status_code == 201
    for row, was in zip(Risk.objects.order_by("code").values(), before, strict=True):
        assert {**row, "updated_by_id": 0} == {**was, "updated_by_id": 0}
    assert send(lead, text.replace("North", "East", 1)).status_code == 201
    assert [risk.custom["region"] for risk in Risk.objects.order_by("code")] == ["East", "North"]
    stale = send(lead, text)
    assert stale.status_code == 412
    assert [(error["row"], error["column"]) for error in stale.json()["errors"]] == [(2, "version")]


@pytest.mark.parametrize("name", sorted(name for name, view in RESOURCES.items() if view.in_bulk))
def test_what_is_fetched_names_what_it_names(
    name: str, demo: Any, pmo: User, client_of: Any
) -> None:
    """Codes and ids of a file say the same, of one and of several, also where several have a
    code; what is refused has another reason, such as that it is frozen."""
    client = client_of(pmo)
    text = client.get(f"/api/v1/{name}/?format=csv").getvalue()
    sent = client.post(f"/api/v1/{name}/bulk/?preview=1", text, content_type="text/csv")
    if text.count(b"\n") > 1 and sent.status_code != 200:
        assert [error for error in sent.json()["errors"] if not error["pointer"]] == []


REFUSED = [
    ("code;title;colour\nR1;Flood;red\n", {(1, "colour"): "unknown_column"}),
    ("code,code\nR1,R1\n", {(1, "code"): "given_twice"}),
    ("code,title,owner\nR1,Flood,NOBODY\n", {(2, "owner"): "invalid"}),
    ("code,title,project,owner,owner_id\nR1,Flood,{project},{lead},7\n",
     {(2, "owner_id"): "given_twice"}),
    ("code,title,project,custom.region\nR1,Flood,{project},North\n\nR2,Fire,{project},South\n",
     {(4, "custom.region"): "invalid_choice"}),
    ("code,title,project,custom.excess\nR1,Flood,{project},much\n",
     {(2, "custom.excess"): "invalid"}),
    ("code,title,project_id\nR1,Flood\0,{project_id}\n", {(2, "title"): "null_character"}),
    ("code,title,project\nR1,,{project}\n", {(2, "title"): "required"}),
    ("code,title,project\nR1,Flood, fire,{project}\n",
     {(2, "project"): "invalid", (2, "column 4"): "unknown_column"}),
    ("code,title,,project\nR1,Flood,late,{project}\n", {(2, "column 3"): "unknown_column"}),
    ("code,title,project,custom.secret\nR1,Flood,{project},x\n",
     {(1, "custom.secret"): "unknown_column"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "errors"), REFUSED)
def test_what_is_refused_is_named_by_row_and_column(
    text: str, errors: Any, project: Project, fields: None, lead: User, send: Any
) -> None:
    factories.custom_field(factories.portfolio(), entity="risk", name="secret")
    names = {"project": project.code, "project_id": project.pk, "lead": lead.person.code}
    assert told(send(lead, text.format(**names))) == errors
    assert not Risk.objects.exists()


def test_all_that_is_refused_of_a_file_is_told_at_once(
    project: Project, fields: None, lead: User, send: Any
) -> None:
    rows = "R1,Flood,NONE,\nR2,,{0},\nR3,Fire,{0},35\nR4,Storm,{0},0.3\n"
    head = "code,title,project,residual_probability\n"
    answer = send(lead, head + rows.format(project.code))
    assert [*told(answer)] == [(2, "project"), (3, "title"), (4, "residual_probability")]
    assert told(send(lead, head + rows.format(project.code), query="?preview=1")) == told(answer)
    assert not Risk.objects.exists()


def test_what_a_file_leaves_as_it_is_takes_no_right_and_may_be_frozen(
    project: Project, lead: User, api: Any
) -> None:
    plan = factories.baseline(project)
    above = factories.user("above")
    factories.role(above, "programme_manager", programme=project.programme)
    answer = api(above).get(f"baselines/?format=csv&project={project.pk}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    path, kind = "/api/v1/baselines/bulk/", {"content_type": "text/csv"}
    sent = api(above).client.post(path, text, **kind)
    assert (sent.status_code, [each["id"] for each in sent.json()["results"]]) == (201, [plan.pk])
    changed = text.replace(str(plan.finishes_on), "2031-01-01")
    assert api(above).client.post(path, changed, **kind).status_code == 409


def test_of_several_with_a_code_the_id_beside_it_says_which(
    project: Project, lead: User, api: Any
) -> None:
    lines = [factories.budget(project, 5), factories.budget(factories.project(), 5)]
    type(lines[1]).objects.filter(pk=lines[1].pk).update(code=lines[0].code)
    office = factories.user("office")
    factories.role(office, "pmo")
    head = "reference,supplier,amount,placed_on,budget_line,budget_line_id\n"
    row = f"C1,Steel,5,2026-10-01,{lines[0].code},"
    path, kind = "/api/v1/commitments/bulk/", {"content_type": "text/csv"}
    answer = api(office).client.post(path, f"{head}{row}{lines[0].pk}\n", **kind)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["results"][0]["budget_line"] == lines[0].pk
    vague = api(office).client.post(path, f"{head}{row}\n", **kind)
    assert told(vague) == {(2, "budget_line"): "invalid"}


def test_codes_of_what_is_out_of_sight_are_of_nothing(
    project: Project, fields: None, lead: User, elsewhere: User, send: Any
) -> None:
    hidden = factories.project(code="HIDDEN")
    text = "code,title,project\nR1,Flood,{}\n"
    answers = [send(lead, text.format(code)).json()["errors"] for code in (hidden.code, "NONE")]
    assert [error["detail"].replace(hidden.code, "NONE") for (error,) in answers] == [
        "There is no project NONE that you may see."
    ] * 2
    assert told(send(elsewhere, text.format(project.code))) == {(2, "project"): "invalid"}
    viewer = factories.user("views")
    factories.role(viewer, "viewer", project=project)
    assert send(viewer, text.format(project.code)).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe", "text/csv", 400), (b"", "text/csv", 400), (b"\n\n", "text/csv", 400),
        (b"code\n", "text/csv", 400), (b"no zip", XLSX, 400), (b'"', "text/csv", 400),
        (b"code\n" + b"R\n" * 10_001, "text/csv", 400), (b"x" * 5_000_001, "text/csv", 413),
        (b"a" * 200_000, "text/csv", 400), (b"{}", "text/html", 415),
        (b"a," * 499_000, "text/csv", 400), (b"custom,custom.region\n5,North\n", "text/csv", 400),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rows_is_refused(
    body: bytes, kind: str, status: int, lead: User, send: Any
) -> None:
    answer = send(lead, body, kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_what_cannot_be_stored_is_no_code(
    project: Project, fields: None, lead: User, send: Any
) -> None:
    text = "code,title,project\nR1,Flood,A\x00B\n"
    assert told(send(lead, text)) == {(2, "project"): "null_character"}


def test_no_row_of_a_sheet_is_left_out(
    project: Project, fields: None, lead: User, send: Any
) -> None:
    def sheet(rows: int, below: int = 1) -> bytes:
        return _sheet(
            "code,title,project\n"
            + "".join(f"R{number},Flood,{project.code}\n" + "\n" * below for number in range(rows))
        )

    few = send(lead, sheet(400), XLSX, "?preview=1")
    assert few.status_code == 200, few.content
    assert "20,000" in send(lead, sheet(4, below=8_000), XLSX).json()["detail"]
    wide = f"code,title,project{',x' * 498}\n"
    assert "500 columns" in send(lead, _sheet(wide), XLSX).json()["detail"]
    assert not Risk.objects.exists()


def test_codes_cost_a_query_for_each_column(
    project: Project, fields: None, lead: User, send: Any, django_assert_max_num_queries: Any
) -> None:
    heading = "code,title,project,owner\n"

    def rows(start: int, stop: int) -> str:
        return heading + "".join(
            f"R{number},Flood,{project.code},NOBODY\n" for number in range(start, stop)
        )

    send(lead, rows(0, 1))
    with django_assert_max_num_queries(40) as few:
        send(lead, rows(0, 1))
    with django_assert_max_num_queries(len(few)):
        send(lead, rows(0, 50))


def test_a_page_sends_a_file_with_its_token(project: Project, lead: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(lead)
    page = browser.get("/risks/import/").content.decode()
    token = re.search(r'name="csrf-token" content="(\w+)"', page)
    assert token
    rows = f"code,title,project\nR1,Flood,{project.code}\n"

    def sent(**headers: str) -> int:
        answer = browser.post("/api/v1/risks/bulk/", rows, content_type="text/csv", headers=headers)
        return answer.status_code

    assert sent() == 403
    assert sent(**{"X-CSRFToken": token[1]}) == 201


def test_a_row_with_the_code_of_a_record_changes_it_where_that_is_asked(
    project: Project, lead: User, send: Any
) -> None:
    made = factories.risk(project, code="R1", title="Flood")
    hidden = factories.risk(factories.project(), code="R2", title="Theirs")
    rows = f"code,title,project\nR1,Storm,{project.code}\nR2,Fire,{project.code}\n"
    assert {*told(send(lead, rows))} == {(2, "code")}
    assert send(lead, rows, query="?match=code&preview=1").status_code == 200
    answer = send(lead, rows, query="?match=code")
    assert answer.status_code == 201, answer.content
    made.refresh_from_db()
    hidden.refresh_from_db()
    assert (made.title, hidden.title) == ("Storm", "Theirs")
    assert Risk.objects.filter(project=project).count() == 2
    assert send(lead, rows, query="?match=name").json()["errors"][0]["code"] == "invalid_choice"
    stale = "code,title,version\nR1,Late,1\n"
    assert send(lead, stale, query="?match=code").status_code == 412


def test_codes_are_the_same_in_whatever_case(
    project: Project, lead: User, send: Any, api: Any
) -> None:
    made = factories.risk(project, code="Caf\u00e9-1", title="Flood", owner=lead.person)
    rows = (
        f"code,title,project,owner\nR2,Fire, {project.code.lower()} ,{lead.person.code.lower()}\n"
    )
    rows += f"cafe\u0301-1,Storm,{project.code},{lead.person.code}\n"
    for query, status in (("", 400), ("?match=code&preview=1", 200), ("?match=code", 201)):
        assert send(lead, rows, query=query).status_code == status, query
    made.refresh_from_db()
    assert (made.code, made.title) == ("Caf\u00e9-1", "Storm")
    assert Risk.objects.filter(project=project, owner=lead.person).count() == 2


def test_a_code_of_before_leads_a_file_to_what_had_it(
    project: Project, lead: User, send: Any
) -> None:
    was, project.code = project.code, "NEW-1"
    project.save()
    assert send(lead, f"code,title,project\nR1,Flood,{was.lower()}\n").status_code == 201
    assert project.risks.get().code == "R1"
    other = factories.project(programme=project.programme, code=was, project_manager=lead.person)
    assert send(lead, f"code,title,project\nR2,Fire,{was}\n").status_code == 201
    assert other.risks.get().code == "R2"


def test_a_row_with_a_code_of_before_changes_what_had_it(
    project: Project, lead: User, client_of: Any
) -> None:
    was, project.code = project.code, "NEW-1"
    project.save()

    def sent(name: str) -> int:
        path, rows = "/api/v1/projects/bulk/?match=code", f"code,name\n{was.lower()},{name}\n"
        status: int = client_of(lead).post(path, rows, content_type="text/csv").status_code
        return status

    assert sent("Renamed") == 201
    project.refresh_from_db()
    assert (project.code, project.name) == ("NEW-1", "Renamed")
    other = factories.project(programme=project.programme, code=was, project_manager=lead.person)
    assert sent("Other") == 201
    other.refresh_from_db()
    project.refresh_from_db()
    assert (other.name, project.name) == ("Other", "Renamed")


def test_a_code_that_several_have_is_narrowed_by_what_it_belongs_to(
    project: Project, lead: User, client_of: Any
) -> None:
    other = factories.project(programme=project.programme, project_manager=lead.person)
    lines = [factories.budget(home, 10, code="L1") for home in (project, other)]

    def sent(rows: str) -> Any:
        path = "/api/v1/budget-lines/bulk/?match=code"
        return client_of(lead).post(path, rows, content_type="text/csv")

    assert told(sent("code,category\nL1,equipment\n")) == {(2, "code"): "invalid"}
    answer = sent(f"code,category,project\nL1,equipment,{other.code}\n")
    assert answer.status_code == 201, answer.content
    for line in lines:
        line.refresh_from_db()
    assert [line.category == "equipment" for line in lines] == [False, True]


def test_a_code_is_not_found_by_what_its_record_belongs_to_out_of_sight(
    project: Project, lead: User, client_of: Any
) -> None:
    hidden, elsewhere = factories.programme(), factories.programme()
    mine = factories.project(programme=hidden, project_manager=lead.person)

    def sent(programme: Any) -> Any:
        rows = f"code,version,programme_id\n{mine.code},9,{programme}\n"
        path = "/api/v1/projects/bulk/?match=code"
        answer = client_of(lead).post(path, rows, content_type="text/csv")
        errors = answer.json()["errors"]
        return answer.status_code, [(e["row"], e.get("column"), e["code"]) for e in errors]

    assert sent(hidden.pk) == sent(elsewhere.pk)


def test_an_empty_cell_takes_away_what_is_there_where_that_is_asked(
    project: Project, fields: None, lead: User, send: Any
) -> None:
    risk = factories.risk(
        project, code="R1", title="Flood", owner=lead.person, custom={"region": "North"}
    )
    rows = "id,version,code,title,project,owner,category,custom.region\n"
    rows += f"{risk.pk},{risk.version},R1,Flood,{project.code},,,\n,,R2,Fire,{project.code},,,\n"
    kept = send(lead, rows, query="?preview=1")
    assert "cleared" not in kept.json()["object"], kept.content
    gone = [
        {"row": 2, "column": "owner", "was": lead.person.pk},
        {"row": 2, "column": "custom.region", "was": "North"},
    ]
    tried = send(lead, rows, query="?empty=clear&preview=1")
    assert tried.json()["object"]["cleared"] == gone
    done = send(lead, rows, query="?empty=clear")
    assert (done.status_code, done.json()["cleared"]) == (201, gone)
    risk.refresh_from_db()
    assert (risk.owner, risk.custom) == (None, {})
    needed = f"id,version,title\n{risk.pk},{risk.version},\n"
    refused = send(lead, needed, query="?empty=clear")
    assert {*told(refused)} == {(2, "title")}
    assert "This is needed: fill in the cell, or leave the column out" in refused.json()["detail"]


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of two rows is more than one waits for."""
    monkeypatch.setattr(import_jobs, "AT_ONCE", 1)


def test_a_long_file_is_a_job_that_is_previewed_and_done(
    project: Project, lead: User, send: Any, client_of: Any, long: None
) -> None:
    rows = f"code,title,project\nR1,Flood,{project.code}\nR2,Fire,{project.code}\n"
    answers = {}
    for query in ("?preview=1", ""):
        asked = send(lead, rows, query=query)
        assert asked.status_code == 202, asked.content
        assert send(lead, rows, query=query).json()["id"] == asked.json()["id"]
        assert not Risk.objects.exists()
        run_job()
        job = client_of(lead).get(asked["Location"]).json()
        assert (job["state"], job["message"]) == ("done", ""), job
        file = b"".join(client_of(lead).get(job["result_url"]).streaming_content)
        answers[job["title"]] = json.loads(file)
    assert [*answers] == ["Preview of risks from a file", "Import of risks"]
    tried, done = answers.values()
    assert tried["preview"]
    first, second = Risk.objects.order_by("code")
    assert [row["id"] for row in done["results"]] == [first.pk, second.pk]
    history = client_of(lead).get(f"/api/v1/risks/{first.pk}/history/").json()["results"]
    assert history[0]["via"] == "import"


def test_of_a_long_file_that_is_refused_nothing_is_stored(
    project: Project, lead: User, send: Any, client_of: Any, long: None
) -> None:
    rows = f"code,title,project\nR1,Flood,{project.code}\nR2,,{project.code}\n"
    asked = send(lead, rows)
    run_job()
    job = client_of(lead).get(asked["Location"]).json()
    assert job["state"] == "failed"
    assert job["message"].startswith("Nothing was saved.\nRow 3, title: ")
    assert not Risk.objects.exists()
    unknown = send(lead, rows.replace("title", "colour"))
    assert told(unknown) == {(1, "colour"): "unknown_column"}  # at once, without a job


def test_a_long_file_is_written_with_the_rights_of_its_turn_and_not_once_cancelled(
    project: Project, lead: User, send: Any, client_of: Any, long: None
) -> None:
    rows = f"code,title,project\nR1,Flood,{project.code}\nR2,Fire,{project.code}\n"
    asked = send(lead, rows)
    assert client_of(lead).delete(asked["Location"]).status_code == 204
    run_job()
    assert not Risk.objects.exists()
    asked = send(lead, rows)
    RoleAssignment.objects.filter(person=lead.person).delete()
    Project.objects.filter(pk=project.pk).update(project_manager=factories.person())
    run_job()
    assert client_of(lead).get(asked["Location"]).json()["state"] == "failed"
    assert not Risk.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_long_file_that_is_cancelled_midway_leaves_nothing(
    project: Project, lead: User, send: Any, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW", 0.02)
    going, seen = worker.JobRun.going, []

    def cancel(job: Job) -> None:
        queue.cancel(job)
        connection.close()

    def until_told(job: Job) -> None:
        deadline = time.monotonic() + PATIENT
        while (told := _progress_of(job)) != 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        seen.append(told)

    def slowly(run: worker.JobRun, progress: int, total: int) -> None:
        if progress == 3:
            # Told by the thread that renews the hold, which notices the end of the job too.
            for work in (until_told, cancel):
                elsewhere = threading.Thread(target=work, args=[run.job])
                elsewhere.start()
                elsewhere.join()
            run._stopped.wait(PATIENT)
        going(run, progress, total)

    monkeypatch.setattr(worker.JobRun, "going", slowly)
    rows = "".join(f"R{number},Flood,{project.code}\n" for number in range(6))
    asked = send(lead, f"code,title,project\n{rows}")
    run_job()
    job = Job.objects.get(pk=asked.json()["id"])
    assert (job.state, seen) == ("cancelled", [2])
    assert not Risk.objects.exists()


def _progress_of(job: Job) -> int:
    try:
        return Job.objects.get(pk=job.pk).progress
    finally:
        connection.close()


def test_a_file_that_is_sent_again_with_its_key_is_answered_as_before(
    project: Project, lead: User, client_of: Any
) -> None:
    def sent(rows: str, query: str = "?match=code") -> Any:
        return client_of(lead).post(
            f"/api/v1/risks/bulk/{query}", rows, content_type="text/csv", headers=KEYED
        )

    rows = f"code,title,project\nR1,Flood,{project.code}\n"
    first, again = sent(rows), sent(rows)
    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    for other in (sent(rows.replace("Flood", "Fire")), sent(rows, "?match=code&empty=clear")):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_long_file_that_is_sent_again_with_its_key_is_the_same_job(
    project: Project, lead: User, client_of: Any, long: None
) -> None:
    rows = f"code,title,project\nR1,Flood,{project.code}\nR2,Fire,{project.code}\n"

    def sent() -> Any:
        path = "/api/v1/risks/bulk/?match=code"
        return client_of(lead).post(path, rows, content_type="text/csv", headers=KEYED)

    asked = sent()
    assert asked.status_code == 202, asked.content
    for _ in range(2):
        again = sent()
        assert (again.status_code, again["Location"]) == (202, asked["Location"]), again.content
        assert again["Idempotent-Replayed"] == "true"
        run_job()
    assert Risk.objects.count() == 2


def test_a_long_file_that_gives_rights_is_asked_about_when_it_is_handed_in(
    office: User, client_of: Any, long: None
) -> None:
    programme, heir = factories.programme(), factories.person()
    project = factories.project(programme=programme)
    early, late = client_of(office), client_of(office)
    wait(late)
    columns = "code,name,programme,project_manager"
    ends = f"{programme.code},{heir.code}"
    files = {
        "projects": f"{columns}\nNEW1,Quay,{ends}\n{project.code},Pier,{ends}\n",
        "role-assignments": f"person,role,project\n{heir.code},viewer,{project.code}\n"
        f"{office.person.code},viewer,{project.code}\n",
    }
    for name, rows in files.items():
        for query in ("?match=code&preview=1", "?match=code") if name == "projects" else ("",):
            path = f"/api/v1/{name}/bulk/{query}"
            refused = late.post(path, rows, content_type="text/csv")
            assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
            asked = early.post(path, rows, content_type="text/csv")
            assert asked.status_code == 202, asked.content
            run_job()
            job = early.get(asked["Location"]).json()
            assert (job["state"], job["message"]) == ("done", ""), job
    project.refresh_from_db()
    assert project.project_manager == heir
    assert RoleAssignment.objects.filter(project=project, role="viewer").count() == 2


def test_a_long_file_that_gives_no_rights_is_not_asked_about(
    project: Project, lead: User, client_of: Any, long: None
) -> None:
    late = client_of(lead)
    wait(late)
    rows = f"code,title,project\nR1,Flood,{project.code}\nR2,Fire,{project.code}\n"
    answer = late.post("/api/v1/risks/bulk/", rows, content_type="text/csv")
    assert answer.status_code == 202
    run_job()
    assert Risk.objects.count() == 2


def test_a_long_file_of_an_owner_who_loses_a_role_midway_is_not_written(
    project: Project, lead: User, send: Any, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = worker.JobRun.going

    def late(run: worker.JobRun, progress: int, total: int) -> None:
        going(run, progress, total)
        Project.objects.filter(pk=project.pk).update(project_manager=factories.person())

    monkeypatch.setattr(worker.JobRun, "going", late)
    asked = send(lead, f"code,title,project\nR1,Flood,{project.code}\nR2,Fire,{project.code}\n")
    run_job()
    job = Job.objects.get(pk=asked.json()["id"])
    assert (job.state, job.message) == ("failed", worker.TAKEN)
    assert not Risk.objects.exists()


def test_who_gives_up_a_post_by_a_long_file_has_it_written(
    office: User, client_of: Any, long: None
) -> None:
    projects = [factories.project(project_manager=office.person) for _ in range(2)]
    heir = factories.person()
    rows = "".join(f"{project.code},{heir.code}\n" for project in projects)
    path = "/api/v1/projects/bulk/?match=code"
    client_of(office).post(path, f"code,project_manager\n{rows}", content_type="text/csv")
    run_job()
    assert Project.objects.filter(project_manager=heir).count() == 2, Job.objects.get().message
