"""The verbs of risks: raising one to the programme and back, closing it, and turning it into an
issue.

A threat is counted at one level only: while it is escalated its parent counts and it does not.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from pmhub.database.collation import same
from pmhub.database.priced import RISKS
from pmhub.models import User
from pmhub.services import (
    add,
    check_days,
    check_move,
    follow,
    free_code,
    lock,
    refuse,
    refuse_state,
    save,
)
from pmhub.text import in_order
from programmes.models import Programme
from projects.models import Issue, Risk, RiskKind, RiskStatus, Severity
from projects.models.issue import IssueKind
from projects.services.actions import ActionsOnceHappened, move_actions, settle_actions

ESTIMATES = [
    f"{view}_{figure}"
    for view in ("inherent", "residual", "target")
    for figure in (
        "probability", "cost_min", "cost_most_likely", "cost_max",
        "days_min", "days_most_likely", "days_max",
    )
]  # fmt: skip
WORDS = [
    "title", "cause", "event", "effect", "category", "kind", "response", "proximity_on",
    "benefit_effect_percent", "foreign_currency", *RISKS.foreign,
]  # fmt: skip


@transaction.atomic
def escalate_risk(risk: Risk, *, to: Risk | None = None, by: User | None) -> Risk:
    """Escalate a project's risk to its programme: to one of the programme's risks, or to a new
    copy. The user follows it from then on."""
    lock(risk)
    programme = risk.above
    if programme is None:
        refuse("project", "Only a risk of a project in a programme can be escalated.")
    check_move(risk, "escalation")
    if to is None:
        to = _risk_of_programme(risk, programme, by=by)
    else:
        check_parent("escalated_to", lock(to), risk)
    risk.status, risk.escalated_to = RiskStatus.ESCALATED, to
    follow(risk, by)
    return save(risk, "status", "escalated_to", by=by)


def _risk_of_programme(risk: Risk, programme: Programme, *, by: User | None) -> Risk:
    copied = {name: getattr(risk, name) for name in [*WORDS, *ESTIMATES]}
    code = free_code(f"{risk.code[:14]}-P", lambda wish: Risk.taken(wish, programme.portfolio_id))
    return add(
        Risk(programme=programme, code=code, owner=programme.programme_manager, **copied), by=by
    )


def check_parent(field: str, parent: Risk, risk: Risk) -> None:
    """Refuse, at a field, a parent that cannot count the risk: it must be an open risk of the same
    kind in its programme."""
    programme = risk.above
    if programme is None:
        refuse(field, "Only a risk of a project in a programme is counted by another.")
    if parent.programme_id != programme.pk:
        refuse(field, f"Choose a risk of the programme {programme.code}.")
    if parent.status != RiskStatus.OPEN:
        refuse(field, "Choose an open risk.")
    if parent.kind != risk.kind:
        refuse(field, "Choose a threat for a threat, an opportunity for an opportunity.")


@transaction.atomic
def aggregate_risk(risk: Risk, *, into: Risk, by: User | None) -> Risk:
    """Count a project's risk in one of its programme's risks, which stands for several."""
    check_parent("aggregated_into", lock(into), lock(risk))
    risk.aggregated_into = into
    return save(risk, "aggregated_into", by=by)


@transaction.atomic
def separate_risk(risk: Risk, *, by: User | None) -> Risk:
    """Count an aggregated risk by itself again."""
    lock(risk).aggregated_into = None
    return save(risk, "aggregated_into", by=by)


@transaction.atomic
def return_risk(risk: Risk, *, actions: str = "", by: User | None) -> Risk:
    """Give an escalated risk back to its project.

    The programme's risk closes with its last child: open, it would count the same threat again.
    `actions` says what becomes of the open actions of that parent.
    """
    parent = lock(risk).escalated_to
    check_move(risk, "return")
    risk.status, risk.escalated_to = RiskStatus.OPEN, None
    save(risk, "status", "escalated_to", by=by)
    if parent and lock(parent).status == RiskStatus.OPEN and not _children(parent):
        settle_actions(parent, actions, by=by)
        parent.status = RiskStatus.CLOSED
        save(parent, "status", by=by)
    return risk


def _children(parent: Risk) -> list[str]:
    """Return the codes of the risks that are counted in this one."""
    escalated = parent.escalated_from.filter(status=RiskStatus.ESCALATED)
    rows = escalated.union(parent.aggregated_from.filter(status=RiskStatus.OPEN))
    return sorted(rows.values_list("code", flat=True), key=in_order)


@transaction.atomic
def close_risk(risk: Risk, *, actions: str = "", by: User | None) -> Risk:
    """Close a risk that can no longer happen; `actions` says what becomes of its open actions."""
    lock(risk)
    check_move(risk, "closure")
    if children := _children(risk):
        # If it closed before its children, nothing would count their threat.
        refuse_state("status", f"Return the risks counted in it first: {', '.join(children)}.")
    settle_actions(risk, actions, by=by)
    risk.status = RiskStatus.CLOSED
    return save(risk, "status", by=by)


@transaction.atomic
def transfer_risk(risk: Risk, *, by: User | None) -> Risk:
    """Transfer a project's risk to its programme, since it outlives the project."""
    project = lock(risk).project
    programme = project.programme if project else None
    if programme is None:
        refuse("project", "Only a risk of a project in a programme can be transferred to it.")
    if risk.status not in (RiskStatus.DRAFT, RiskStatus.OPEN):
        refuse("status", "Only an open risk can be transferred.")
    risk.project, risk.programme = None, programme
    return save(risk, "project", "programme", by=by)


@transaction.atomic
def materialise_risk(
    risk: Risk,
    *,
    severity: str = Severity.HIGH,
    raised_on: date | None = None,
    due_on: date | None = None,
    actions: str = "",
    by: User | None,
) -> Issue:
    """Record that a threat has happened: it is an issue now and no longer counted as a risk. Its
    open actions are cancelled, kept or moved to the issue, as `actions` says."""
    lock(risk)
    check_move(risk, "materialisation")
    if risk.kind != RiskKind.THREAT:
        refuse("kind", "Only a threat turns into an issue.")
    if _children(risk):
        refuse_state("status", "It stands for risks of projects: return these first.")
    beside = Issue.objects.filter(programme=risk.programme_id, project=risk.project_id)
    issue = Issue(
        programme=risk.programme,
        project=risk.project,
        code=free_code(
            f"{risk.code[:14]}-I", lambda wish: beside.filter(same("code", wish)).exists()
        ),
        title=risk.title,
        kind=IssueKind.FROM_RISK,
        severity=severity,
        raised_on=raised_on or timezone.localdate(),
        due_on=due_on,
        owner=risk.owner,
        from_risk=risk,
    )
    check_days(issue, ["raised_on"])
    add(issue, by=by)
    if actions == ActionsOnceHappened.MOVE:
        move_actions(risk, issue, by=by)
    settle_actions(risk, actions, by=by)
    risk.status = RiskStatus.MATERIALISED
    save(risk, "status", by=by)
    return issue
