"""Loads projects with their gates, money, schedule, registers and resources.

What there is stands in `portfolio.json`; here is how it goes in.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from pmhub.database.history import because
from pmhub.demo.programmes import post_costs
from pmhub.demo.rows import DemoLoad, Row
from pmhub.serializers.verbs import verbs_of
from pmhub.services import turn
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    DcaRecord,
    Portfolio,
    ReportKind,
)
from programmes.services import (
    approve_report,
    draw_contingency,
    publish_report,
    submit_report,
)
from projects import services
from projects.models import (
    Action,
    Allocation,
    Assumption,
    BudgetLine,
    ChangeRequest,
    Commitment,
    ComplianceItem,
    Dependency,
    DependencyStatus,
    Firmness,
    Gate,
    GateCriterion,
    Issue,
    Milestone,
    MilestoneForecast,
    Project,
    ProjectStage,
    Resource,
    ResourceCapacity,
    Risk,
    RiskStatus,
)
from projects.models.money import CostCategory
from projects.serializers.changes import ChangeRequestSerializer
from projects.services.reorganisation import merge_projects


def add_projects(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add projects, each with its approved plan. Projects that have passed a gate or have closed
    are added in the stage before it; `add_gates` and `close_projects` take them further."""
    passed = {row["project"]: row["stage_from"] for row in demo.data["gates"] if "votes" in row}
    for row in demo.data["projects"]:
        given = {"baseline", "costs", "approved_before_contingency", "programme", "lessons"}
        fields = demo.fields(Project, row, given)
        if fields["stage"] == ProjectStage.CLOSED:
            fields |= {"stage": ProjectStage.OPERATE, "actual_finish": None}
        fields["stage"] = passed.get(row["code"], fields["stage"])
        home = demo.by_code[row["programme"]] if "programme" in row else portfolio
        project = services.create_project(home, **fields, by=demo.by)
        demo.by_code[project.code] = project
        _baseline(demo, project, **row["baseline"])


def _baseline(
    demo: DemoLoad, project: Project, starts_on: str, finishes_on: str, **plan: Any
) -> None:
    """Approve the project's plan, at its start or, if that is after the status date, on the status
    date."""
    start = date.fromisoformat(starts_on)
    services.rebaseline(
        project,
        starts_on=start,
        finishes_on=date.fromisoformat(finishes_on),
        budget_at_completion=Decimal(plan["budget_at_completion"]),
        profile=plan["profile"],
        approved_on=min(start, demo.as_of),
        reason="",
        by=demo.by,
    )


def add_gates(demo: DemoLoad) -> None:
    """Add planned gates, and decided gates with their criteria and votes."""
    for gate, row in demo.rows(Gate, "gates", "criteria", "votes"):
        criteria = demo.rows(GateCriterion, row["criteria"], "evidence", gate=gate)
        if "votes" not in row:
            continue
        services.open_gate(gate, by=demo.by)
        for criterion, entry in criteria:
            turn(criterion, noun="fulfilment", evidence=entry["evidence"], by=demo.by)
        for vote in row["votes"]:
            due = date.fromisoformat(vote["due_on"]) if "due_on" in vote else None
            people = {name: demo.by_code[vote[name]] for name in ("voter", "owner") if name in vote}
            services.vote(gate, **{**vote, **people, "due_on": due}, by=demo.by)


def add_changes(demo: DemoLoad) -> None:
    """Add change requests with the money that each takes, their impact assessed, and with votes of
    some of the people who decide."""
    fund = verbs_of(ChangeRequestSerializer)["fundings"]
    for change, row in demo.rows(ChangeRequest, "change_requests", "money", "for_it"):
        amounts = {name: Decimal(value) for name, value in row["money"].items()}
        fund.do(change, {"project": change.project, "reason": "", **amounts}, by=demo.by)
        services.assess_change(change, by=demo.by)
        for code in row["for_it"]:
            services.approve_change(change, by=demo.by_code[code].user)


def add_money(demo: DemoLoad) -> None:
    """Add budgets, drawn contingency, costs and commitments."""
    for row in demo.data["projects"]:
        project = demo.by_code[row["code"]]
        budget = Decimal(row["approved_before_contingency"])
        line = {"code": "approved", "category": CostCategory.CONTRACT, "approved": budget}
        demo.rows(BudgetLine, [line], project=project, baseline=budget)
        post_costs(demo, project, row)
    for row in demo.data["contingency_movements"]:
        draw_contingency(
            demo.by_code[row["programme"]],
            to=demo.by_code[row["project"]],
            amount=Decimal(row["amount"]),
            on=date.fromisoformat(row["moved_on"]),
            reference=row["reference"],
            reason=row["reason"],
            by=demo.by,
        )

    for row in demo.data["commitments"]:
        budget_line = demo.by_code[row["project"]].budget_lines.get()
        demo.rows(Commitment, [row], "project", budget_line=budget_line)


def add_schedule(demo: DemoLoad) -> None:
    """Add milestones with their earlier forecasts, and dependencies with their messages."""
    for milestone, row in demo.rows(Milestone, "milestones", "history", "actual_on"):
        *earlier, last = row.get("history", {}).items() or [None]
        reports = [{"reported_on": day, "forecast_on": then} for day, then in earlier]
        demo.rows(MilestoneForecast, reports, milestone=milestone)
        if last:
            reported_on, forecast_on = map(date.fromisoformat, last)
            services.record_milestone_forecast(
                milestone, forecast_on=forecast_on, reported_on=reported_on, by=demo.by
            )
        if "actual_on" in row:
            achieved_on = date.fromisoformat(row["actual_on"])
            services.achieve_milestone(milestone, actual_on=achieved_on, by=demo.by)
    happened = ("status", "agreed_on", "delivered_on", "accepted_on")
    for dependency, row in demo.rows(Dependency, "dependencies", *happened):
        _advance(demo, dependency, row)
    for row in demo.data["dependency_messages"]:
        values = {**row, "dependency": demo.by_code[row["dependency"]]}
        services.write_message(**values, by=demo.by)


def _advance(demo: DemoLoad, dependency: Dependency, row: Row) -> None:
    """Take a dependency through the states up to its own."""
    if row["status"] != DependencyStatus.IDENTIFIED:
        services.propose_dependency(dependency, by=demo.by)
    verbs: dict[str, Callable[..., Dependency]] = {
        "agreed_on": services.agree_dependency,
        "delivered_on": services.deliver_dependency,
        "accepted_on": services.accept_dependency,
    }
    for name, verb in verbs.items():
        if name in row:
            verb(dependency, **{name: date.fromisoformat(row[name])}, by=demo.by)


def add_registers(demo: DemoLoad) -> None:
    """Add risks, some of them escalated, issues, assumptions, actions, compliance items, assurance
    reviews and delivery confidence."""
    risks = demo.rows(Risk, "risks", "status", "escalated_to", status=RiskStatus.OPEN)
    for risk, row in risks:
        if "escalated_to" in row:
            services.escalate_risk(risk, to=demo.by_code[row["escalated_to"]], by=demo.by)
    demo.rows(Issue, "issues")
    for assumption, row in demo.rows(Assumption, "assumptions", "confirmed"):
        if "confirmed" in row:
            services.settle_assumption(
                assumption, noun="confirmation", evidence=row["confirmed"], by=demo.by
            )
    for done, row in demo.rows(Action, "actions", "done_on"):
        if "done_on" in row:
            day = date.fromisoformat(row["done_on"])
            turn(done, noun="completion", done_on=day, by=demo.by)
    demo.rows(ComplianceItem, "compliance_items")
    for review, row in demo.rows(AssuranceReview, "assurance_reviews", "actions_open"):
        total = row["actions_open"]
        text = "Action {} of {}; wording held in the review report"
        actions = [{"number": n, "text": text.format(n, total)} for n in range(1, total + 1)]
        demo.rows(AssuranceRecommendation, actions, review=review)
    demo.rows(DcaRecord, "dca_records")


def add_resources(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add shared resources and the bookings of them."""
    demo.rows(Resource, "resources", portfolio=portfolio)
    demo.rows(ResourceCapacity, "resource_capacities")
    demo.rows(Allocation, ({"firmness": Firmness.FIRM, **row} for row in demo.data["allocations"]))


def add_hand_overs(demo: DemoLoad) -> None:
    """Ask people to take over the management of projects; they have not answered yet."""
    for row in demo.data["hand_overs"]:
        with because(row["reason"]):
            services.ask_successor(
                demo.by_code[row["project"]], successor=demo.by_code[row["successor"]], by=demo.by
            )


def close_projects(demo: DemoLoad) -> None:
    """Close the projects that have ended, after everything else, for the guards of closing check
    the rest. The sponsor approves their end reports, which are then published."""
    for row in demo.data["projects"]:
        if row["stage"] != ProjectStage.CLOSED:
            continue
        project = demo.by_code[row["code"]]
        finished_on = date.fromisoformat(row["actual_finish"])
        services.close_project(
            project, finished_on=finished_on, lessons=row["lessons"], by=demo.by
        )  # fmt: skip
        report = project.status_reports.get(kind=ReportKind.END)
        submit_report(report, by=demo.by)
        approve_report(report, by=demo.sponsor)
        publish_report(report, by=demo.by)


def merge_ended(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Merge standalone projects, with their actions, into others; none of them has planned
    money."""
    for row in demo.data["merged_projects"]:
        fields = demo.fields(Project, row, ("into", "why", "actions"))
        other = services.create_project(portfolio, **fields, by=demo.by)
        for done, its in demo.rows(Action, row["actions"], "done_on", project=other):
            turn(done, noun="completion", done_on=date.fromisoformat(its["done_on"]), by=demo.by)
        merge_projects(demo.by_code[row["into"]], other=other, reason=row["why"], by=demo.by)
