"""Setters of issues, actions, assumptions and risks: their owners, beside whoever may write
them."""

from dataclasses import dataclass
from typing import Any

from pmhub.access.setters import Setter, is_theirs


@dataclass(frozen=True, slots=True)
class Answering(Setter):
    """The owner and the actionee of a risk, and people who may write it."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user is one of them, or may write the risk."""
        return is_theirs(user, row, "actionee") or super(Answering, self).allows(user, row)


DOER = Setter("its owner, or whoever may write it", own="owner")
ANSWERS = Answering("its owner, whoever acts on it, or whoever may write it", own="owner")
