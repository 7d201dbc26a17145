"""The verbs of assumptions: they are confirmed or retired, or fail and become something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from pmhub.database.collation import same
from pmhub.models import User
from pmhub.services import add, as_of, check_move, free_code, lock, refuse, save, turn
from programmes.models import Programme
from projects.models import (
    Assumption,
    AssumptionState,
    Issue,
    Project,
    Risk,
    RiskStatus,
    Severity,
)
from projects.models.assumption import PLACES
from projects.queries import open_actions
from projects.services.actions import ActionsOnceHappened, settle_actions
from projects.services.codes import code_beside

TITLE = 200  # characters
NUMBER = "A01"


class FailedAssumption(models.TextChoices):
    """What an assumption that failed becomes."""

    RISK = "risk", _("A risk: it may hurt")
    ISSUE = "issue", _("An issue: it does hurt")


@transaction.atomic
def settle_assumption(
    assumption: Assumption,
    *,
    noun: str,
    settled_on: date | None = None,
    actions: str = "",
    by: User | None,
    **said: Any,
) -> Assumption:
    """Confirm or retire an assumption, after its open actions are settled."""
    check_move(lock(assumption), noun)
    settle_actions(assumption, actions, by=by)
    day = settled_on or as_of(assumption)
    return turn(assumption, noun=noun, settled_on=day, by=by, **said)


@transaction.atomic
def fail_assumption(
    assumption: Assumption,
    *,
    becomes: str,
    programme: Programme | None = None,
    probability: Decimal | None = None,
    severity: str = Severity.HIGH,
    evidence: str = "",
    actions: str = "",
    by: User | None,
) -> Assumption:
    """Record that an assumption has failed, and add the risk or the issue that it becomes: in its
    own project or programme, or, for one of a portfolio, in the `programme`.

    A risk without a probability is a draft, which counts once it is opened. Open actions are
    cancelled, kept or moved to what the assumption becomes.
    """
    check_move(lock(assumption), "failure")
    home = _home(assumption, programme)
    wording = {"title": assumption.text[:TITLE], "owner": assumption.owner}
    made: Risk | Issue
    if becomes == FailedAssumption.RISK:
        made = add(_risk(assumption, home, probability, wording), by=by)
    else:
        made = add(_issue(assumption, home, severity, wording), by=by)
    _settle(assumption, made, actions, by=by)
    assumption.state, assumption.settled_on = AssumptionState.FAILED, as_of(assumption)
    assumption.evidence = evidence or assumption.evidence
    setattr(assumption, becomes, made)
    return save(assumption, "state", "settled_on", "evidence", becomes, by=by)


def next_assumption_code(assumption: Assumption) -> str:
    """Return the code after those of the assumptions in the same place."""
    return code_beside(assumption, PLACES, NUMBER)


def _home(assumption: Assumption, programme: Programme | None) -> Project | Programme:
    """Return the project or programme in which the assumption becomes a risk or an issue."""
    if home := assumption.project or assumption.programme:
        if programme is not None and programme != home:
            refuse("programme", "It becomes one of where it was made: leave this empty.")
        return home
    if programme is None:
        refuse("programme", "Say in which programme it becomes a risk or an issue.")
    if programme.portfolio_id != assumption.portfolio_id:
        refuse("programme", "Choose a programme of the portfolio.")
    return programme


def _risk(
    assumption: Assumption, home: Project | Programme, probability: Any, wording: dict[str, Any]
) -> Risk:
    portfolio = assumption.owner_portfolio.pk
    return Risk(
        **{str(home._meta.model_name): home},
        **wording,
        code=_code(assumption, "R", lambda wish: Risk.taken(wish, portfolio)),
        cause=f"It was assumed: {assumption.text}",
        effect=assumption.impact_if_wrong,
        residual_probability=probability,
        status=RiskStatus.DRAFT if probability is None else RiskStatus.OPEN,
    )


def _issue(
    assumption: Assumption, home: Project | Programme, severity: str, wording: dict[str, Any]
) -> Issue:
    beside = home.issues.all()
    return Issue(
        **{str(home._meta.model_name): home},
        **wording,
        code=_code(assumption, "I", lambda wish: beside.filter(same("code", wish)).exists()),
        severity=severity,
        raised_on=as_of(assumption),
    )


def _code(assumption: Assumption, letter: str, taken: Callable[[str], bool]) -> str:
    return free_code(f"{assumption.code[:14]}-{letter}", taken)


def _settle(assumption: Assumption, made: Risk | Issue, actions: str, *, by: User | None) -> None:
    """Cancel, keep or move the open actions of an assumption, as was answered."""
    if actions == ActionsOnceHappened.MOVE:
        kind = str(made._meta.model_name)
        for action in open_actions(assumption):
            action.assumption = None
            setattr(action, kind, made)
            save(action, "assumption", kind, by=by)
    settle_actions(assumption, actions, by=by)
