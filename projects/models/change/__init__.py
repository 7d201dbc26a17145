"""Change requests, by which approved plans change."""

from projects.models.change.request import ChangeKind, ChangeRequest, Funding
from projects.models.change.states import ChangeChoice, ChangeState
from projects.models.change.vote import ChangeVote

__all__ = [
    "ChangeChoice",
    "ChangeKind",
    "ChangeRequest",
    "ChangeState",
    "ChangeVote",
    "Funding",
]
