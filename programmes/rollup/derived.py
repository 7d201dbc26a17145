"""Figures that follow from other figures: ratios, differences, the risk distribution, health."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from benefits.realisation import attainment, realised_share
from programmes import sources
from programmes.appraisal import bcr
from programmes.health import (
    OVERRIDDEN,
    Driver,
    Finding,
    Health,
    HealthRuleKind,
    ProgrammeEvidence,
    Rag,
    in_force,
    programme_health,
)
from programmes.ratios import Ratio
from programmes.rollup.facts import ProgrammeFacts, ProjectResult
from programmes.rollup.ledger import Aggregate, Assessed, Figure, Figures, Line, aggregated
from projects import evm
from projects.risk import distribution


def _amount(figures: Figures, name: str) -> Decimal:
    value = figures[name].value
    assert isinstance(value, Decimal)  # noqa: S101  # sums are never undefined
    return value


def _unrounded(figures: Figures, name: str) -> Decimal:
    value = figures[name].unrounded
    assert isinstance(value, Decimal)  # noqa: S101  # sums are never undefined
    return value


def _of(ratio: Ratio) -> Figure:
    return Figure(ratio.value, ratio.reason or "")


def total_approved(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the sum of all that is approved: projects, programme lines and what is left of
    contingency."""
    names = ("approved_budget", "programme_lines_budget", "contingency_remaining")
    return Figure(sum((_amount(figures, name) for name in names), Decimal(0)))


def variance_at_completion(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the approved budget less the estimate at completion, below 0 where more is forecast.
    Without an approved budget that is 0, as in the lines of projects."""
    approved: Any = figures["approved_budget"].value or Decimal(0)
    return Figure(approved - _amount(figures, "estimate_at_completion"))


def cost_performance_index(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return earned value over actual cost: a ratio of sums as they were computed, never a mean of
    ratios."""
    actual = _unrounded(figures, "actual_cost")
    earned = _unrounded(figures, "earned_value")
    return _planned(figures) or _of(evm.cost_performance(earned, actual))


def schedule_performance_index(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return earned value over planned value: a ratio of sums as they were computed, never a mean
    of ratios."""
    planned = _unrounded(figures, "planned_value")
    earned = _unrounded(figures, "earned_value")
    return _planned(figures) or _of(evm.schedule_performance(earned, planned))


def _planned(figures: Figures) -> Figure | None:
    """Return the undefined index where no project has a baseline, so that nothing can be earned;
    else None."""
    earned = figures["earned_value"]
    return Figure(None, "no_baseline") if earned.missing and not earned.included else None


def benefits_variance(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return realised less planned benefits, for the days that were measured."""

    def less(actual: Decimal, planned: Decimal) -> Ratio:
        return Ratio(actual - planned)

    return _like_with_like(figures, "benefits_planned_measured", less)


def benefits_attainment(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return realised over planned benefits, for the days that were measured."""

    def over(actual: Decimal, planned: Decimal) -> Ratio:
        return attainment(planned, actual)

    return _like_with_like(figures, "benefits_planned_measured", over)


def benefits_realised_share(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return realised benefits to date over those planned for their whole life."""
    return _like_with_like(figures, "benefits_whole_life_planned", realised_share)


def _like_with_like(
    figures: Figures, base: str, formula: Callable[[Decimal, Decimal], Ratio]
) -> Figure:
    """Return a formula of realised and planned benefits, with the coverage of the realised ones;
    undefined where nothing is measured."""
    actual, planned = figures["benefits_actual_to_date"], figures[base]
    coverage = {name: getattr(actual, name) for name in ("included", "excluded", "missing")}
    if not (isinstance(actual.value, Decimal) and isinstance(planned.value, Decimal)):
        return Figure(None, actual.reason or planned.reason, **coverage)
    ratio = formula(actual.value, planned.value)
    return Figure(ratio.value, ratio.reason or "", **coverage)


def benefits_net_of_overlap(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the forecast outturn of benefits, less what two benefits both claim."""
    gross = figures["benefits_forecast_outturn"]
    if not isinstance(gross.value, Decimal):
        return Figure(None, gross.reason)
    return Figure(gross.value - _amount(figures, "benefits_overlap"))


def net_present_social_value(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the present value of benefits less that of costs."""
    return Figure(
        _amount(figures, "benefits_present_value") - _amount(figures, "costs_present_value")
    )


def benefit_cost_ratio(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the present value of benefits over that of costs; undefined without costs."""
    benefits = _amount(figures, "benefits_present_value")
    return _of(bcr(benefits, _amount(figures, "costs_present_value")))


def case_npsv_now(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the present value of benefits as forecast, less that of costs and the expected cost of
    risks."""
    benefits = figures["benefits_forecast_present_value"]
    if not isinstance(benefits.value, Decimal):
        return Figure(None, benefits.reason)
    costs = _amount(figures, "case_costs_present_value") + _amount(figures, "risk_mean")
    return Figure(benefits.value - costs, missing=benefits.missing)


def case_bcr_now(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the present value of benefits as forecast, over that of costs and the expected cost of
    risks; undefined where these are 0."""
    benefits = figures["benefits_forecast_present_value"]
    if not isinstance(benefits.value, Decimal):
        return Figure(None, benefits.reason)
    costs = _amount(figures, "case_costs_present_value") + _amount(figures, "risk_mean")
    return _of(bcr(benefits.value, costs))


def case_npsv_change(figures: Figures, facts: ProgrammeFacts | None) -> Figure:
    """Return the present net present value less the approved one; undefined without an approved
    case. A bridge gives no facts: there, both values exist, and so does a case."""
    if facts is not None and facts.case is None:
        return Figure(None, "no_approved_case")
    now = figures["case_npsv_now"]
    if not isinstance(now.value, Decimal):
        return Figure(None, now.reason)
    return Figure(now.value - _amount(figures, "case_npsv_approved"), missing=now.missing)


def risk_sd(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the standard deviation of the counted risks together; its detail holds the percentiles
    of the same distribution."""
    counted = tuple(risk.impact for risk in facts.risks if risk.counted and risk.impact)
    spread = _distribution(counted)
    percentiles = {name: str(getattr(spread, name)) for name in ("p50", "p80", "p90")}
    return Figure(spread.sd, detail={**percentiles, "p_zero": round(spread.p_zero, 6)})


# Most changes leave the risks as they are; their distribution is the dearest figure to compute.
_distribution = lru_cache(maxsize=64)(distribution)


def percentile(name: str) -> Callable[[Figures, ProgrammeFacts], Figure]:
    """Return the rule for one percentile of the distribution that `risk_sd` computed."""

    def figure(figures: Figures, facts: ProgrammeFacts) -> Figure:
        return Figure(Decimal(figures["risk_sd"].detail[name]))

    return figure


def funding_cover(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return what is left of contingency over the forecast overrun and the P80 of risk: from 1 on,
    it covers both."""
    variance = figures["variance_at_completion"].value
    over = -variance if isinstance(variance, Decimal) else Decimal(0)
    remaining, p80 = (_amount(figures, name) for name in ("contingency_remaining", "risk_p80"))
    return _of(evm.funding_cover(remaining, over, Decimal(0), p80))


def slip_days(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the days from the baseline finish to the forecast finish."""
    return _between(figures, "finish_baseline", "finish_propagated")


def hidden_delay_days(figures: Figures, facts: ProgrammeFacts) -> Figure:
    """Return the days from the declared finish to the forecast finish."""
    return _between(figures, "finish_declared", "finish_propagated")


def _between(figures: Figures, first: str, last: str) -> Figure:
    start, end = figures[first].value, figures[last].value
    if not (isinstance(start, date) and isinstance(end, date)):
        return Figure(None, "no_dates")
    return Figure(Decimal((end - start).days))


def health(figures: Figures, facts: ProgrammeFacts, of_projects: Sequence[Line]) -> Assessed:
    """Return the health of a programme (the worst of its own dimensions and of its live projects)
    with its findings, and the lines that the programme itself adds."""
    health = _programme_health(figures, facts)
    own = _own_lines(figures, facts)
    figure = aggregated(Aggregate.WORST, [*own, *of_projects])
    detail = {
        "derived": health.derived,
        "dimensions": health.dimensions,
        "findings": _data(health.findings),
        "stale": list(health.stale_projects),
        "declared": facts.dca or None,
        "differs": health.differs,
        **overriding(health),
    }
    return (
        Figure(
            health.effective,
            "nothing_to_judge" if health.effective == Rag.GREY else "",
            detail=detail,
            included=figure.included,
            excluded=figure.excluded,
        ),
        own,
    )


def overriding(health: Health) -> dict[str, int]:
    """Return the id of the override that counts in the place of the derived colour; empty where
    none does."""
    return {"override": health.override.id} if health.override else {}


def project_health(project: ProjectResult) -> Iterable[Line]:
    """Yield the line of a project's health with its findings. It does not count where the project
    has ended, or where the health rule leaves the project out."""
    state, inputs = project.health, {"findings": _data(project.health.findings)}
    if project.facts.live:
        value, reason = state.effective, project.portfolio.health.set_aside(critical=state.critical)
    else:
        value, reason = None, state.effective
    yield Line(sources.PROJECT.name, project.facts.id, value, not reason, reason, inputs)


def _programme_health(figures: Figures, facts: ProgrammeFacts, *, own: bool = False) -> Health:
    """Return the health of a programme by its rules, or with `own` that of its own dimensions
    alone."""
    portfolio = facts.portfolio
    return programme_health(
        _evidence(figures, facts, own=own), portfolio.thresholds, portfolio.health
    )


def _own_lines(figures: Figures, facts: ProgrammeFacts) -> list[Line]:
    """Return the line of the programme's own dimensions, which includes its projects where they are
    weighed together. Where the health is overridden, only the line of the override counts."""
    weighed = facts.portfolio.health.rule is HealthRuleKind.WEIGHTED
    health = _programme_health(figures, facts, own=not weighed)
    findings = [finding for finding in health.findings if finding.rule != OVERRIDDEN]
    own = Line(
        sources.PROGRAMME.name, facts.id, health.derived, inputs={"findings": _data(findings)}
    )
    if not (override := facts.override):
        return [own]
    override_findings = [finding for finding in health.findings if finding.rule == OVERRIDDEN]
    inputs = {"findings": _data(override_findings)}
    line = Line(sources.HEALTH_OVERRIDE.name, override.id, override.colour.value, inputs=inputs)
    return [overridden(own), line]


def overridden(line: Line) -> Line:
    """Return the line so that it does not count, because the health of the whole is overridden."""
    return replace(line, included=False, reason=OVERRIDDEN) if line.included else line


def _data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.data for finding in findings]


def _measured(figures: Figures, name: str) -> Decimal:
    """Return a sum of measurements, 0 where nothing was measured."""
    value = figures[name].value
    return value if isinstance(value, Decimal) else Decimal(0)


def _evidence(figures: Figures, facts: ProgrammeFacts, *, own: bool = False) -> ProgrammeEvidence:
    # Computed again, for the figures are rounded and a colour turns at its bound exactly.
    attained = benefits_attainment(figures, facts)
    cover = funding_cover(figures, facts).value
    projects = [] if own else [project for project in facts.projects if project.facts.live]
    return ProgrammeEvidence(
        attainment=(attained.value, attained.reason),  # type: ignore[arg-type]  # a ratio
        disbenefits_planned=_measured(figures, "disbenefits_planned_measured"),
        disbenefits_actual=_measured(figures, "disbenefits_actual_to_date"),
        disbenefits_undefined=figures["disbenefits_actual_to_date"].reason or None,
        funding_cover=cover if isinstance(cover, Decimal) else None,
        risks_recorded=any(risk.counted for risk in facts.risks),
        issues=[issue.judged for issue in facts.issues],
        projects=[
            (Driver("project", project.facts.id, project.facts.code), project.health)
            for project in projects
        ],
        assurance=facts.assurance,
        declared=facts.dca,
        override=facts.override,
        tolerances=in_force(*facts.portfolio.tolerances_of(facts.id)),
    )
