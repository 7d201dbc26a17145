"""Panels on the pages of projects' records, beside what their register declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from pmhub import formats
from pmhub.access import can
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID, Rows
from pmhub.registers.panels import Panel
from pmhub.views.waiting import waiting_panel
from projects import queries
from projects.bands import Bands
from projects.models import (
    Assumption,
    AssumptionState,
    Dependency,
    Issue,
    Milestone,
    MilestoneForecast,
    Risk,
    RiskKind,
    RiskStatus,
    Side,
)
from projects.queries import dependencies
from projects.queries.programmes import in_programme
from projects.risk.impact import Impact, expected_value, net_response_benefit
from projects.risk.matrix import Score, score, severity
from projects.schedule import milestone_trend
from projects.services.negotiation import standing_offer
from projects.views import stage_path, stakeholders
from projects.views.ask_for_change import ask_for_change
from projects.views.changes import impact
from projects.views.end_report import planned_and_actual
from projects.views.estimates import PANELS as OF_ESTIMATES
from projects.views.gates import coming_gates, gate_holds
from projects.views.hand_over import handing_over
from projects.views.late_reports import reports_late
from projects.views.lessons import PANELS as OF_LESSONS
from projects.views.postings import equal_postings
from projects.views.posts import PANELS as OF_POSTS
from projects.views.proposals import PANELS as OF_PROPOSALS
from projects.views.team import PANELS as OF_TEAM
from projects.views.tolerances import tolerances
from projects.views.work import PANELS as OF_WORK

FORECASTS = Rows(lambda: MilestoneForecast.objects.filter(milestone_id=ID).order_by("reported_on"))
OF_PROJECT = Rows(
    lambda: MilestoneForecast.objects.filter(milestone__project_id=ID).order_by("reported_on")
)
# The trends of a milestone, as words and colour; a steady one has no words.
TRENDS = {
    "stable": ("Steady", "green"),
    "recovering": ("Recovering", "green"),
    "slipping": ("Slipping", "amber"),
    "day_for_day": ("Slips a day each day", "red"),
    "accelerating_slip": ("Slips ever faster", "red"),
}


def forecast_history(milestone: Milestone, request: Any) -> dict[str, Any] | None:
    """Return the forecasts of a milestone, report by report, and their trend; None without a
    report."""
    reports = FORECASTS(id=milestone.pk)
    if not reports:
        return None
    slips = slips_of(milestone, reports)
    return {
        "milestone": milestone,
        "trend": trend_of(milestone, reports),
        "rows": [
            {"reported_on": report.reported_on, "forecast_on": report.forecast_on, "slip": slip}
            for report, slip in zip(reports, slips, strict=True)
        ],
    }


def trends_of(project: int, milestones: Iterable[Milestone]) -> Mapping[int, tuple[str, str]]:
    """Return the trends of the milestones of a project, by id, as words and colour; only of those
    with two reports."""
    reports: dict[int, list[MilestoneForecast]] = defaultdict(list)
    for report in OF_PROJECT(id=project):
        reports[report.milestone_id].append(report)
    return {
        milestone.pk: trend_of(milestone, reports[milestone.pk])
        for milestone in milestones
        if len(reports[milestone.pk]) > 1
    }


def slips_of(milestone: Milestone, reports: list[MilestoneForecast]) -> list[int]:
    """Return by how many days each report is after the baseline or, without one, after the first
    report."""
    planned = milestone.baseline_on or reports[0].forecast_on
    return [(report.forecast_on - planned).days for report in reports]


def trend_of(milestone: Milestone, reports: list[MilestoneForecast]) -> tuple[str, str]:
    """Return the trend of a milestone over its reports, as words and colour."""
    days = [report.reported_on for report in reports]
    return TRENDS[milestone_trend(slips_of(milestone, reports), days).trend]


def days(dependency: Dependency, request: Any) -> dict[str, Any]:
    """Return the needed, the promised and the planned day of a dependency, and whom to call on
    either side."""
    ends = dependencies.ends_of([dependency.pk], request.user)
    figures = dependencies.figures_of(dependency)
    return {
        "dependency": dependency,
        "figures": figures,
        "offer": standing_offer(dependency),
        "ends": [(side.label, ends.get((dependency.pk, side.value))) for side in Side],
        "external": dependency.external_giver,
    }


def messages(dependency: Dependency, request: Any) -> dict[str, Any] | None:
    """Return the messages of the two sides, the oldest first, without the author where their side
    is out of sight."""
    ends = dependencies.ends_of([dependency.pk], request.user)
    said = dependency.messages.select_related("author").order_by("pk")
    offer = standing_offer(dependency)
    lines = []
    for message in said:
        end = ends.get((dependency.pk, message.side))
        author = message.author if end is None or end.visible else None
        standing = offer is not None and message.pk == offer.pk
        lines.append({"said": message, "author": author, "stands": standing})
    zone = dependency.receiver.owner_portfolio.time_zone
    return {"lines": lines, "zone": zone} if lines else None


VIEWS = {
    "inherent": "Before any response",
    "residual": "As it is now",
    "target": "Once all is done",
}
CELLS = range(1, 6)


def position(risk: Risk, request: Any) -> dict[str, Any] | None:
    """Return the place of each estimate of a risk in the matrix, its expected cost, the worth of
    the response, and the days until the risk could happen."""
    budget, duration = queries.base_of(risk)
    home = risk.project.owner_portfolio if risk.project else risk.programme.portfolio  # type: ignore[union-attr]  # one of the two
    bands = home.rules_of(Bands)
    estimates = [
        (words, scored, expected)
        for view, words in VIEWS.items()
        if (scored := _score(risk, view, budget, duration, bands))
        for expected in [_expected(risk, view)]
    ]
    if not estimates:
        return None
    places = defaultdict(list)
    for words, scored, _ in estimates:
        places[scored.probability_band, scored.impact_band].append(words)
    return {
        "estimates": estimates,
        "rows": [
            (row, [(severity(row * column, bands), places[row, column]) for column in CELLS])
            for row in reversed(CELLS)
        ],
        "bands": list(CELLS),
        "worth": _worth(risk),
        "unit": formats.money_unit(home),
        "days_left": (risk.proximity_on - home.as_of).days if risk.proximity_on else None,
    }


def _score(
    risk: Risk, view: str, budget: Decimal, duration: int | None, bands: Bands
) -> Score | None:
    chance = getattr(risk, f"{view}_probability")
    if chance is None:
        return None
    cost = getattr(risk, f"{view}_cost_most_likely")
    days = getattr(risk, f"{view}_days_most_likely")
    return score(chance, cost, budget, days, duration, risk.benefit_effect_percent, bands=bands)


def _expected(risk: Risk, view: str) -> Decimal | None:
    """Return the expected cost of an estimate; None without a cost. A single value stands for all
    three."""
    chance, likely = (getattr(risk, f"{view}_{of}") for of in ("probability", "cost_most_likely"))
    if likely is None:
        return None
    low, high = (getattr(risk, f"{view}_cost_{end}") for end in ("min", "max"))
    low, high = (likely if cost is None else cost for cost in (low, high))
    return expected_value(Impact(chance, low, likely, high))


def _worth(risk: Risk) -> Decimal | None:
    """Return what the response to a risk is worth; None where its cost, or an estimate, is
    missing."""
    inherent, residual = _expected(risk, "inherent"), _expected(risk, "residual")
    if inherent is None or residual is None or risk.response_cost is None:
        return None
    sign = 1 if risk.kind == RiskKind.THREAT else -1  # an opportunity is worth what it may gain
    return net_response_benefit(sign * inherent, sign * residual, risk.response_cost)


COUNTED_IN = ScopedRows(
    lambda reader: (
        Risk.objects.visible_to(reader)
        .filter(Q(escalated_to=ID, status=RiskStatus.ESCALATED) | Q(aggregated_into=ID))
        .select_related("project", "programme")
    )
)
CAME_OF = ScopedRows(
    lambda reader: (
        Issue.objects.visible_to(reader).filter(from_risk=ID).select_related("project", "programme")
    )
)


def linked(risk: Risk, request: Any) -> dict[str, Any] | None:
    """Return the risks that are counted in a risk, and the issues that came of it."""
    lists = (("Counted in it", "risks", COUNTED_IN), ("Came of it", "issues", CAME_OF))
    records = [
        (words, name, row) for words, name, rows in lists for row in rows(request.user, id=risk.pk)
    ]
    return {"records": records} if records else None


UNSETTLED = [AssumptionState.OPEN, AssumptionState.FAILED]


def _unsettled(reader: Any, own: Q) -> Any:
    rows = Assumption.objects.visible_to(reader).filter(own, state__in=UNSETTLED)
    told = rows.annotate(
        late=queries.is_unvalidated(), risk_code=F("risk__code"), issue_code=F("issue__code")
    ).select_related("owner")
    return told.order_by("-state", F("validate_by").asc(nulls_last=True), "pk")


ASSUMED = {
    "project": ScopedRows(lambda reader: _unsettled(reader, Q(project=ID))),
    "programme": ScopedRows(lambda reader: _unsettled(reader, in_programme(ID))),
    "portfolio": ScopedRows(lambda reader: _unsettled(reader, Q(portfolio=ID))),
}


def assumptions(home: Any, request: Any) -> dict[str, Any] | None:
    """Return the open and the failed assumptions of a project, or of a programme with its projects;
    None where the reader sees none and may not write one."""
    kind = str(home._meta.model_name)
    rows = ASSUMED[kind](request.user, id=home.pk)
    made = Assumption(**{kind: home})
    may_write = not made.settled and can(request.user, "write", made)
    if not rows and not may_write:
        return None
    return {"rows": rows, "kind": kind, "collection": f"{kind}s", "may_write": may_write}


PANELS = {
    **OF_ESTIMATES,
    **OF_LESSONS,
    **OF_POSTS,
    **OF_PROPOSALS,
    **OF_TEAM,
    **OF_WORK,
    "assumptions": Panel("Assumptions", "projects/assumptions.html", assumptions, cached=True),
    "ask-for-a-change": Panel(
        "Ask for a change", "projects/ask_for_change.html", ask_for_change, folded=True
    ),
    "asked-of-me": waiting_panel("You are asked to take over", "handover_to_answer"),
    "change-impact": Panel("What it comes to", "projects/change_impact.html", impact),
    "changes-to-decide": waiting_panel("These wait for your vote", "change_to_decide"),
    "equal-postings": Panel("Equal costs", "projects/equal_postings.html", equal_postings),
    "end-report": Panel("Planned and actual", "projects/end_report.html", planned_and_actual),
    "gates-ahead": Panel("Gates ahead", "projects/gates_ahead.html", coming_gates, cached=True),
    "gate-holds": Panel("What still holds it", "projects/gate_holds.html", gate_holds),
    "handing-over": Panel(
        "You are asked to take it over", "projects/hand_over_request.html", handing_over
    ),
    "milestone-forecast-history": Panel(
        "Forecasts over time", "projects/forecast_history.html", forecast_history
    ),
    "reports-late": Panel(
        "Not reported by their day", "projects/late_reports.html", reports_late, folded=True
    ),
    "risk-linked": Panel("Linked with", "projects/linked_risks.html", linked, cached=True),
    "risk-position": Panel("Where it lies", "projects/risk_position.html", position),
    "stages": Panel("Stages", "projects/stage_path.html", stage_path.path, cached=True),
    "life-cycle": Panel("Life cycle", "projects/stage_path.html", stage_path.path, cached=True),
    "tranches-path": Panel(
        "Tranches and landing points",
        "projects/tranche_path.html",
        stage_path.tranches,
        cached=True,
    ),
    "stakeholder-map": Panel(
        "Influence and interest", "projects/stakeholder_map.html", stakeholders.stakeholder_map
    ),
    "tolerances": Panel("Tolerances", "projects/tolerances.html", tolerances, cached=True),
    "dependency-days": Panel("Need, promise and plan", "projects/dependency_days.html", days),
    "dependency-messages": Panel("What was said", "projects/dependency_messages.html", messages),
}
