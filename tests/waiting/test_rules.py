"""What waits for whom: each rule asks who is to act, and nobody else."""

import ast
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pmhub
from benefits.models import Benefit
from pmhub.access import can, ways_up
from pmhub.models import Comment, User
from pmhub.queries.waiting import BY_NAME, RULES, asked_rows, waiting
from pmhub.queries.waiting.findings import cache
from programmes.models import DelegatedLimit, Programme, StatusReport
from programmes.queries import last_project_report
from projects.models import Project
from tests import factories
from tests.factories import AS_OF
from tests.waiting.cases import CASES, benefit, draft, limits, started
from tests.waiting.conftest import Office

pytestmark = pytest.mark.django_db


def test_of_a_benefit_out_of_sight_the_code_alone_waits(found: Any, nothing: None) -> None:
    asked = factories.user("asked")
    share = factories.contribution(
        factories.project(), benefit=factories.benefit(title="Secret", owner=asked.person)
    )
    row = factories.hand_over(share, owner=asked.person, measure="Tickets sold")
    (before,) = found(asked, "hand_over_to_accept")
    share.benefit.owner = factories.person()
    share.benefit.save()
    factories.role(asked, "viewer", project=row.project)
    (after,) = found(asked, "hand_over_to_accept")
    assert not Benefit.objects.visible_to(asked).exists()
    for each in (before, after):
        assert (each.code, each.called) == (share.benefit.code, "Tickets sold")


def test_every_rule_has_its_case() -> None:
    assert CASES.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(RULES)


@pytest.mark.parametrize("name", CASES)
def test_who_is_to_act_is_asked_and_nobody_else(
    name: str, office: Office, found: Any, client_of: Any
) -> None:
    make, asked = CASES[name]
    row = make(office)
    told = {
        who: [each for each in found(user, name) if each.id == row.pk]
        for who, user in office.people.items()
    }
    assert {who for who, findings in told.items() if findings} == set(asked.split())
    for who in asked.split():
        [finding] = told[who]
        assert finding.key == f"{name}:{row.pk}:{office.person(who).pk}"
        inside = ways_up(type(row), "programme")  # type: ignore[arg-type]  # a model is hashable
        sees = inside and can(office.people[who], "view", office.programme)
        assert finding.programme == (office.programme.pk if sees else None)
        offered_where_it_leads(client_of(office.people[who]), finding)


# What is settled by one of several verbs, or by an edit, of who leads or decides it.
IN_ITS_PAGE = {
    "override_expiring", "report_to_submit", "milestone_overdue", "compliance_due",
    "standard_review_due", "proposal_to_score", "measurement_rejected",
    "exception_to_explain",
}  # fmt: skip


def offered_where_it_leads(client: Any, finding: Any) -> None:
    """The page that a finding leads to is there, with the form that it names."""
    address, _, form = finding.does.partition("#")
    answer = client.get(address)
    assert answer.status_code == 200
    assert form or "new" in address or "update" in address or finding.rule.name in IN_ITS_PAGE
    assert not form or f'id="{form}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("rule", "path", "body"),
    [
        ("issue_due", "issues/{}/resolution/", {"resolution": "Sealed"}),
        ("risk_past", "risks/{}/closure/", {}),
        ("risk_past", "risks/{}/materialisation/", {}),
        ("assumption_due", "assumptions/{}/confirmation/", {"evidence": "Dug"}),
        ("assumption_due", "assumptions/{}/failure/", {"becomes": "issue"}),
    ],
)
def test_an_owner_who_writes_nothing_else_settles_what_is_theirs(
    rule: str, path: str, body: dict[str, str], office: Office, api_of: Any
) -> None:
    address = f"/api/v1/{path.format(CASES[rule][0](office).pk)}?preview=1"
    for name, status in (("reader", 403), ("owner", 200)):
        client = api_of(office.people[name])
        answer = client.post(address, body, format="json", headers={"If-Match": "*"})
        assert answer.status_code == status, answer.json()


def test_a_rejected_measurement_waits_until_its_period_is_measured_anew(
    office: Office, found: Any
) -> None:
    row = CASES["measurement_rejected"][0](office)
    owner = office.people["owner"]
    factories.measurement(row.benefit, 2023, 5)  # another period
    assert [each.id for each in found(owner, "measurement_rejected")] == [row.pk]
    factories.measurement(row.benefit, 2025, 4)
    assert found(owner, "measurement_rejected") == []


def test_a_condition_lapses_once_its_day_has_passed(office: Office, found: Any) -> None:
    held = factories.gate(office.project, approvers=[office.person("manager")])
    rows = [
        factories.gate_condition(held, owner=office.person("owner"), due_on=AS_OF - timedelta(ago))
        for ago in (0, 1)
    ]
    told = found(office.people["manager"], "condition_lapsed")
    assert [each.id for each in told] == [rows[1].pk]
    told = found(office.people["owner"], "condition_due")
    assert {each.id for each in told} == {row.pk for row in rows}


def test_an_escalated_issue_waits_until_one_of_the_programme_stands_for_it(
    office: Office, found: Any
) -> None:
    row = CASES["issue_escalated"][0](office)
    assert [each.id for each in found(office.people["manager"], "issue_escalated")] == [row.pk]
    row.escalated_to = factories.issue(office.programme)
    row.save()
    assert found(office.people["manager"], "issue_escalated") == []


def test_the_pmo_is_asked_where_nobody_nearer_is(office: Office, found: Any) -> None:
    bare = factories.programme(portfolio=office.programme.portfolio)
    row = factories.decision(bare)
    mine = factories.decision(office.programme)
    ids = {each.id for each in found(office.people["pmo"], "decision_to_make")}
    assert (row.pk in ids, mine.pk in ids) == (True, False)


def test_who_leads_what_is_decided_about_is_not_asked(office: Office, found: Any) -> None:
    row = factories.override(office.programme, by=office.person("manager"))
    office.programme.programme_manager = office.person("sponsor")
    office.programme.save()
    asked = {who: found(office.people[who], "override_to_approve") for who in ("sponsor", "sro")}
    assert asked["sponsor"] == []
    assert [each.id for each in asked["sro"]] == [row.pk]


def test_a_draft_of_a_coordinator_waits_for_who_may_hand_it_over(
    office: Office, found: Any, api_of: Any
) -> None:
    coordinator, leader = factories.user("helper"), office.people["leader"]
    factories.role(coordinator, "coordinator", project=office.project)
    row = draft(office, coordinator.person)
    rules = ("report_to_submit", "report_prepared")
    assert found(coordinator, *rules) == []
    [finding] = found(leader, *rules)
    assert finding.id == row.pk
    assert f"draft by {coordinator.person.name} of" in finding.called
    assert finding.called.startswith(f"Status report of {office.project.code} to ")
    address = f"/api/v1/status-reports/{row.pk}/submission/"
    tag = {"If-Match": "*"}
    assert api_of(coordinator).post(address, {}, format="json", headers=tag).status_code == 403
    row.declared_rag = "green"
    row.author = leader.person  # who writes in it answers for it
    row.save()
    [own] = found(leader, *rules)
    assert own.rule.name == "report_to_submit"


# When


@pytest.mark.parametrize(
    ("days", "urgency"), [(-1, "overdue"), (0, "soon"), (7, "soon"), (8, "later"), (15, None)]
)
def test_how_soon_it_is_due(days: int, urgency: str | None, office: Office, found: Any) -> None:
    due = AS_OF + timedelta(days=days)
    factories.action(office.project, due_on=due, owner=office.person("owner"))
    findings = found(office.people["owner"], "action_due")
    assert [each.urgency for each in findings] == [urgency] * (urgency is not None)


def test_what_is_to_be_done_without_a_day_waits_at_once(office: Office, found: Any) -> None:
    owner = office.person("owner")
    asked = CASES["recommendation_due"][0](office)
    type(asked).objects.update(due_on=None)
    undated = [
        ("issue_due", factories.issue(office.project, owner=owner, due_on=None)),
        ("action_due", factories.action(office.project, owner=owner, due_on=None)),
        ("recommendation_due", asked),
    ]
    for name, row in undated:
        [finding] = found(office.people["owner"], name)
        assert (finding.id, finding.urgency) == (row.pk, "undated")


def test_what_waits_because_of_its_day_alone_does_not_without_one(
    office: Office, found: Any
) -> None:
    factories.risk(office.project, proximity_on=None, owner=office.person("owner"))
    benefit(office, next_measurement_on=None)
    assert found(office.people["owner"], "risk_past", "measurement_due") == []


def test_a_day_is_over_when_it_is_in_the_time_zone_of_the_portfolio(
    office: Office, found: Any
) -> None:
    today = timezone.now().date()
    ids = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # a day or two apart, at any hour
        portfolio = factories.portfolio(
            time_zone=zone, status_date_policy="today", status_date=None
        )
        project = factories.project(
            portfolio=portfolio, project_manager=office.person("leader"), complexity=1
        )
        ids += [
            factories.milestone(project, forecast_on=today + timedelta(days=day)).pk
            for day in (-1, 0)
        ]
    overdue = {each.id for each in found(office.people["leader"], "milestone_overdue")}
    east, west = (
        [id in overdue for id in ids[:2]],
        [id in overdue for id in ids[2:]],
    )
    assert sum(east) > sum(west)


def test_how_often_a_project_reports_follows_from_how_it_is_watched(
    office: Office, found: Any
) -> None:
    leader, project = office.people["leader"], office.project
    (first,) = found(leader, "report_due")
    assert first.due == AS_OF
    StatusReport.objects.create(
        project=project, period_end=AS_OF - timedelta(days=20), state="published",
        approval_needed=False, achieved="Much", declared_rag="green", published_at=timezone.now(),
    )  # fmt: skip
    for complexity, competence, regulated in (
        (3, "", False),
        (1, "expert", False),
        (5, "foundation", True),
    ):
        type(project).objects.filter(pk=project.pk).update(
            complexity=complexity, regulated=regulated
        )
        type(leader.person).objects.filter(pk=leader.person.pk).update(competence=competence)
        said = last_project_report(type(project).objects.get(pk=project.pk)).due_on
        assert said
        soon = [said] if said <= AS_OF + timedelta(days=7) else []
        assert [each.due for each in found(leader, "report_due")] == soon


def test_what_is_settled_waits_no_more(office: Office, found: Any) -> None:
    action = factories.action(office.project, due_on=AS_OF, owner=office.person("owner"))
    owner = office.people["owner"]
    assert found(owner, "action_due")
    type(action).objects.filter(pk=action.pk).update(state="done", done_on=AS_OF)
    assert found(owner, "action_due") == []


def test_nothing_of_an_ended_project_is_reported_on(office: Office, found: Any) -> None:
    factories.milestone(office.project, forecast_on=AS_OF - timedelta(days=9))
    leader = office.people["leader"]
    assert found(leader, "milestone_overdue", "report_due")
    closed = {"status": "terminated", "terminated_on": AS_OF, "ended_reason": "No funding"}
    type(office.project).objects.filter(pk=office.project.pk).update(**closed)
    assert found(leader, "milestone_overdue", "report_due") == []


# What is asked of people where all was stopped: the benefits that it was for, what was learned,
# decided and reported there, and what nobody answered who stopped it by SQL.
OUTLIVES = {
    "measurement_due", "measurement_to_verify", "benefit_in_doubt", "overlap_to_resolve",
    "forecast_to_move", "profile_to_approve", "profile_to_propose", "measurement_rejected",
    "objective_to_verify", "risk_past", "action_due",
    "lesson_to_validate", "help_to_close", "decision_to_acknowledge", "report_to_approve",
    "report_to_submit", "report_prepared", "report_to_publish",
}  # fmt: skip
OF_PORTFOLIO = {
    "standard_review_due", "version_to_publish", "proposal_to_score", "proposal_to_decide",
}  # fmt: skip


def test_nobody_is_asked_about_what_has_ended(office: Office, found: Any) -> None:
    rows = {name: CASES[name][0](office).pk for name in CASES}
    DelegatedLimit.objects.all().delete()  # of several cases, which do not fit one another
    stop = "status = 'terminated', terminated_on = '2026-10-20', ended_reason = 'No funding'"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE projects_project SET {stop}")  # noqa: S608  # our own names
    ended = ("stage_of_gate", "ends_last")
    with pgtrigger.ignore(*(f"programmes.Programme:{name}" for name in ended)):
        Programme.objects.update(stage="terminated", actual_end_on="2026-10-20")
    asked = {
        finding.rule.name
        for user in office.people.values()
        for finding in found(user, *CASES)
        if finding.id == rows[finding.rule.name]
    }
    assert asked == OUTLIVES | OF_PORTFOLIO


def test_what_had_ended_before_falls_away_as_with_an_end(office: Office, found: Any) -> None:
    rows = {name: CASES[name][0](office).pk for name in CASES}
    DelegatedLimit.objects.all().delete()  # of several cases, which do not fit one another
    ends: list[tuple[Any, str, dict[str, Any]]] = [
        (Project, "status", {"terminated_on": "2026-10-20", "ended_reason": "No funding"}),
        (Programme, "stage", {"actual_end_on": "2026-10-20"}),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for model, field, said in ends:
            triggers = [each for each in model._meta.triggers if field in str(each.operation)]
            with pgtrigger.ignore(*(f"{model._meta.label}:{each.name}" for each in triggers)):
                model.objects.update(**{field: "terminated"}, **said)
        sql = import_module("benefits.migrations.0057_what_had_ended").FALLEN
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    tables = {*re.findall(r"UPDATE (\w+)", sql)}
    names = [name for name in CASES if BY_NAME[name].model._meta.db_table in tables]
    assert len(names) >= len(tables) // 2
    asked = {
        finding.rule.name
        for user in office.people.values()
        for finding in found(user, *names)
        if finding.id == rows[finding.rule.name]
    }
    assert asked == (OUTLIVES | OF_PORTFOLIO) & {*names}


# Who may not


def test_nobody_is_asked_of_what_they_do_not_see(office: Office, found: Any) -> None:
    factories.action(office.project, due_on=AS_OF, owner=office.person("stranger"))
    assert found(office.people["stranger"], *BY_NAME) == []


def test_where_it_is_stays_unsaid_to_who_does_not_see_that(office: Office, found: Any) -> None:
    """The owner of a resource answers a booking of a project that is not theirs to see."""
    other = factories.programme(portfolio=office.programme.portfolio)
    secret = factories.project(programme=other)
    team = factories.resource(
        portfolio=other.portfolio, owner=office.person("stranger"), name="Cranes"
    )
    factories.allocation(team, secret, 2, firmness="requested")
    (finding,) = found(office.people["stranger"], "booking_to_answer")
    assert (finding.called, finding.place, finding.programme) == ("2 FTE of Cranes", None, None)


def test_a_deputy_is_asked_for_who_is_away(office: Office, found: Any) -> None:
    row, reader = factories.decision(office.programme), office.people["reader"]
    assert found(reader, "decision_to_make") == []
    factories.delegation(office.people["sro"], reader, "sro", programme=office.programme)
    assert [each.id for each in found(reader, "decision_to_make")] == [row.pk]


def test_neither_is_the_deputy_of_who_wrote_it(office: Office, found: Any) -> None:
    factories.measurement(benefit(office), 2025, 5, submitted_by=office.person("reader"))
    assert found(office.people["sro"], "measurement_to_verify")
    factories.delegation(
        office.people["sro"], office.people["reader"], "sro", programme=office.programme
    )
    for name in ("sro", "reader"):
        assert found(office.people[name], "measurement_to_verify") == []


def test_who_leads_is_not_asked_as_a_deputy(office: Office, found: Any) -> None:
    factories.exception(office.project)
    factories.delegation(
        office.people["sro"], office.people["leader"], "sro", programme=office.programme
    )
    assert found(office.people["leader"], "exception_to_decide") == []


def test_who_has_voted_is_not_asked_again(office: Office, found: Any) -> None:
    people = [office.person(name) for name in ("owner", "reader")]
    gate = factories.gate(office.project, approvers=people, quorum=2, state="open")
    factories.gate_vote(gate, person=people[0])
    for name, waits in (("owner", False), ("reader", True)):
        assert bool(found(office.people[name], "gate_to_vote")) is waits


@pytest.mark.parametrize(("amount", "asked"), [(100, "manager"), (501, "sro"), (5001, "")])
def test_a_budget_is_asked_of_the_lowest_level_that_covers_it(
    amount: int, asked: str, office: Office, found: Any
) -> None:
    limits(office)
    factories.budget_request(office.project, amount=amount, state="submitted")
    told = {who for who, user in office.people.items() if found(user, "budget_request_to_decide")}
    assert told == set(asked.split())


def test_without_limits_who_stands_next_above_decides_about_a_budget(
    office: Office, found: Any
) -> None:
    factories.budget_request(office.project, amount=100, state="submitted")
    manager, reader = office.people["manager"], office.people["reader"]
    assert found(manager, "budget_request_to_decide")
    type(office.project).objects.filter(pk=office.project.pk).update(executive=reader.person)
    assert found(reader, "budget_request_to_decide")
    assert found(manager, "budget_request_to_decide") == []


# What it costs


def test_as_many_queries_for_one_as_for_three(office: Office, found: Any) -> None:
    owner, counts = office.people["owner"], []
    found(owner, *BY_NAME)
    for more in (1, 2):
        for _ in range(more):
            factories.action(office.project, due_on=AS_OF, owner=office.person("owner"))
            benefit(office, next_measurement_on=AS_OF)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            findings = found(owner, *BY_NAME)
        counts.append((len(findings), len(captured)))
    (two, few), (six, many) = counts
    assert (two, six, few) == (2, 6, many)


def test_only_rules_whose_tables_were_touched_ask_again(office: Office, found: Any) -> None:
    owner = office.people["owner"]
    for _ in range(2):
        found(owner, *BY_NAME)
    factories.action(office.project, due_on=AS_OF, owner=office.person("owner"))
    with CaptureQueriesContext(connection) as captured:
        assert len(found(owner, *BY_NAME)) == 1
    asked = [each["sql"] for each in captured if '"_due"' in each["sql"] or "_day" in each["sql"]]
    assert 0 < len(asked) < len(RULES)


# One list


def test_what_waits_is_asked_nowhere_else() -> None:
    """Pages, panels and REST ask the list: none filters by the person who asks."""
    root = Path(pmhub.__file__).parents[1]
    theirs = re.compile(r"(person|successor|approvers|owner|reviewer|author|members)__user$")
    elsewhere = {
        path.relative_to(root).as_posix()
        for app in ("pmhub", "programmes", "projects", "benefits")
        for layer in ("views", "api", "queries")
        for path in (root / app).glob(f"{layer}*/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg and theirs.search(node.arg)
    }
    assert elsewhere == set()


def test_nobody_is_asked_to_plan_an_inspection_that_is_planned(office: Office, found: Any) -> None:
    project = started(office)
    planned = factories.inspection(project)

    def due() -> bool:
        rows = found(office.people["assurer"], "inspection_due")
        return project.pk in [row.id for row in rows]

    assert not due()
    type(planned).objects.update(state="cancelled")
    assert due()


def test_a_condition_that_its_owner_says_is_met_waits_for_who_judges_that(
    office: Office, found: Any
) -> None:
    row = CASES["condition_due"][0](office)  # its day has passed
    owner, manager = office.people["owner"], office.people["manager"]
    row.gate.approvers.add(manager.person)
    at = {"record_type": "gatecondition", "record_id": row.pk}
    waits = [(owner, "condition_due"), (manager, "condition_to_judge")]

    def asked() -> list[int]:
        return [len(found(user, name)) for user, name in waits]

    assert asked() == [1, 0]
    Comment.objects.create(text="It is met", created_by=owner, **at)
    assert asked() == [0, 1]
    Comment.objects.create(text="Show it", created_by=manager, **at)
    assert asked() == [1, 0]


def test_queries_that_ask_about_today_are_compiled_each_day(demo: Any, monkeypatch: Any) -> None:
    compiled: list[str] = []
    put = asked_rows._compiled.put

    def noted(key: Any, value: Any, size: int) -> None:
        compiled.append(value.sql)
        put(key, value, size)

    monkeypatch.setattr(asked_rows._compiled, "put", noted)
    now = timezone.now()
    for ahead in range(2):
        compiled.clear()
        with time_machine.travel(now + timedelta(days=ahead), tick=False):
            for user in User.objects.filter(username__in=["pmo", "cam.manager"]):
                waiting(user, RULES)
            today = str(timezone.localdate())
        found = {day for sql in compiled for day in re.findall(r"20\d\d-\d\d-\d\d.?\d*", sql)}
        assert found == {f"{today}'"}
