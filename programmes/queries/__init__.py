"""Reads: figures from the ledger, and what pages show beside them."""

from programmes.queries.as_of import NoMoment, moment
from programmes.queries.benefits_map import benefits_map
from programmes.queries.benefits_register import BenefitRow, benefits_register
from programmes.queries.bridges import (
    Bridge,
    bridge,
    bridges,
    first_values,
    moved_since,
    unit_of,
)
from programmes.queries.bridges.parts import Part
from programmes.queries.bridges.recent import LATELY, recent_bridge
from programmes.queries.delegated_limits import limit_for
from programmes.queries.evidence import evidence
from programmes.queries.explanations import ExplainedLine, Explanation, explanation
from programmes.queries.exposure import (
    ExposureAhead,
    ExposureMonth,
    exposure_ahead,
    exposure_by_month,
)
from programmes.queries.forecasts import (
    DependencyRow,
    ProjectRow,
    dependency_rows,
    open_forecast,
    oversight_of,
    project_forecast,
    project_rows,
    projects_table,
)
from programmes.queries.freshness import Freshness, freshness_of, pending, tagged, validator
from programmes.queries.governance import (
    confidence_changes,
    counting_overrides,
    last_verified,
    objectives_of,
)
from programmes.queries.ledger import Reading, Rollup, bounds_of, history, rollup, rollups
from programmes.queries.portfolio_changes import (
    PartChange,
    Point,
    PortfolioBridge,
    portfolio_bridge,
    portfolio_bridges,
    portfolio_known_since,
    portfolio_series,
)
from programmes.queries.portfolio_figures import (
    PartFigures,
    PortfolioExplanation,
    PortfolioRollup,
    portfolio_explanation,
    portfolio_rollup,
    portfolio_rollup_at,
)
from programmes.queries.portfolio_recent_bridge import recent_bridge_of_portfolio
from programmes.queries.previews import Preview, newly_broken, preview
from programmes.queries.project_figures import (
    ProjectExplanation,
    ProjectRollup,
    project_explanation,
    project_readings,
    project_rollup,
    project_series,
    project_standing,
)
from programmes.queries.project_figures.bridge import project_bridge, project_moved_since
from programmes.queries.ranges import effects_on_exposure
from programmes.queries.realisation import realisation_series
from programmes.queries.report_drafts import draft_texts
from programmes.queries.reports import (
    ProjectReport,
    ReportFigures,
    causes,
    figures_since,
    last_project_report,
    last_report,
    milestones_ahead,
    project_reports,
    projects_with_forecasts,
    report_figures,
)
from programmes.queries.rule_previews import RulePreview, rule_preview
from programmes.queries.rules import in_force, kinds_that_judge, sets_in_force
from programmes.queries.sources import Source
from programmes.queries.stamps import programme_stamp, project_stamp
from programmes.queries.top_risks import RiskRow, top_risks
from programmes.queries.tracks import chain_of, roadmap, roadmap_and_late
from programmes.queries.whatif.comparison import comparison
from programmes.queries.whatif.scenarios import scenarios_of
from programmes.queries.whatif.verdicts import Verdict, difference

__all__ = [
    "LATELY",
    "BenefitRow",
    "Bridge",
    "DependencyRow",
    "ExplainedLine",
    "Explanation",
    "ExposureAhead",
    "ExposureMonth",
    "Freshness",
    "NoMoment",
    "Part",
    "PartChange",
    "PartFigures",
    "Point",
    "PortfolioBridge",
    "PortfolioExplanation",
    "PortfolioRollup",
    "Preview",
    "ProjectExplanation",
    "ProjectReport",
    "ProjectRollup",
    "ProjectRow",
    "Reading",
    "ReportFigures",
    "RiskRow",
    "Rollup",
    "RulePreview",
    "Source",
    "Verdict",
    "benefits_map",
    "benefits_register",
    "bounds_of",
    "bridge",
    "bridges",
    "causes",
    "chain_of",
    "comparison",
    "confidence_changes",
    "counting_overrides",
    "dependency_rows",
    "difference",
    "draft_texts",
    "effects_on_exposure",
    "evidence",
    "explanation",
    "exposure_ahead",
    "exposure_by_month",
    "figures_since",
    "first_values",
    "freshness_of",
    "history",
    "in_force",
    "kinds_that_judge",
    "last_project_report",
    "last_report",
    "last_verified",
    "limit_for",
    "milestones_ahead",
    "moment",
    "moved_since",
    "newly_broken",
    "objectives_of",
    "open_forecast",
    "oversight_of",
    "pending",
    "portfolio_bridge",
    "portfolio_bridges",
    "portfolio_explanation",
    "portfolio_known_since",
    "portfolio_rollup",
    "portfolio_rollup_at",
    "portfolio_series",
    "preview",
    "programme_stamp",
    "project_bridge",
    "project_explanation",
    "project_forecast",
    "project_moved_since",
    "project_readings",
    "project_reports",
    "project_rollup",
    "project_rows",
    "project_series",
    "project_stamp",
    "project_standing",
    "projects_table",
    "projects_with_forecasts",
    "realisation_series",
    "recent_bridge",
    "recent_bridge_of_portfolio",
    "report_figures",
    "roadmap",
    "roadmap_and_late",
    "rollup",
    "rollups",
    "rule_preview",
    "scenarios_of",
    "sets_in_force",
    "tagged",
    "top_risks",
    "unit_of",
    "validator",
]
