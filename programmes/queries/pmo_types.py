"""What another type of PMO would change: who approves the stages of which projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from pmhub.database.collation import InOrder
from programmes.models import Portfolio
from programmes.models.portfolio import PmoType
from programmes.queries.forecasts import WATCHED, oversight_of
from projects.gates import Approvers
from projects.models import LIVE, Gate, GateState, Project
from projects.oversight import LEVELS
from projects.queries.portfolios import of_portfolio


@dataclass(frozen=True, slots=True)
class MovedApproval:
    """A project whose next stage others would approve: who does now, and who would."""

    project: Project
    level: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PmoTypePreview:
    """What another type of PMO would change in a portfolio: the projects in sight whose stages
    others would approve, and the open gates, whose approvers stay."""

    kind: PmoType
    moved: Sequence[MovedApproval]
    open_gates: Sequence[Gate]


def approvals(portfolio: Portfolio, kind: str) -> list[tuple[str, str]]:
    """Return who approves a stage under a type of PMO, by each level of oversight."""
    rules = portfolio.rules_of(Approvers)
    return [(level, rules.approver(kind, level).words) for level in LEVELS]


def approver_words(project: Project, approvers: Approvers, kind: str, level: str) -> str:
    """Return who approves the stages of a project, in words; for a standalone project the executive
    and the board of the portfolio take the place of the programme's."""
    words = approvers.approver(kind, level).words
    if project.programme_id is None:
        words = words.replace("Programme manager", "Executive").replace("Programme", "Portfolio")
    return words


def pmo_type_preview(portfolio: Portfolio, kind: PmoType, user: object) -> PmoTypePreview:
    """Return what a type of PMO would change in a portfolio. Nothing is locked or written."""
    rows = Project.objects.visible_to(user).filter(of_portfolio(portfolio), status__in=LIVE)
    approvers = portfolio.rules_of(Approvers)
    moved = []
    for project in rows.select_related(*WATCHED).order_by(InOrder("code"), "pk"):
        level = oversight_of(project)
        before, after = (
            approver_words(project, approvers, pmo, level) for pmo in (portfolio.pmo_type, kind)
        )
        if before != after:
            moved.append(MovedApproval(project, level, before, after))
    gates = Gate.objects.visible_to(user).filter(
        Q(project__in=rows.order_by().values("pk")), state=GateState.OPEN
    )
    ordered = gates.select_related("project").order_by(
        InOrder("project__code"), InOrder("code"), "pk"
    )
    return PmoTypePreview(kind, moved, list(ordered))
