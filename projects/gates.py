"""Gates: who approves a stage, and what votes come to. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pmhub.rules import Entry, Table
from projects.calendar import LEVELS


class Choice(StrEnum):
    """What somebody votes for at a gate, and what the gate decides: from the least strict on."""

    PROCEED = "proceed"
    CONDITIONS = "proceed_with_conditions"
    REPEAT = "repeat"
    STOP = "stop"


PROCEEDING = (Choice.PROCEED, Choice.CONDITIONS)
STRICTNESS = tuple(Choice)


def outcome(votes: Sequence[str]) -> Choice:
    """Return the decision of the votes: the strictest choice for which, or for a stricter one, at
    least half of the votes are; to stop takes more than half. Raises ValueError without a vote."""
    if not votes:
        raise ValueError("Nobody has voted.")
    ranks = [STRICTNESS.index(Choice(vote)) for vote in votes]
    for rank in range(len(STRICTNESS) - 1, 0, -1):
        for_it = 2 * sum(1 for voted in ranks if voted >= rank)
        if for_it > len(ranks) or (for_it == len(ranks) and STRICTNESS[rank] != Choice.STOP):
            return STRICTNESS[rank]
    return Choice.PROCEED


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval of a stage: by the manager of the programme, its board, the PMO, or the board
    and the PMO. With `confirmed`, the PMO judges whether criteria are met. For a project that
    stands alone the executive takes the place of the programme manager, and the portfolio's board
    that of the programme's."""

    manager: bool = False
    board: bool = False
    pmo: bool = False
    confirmed: bool = False


class Approver(StrEnum):
    """Who approves a stage, as a rule names it."""

    MANAGER = "manager"
    MANAGER_CONFIRMED = "manager_confirmed"
    BOARD = "board"
    BOARD_CONFIRMED = "board_confirmed"
    BOARD_AND_PMO = "board_and_pmo"
    PMO = "pmo"

    @property
    def words(self) -> str:
        """The approver as people read it."""
        return WORDS[self]


A = Approver
WORDS = {
    A.MANAGER: "Programme manager",
    A.MANAGER_CONFIRMED: "Programme manager, the PMO confirms criteria",
    A.BOARD: "Programme board",
    A.BOARD_CONFIRMED: "Programme board, the PMO confirms criteria",
    A.BOARD_AND_PMO: "Programme board and PMO",
    A.PMO: "PMO",
}
MEANT = {
    A.MANAGER: Approval(manager=True),
    A.MANAGER_CONFIRMED: Approval(manager=True, confirmed=True),
    A.BOARD: Approval(board=True),
    A.BOARD_CONFIRMED: Approval(board=True, confirmed=True),
    A.BOARD_AND_PMO: Approval(board=True, pmo=True),
    A.PMO: Approval(pmo=True),
}
# By type of PMO, for each level of oversight. A PMO that only advises decides nothing.
UNHELD = (A.MANAGER, A.MANAGER, A.BOARD, A.BOARD)
USUAL = {
    "none": UNHELD,
    "supportive": UNHELD,
    "controlling": (A.MANAGER, A.MANAGER_CONFIRMED, A.BOARD_CONFIRMED, A.BOARD_AND_PMO),
    "directive": (A.PMO, A.PMO, A.BOARD_AND_PMO, A.BOARD_AND_PMO),
}


def _entry(pmo: str, level: str, usual: Approver) -> Entry:
    office = "No PMO" if pmo == "none" else f"{pmo.capitalize()} PMO"
    return Entry(f"{pmo}_{level}", Approver, usual, f"{office}, {level} oversight")


class Approvers(Table):
    """Who approves a stage, by type of PMO and level of oversight."""

    ENTRIES: ClassVar = {
        entry.name: entry
        for pmo, row in USUAL.items()
        for level, usual in zip(LEVELS, row, strict=True)
        for entry in [_entry(pmo, level, usual)]
    }

    def approver(self, pmo_type: str, level: str) -> Approver:
        """Return who approves the stages of a project. Raises KeyError for an unknown type or
        level."""
        approver: Approver = self.named[f"{pmo_type}_{level}"]
        return approver

    def approval(self, pmo_type: str, level: str) -> Approval:
        """Return the approval that the rule of this PMO and level of oversight means."""
        return MEANT[self.approver(pmo_type, level)]
