"""What is amiss in the records of the estate: by rule, as far as one may see, with its list."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import BenefitLink
from pmhub.models import User
from pmhub.queries.data_quality import BY_NAME, RULES
from programmes.models import Outcome, ProgrammeLine
from projects.models import Project
from tests import factories
from tests.api.test_every_door import settle

YESTERDAY = "2026-10-30"
EUROS: dict[str, Any] = {"foreign_currency": "EUR"}
Made = Callable[[Any], Any]  # of a project


def twice(make: Callable[[], Any]) -> Any:
    """Two records of the same name, of which either is found."""
    make()
    return make()


def exceeded(project: Any) -> Any:
    """An envelope that was lowered below what is approved."""
    row = factories.envelope(project.owner_portfolio, amount=1)
    factories.budget(project, 1, code="E26", fiscal_year=2026)
    settle()
    type(row).objects.filter(pk=row.pk).update(amount=0)
    return row


def led(project: Any) -> Any:
    """An inspection whose inspector has come to lead the project since."""
    inspector = factories.person()
    row = factories.inspection(project, inspector=inspector)
    type(project).objects.filter(pk=project.pk).update(executive=inspector)
    return row


# A record in which something is amiss, for each rule.
CASES: dict[str, Made] = {
    "programme_unled": lambda project: factories.programme(portfolio=project.owner_portfolio),
    "project_unled": lambda project: factories.project(programme=project.programme),
    "risk_unowned": factories.risk,
    "issue_unowned": factories.issue,
    "action_unowned": factories.action,
    "benefit_unowned": lambda project: factories.benefit(programme=project.programme),
    "resource_unowned": lambda project: factories.resource(portfolio=project.owner_portfolio),
    "inspector_leads": led,
    "report_stale": lambda project: factories.project(
        programme=project.programme, declared_rag="green", declared_on="2026-09-15"
    ),
    "project_past": lambda project: factories.project(
        programme=project.programme, forecast_finish=YESTERDAY
    ),
    "milestone_past": lambda project: factories.milestone(project, forecast_on=YESTERDAY),
    "risk_past": lambda project: factories.risk(project, proximity_on=YESTERDAY),
    "issue_past": lambda project: factories.issue(project, due_on=YESTERDAY),
    "action_past": lambda project: factories.action(project, due_on=YESTERDAY),
    "benefit_unmeasured": lambda project: factories.benefit(
        programme=project.programme, measure=""
    ),
    "benefit_orphaned": lambda project: factories.benefit(programme=project.programme),
    "objective_unmeasured": lambda project: factories.objective(portfolio=project.owner_portfolio),
    "benefit_unaligned": lambda project: factories.benefit(programme=project.programme),
    "objective_unserved": lambda project: factories.objective(portfolio=project.owner_portfolio),
    "cost_unrated": lambda project: project.cost_actuals.create(
        posted_on=YESTERDAY, foreign_amount=Decimal(1), **EUROS
    ),
    "order_unrated": lambda project: factories.budget(project, 0, code="O").commitments.create(
        reference="PO-1", placed_on=YESTERDAY, foreign_amount=Decimal(1), **EUROS
    ),
    "line_unrated": lambda project: project.budget_lines.create(
        code="E", fiscal_year=2026, foreign_approved=Decimal(1), **EUROS
    ),
    "programme_line_unrated": lambda project: ProgrammeLine.objects.create(
        programme=project.programme, code="E", kind="other", fiscal_year=2026, **EUROS
    ),
    "risk_unrated": lambda project: factories.risk(
        project, foreign_residual_cost_most_likely=Decimal(1), **EUROS
    ),
    "case_option_unrated": lambda project: factories.case_option(
        factories.business_case(project.programme, kind="SOC"),
        foreign_risk_cost=Decimal(1),
        **EUROS,
    ),
    "case_flow_unrated": lambda project: factories.case_flow(
        factories.case_option(factories.business_case(project.programme)),
        amount=None,
        foreign_amount=Decimal(1),
        **EUROS,
    ),
    "benefit_unrated": lambda project: (
        factories.entry(factories.benefit(programme=project.programme, **EUROS), 2026, 1).benefit
    ),
    "envelope_exceeded": exceeded,
    "person_twice": lambda project: twice(lambda: factories.person(name="Ada Lovelace")),
    "resource_twice": lambda project: twice(
        lambda: factories.resource(portfolio=project.owner_portfolio, name="Crane")
    ),
    "risk_twice": lambda project: twice(lambda: factories.risk(project, title="Rain")),
    "benefit_twice": lambda project: twice(
        lambda: factories.benefit(programme=project.programme, title="Lower cost")
    ),
}


def rules_of(client: Any) -> list[dict[str, Any]]:
    """Return what each rule found, as a client reads it."""
    rows: list[dict[str, Any]] = client.get("data-quality/?page_size=500").json()["results"]
    return rows


def test_every_rule_has_its_case() -> None:
    assert CASES.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(RULES)


def test_each_rule_finds_its_case_and_its_list_holds_what_it_counts(
    project: Project, pmo: User, api: Any
) -> None:
    before = {each["rule"]: each["count"] for each in rules_of(api(pmo))}
    made = {name: make(project) for name, make in CASES.items()}
    after = {each["rule"]: each for each in rules_of(api(pmo))}
    for name, row in made.items():
        assert after[name]["count"] > before[name], name
        path = after[name]["url"].split("/api/v1/")[1]
        listed = api(pmo).get(f"{path}&page_size=100").json()
        assert listed["count"] == after[name]["count"], name
        assert row.pk in {each["id"] for each in listed["results"]}, name


def test_what_is_out_of_sight_is_not_counted_and_no_duplicate(
    project: Project, lead: User, pmo: User, api: Any
) -> None:
    factories.risk(project, title="Rain", owner=lead.person)
    factories.resource(portfolio=project.owner_portfolio, name="Crane")
    other = factories.project()
    factories.risk(other)

    def told(user: User) -> dict[str, int]:
        return {each["rule"]: each["count"] for each in rules_of(api(user))}

    assert (told(pmo)["risk_unowned"], told(lead)["risk_unowned"]) == (1, 0)
    stranger = factories.user("stranger")
    assert set(told(stranger).values()) == {0}


def test_a_report_holds_as_long_as_the_portfolio_says(
    project: Project, pmo: User, api: Any
) -> None:
    Project.objects.update(declared_rag="green", declared_on="2026-10-01")

    def stale() -> int:
        found = rules_of(api(pmo))
        return next(each["count"] for each in found if each["rule"] == "report_stale")

    assert stale() == 0
    home = project.owner_portfolio
    home.rag_thresholds = {"stale_after_days": "14"}
    home.save()
    assert stale() == Project.objects.count()


def test_the_page_and_its_files(project: Project, pmo: User, client_of: Any) -> None:
    factories.risk(project)
    client = client_of(pmo)
    page = client.get("/pmo/data-quality/").content.decode()
    assert 'href="/risks/?finding=risk_unowned"' in page
    listed = client.get("/risks/?finding=risk_unowned")
    assert listed.status_code == 200
    assert "Open risks without an owner" in listed.content.decode()
    assert client.get("/risks/?finding=nothing").status_code in (200, 400)
    file = client.get("/api/v1/data-quality/?format=csv")
    assert b"risk_unowned" in b"".join(file) if file.streaming else file.content
    assert client.get("/api/v1/risks/?finding=project_unled").status_code == 400
    assert client.get("/api/v1/data-quality/?finding=x").status_code == 400


def test_its_queries_do_not_grow_with_records(project: Project, pmo: User, api: Any) -> None:
    client = api(pmo)

    def asked() -> int:
        client.get("data-quality/")
        with CaptureQueriesContext(connection) as queries:
            client.get("data-quality/")
        return len(queries)

    before = asked()
    for _ in range(3):
        factories.risk(project)
    assert asked() == before


@pytest.mark.parametrize("who", ["pmo", "viewer", "stranger"])
def test_everybody_may_open_the_page(who: str, demo: Any, client_of: Any, request: Any) -> None:
    page = client_of(User.objects.get(username=who)).get("/pmo/data-quality/")
    assert page.status_code == 200


def test_what_brings_a_benefit_out_of_sight_is_not_told(project: Project, api: Any) -> None:
    home: Any = project.programme
    owner, leader = factories.user("owns"), factories.user("leads-home")
    factories.role(leader, "programme_manager", programme=home)
    benefit = factories.benefit(programme=home, owner=owner.person)
    outcome = Outcome.objects.create(programme=home, code="X1", title="Shorter waits")
    BenefitLink.objects.create(programme=home, from_outcome=outcome, to_benefit=benefit)

    def orphaned(user: User) -> int:
        found = api(user).get("benefits/?finding=benefit_orphaned").json()
        return int(found["count"])

    assert (orphaned(owner), orphaned(leader)) == (1, 0)


def test_no_rate_is_asked_of_what_no_total_reads(project: Project, pmo: User, api: Any) -> None:
    judge = factories.person()

    def amiss() -> dict[str, int]:
        return {each["rule"]: each["count"] for each in rules_of(api(pmo))}

    def judged(**said: Any) -> Any:
        benefit = factories.benefit(programme=project.programme, **EUROS)
        return factories.measurement(benefit, 2025, 1, **said)

    for status in ("submitted", "rejected"):
        judged(status=status, **({} if status == "submitted" else {"verified_by": judge}))
    planned = factories.benefit(programme=project.programme, **EUROS)
    factories.currency_rate(
        project.owner_portfolio, kind="budget", rate=Decimal("0.8"), valid_from="2026-04-01"
    )
    factories.entry(planned, 2024, 1, version_kind="baseline")
    factories.entry(planned, 2026, 1, version_kind="approved")
    planned.profile_versions.update(state="proposed", proposed_by=judge)
    planned.profile_versions.update(state="approved", approved_by=factories.person())
    factories.entry(planned, 2024, 1, version_kind="approved", version_number=2)  # a draft
    order = CASES["order_unrated"](project)
    assert (amiss()["benefit_unrated"], amiss()["order_unrated"]) == (0, 1)

    order.state = "cancelled"
    order.save()
    assert amiss()["order_unrated"] == 0
    judged(status="verified", verified_by=judge)
    drafted = factories.benefit(programme=project.programme, **EUROS)
    factories.entry(drafted, 2024, 1, version_kind="baseline")
    assert amiss()["benefit_unrated"] == 2
    planned.profile_versions.filter(state="draft").update(state="proposed", proposed_by=judge)
    planned.profile_versions.filter(kind="approved", number=1).update(state="superseded")
    planned.profile_versions.filter(state="proposed").update(
        state="approved", approved_by=factories.person()
    )
    assert amiss()["benefit_unrated"] == 3
