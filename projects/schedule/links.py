"""What links are, and the order they impose."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from graphlib import CycleError as GraphCycle
from graphlib import TopologicalSorter
from typing import Any, TypeVar

Node = TypeVar("Node", bound=Hashable)


class LinkKind(StrEnum):
    """Which end of the giver holds back which end of the receiver."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


class CycleError(ValueError):
    """The links form a circle: `path`, ids from giver to receiver, the first repeated last."""

    def __init__(self, path: Iterable[Any]) -> None:
        self.path = list(path)
        super().__init__("Dependencies form a circle: " + " → ".join(map(str, self.path)))


def ordered(graph: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """Nodes of a graph (node to those before it), each after all before it. Raises CycleError."""
    try:
        return list(TopologicalSorter(graph).static_order())
    except GraphCycle as error:
        raise CycleError(error.args[1]) from None


def find_cycle(edges: Iterable[tuple[Node, Node]]) -> list[Node] | None:
    """A circle among (giver, receiver) pairs, its first id repeated last; None if there is none."""
    givers: dict[Node, list[Node]] = defaultdict(list)
    for giver, receiver in edges:
        givers[receiver].append(giver)
    try:
        ordered(givers)
    except CycleError as cycle:
        return cycle.path
    return None
