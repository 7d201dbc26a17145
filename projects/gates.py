"""Gates: who approves a stage, and what votes come to. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Choice(StrEnum):
    """What somebody votes for at a gate, and what the gate decides: from the least strict on."""

    PROCEED = "proceed"
    CONDITIONS = "proceed_with_conditions"
    REPEAT = "repeat"
    STOP = "stop"


PROCEEDING = (Choice.PROCEED, Choice.CONDITIONS)
STRICTNESS = tuple(Choice)


def outcome(votes: Sequence[str]) -> Choice:
    """Return what the votes come to: the strictest choice that at least half of them are for, or
    for a stricter one; stopping takes more than half. Raises ValueError without a vote."""
    if not votes:
        raise ValueError("Nobody has voted.")
    ranks = [STRICTNESS.index(Choice(vote)) for vote in votes]
    for rank in range(len(STRICTNESS) - 1, 0, -1):
        for_it = 2 * sum(1 for each in ranks if each >= rank)
        if for_it > len(ranks) or (for_it == len(ranks) and STRICTNESS[rank] != Choice.STOP):
            return STRICTNESS[rank]
    return Choice.PROCEED


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves a stage: the programme manager, its board, the PMO, or the board and the PMO.
    With `confirmed` it is the PMO that finds criteria met. Of a project that stands alone the
    executive is in the place of the programme manager, the portfolio's board in that of its own."""

    manager: bool = False
    board: bool = False
    pmo: bool = False
    confirmed: bool = False


# Where no PMO has a say: there is none, or it advises.
UNHELD = {
    "light": Approval(manager=True),
    "standard": Approval(manager=True),
    "enhanced": Approval(board=True),
    "intensive": Approval(board=True),
}
# By type of PMO and level of oversight.
APPROVALS: dict[str, dict[str, Approval]] = {
    "none": UNHELD,
    "supportive": UNHELD,
    "controlling": {
        "light": Approval(manager=True),
        "standard": Approval(manager=True, confirmed=True),
        "enhanced": Approval(board=True, confirmed=True),
        "intensive": Approval(board=True, pmo=True),
    },
    "directive": {
        "light": Approval(pmo=True),
        "standard": Approval(pmo=True),
        "enhanced": Approval(board=True, pmo=True),
        "intensive": Approval(board=True, pmo=True),
    },
}
