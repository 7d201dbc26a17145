"""What a programme's facts leave open: exposure, finish and outturn simulated, the risk matrix.

Pure: seeded from the facts and the engine's version, so that the same facts give the same answer.
Each part of `Study` is worked out when it is first asked for. The percentiles are declared in
`projects/simulation/percentiles.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from programmes.rollup.benefit_lines import exclusion_reason
from programmes.rollup.compute import ENGINE_VERSION
from programmes.rollup.facts import Facts, ProgrammeFacts, ProjectFacts, digest_of
from programmes.rollup.ranges.costs import CostRange, Spender, cost_range, spenders
from programmes.rollup.ranges.finishes import Finishes, finishes
from programmes.rollup.risk_facts import RiskFacts
from programmes.rollup.risk_matrix import KINDS, VIEWS, Matrix, ScoredRisk
from projects.risk import Impact, Score, expected_value, heatmap, score
from projects.schedule import CycleError, Link, Work
from projects.simulation import (
    Delay,
    Prospect,
    Range,
    Sensitivity,
    Tornado,
    Uncertainty,
    exposure,
    finish_range,
    outturn,
    sensitivity,
    tornado,
)

ZERO = Decimal(0)
INDEPENDENT = ZERO  # the loading at which risks are independent, as figures take them
CIRCLE, NO_DATES = "circle_of_dependencies", "no_dates"  # why finishes cannot be told
MOST_RISKS = 25  # that are listed


@dataclass(frozen=True)
class Study:
    """What the facts of one programme leave open, each part worked out once."""

    facts: Facts
    programme: ProgrammeFacts

    @property
    def projects(self) -> dict[int, ProjectFacts]:
        """The programme's projects by id."""
        return {project.id: project for project in self.facts.projects}

    @property
    def loading(self) -> Decimal:
        """Return how strongly risks follow a shared cause, as the portfolio sets it."""
        return self.programme.portfolio.thresholds.risk_cause_loading

    @property
    def loadings(self) -> Mapping[str, Decimal]:
        """Return by cause the loadings that differ from the portfolio's; none where the portfolio
        takes risks as independent."""
        if not self.loading:
            return {}
        of_categories = self.programme.portfolio.categories.loadings
        return {cause: value for cause, value in of_categories.items() if value != self.loading}

    @property
    def as_of(self) -> date:
        """The status date."""
        return self.programme.portfolio.as_of

    @cached_property
    def risks(self) -> list[RiskFacts]:
        """The risks that count, by code."""
        return [risk for risk in self.programme.risks if risk.counted]

    @property
    def counted(self) -> int:
        """Return how many risks count."""
        return len(self.risks)

    @cached_property
    def uncounted(self) -> tuple[tuple[str, int], ...]:
        """Return each reason for which risks do not count, with the number of risks."""
        counts = Counter(risk.reason for risk in self.programme.risks if not risk.counted)
        return tuple(sorted(counts.items()))

    @cached_property
    def causes(self) -> tuple[tuple[str, int], ...]:
        """Return each cause that several counted risks share, with the number of these risks."""
        counts = Counter(risk.estimate.cause for risk in self.risks)
        return tuple((cause, n) for cause, n in sorted(counts.items()) if cause and n > 1)

    @cached_property
    def owners(self) -> dict[int | None, str]:
        """Return the codes of the projects by id, and that of the programme by None."""
        return {None: self.programme.code} | {
            project.id: project.code for project in self.facts.projects
        }

    # Simulations

    @cached_property
    def exposure(self) -> Range:
        """The exposure with shared causes; where there are none, that of independent risks."""
        if not self.causes:
            return self.independent
        return self.exposure_at(self.loading)

    @cached_property
    def independent(self) -> Range:
        """Return the exposure of independent risks, which the stored figures and the tornado
        use."""
        return self.tornado.total

    @cached_property
    def tornado(self) -> Tornado:
        """Return what each risk and each project does to the exposure of independent risks."""
        return self.tornado_at(INDEPENDENT)

    @property
    def named(self) -> dict[str, int]:
        """The ids of the risks that the tornado names, by code."""
        return self.risks_in(self.tornado)

    @property
    def owning(self) -> dict[str, int]:
        """The ids of the projects that the tornado names, by code."""
        return self.projects_in(self.tornado)

    def risks_in(self, tornado: Tornado) -> dict[str, int]:
        """The ids of the risks that a tornado names, by code."""
        ids = {risk.code: risk.id for risk in self.risks}
        return {risk.code: ids[risk.code] for risk in tornado.risks}

    def projects_in(self, tornado: Tornado) -> dict[str, int]:
        """The ids of the projects that a tornado names, by code."""
        ids = {project.code: project.id for project in self.facts.projects}
        return {owner.code: ids[owner.code] for owner in tornado.owners if owner.code in ids}

    def exposure_at(self, loading: Decimal) -> Range:
        """Return the exposure at a loading. All causes have this loading; at the portfolio's own,
        categories may have theirs."""
        return exposure(
            [risk.impact for risk in self._uncertain],
            [risk.cause for risk in self._uncertain],
            **self._seeded,
            loading=loading,
            loadings=self._loadings_at(loading),
        )

    def _loadings_at(self, loading: Decimal) -> Mapping[str, Decimal]:
        return self.loadings if loading == self.loading else {}

    def tornado_at(self, loading: Decimal) -> Tornado:
        """Return what each risk and each project does to the exposure at a loading."""
        return tornado(
            self._uncertain,
            **self._seeded,
            loading=loading,
            loadings=self._loadings_at(loading),
        )

    @property
    def _seeded(self) -> dict[str, Any]:
        return {
            "scope": ("programme", self.programme.id),
            "as_of": self.as_of,
            "engine": ENGINE_VERSION,
        }

    @cached_property
    def _uncertain(self) -> list[Uncertainty]:
        return [
            Uncertainty(risk.code, self.owners[risk.project], risk.impact, risk.estimate.cause)
            for risk in self.risks
            if risk.impact
        ]

    @cached_property
    def _delays(self) -> tuple[list[Delay], tuple[str, ...]]:
        """Return the counted threats in days, with the projects that they delay; and the codes of
        the programme's threats that delay no project.

        A risk of the programme delays the projects whose own risks were escalated or aggregated to
        it.
        """
        children: dict[int, set[int]] = defaultdict(set)
        for risk in self.programme.risks:
            if risk.estimate.parent and risk.project:
                children[risk.estimate.parent].add(risk.project)
        delays, nowhere = [], []
        for risk in self.risks:
            days = risk.estimate.delay
            if not risk.threat or days is None:
                continue
            projects = (risk.project,) if risk.project else tuple(sorted(children[risk.id]))
            if projects:
                delays.append(Delay(projects, days, risk.estimate.cause))
            else:
                nowhere.append(risk.code)
        return delays, tuple(nowhere)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Codes of the programme's threats in days that delay no project in particular."""
        return self._delays[1]

    @cached_property
    def finish(self) -> Finishes | str:
        """Return when the programme and its projects finish, or the code of the reason why that
        cannot be said."""
        seeded = {**self._seeded, "loading": self.loading, "loadings": self.loadings}
        try:
            finish = finish_range(*self.network, self._delays[0], self.facts.settled, **seeded)
        except CycleError:
            return CIRCLE
        return finishes(finish, self.projects) if finish else NO_DATES

    @cached_property
    def sensitivity(self) -> Sensitivity | str:
        """Return what the programme's finish hangs on, or the code of the reason why that cannot be
        said."""
        try:
            return sensitivity(*self.network, self.facts.settled) or NO_DATES
        except CycleError:
            return CIRCLE

    @property
    def network(self) -> tuple[list[Work], list[Link]]:
        """Return the projects, and the dependencies that they wait for."""
        projects = self.facts.projects
        links = [link for project in projects for link in project.dependencies]
        return [project.work for project in projects], links

    @cached_property
    def outturn(self) -> Range:
        """Return the simulated outturn of the benefits that count."""
        return outturn(self._prospects, **self._seeded)

    @cached_property
    def _prospects(self) -> list[Prospect]:
        return [
            Prospect(
                benefit.figures.actual_to_date,
                benefit.figures.remaining,
                benefit.confidence,
                benefit.bounds,
            )
            for benefit in self.programme.benefits
            if benefit.figures and not exclusion_reason(benefit)
        ]

    @cached_property
    def cost(self) -> CostRange | None:
        """Return the simulated cost of the programme, of its projects and its own lines; None where
        none of these gives bounds."""
        if not self._told_of_costs:
            return None
        total = outturn([who.cost for who in self._spenders], **self._seeded)
        return cost_range(total, self._spenders)

    @cached_property
    def _spenders(self) -> list[Spender]:
        return [*spenders(self.facts.projects, self.programme)]

    # The register and the matrix

    @cached_property
    def register(self) -> tuple[ScoredRisk, ...]:
        """The counted risks, the highest expected cost first and ties by code."""
        scored = [self._scored(risk) for risk in self.risks]
        return tuple(sorted(scored, key=lambda risk: (-risk.expected, risk.code)))

    @property
    def top(self) -> tuple[ScoredRisk, ...]:
        """Return the first `MOST_RISKS` of the register."""
        return self.register[:MOST_RISKS]

    @cached_property
    def matrices(self) -> tuple[Matrix, ...]:
        """Return a matrix for each kind of risk (threat, opportunity) in each view (inherent,
        residual)."""
        return tuple(self._matrix(kind, view) for kind in KINDS for view in VIEWS)

    def _matrix(self, kind: str, view: str) -> Matrix:
        mine = [risk for risk in self.register if risk.threat == (kind == "threat")]
        scores = [score for risk in mine if (score := risk.scored(view))]
        return Matrix(kind, view, tuple(heatmap(scores).values()), len(mine) - len(scores))

    def _scored(self, risk: RiskFacts) -> ScoredRisk:
        assert risk.impact  # noqa: S101  # a counted risk is estimated
        before, sign = risk.estimate.inherent_impact, 1 if risk.threat else -1
        days, benefit = risk.estimate.inherent_days, risk.benefit_percent
        # Not estimated before the response, days are at least those that are left after it.
        days = risk.days if days is None else days
        return ScoredRisk(
            id=risk.id,
            code=risk.code,
            owner=self.owners[risk.project],
            project=risk.project,
            threat=risk.threat,
            category=risk.estimate.category,
            probability=risk.impact.probability,
            most_likely=risk.impact.most_likely,
            expected=expected_value(risk.impact),
            inherent_expected=None if before is None else sign * expected_value(before),
            inherent=None if before is None else self._score(before, days, benefit, risk.project),
            residual=self._score(risk.impact, risk.days, benefit, risk.project),
            proximity=risk.proximity,
        )

    def _score(
        self, impact: Impact, days: int | None, benefit: Decimal | None, project: int | None
    ) -> Score:
        budget, duration = self._base(project)
        bands = self.programme.portfolio.bands
        return score(
            impact.probability, impact.most_likely, budget, days, duration, benefit, bands=bands
        )

    def _base(self, project: int | None) -> tuple[Decimal | None, int | None]:
        """Return the budget and the days against which the impact of a risk is scored: those of its
        project, or else of the whole programme."""
        return self._bases[project] if project else self._whole

    @cached_property
    def _bases(self) -> dict[int, tuple[Decimal | None, int | None]]:
        return {
            project.id: (project.approved, project.baseline_days) for project in self.facts.projects
        }

    @cached_property
    def _whole(self) -> tuple[Decimal, int | None]:
        """Return the base for risks of the programme itself: the sum of its budgets, and the days
        from the first baseline start to the last baseline finish."""
        approved = sum((project.budget or ZERO for project in self.facts.projects), ZERO)
        approved += sum((line.approved for line in self.programme.lines), ZERO)
        plans = [project.baseline for project in self.facts.projects if project.baseline]
        if not plans:
            return approved, None
        return approved, (max(p.finish for p in plans) - min(p.start for p in plans)).days

    # The digest

    @property
    def digest(self) -> str:
        """Return a digest of all from which the parts are worked out: while it stays the same, so
        do they."""
        return digest_of(
            ENGINE_VERSION,
            self.programme.id,
            self.programme.code,
            self.as_of,
            self.loading,
            self.loadings,
            self.programme.portfolio.bands.named,
            self._whole,
            [project.digest for project in self.facts.projects],
            [(id, timeline.as_json()) for id, timeline in sorted(self.facts.settled.items())],
            [risk for risk in self.programme.risks if risk.project is None],
            self._prospects,
            *self._told_of_costs,
        )

    @property
    def _told_of_costs(self) -> list[Spender]:
        """Return the facts behind the range of costs; empty where there is no such range, so that
        new costs do not change the digest."""
        return self._spenders if any(who.cost.bounds for who in self._spenders) else []
