"""Incremental equals rebuilt: after any writes by any path, working off what they requested leaves
the ledger that a recompute from nothing gives."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.errors import CheckViolation
from rest_framework.exceptions import APIException

from benefits.models import (
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitReview,
    OverlapCase,
)
from benefits.services import answer_review
from pmhub.database.history import because
from pmhub.models import User, portfolio_of
from programmes.models import (
    AssuranceRecommendation,
    BusinessCase,
    LedgerLine,
    MetricValue,
    Portfolio,
    Programme,
    ProgrammeLine,
    RuleSet,
    Tolerance,
)
from programmes.rollup import worker
from programmes.rollup.ledger import Aggregate, Line, aggregated
from programmes.rollup.metrics import METRICS
from programmes.rollup.verify import differences
from projects.models import (
    Allocation,
    BudgetLine,
    CostActual,
    Dependency,
    GateCondition,
    Issue,
    Milestone,
    Project,
    Resource,
    ResourceCapacity,
    Risk,
    WorkPackage,
)
from projects.models.states import BACK, NEXT
from projects.services import (
    adopt_computed_dates,
    approve_request,
    approve_transfer,
    close_project,
    fail_assumption,
    move_stage,
    terminate_project,
)
from tests import factories
from tests.change_requests import implemented, patch, raised
from tests.closing import answers, closing

DAYS = st.integers(-400, 400)
AMOUNTS = st.integers(1, 5_000)
CHANCES = st.sampled_from([Decimal("0.05"), Decimal("0.35"), Decimal("0.9")])


def pick(model, number, **conditions):
    """Return one of the rows, chosen by a number; None where there are none."""
    ids = list(model.objects.filter(**conditions).order_by("pk").values_list("pk", flat=True))
    return model.objects.get(pk=ids[number % len(ids)]) if ids else None


def unless_refused(write, *said):
    """Have a step happen whole, or not at all where a rule of the database refuses it: what has
    ended is given nothing more."""
    try:
        with transaction.atomic():
            write(*said)
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise


def save(number, days, amount, chance):
    """Save a project's forecast."""
    project = pick(Project, number, status__in=("active", "on_hold"))
    start = max(filter(None, [project.forecast_start, project.actual_start, date(2026, 1, 1)]))
    project.forecast_finish = start + timedelta(abs(days))
    project.estimate_to_complete = amount
    project.save()


def update(number, days, amount, chance):
    """Update many risks at once."""
    Risk.objects.filter(pk__gte=number % 20).update(residual_probability=chance)


def bulk(number, days, amount, chance):
    """Post costs in bulk."""
    project = pick(Project, number)
    CostActual.objects.bulk_create(
        CostActual(project=project, posted_on=date(2026, 10, 1), amount=amount) for _ in range(3)
    )


def move(number, days, amount, chance):
    """Move a project to another programme, or out of all."""
    project, programme = pick(Project, number), pick(Programme, amount)
    alone = days < -300
    Project.objects.filter(pk=project.pk).update(
        programme=None if alone else programme,
        portfolio=programme.portfolio if alone else None,
    )


def slip(number, days, amount, chance):
    """Move the date of a dependency."""
    Dependency.objects.filter(pk=pick(Dependency, number).pk, forecast_on__isnull=False).update(
        forecast_on=F("forecast_on") + timedelta(days)
    )


def accept(number, days, amount, chance):
    """Take a dependency a step further on its way to acceptance."""
    link = pick(Dependency, number)
    way = ("identified", "proposed", "agreed", "delivered", "accepted")
    if link.status in way[:-1]:
        after = way[way.index(link.status) + 1]
        happened = {"delivered": "delivered_on", "accepted": "accepted_on"}.get(after)
        # Accepted on the day of the delivery or later; neither is still to come.
        day = min(link.forecast_on or date(2026, 10, 1), date(2026, 10, 31))
        day = max(day, link.delivered_on or date.min)
        days = {happened: day} if happened else {}
        Dependency.objects.filter(pk=link.pk).update(status=after, **days)


def shift(number, days, amount, chance):
    """Forecast a milestone anew, or reach it."""
    milestones = Milestone.objects.filter(pk=pick(Milestone, number).pk)
    if amount % 4:
        milestones.update(forecast_on=date(2027, 6, 1) + timedelta(days))
    else:
        milestones.exclude(state="cancelled").update(actual_on=date(2026, 10, 1), state="achieved")


def cancel(number, days, amount, chance):
    """Cancel a milestone, or plan it again."""
    milestones = Milestone.objects.filter(pk=pick(Milestone, number).pk)
    if amount % 2:
        milestones.exclude(state="achieved").update(state="cancelled")
    else:
        milestones.update(state="planned", actual_on=None)


def measure(number, days, amount, chance):
    """Change a forecast of a benefit."""
    BenefitProfileEntry.objects.filter(
        pk=pick(BenefitProfileEntry, number, version_kind="forecast").pk
    ).update(value=amount)


def delete(number, days, amount, chance):
    """Delete rows with plain SQL."""
    table = [Risk, Milestone, BenefitMeasurement, CostActual, Dependency][amount % 5]
    row = pick(table, number)
    if row is None or any(table.objects.filter(each.when, pk=row.pk) for each in table.stays):
        return
    with connection.cursor() as cursor:
        if table is Risk:
            cursor.execute(
                "UPDATE projects_risk SET escalated_to_id = NULL, status = 'open'"
                " WHERE status = 'escalated'"
            )
            cursor.execute("UPDATE projects_issue SET from_risk_id = NULL")
        if table is Milestone:
            # A mutual dependency without its milestones would close a circle if it drove.
            for end in ("giver", "receiver"):
                cursor.execute(
                    f"UPDATE projects_dependency SET {end}_milestone_id = NULL,"  # noqa: S608  # our own
                    f" drives_schedule = false WHERE {end}_milestone_id = %s",
                    [row.pk],
                )
            cursor.execute("DELETE FROM projects_milestoneforecast")
        name = table._meta.db_table
        cursor.execute(f"DELETE FROM {name} WHERE id = %s", [row.pk])  # noqa: S608  # our own


def status(number, days, amount, chance):
    """Hold, resume or terminate a project, unless it has ended."""
    state = ["active", "on_hold", "terminated"][amount % 3]
    live = Project.objects.filter(status__in=["active", "on_hold"])
    live.filter(pk=pick(Project, number).pk).update(
        status=state,
        terminated_on=date(2026, 10, 1) + timedelta(amount % 30) if state == "terminated" else None,
    )


def stop(number, days, amount, chance):
    """Terminate a project by its verb, with everything answered."""
    project = pick(Project, number, status="active")
    if project is None:
        return
    becomes = "transfer" if project.programme and amount % 2 else "close"
    terminate_project(
        project,
        terminated_on=max(date(2026, 10, 1), project.actual_start or date.min),
        reason="No funding",
        estimate_to_complete=Decimal(amount),
        **answers(project, becomes),
        by=None,
    )


def close(number, days, amount, chance):
    """Close a project by its verb; where something stands against it, nothing happens."""
    project = pick(Project, number, status="active", actual_start__isnull=False)
    if project is None:
        return
    with suppress(ValidationError):
        if amount % 2:
            factories.descope(*project.outputs.exclude(state__in=["accepted", "descoped"]))
        finished_on = max(date(2026, 10, 1), project.actual_start)
        close_project(project, finished_on=finished_on, **closing(project), by=None)


def amend(number, days, amount, chance):
    """Have a change of a project approved and implemented, unless something stands against it."""
    project = pick(Project, number, status="active")
    if project is None or project.forecast_finish is None:
        return
    write = patch(
        "projects",
        project,
        estimate_to_complete=min(Decimal(amount), project.estimate_to_complete or Decimal(0)),
        forecast_finish=project.forecast_finish + timedelta(days=days % 60),
    )
    with suppress(ValidationError, APIException):
        implemented(raised(project, write))


def adopt(number, days, amount, chance):
    """Declare the computed dates of a project, as they stand when the figures are right."""
    project = pick(Project, number, status="active")
    if project is not None:
        adopt_computed_dates(project, by=None)


def answer(number, days, amount, chance):
    """Answer what an owner is asked about a benefit."""
    review = pick(BenefitReview, number, state="open")
    if review is not None:
        decision = ["confirm", "withdraw"][amount % 2]
        answer_review(review, decision=decision, findings="It hung on it", by=None)


def book(number, days, amount, chance):
    """Book more or less of somebody, or have more or less of them for everybody."""
    allocation = pick(Allocation, number)
    Allocation.objects.filter(pk=allocation.pk).update(units=chance)
    if amount % 2:
        Resource.objects.filter(pk=allocation.resource_id).update(capacity=chance)


def be_away(number, days, amount, chance):
    """Have less of somebody for some days, or for others."""
    resource, start = pick(Resource, number), date(2026, 11, 15) + timedelta(days=days % 90)
    ResourceCapacity.objects.update_or_create(
        resource=resource,
        defaults={"capacity": chance, "period_start": start, "period_end": start},
    )


def forecast(number, days, amount, chance):
    """Forecast a project by its lines, or in total again, and post a cost to one of them."""
    line = pick(BudgetLine, number)
    basis = ["by_line", "in_total"][amount % 4 == 0]
    Project.objects.filter(pk=line.project_id).update(forecast_basis=basis)
    BudgetLine.objects.filter(pk=line.pk).update(forecast=amount * 10 if days > 0 else None)
    if amount % 2:
        CostActual.objects.create(
            project=line.project, budget_line=line, amount=amount, posted_on=date(2026, 10, 1)
        )


def estimate(number, days, amount, chance):
    """Say what is still to be spent on a line of a programme, and between which bounds."""
    line = pick(ProgrammeLine, number)
    low, high = (amount, amount + abs(days)) if days else (None, None)
    ProgrammeLine.objects.filter(pk=line.pk).update(
        estimate_to_complete=amount, estimate_to_complete_low=low, estimate_to_complete_high=high
    )


def ask(number, days, amount, chance):
    """Ask more, or less, of whom a review is about; take an issue more or less seriously."""
    recommendation, issue = pick(AssuranceRecommendation, number), pick(Issue, number)
    AssuranceRecommendation.objects.filter(pk=recommendation.pk).update(
        priority=["critical", "recommended"][amount % 2], due_on=date(2026, 10, 1)
    )
    if days > 0:
        severity = ["low", "high", "critical"][amount % 3]
        Issue.objects.filter(pk=issue.pk).update(severity=severity)


def limit(number, days, amount, chance):
    """Set how far a project, a programme or the whole portfolio may stray, or take that back."""
    place = [Project, Programme, Portfolio][amount % 3]
    home = {place._meta.model_name: pick(place, number)}
    if days < -200:
        Tolerance.objects.filter(**home).delete()
        return
    kind = ["cost_pct", "time_days", "risk", "scope", "quality"][amount % 5]
    stage = home["project"].stage if place is Project and days % 2 else ""
    value = {"value": abs(days) % 40}
    Tolerance.objects.update_or_create(**home, kind=kind, stage=stage, defaults=value)


def rule(number, days, amount, chance):
    """Judge by other rules, or count a project otherwise."""
    kind, values = [
        ("thresholds", {"cost_amber_pct": str(5 + abs(days)), "cover_amber": str(chance)}),
        ("matrix", {"impact_pct_1": str(chance), "low": abs(days) % 10}),
        ("health", {"rule": ["worst_of_critical", "weighted"][number % 2]}),
        ("calendar", {"resources_months_ahead": abs(days) % 12}),
        ("categories", {"commercial": str(chance)}),
    ][amount % 5]
    RuleSet.objects.create(
        portfolio=pick(Portfolio, number), kind=kind, values=values, valid_from="2026-10-31",
        reason="Other",
    )  # fmt: skip
    project = pick(Project, number)
    Project.objects.filter(pk=project.pk).update(critical=days % 2 == 0, health_weight=amount % 4)


def discount(number, days, amount, chance):
    """Discount otherwise what cases do not say how."""
    rows = Portfolio.objects.filter(pk=pick(Portfolio, number).pk)
    rows.update(discount_base_year=2024 + amount % 4)


def pass_gate(number, days, amount, chance):
    """Take a project to another stage by a gate that the PMO decides alone, if nothing holds it."""
    project = pick(Project, number, status="active")
    ways = [target for target in (NEXT.get(project.stage), BACK.get(project.stage)) if target]
    with suppress(ValidationError, PermissionDenied, APIException):
        move_stage(project, target=ways[amount % len(ways)], reason="As it stands", by=office())


def be_wrong(number, days, amount, chance):
    """Find that what was assumed is not true: it becomes a risk or an issue."""
    project = pick(Project, number, status="active") if amount % 2 else None
    assumed = factories.assumption(project or pick(Programme, number))
    becomes = "risk" if days > 0 else "issue"
    with suppress(ValidationError, PermissionDenied, APIException):
        fail_assumption(assumed, becomes=becomes, probability=chance, by=office())


def deliver(number, days, amount, chance):
    """Plan an output for a day that has passed or not, or take one out of the scope."""
    project = pick(Project, number)
    if project.percent_complete < 100:
        state = ["planned", "in_progress", "delivered", "descoped"][amount % 4]
        planned = date(2026, 10, 31) + timedelta(days)
        factories.output(project, state=state, planned_on=planned)


def condition(number, days, amount, chance):
    """Ask something of a project or a programme at a gate, by a day that has passed or not, or meet
    it."""
    home = pick(Project if amount % 2 else Programme, number)
    gate = home.gates.first() or factories.gate(home)
    if amount % 3:
        factories.gate_condition(gate, due_on=date(2026, 10, 31) + timedelta(days))
    else:
        GateCondition.objects.filter(gate=gate).update(state="met", met_on=date(2026, 10, 1))


def work(number, days, amount, chance):
    """Count a project by its work packages or iterations, and add to these or take from them."""
    project = pick(Project, number, status="active", actual_start__isnull=False)
    if project is None:
        return
    method = ["work_packages", "iterations", "0/100", "50/50"][amount % 4]
    with because("Counted otherwise"):
        Project.objects.filter(pk=project.pk).update(percent_method=method)
        factories.work_package(project, percent=abs(days) % 101, weight=amount % 7)
        factories.iteration(project, points_planned=amount, points_done=amount * chance // 1)
        if days > 200:
            WorkPackage.objects.filter(project=project).first().delete()


def request(number, days, amount, chance):
    """Ask for budget, and have it approved or a part of it, if nothing stands against it."""
    project = pick(Project, number, status__in=("active", "on_hold"))
    asked = factories.budget_request(
        project, amount=amount, state="submitted", fiscal_year=2026 + amount % 3
    )
    with suppress(ValidationError, PermissionDenied):
        approve_request(asked, approved_amount=Decimal(amount) / (1 + amount % 2), by=office())


def transfer(number, days, amount, chance):
    """Move what is approved from one line to another, if it is there to be moved."""
    source, target = pick(BudgetLine, number), pick(BudgetLine, number + amount)
    if source == target or portfolio_of(source) != portfolio_of(target) or not target.project.live:
        return
    moved = factories.budget_transfer(source, target, amount=amount)
    with suppress(ValidationError, PermissionDenied):
        approve_transfer(moved, by=office())


def office():
    """Somebody of the PMO."""
    return User.objects.get(username="pmo")


def justify(number, days, amount, chance):
    """Approve a business case of a programme, or of a project that stands alone, in the place of
    the one before, or have it give way to none; limit how far that of a project may stray."""
    alone = pick(Project, number, programme=None) if amount % 2 else None
    home = alone or pick(Programme, number)
    approved = home.business_cases.filter(state="approved", kind="FBC")
    BusinessCase.objects.filter(pk__in=approved.values("pk")).update(state="superseded")
    if days < 0:
        return
    count = home.business_cases.count()
    factories.business_case(home, state="approved", number=count + 1)
    if alone:
        value = {"value": abs(days) % 40, "side": "under"}
        Tolerance.objects.update_or_create(project=alone, kind="npsv", defaults=value)


def claim_twice(number, days, amount, chance):
    """Ask about two benefits of a programme, or agree that both claim something."""
    benefits = pick(Programme, number).benefits.order_by("pk")[:2]
    if days < 0 and len(benefits) == 2 and not OverlapCase.objects.filter(state="open").exists():
        factories.overlap(*benefits)
    agreed = {"state": "resolved", "resolution": "accepted", "overlap_amount": 1 + amount}
    OverlapCase.objects.filter(state="open").update(
        **agreed, reason="Meters agree", resolved_on=date(2026, 10, 31)
    )


WRITES = st.sampled_from(
    [
        claim_twice,
        request,
        transfer,
        justify,
        condition,
        limit,
        rule,
        discount,
        pass_gate,
        be_wrong,
        deliver,
        work,
        book,
        be_away,
        forecast,
        estimate,
        ask,
        save,
        update,
        bulk,
        move,
        slip,
        accept,
        shift,
        cancel,
        measure,
        delete,
        status,
        stop,
        close,
        adopt,
        amend,
        answer,
    ]
)
STEPS = st.lists(
    st.tuples(WRITES, st.integers(0, 10_000), DAYS, AMOUNTS, CHANCES, st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_incremental_equals_rebuilt(demo, steps):
    with transaction.atomic():
        for write, number, days, amount, chance, drain in steps:
            unless_refused(write, number, days, amount, chance)
            if drain:
                worker.drain(batch=3)
        worker.drain()
        assert differences() == []
        assert_aggregates_add_up()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_aggregate_is_that_of_its_lines(demo):
    assert_aggregates_add_up()


def assert_aggregates_add_up():
    """Each aggregate equals the aggregate of its included lines, exactly."""
    lines = defaultdict[tuple[int, str], list[Line]](list)
    for each in LedgerLine.objects.filter(valid_to=None):
        lines[each.programme_id, each.metric].append(
            Line(each.source_type, each.source_id, each.value, each.included, each.reason)
        )
    values = {
        (each.programme_id, each.metric): each for each in MetricValue.objects.filter(valid_to=None)
    }
    for programme in Programme.objects.all():
        for metric in METRICS:
            if metric.aggregate is None:
                continue
            value = values[programme.pk, metric.name]
            found = aggregated(Aggregate(metric.aggregate), lines[programme.pk, metric.line_source])
            assert (value.value, value.included, value.excluded, value.missing) == (
                found.value,
                found.included,
                found.excluded,
                found.missing,
            ), (programme, metric.name)
