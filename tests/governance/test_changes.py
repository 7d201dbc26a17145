"""Change requests: what they come to, who decides, and that what is approved is what happens."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pmhub.database.deferred_checks import check_deferred
from pmhub.models import User
from programmes.models import Board, Decision, DelegatedLimit
from programmes.rollup import worker
from projects.models import Baseline, ChangeRequest, ContingencyMovement, Output
from tests import factories
from tests.api.conftest import errors_of

LIMITS = (
    ("project_manager", 10, 5),
    ("executive", 50, 10),
    ("programme_manager", 100, 30),
    ("programme_board", 1000, 365),
)


class Campus:
    """A project of a programme with contingency, who leads them, and a board of three of whom two
    decide; each signs in."""

    def __init__(self) -> None:
        self.manager, self.executive, self.leader = map(factories.user, ("mara", "emil", "lena"))
        self.home = factories.programme(
            contingency_budget=5000, programme_manager=self.leader.person
        )
        for level, cost, days in LIMITS:
            DelegatedLimit.objects.create(
                portfolio=self.home.portfolio, level=level, cost=cost, days=days, benefit_pct=5
            )
        self.board = [factories.user(f"member{number}") for number in range(3)]
        for each in self.board:
            factories.role(each, "viewer", programme=self.home)
        with transaction.atomic():
            row = Board.objects.create(
                programme=self.home, name="Board", kind="programme_board", quorum=2
            )
            row.members.set(each.person for each in self.board)
        self.project = factories.project(
            programme=self.home,
            project_manager=self.manager.person,
            executive=self.executive.person,
            forecast_start="2026-01-01",
            forecast_finish="2027-06-30",
            estimate_to_complete=Decimal(1000),
        )
        factories.baseline(
            self.project, approved_on="2026-01-01", starts_on="2026-01-01",
            finishes_on="2027-06-30", budget_at_completion=1000,
        )  # fmt: skip
        self.line = factories.budget(self.project, 1000)
        worker.drain()


@pytest.fixture
def campus(office: User) -> Campus:
    """The project, its programme and who decides."""
    return Campus()


def dearer(project: Any, to: int) -> dict[str, Any]:
    """The write by which a project costs otherwise."""
    body = {"estimate_to_complete": str(to)}
    return {"title": "Dearer", "method": "PATCH", "path": f"projects/{project.pk}/", "body": body}


def drawn(campus: Campus, amount: int) -> dict[str, Any]:
    """The write by which contingency pays."""
    return {
        "title": "Contingency", "method": "POST", "path": "contingency-movements/",
        "body": {
            "programme": campus.home.pk, "project": campus.project.pk, "amount": str(amount),
            "moved_on": "2026-10-01",
        },
    }  # fmt: skip


@pytest.fixture
def raised(campus: Campus, api: Any) -> Any:
    """`raised(80)`: the address of a change that costs so much more, paid by contingency."""

    def make(cost: int, by: Any = None, **fields: Any) -> str:
        body = {
            "project": campus.project.pk, "code": f"CR{cost}", "title": "Bigger hall",
            "funding": "programme_contingency" if cost > 0 else "none",
            "writes": [dearer(campus.project, 1000 + cost)], **fields,
        }  # fmt: skip
        if cost > 0:
            body["writes"].append(drawn(campus, cost))
        made = api(by or campus.manager).post("change-requests/", body)
        assert made.status_code == 201, made.json()
        return f"change-requests/{made.json()['id']}/"

    return make


def said(api: Any, user: Any, address: str, verb: str, status: int = 200, **body: Any) -> Any:
    """What a verb answers."""
    answer = api(user).verb(f"{address}{verb}/", body)
    assert answer.status_code == status, answer.json()
    return answer.json()


def test_the_impact_is_tried_and_the_limits_say_who_decides(
    campus: Campus, raised: Any, api: Any
) -> None:
    row = said(api, campus.manager, raised(80), "assessment")
    tried = {name: row[f"previewed_{name}"] for name in ("cost", "days", "benefit", "funding")}
    assert tried == {"cost": "80.00", "days": 0, "benefit": "0.00", "funding": "80.00"}
    assert (row["level"], row["quorum"]) == ("programme_manager", 1)
    assert row["approvers"] == [campus.leader.person.pk]
    campus.project.refresh_from_db()
    assert campus.project.estimate_to_complete == 1000
    assert not ContingencyMovement.objects.exists()


@pytest.mark.parametrize(
    ("cost", "level"),
    [(10, "executive"), (50, "executive"), (51, "programme_manager"), (101, "programme_board")],
)
def test_what_is_above_a_limit_goes_one_level_up_and_nobody_decides_their_own(
    campus: Campus, raised: Any, api: Any, cost: int, level: str
) -> None:
    assert said(api, campus.manager, raised(cost), "assessment")["level"] == level


def test_any_of_the_three_goes_up(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(0)
    api(campus.manager).patch(address, {"writes": [{
        "title": "Later", "method": "PATCH", "path": f"projects/{campus.project.pk}/",
        "body": {"forecast_finish": "2027-08-15"},
    }]})  # fmt: skip
    row = said(api, campus.manager, address, "assessment")
    assert (row["previewed_days"], row["level"]) == (46, "programme_board")


@pytest.mark.parametrize("said_to_be", [{"cost_impact": "101"}, {"days_impact": 46}])
def test_what_it_is_said_to_come_to_counts_where_that_is_more(
    said_to_be: Any, campus: Campus, raised: Any, api: Any
) -> None:
    address = raised(10)
    assert api(campus.manager).patch(address, said_to_be).status_code == 200
    assert said(api, campus.manager, address, "assessment")["level"] == "programme_board"


def test_without_a_limit_that_covers_it_nobody_decides_and_where_one_is_given_is_said(
    campus: Campus, raised: Any, api: Any
) -> None:
    address = raised(1001)
    answer = api(campus.manager).verb(f"{address}assessment/", {})
    assert (answer.status_code, errors_of(answer)) == (409, {"/level": "wrong_state"})
    page = f"/portfolios/{campus.project.owner_portfolio.pk}/delegated-limits/"
    assert answer.json()["see"] == [{"text": "Delegated limits", "page": page}]


def test_it_is_paid_for_by_as_much_as_it_costs(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(80)
    writes = api(campus.manager).get(address).json()["writes"]
    for funding, given, status in (
        ("none", writes, 409),
        ("programme_contingency", writes[:1], 409),
        ("new_money", writes, 409),
        ("programme_contingency", writes, 200),
    ):
        changed = api(campus.manager).patch(address, {"funding": funding, "writes": given})
        assert changed.status_code == 200, changed.json()
        answer = api(campus.manager).verb(f"{address}assessment/", {})
        assert answer.status_code == status, (funding, answer.json())
        if status == 409:
            assert "/funding" in errors_of(answer)


def test_who_decides_approves_and_nobody_else(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(80)
    said(api, campus.manager, address, "assessment")
    for user in (campus.manager, campus.executive, campus.board[0]):
        assert api(user).verb(f"{address}approval/", {}).status_code == 403
    row = said(api, campus.leader, address, "approval", reason="Worth it")
    assert (row["state"], row["decided_by"]) == ("approved", campus.leader.person.pk)
    made = Decision.objects.get(pk=row["decision"])
    assert (made.cause, made.state, made.outcome) == ("change", "made", "Approved")
    assert (made.rationale, made.decided_by) == ("Worth it", campus.leader.person)
    assert (made.project, made.title) == (campus.project, "CR80 Bigger hall")


def test_a_board_decides_with_the_vote_that_makes_its_quorum(
    campus: Campus, raised: Any, api: Any
) -> None:
    address = raised(500)
    row = said(api, campus.manager, address, "assessment")
    assert (row["level"], row["quorum"]) == ("programme_board", 2)
    first, second, third = campus.board
    assert said(api, first, address, "approval")["state"] == "impact_assessed"
    said(api, first, address, "approval", status=409)
    row = said(api, second, address, "approval")
    assert (row["state"], row["decided_by"]) == ("approved", None)
    said(api, third, address, "rejection", status=409, reason="Late")
    assert Decision.objects.get(pk=row["decision"]).outcome == "Approved by Board"


def test_the_list_shows_what_waits_for_a_vote(
    campus: Campus, raised: Any, api: Any, client_of: Any
) -> None:
    address = raised(500)
    said(api, campus.manager, address, "assessment")
    first, second, _ = campus.board
    heading = "These wait for your vote"
    for user in (first, second):
        assert heading in client_of(user).get("/change-requests/").content.decode()
    said(api, first, address, "approval")
    assert heading not in client_of(first).get("/change-requests/").content.decode()
    assert heading not in client_of(campus.manager).get("/change-requests/").content.decode()


def test_the_page_shows_what_was_declared_beside_what_was_tried(
    campus: Campus, raised: Any, api: Any, client_of: Any
) -> None:
    address = raised(80, cost_impact="75")
    said(api, campus.manager, address, "assessment")
    page = client_of(campus.manager).get(f"/{address}").content.decode()
    for words in ("What it comes to", "+75", "+80", "Contingency", "Dearer"):
        assert words in page
    assert "its record has moved" not in page
    api(campus.manager).patch(f"projects/{campus.project.pk}/", {"objective": "A hall"})
    assert "its record has moved" in client_of(campus.manager).get(f"/{address}").content.decode()


def test_the_page_of_what_was_made_shows_what_was_there_before(
    campus: Campus, raised: Any, api: Any, client_of: Any
) -> None:
    address = approved(campus, raised, api)
    said(api, campus.manager, address, "implementation")
    page = client_of(campus.manager).get(f"/{address}").content.decode()
    assert "What it wrote" in page
    assert "1,000 → 1,080" in page


def test_a_change_without_writes_says_what_it_does(
    campus: Campus, raised: Any, api: Any, client_of: Any
) -> None:
    plain = raised(0, writes=[])
    anew = raised(-1, writes=[], rebaseline=True)

    def page(address: str) -> str:
        return " ".join(client_of(campus.manager).get(f"/{address}").content.decode().split())

    assert "It holds no write yet. Say below what it would change." in page(plain)
    assert "It writes a new baseline" in page(anew)
    assert "Say below what it would change besides." in page(anew)
    said(api, campus.manager, anew, "assessment")
    assert "It writes a new baseline" in page(anew)
    assert "Say below" not in page(anew)


def test_a_preview_of_the_implementation_says_what_would_move(
    campus: Campus, raised: Any, api: Any
) -> None:
    address = approved(campus, raised, api)
    answer = api(campus.leader).verb(f"{address}implementation/?preview=1", {})
    assert answer.status_code == 200, answer.json()
    (programme,) = answer.json()["programmes"]
    moved = {each["name"]: (each["from"], each["to"]) for each in programme["metrics"]}
    assert Decimal(moved["total_forecast"][1]) - Decimal(moved["total_forecast"][0]) == 80
    assert ChangeRequest.objects.get().state == "approved"


def by_sql(output: Output) -> None:
    """Take an output out of the scope by plain SQL, whatever is set before, and commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pmhub.trial = 'on'")
        cursor.execute("UPDATE projects_output SET state = 'descoped' WHERE id = %s", [output.pk])
    check_deferred()


def test_an_output_is_taken_out_of_the_scope_by_an_approved_change_alone(
    campus: Campus, raised: Any, api: Any
) -> None:
    output = factories.output(campus.project, code="O1")
    verb = f"outputs/{output.pk}/descoping/"
    answer = api(campus.leader).verb(verb, {"reason": "Not needed"})
    assert (answer.status_code, answer.json()["code"]) == (409, "change_needed")
    with pytest.raises(IntegrityError), transaction.atomic():
        by_sql(output)
    address = raised(0)
    said(api, campus.manager, address, "descopings", output=output.pk, reason="Not needed")
    said(api, campus.manager, address, "assessment")
    said(api, campus.executive, address, "approval")
    said(api, campus.manager, address, "implementation")
    output.refresh_from_db()
    assert output.state == "descoped"


def test_one_for_and_one_against_rejects(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(500)
    said(api, campus.manager, address, "assessment")
    said(api, campus.board[0], address, "approval")
    row = said(api, campus.board[1], address, "rejection", reason="Too dear")
    assert row["state"] == "rejected"
    assert Decision.objects.get(pk=row["decision"]).rationale == "Too dear"


def approved(campus: Campus, raised: Any, api: Any, cost: int = 80, **fields: Any) -> str:
    """The address of a change that the programme manager has approved."""
    address: str = raised(cost, **fields)
    said(api, campus.manager, address, "assessment")
    said(api, campus.leader, address, "approval")
    return address


def figures(campus: Campus) -> dict[str, Decimal]:
    """What the ledger says of the programme."""
    worker.drain()
    values = campus.home.metric_values.filter(valid_to__isnull=True)
    return {each.metric: each.amount for each in values if each.amount is not None}


def test_what_was_approved_is_what_happens(campus: Campus, raised: Any, api: Any) -> None:
    address = approved(campus, raised, api)
    before = figures(campus)
    row = said(api, campus.manager, address, "implementation")
    after = figures(campus)
    assert (row["state"], row["implemented_on"]) == ("implemented", "2026-10-31")
    assert after["total_forecast"] - before["total_forecast"] == Decimal("80.00")
    drawn_now = before["contingency_remaining"] - after["contingency_remaining"]
    assert drawn_now == Decimal("80.00")
    history = api(campus.leader).get(f"projects/{campus.project.pk}/history/").json()
    newest = history["results"][0]
    assert (newest["reason"], newest["for"]) == ("CR80 Bigger hall", campus.leader.person.name)
    assert not Baseline.objects.filter(project=campus.project, number=2).exists()
    assert said(api, campus.manager, address, "closure")["state"] == "closed"


def test_who_decided_it_makes_it_in_their_own_name(campus: Campus, raised: Any, api: Any) -> None:
    said(api, campus.leader, approved(campus, raised, api), "implementation")
    history = api(campus.leader).get(f"projects/{campus.project.pk}/history/").json()
    newest = history["results"][0]
    assert (newest["by"]["id"], newest["for"] or "") == (campus.leader.pk, "")


def test_it_is_implemented_whole_or_not_at_all(campus: Campus, raised: Any, api: Any) -> None:
    address = approved(campus, raised, api)
    campus.project.refresh_from_db()
    api(campus.manager).patch(f"projects/{campus.project.pk}/", {"objective": "A hall"})
    answer = api(campus.manager).verb(f"{address}implementation/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "moved")
    assert answer.json()["records"] == [
        {"type": "projects", "id": campus.project.pk, "code": campus.project.code}
    ]
    assert not ContingencyMovement.objects.exists()
    row = said(api, campus.manager, address, "assessment")
    assert (row["state"], row["decision"], row["decided_on"]) == ("impact_assessed", None, None)
    said(api, campus.leader, address, "approval")
    said(api, campus.manager, address, "implementation")


def test_what_would_come_to_something_else_is_not_implemented(
    campus: Campus, raised: Any, api: Any
) -> None:
    address = approved(campus, raised, api)
    campus.home.refresh_from_db()
    type(campus.home).objects.filter(pk=campus.home.pk).update(contingency_budget=10)
    answer = api(campus.manager).verb(f"{address}implementation/", {})
    assert answer.status_code in (400, 409), answer.json()
    assert ChangeRequest.objects.get().state == "approved"
    assert not ContingencyMovement.objects.exists()


def test_a_new_baseline_is_written_only_where_it_says_so(
    campus: Campus, raised: Any, api: Any
) -> None:
    address = approved(campus, raised, api, rebaseline=True)
    said(api, campus.manager, address, "implementation")
    plan = Baseline.objects.get(project=campus.project, number=2)
    assert (plan.budget_at_completion, plan.finishes_on) == (Decimal(1080), date(2027, 6, 30))


@pytest.mark.parametrize(
    ("forecast", "share", "level"),
    [("95000.00", "-5.00", "executive"), ("94999.00", "-5.01", "programme_board")],
)
def test_a_loss_of_benefits_just_above_a_limit_is_above_it(
    campus: Campus, raised: Any, api: Any, forecast: str, share: str, level: str
) -> None:
    DelegatedLimit.objects.filter(level="project_manager").update(benefit_pct=1)
    DelegatedLimit.objects.filter(level__startswith="programme").update(benefit_pct=20)
    benefit = factories.benefit(programme=campus.home)
    factories.entry(benefit, 2027, 100_000)
    row = factories.entry(benefit, 2027, 100_000, version_kind="forecast")
    worker.drain()
    write = {
        "title": "Less", "method": "PATCH", "path": f"profile-entries/{row.pk}/",
        "body": {"value": forecast},
    }  # fmt: skip
    address = raised(0, by=campus.leader, writes=[write])
    found = said(api, campus.leader, address, "assessment")
    assert (found["previewed_benefit_pct"], found["level"]) == (share, level)


@pytest.mark.parametrize("written", [True, False])
def test_what_was_planned_up_to_today_stays_in_a_new_baseline(
    written: bool, campus: Campus, raised: Any, api: Any
) -> None:
    budget = Decimal(1000)
    even = [["2026-04-01", "0"], ["2027-06-30", str(budget)]]
    factories.baseline(
        campus.project, budget_at_completion=budget, reason="Spent evenly",
        finishes_on=date(2027, 6, 30), planned_value_profile=even if written else [],
    )  # fmt: skip
    path = f"projects/{campus.project.pk}/"
    before = api(campus.manager).get(path).json()["planned_value"]
    address = approved(campus, raised, api, rebaseline=True)
    said(api, campus.manager, address, "implementation")
    assert Baseline.objects.filter(project=campus.project).count() == 3
    assert api(campus.manager).get(path).json()["planned_value"] == before == "468.13"


def test_what_is_approved_holds(campus: Campus, raised: Any, api: Any) -> None:
    address = approved(campus, raised, api)
    bodies: list[dict[str, Any]] = [{"title": "Other"}, {"writes": []}, {"funding": "none"}]
    for body in bodies:
        assert api(campus.manager).patch(address, body).status_code in (400, 409)
    change = ChangeRequest.objects.get()
    held: list[dict[str, Any]] = [
        {"previewed_cost": 1}, {"writes": []}, {"title": "Other"}, {"quorum": 2},
    ]  # fmt: skip
    for fields in held:
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            ChangeRequest.objects.filter(pk=change.pk).update(**fields)
    assert api(campus.manager).delete(address).status_code == 409


def test_plain_sql_approves_nothing_without_votes(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(80)
    said(api, campus.manager, address, "assessment")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE projects_changerequest SET state = 'approved', decided_on = now()")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_changevote (change_id, assessment, person_id, choice, comment,"
            " \"on\") SELECT id, 1, %s, 'approve', '', '2026-10-01' FROM projects_changerequest",
            [campus.manager.person.pk],
        )


def test_only_records_of_its_place_are_written(campus: Campus, raised: Any, api: Any) -> None:
    elsewhere = factories.project(estimate_to_complete=10)
    factories.role(campus.manager, "viewer", project=elsewhere)
    body = {"project": campus.project.pk, "code": "CR9", "title": "There"}
    for write in (
        dearer(elsewhere, 5),
        {"method": "PATCH", "path": "people/1/", "body": {}},
        {"method": "PATCH", "path": f"projects/{campus.project.pk}/",
         "body": {"project_manager": campus.leader.person.pk}},
    ):  # fmt: skip
        answer = api(campus.manager).post("change-requests/", {**body, "writes": [write]})
        assert (answer.status_code, errors_of(answer)) == (400, {"/writes": "invalid"})


def test_a_field_that_one_may_not_write_is_asked_for(campus: Campus, api: Any) -> None:
    line = campus.line
    body = {
        "project": campus.project.pk, "code": "CR1", "title": "Change approved",
        "record": f"budget-lines/{line.pk}/", "field": "approved", "wanted": "1040",
        "funding": "new_money",
    }  # fmt: skip
    assert (
        api(campus.manager).patch(f"budget-lines/{line.pk}/", {"approved": "1040"}).status_code
        == 403
    )
    made = api(campus.manager).post("change-requests/", body)
    assert made.status_code == 201, made.json()
    (write,) = made.json()["writes"]
    assert (write["method"], write["path"], write["body"], write["seen_version"]) == (
        "PATCH", f"budget-lines/{line.pk}/", {"approved": "1040.00"}, line.version,
    )  # fmt: skip


def test_writes_are_added_by_small_forms(campus: Campus, raised: Any, api: Any) -> None:
    address = raised(0)
    body: dict[str, Any] = {
        "project": campus.project.pk, "estimate_to_complete": "1040", "contingency": "40",
    }  # fmt: skip
    row = said(api, campus.manager, address, "fundings", **body)
    assert [each["path"] for each in row["writes"]][1:] == [
        f"projects/{campus.project.pk}/", "contingency-movements/",
    ]  # fmt: skip
    said(api, campus.manager, address, "budgets", budget_line=campus.line.pk, approved="1000")
    assert len(api(campus.manager).get(address).json()["writes"]) == 4


def test_a_write_that_a_change_may_not_hold_is_refused_in_a_sentence(
    campus: Campus, api: Any
) -> None:
    path = f"projects/{campus.project.pk}/"
    write = {"title": "It", "method": "PATCH", "path": path, "body": {"project_manager": 1}}
    body = {"project": campus.project.pk, "code": "CR9", "title": "Another", "writes": [write]}
    answer = api(campus.manager).post("change-requests/", body)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/writes"
    assert error["detail"] == "Who holds a post is said by an appointment, not by a change."


def test_what_has_ended_is_changed_no_more(campus: Campus, raised: Any, api: Any) -> None:
    path = raised(80)
    for verb in ("assessment", "approval"):
        assert api(campus.leader).verb(f"{path}{verb}/", {}).status_code == 200
    stop = {"terminated_on": "2026-10-30", "reason": "No funding"}
    assert (
        api(campus.leader).verb(f"projects/{campus.project.pk}/termination/", stop).status_code
        == 200
    )
    for verb in ("implementation", "assessment"):
        answer = api(campus.leader).verb(f"{path}{verb}/", {})
        assert answer.status_code == 409
        assert "this one is withdrawn." in answer.json()["detail"]
    waiting = api(campus.manager).get("waiting/?rule=change_to_implement").json()
    assert waiting["count"] == 0
