"""Dependencies as the schedule sees them, and the order that they impose."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from graphlib import CycleError as GraphCycle
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from projects.schedule.events import FINISH, START, EventName

Node = TypeVar("Node", bound=Hashable)


class LinkKind(StrEnum):
    """Which end of the giver holds back which end of the receiver."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


# The columns of a dependency that the schedule needs, relations as ids.
COLUMNS = (
    "id", "code", "giver", "receiver", "kind", "lag_days", "giver_milestone",
    "receiver_milestone", "need_by", "forecast_on", "delivered_on", "accepted_on", "status",
    "drives_schedule", "hardness",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A dependency as it is declared; `giver` None is an outside party."""

    id: int
    code: str
    giver: int | None
    receiver: int
    kind: LinkKind = LinkKind.FS
    lag_days: int = 0
    giver_milestone: int | None = None
    receiver_milestone: int | None = None
    need_by: date | None = None
    forecast_on: date | None = None
    delivered_on: date | None = None
    accepted_on: date | None = None
    status: str = "agreed"
    drives_schedule: bool = True
    hardness: str = "hard"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Link":
        """Return the link of a row that has the columns `COLUMNS`, perhaps among others."""
        return cls(**{name: row[name] for name in COLUMNS} | {"kind": LinkKind(row["kind"])})

    @property
    def hard(self) -> bool:
        """Return whether the receiver cannot work around it."""
        return self.hardness == "hard"

    @property
    def drives(self) -> bool:
        """Return whether it can move its receiver."""
        return self.drives_schedule and self.status != "withdrawn"

    @property
    def accepted(self) -> bool:
        """Return whether the receiver has what it needed."""
        return self.status == "accepted"

    @property
    def given(self) -> bool:
        """Return whether it has been delivered; a rejected delivery is none."""
        return self.status in ("delivered", "accepted")

    @property
    def agreed(self) -> bool:
        """Return whether both sides have committed to it."""
        return self.status in ("agreed", "delivered", "accepted")

    @property
    def open(self) -> bool:
        """Return whether something is still owed."""
        return self.status not in ("accepted", "withdrawn")

    @property
    def given_on(self) -> date | None:
        """The day of the delivery."""
        return self.delivered_on or self.accepted_on or self.forecast_on

    @property
    def gives(self) -> EventName | None:
        """The event of the giver that the dependency follows; None where the giver has promised a
        day instead."""
        if self.giver_milestone is not None:
            return self.giver_milestone
        if self.forecast_on is not None:
            return None
        return START if self.kind in (LinkKind.SS, LinkKind.SF) else FINISH

    def lands_on(self, cancelled: Iterable[int]) -> EventName:
        """Return the event of the receiver that waits for the dependency; `cancelled` are the
        receiver's cancelled milestones."""
        if self.receiver_milestone is not None and self.receiver_milestone not in cancelled:
            return self.receiver_milestone
        return START if self.kind in (LinkKind.FS, LinkKind.SS) else FINISH


class CycleError(ValueError):
    """The links form a circle: `path`, from giver to receiver, the first repeated last."""

    def __init__(self, path: Iterable[Any]) -> None:
        self.path = list(path)
        super().__init__("Dependencies form a circle: " + " → ".join(map(str, self.path)))


def ordered(graph: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """Return the nodes of a graph, which maps each node to those before it, each after all before
    it. Raises CycleError."""
    try:
        return list(TopologicalSorter(graph).static_order())
    except GraphCycle as error:
        raise CycleError(error.args[1]) from None
