"""Actions of a source that ends, such as a risk, an issue or an assumption: what becomes of the
open ones."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pmhub.database.history import because
from pmhub.models import User
from pmhub.services import Conflict, check_move, lock, save, turn
from projects.models import Action, Issue
from projects.queries import open_actions


class RemainingActions(models.TextChoices):
    """What becomes of the actions that are still to be done."""

    CANCEL = "cancel", _("Cancel them")
    KEEP = "keep", _("Keep them: they are still to be done")


class ActionsOnceHappened(models.TextChoices):
    """What becomes of them when a risk has happened."""

    CANCEL = "cancel", _("Cancel them")
    KEEP = "keep", _("Keep them with the risk")
    MOVE = "move", _("Move them to the issue")


def settle_actions(
    source: Any, answer: str, *, rows: QuerySet[Action] | None = None, by: User | None
) -> None:
    """Cancel or keep, as `answer` says, the open actions of a source that ends, or these `rows`.
    Raises Conflict with their names where there are any and no answer was given."""
    own = (
        open_actions(source) if rows is None else rows.select_for_update(of=("self",), no_key=True)
    )
    actions = list(own)
    if actions and not answer:
        raise unanswered_conflict(actions)
    if answer == RemainingActions.CANCEL:
        with because(f"{source} is no longer open."):
            for action in actions:
                turn(action, noun="cancellation", by=by)


def unanswered_conflict(actions: list[Action]) -> Conflict:
    """Return the conflict that names the open actions for which there is no answer."""
    names = "; ".join(action.title for action in actions)
    count = "an open action" if len(actions) == 1 else f"{len(actions)} open actions"
    text = f"It has {count}: {names}. Say whether to cancel or to keep them."
    listed = [
        {"id": action.pk, "title": action.title, "due_on": action.due_on} for action in actions
    ]
    return Conflict(
        {"actions": [ValidationError(text, code="open_actions")]},
        kind="unsettled",
        unanswered={"actions": listed},
    )


def move_actions(source: Any, issue: Issue, *, by: User | None) -> None:
    """Move the open actions of a risk to the issue that it became."""
    for action in open_actions(source):
        action.risk, action.issue = None, issue
        save(action, "risk", "issue", by=by)


@transaction.atomic
def end(row: Any, *, noun: str, actions: str = "", by: User | None, **fields: Any) -> Any:
    """End a source of actions by a move of its life cycle, after its open actions are settled."""
    check_move(lock(row), noun)
    settle_actions(row, actions, by=by)
    return turn(row, noun=noun, by=by, **fields)
