"""What a programme's facts leave open: exposure, finish and outturn simulated, the risk matrix.

Pure: seeded from the facts and the engine's version, so that the same facts give the same answer.
Nothing here is stored; a reader asks for it, so that simulations never slow the engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from programmes.rollup.benefit_lines import excluded
from programmes.rollup.compute import ENGINE_VERSION
from programmes.rollup.facts import Facts, ProgrammeFacts, ProjectFacts, RiskFacts
from projects.risk import Impact, Score, expected_value, heatmap, score
from projects.simulation import (
    Delay,
    FinishRange,
    Prospect,
    Range,
    Tornado,
    Uncertainty,
    exposure,
    finish_range,
    outturn,
    tornado,
)

ZERO = Decimal(0)
VIEWS = ("inherent", "residual")


@dataclass(frozen=True, slots=True)
class RiskEstimate:
    """What figures do not need of a risk; `parent` is where it is escalated or aggregated to."""

    title: str
    category: str
    parent: int | None
    probability: Decimal | None
    days: tuple[int | None, int | None, int | None]
    inherent_probability: Decimal | None
    inherent_low: Decimal | None
    inherent_most_likely: Decimal | None
    inherent_high: Decimal | None
    inherent_days: int | None

    @property
    def cause(self) -> str:
        """What it shares with other risks: its category, however that is typed."""
        return " ".join(self.category.split()).casefold()

    @property
    def inherent_impact(self) -> Impact | None:
        """Its cost before anything is done about it."""
        likely = self.inherent_most_likely
        if self.inherent_probability is None or likely is None:
            return None
        low = likely if self.inherent_low is None else self.inherent_low
        high = likely if self.inherent_high is None else self.inherent_high
        return Impact(self.inherent_probability, low, likely, high)

    @property
    def delay(self) -> Impact | None:
        """The days it would cost, if any."""
        low, likely, high = self.days
        if self.probability is None or likely is None or not (high or likely):
            return None
        least, most = likely if low is None else low, likely if high is None else high
        return Impact(self.probability, Decimal(least), Decimal(likely), Decimal(most))


@dataclass(frozen=True, slots=True)
class Study:
    """The facts of one programme with the estimates of its risks by id."""

    facts: Facts
    programme: ProgrammeFacts
    code: str
    estimates: Mapping[int, RiskEstimate]

    @property
    def projects(self) -> dict[int, ProjectFacts]:
        """The programme's projects by id."""
        return {each.id: each for each in self.facts.projects}

    @property
    def counted(self) -> list[tuple[RiskFacts, RiskEstimate]]:
        """The risks that count, by code."""
        return [
            (risk, self.estimates[risk.id])
            for risk in self.programme.risks
            if risk.counted and risk.id in self.estimates
        ]

    def owner(self, risk: RiskFacts) -> str:
        """The code of the project that holds the risk, or of the programme."""
        return self.projects[risk.project].code if risk.project else self.code

    @property
    def loading(self) -> Decimal:
        """How strongly risks follow a shared cause, as the portfolio sets it."""
        return self.programme.portfolio.thresholds.risk_cause_loading


# Simulations


def exposure_of(study: Study, loading: Decimal) -> Range:
    """The exposure: independent at a loading of 0, where it is that of the figures, else with
    shared causes."""
    risks = _uncertain(study)
    return exposure(
        [each.impact for each in risks],
        [each.cause for each in risks],
        scope=("programme", study.programme.id),
        as_of=study.programme.portfolio.as_of,
        engine=ENGINE_VERSION,
        loading=loading,
    )


def _uncertain(study: Study) -> list[Uncertainty]:
    return [
        Uncertainty(risk.code, study.owner(risk), risk.impact, estimate.cause)
        for risk, estimate in study.counted
        if risk.impact
    ]


def tornado_of(study: Study, loading: Decimal) -> Tornado:
    """The exposure, and what each risk and each project does to it."""
    return tornado(
        _uncertain(study),
        scope=("programme", study.programme.id),
        as_of=study.programme.portfolio.as_of,
        engine=ENGINE_VERSION,
        loading=loading,
    )


def delays_of(study: Study) -> tuple[list[Delay], list[str]]:
    """The counted threats in days, with the projects they delay; and the codes of those of the
    programme that name none.

    A risk of the programme delays the projects whose own risks were escalated or aggregated to it.
    """
    children: dict[int, set[int]] = defaultdict(set)
    for risk in study.programme.risks:
        parent = study.estimates[risk.id].parent if risk.id in study.estimates else None
        if parent and risk.project:
            children[parent].add(risk.project)
    delays, nowhere = [], []
    for risk, estimate in study.counted:
        if not risk.threat or estimate.delay is None:
            continue
        projects = (risk.project,) if risk.project else tuple(sorted(children[risk.id]))
        if projects:
            delays.append(Delay(projects, estimate.delay, estimate.cause))
        else:
            nowhere.append(risk.code)
    return delays, nowhere


def finish_of(study: Study) -> FinishRange | None:
    """When the programme and its projects finish; None without dates. Raises CycleError."""
    projects = study.facts.projects
    return finish_range(
        [each.work for each in projects],
        [link for each in projects for link in each.dependencies],
        delays_of(study)[0],
        study.facts.settled,
        scope=("programme", study.programme.id),
        as_of=study.programme.portfolio.as_of,
        engine=ENGINE_VERSION,
        loading=study.loading,
    )


def outturn_of(study: Study) -> Range:
    """What the benefits that count will have brought."""
    prospects = [
        Prospect(each.figures.actual_to_date, each.figures.remaining, each.confidence)
        for each in study.programme.benefits
        if each.figures and not excluded(each)
    ]
    return outturn(
        prospects,
        scope=("programme", study.programme.id),
        as_of=study.programme.portfolio.as_of,
        engine=ENGINE_VERSION,
    )


# The matrix and the register


@dataclass(frozen=True, slots=True)
class ScoredRisk:
    """A counted risk with its two scores, None where that estimate is missing; expected values are
    signed as exposure is."""

    facts: RiskFacts
    estimate: RiskEstimate
    owner: str
    inherent: Score | None
    residual: Score | None
    inherent_value: Decimal | None
    residual_value: Decimal

    def scored(self, view: str) -> Score | None:
        """The score of that view."""
        return self.inherent if view == "inherent" else self.residual


def scored_risks(study: Study) -> list[ScoredRisk]:
    """The counted risks, the highest expected cost first and ties by code."""
    found = [_scored(study, risk, estimate) for risk, estimate in study.counted]
    return sorted(found, key=lambda each: (-each.residual_value, each.facts.code))


def _scored(study: Study, risk: RiskFacts, estimate: RiskEstimate) -> ScoredRisk:
    budget, duration = _base(study, risk)
    assert risk.impact  # noqa: S101  # a counted risk is estimated
    inherent, sign = estimate.inherent_impact, 1 if risk.threat else -1
    return ScoredRisk(
        facts=risk,
        estimate=estimate,
        owner=study.owner(risk),
        inherent=None
        if inherent is None
        else score(
            inherent.probability,
            inherent.most_likely,
            budget,
            # Not estimated before the response, days are at least those that are left after it.
            risk.days if estimate.inherent_days is None else estimate.inherent_days,
            duration,
            risk.benefit_percent,
        ),
        residual=score(
            risk.impact.probability,
            risk.impact.most_likely,
            budget,
            risk.days,
            duration,
            risk.benefit_percent,
        ),
        inherent_value=None if inherent is None else sign * expected_value(inherent),
        residual_value=expected_value(risk.impact),
    )


def _base(study: Study, risk: RiskFacts) -> tuple[Decimal | None, int | None]:
    """Budget and days that impacts are measured against: the project's; for a risk of the
    programme all its budgets, and from the first baseline start to the last baseline finish."""
    if risk.project:
        project = study.projects[risk.project]
        return project.approved, project.baseline_days
    approved = sum((each.budget or ZERO for each in study.facts.projects), ZERO)
    approved += sum((line.approved for line in study.programme.lines), ZERO)
    plans = [each.baseline for each in study.facts.projects if each.baseline]
    if not plans:
        return approved, None
    return approved, (max(p.finish for p in plans) - min(p.start for p in plans)).days


def matrix_of(
    risks: Sequence[ScoredRisk], kind: str, view: str
) -> tuple[dict[tuple[int, int], int], int]:
    """Risks of a kind in each of the 25 (probability, impact) cells, and how many have no score."""
    mine = [each for each in risks if each.facts.threat == (kind == "threat")]
    scores = [found for each in mine if (found := each.scored(view))]
    return heatmap(scores), len(mine) - len(scores)
