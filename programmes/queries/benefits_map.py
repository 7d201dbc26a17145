"""The benefits map of a programme: from outputs over outcomes to benefits and objectives, with the
links that are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitLevel,
    BenefitLink,
)
from benefits.models.states import GIVEN_UP
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database import past
from pmhub.database.cached_reads import CachedReads
from pmhub.database.statements import ID, IDS, Rows
from programmes.models import Outcome, Programme, StrategicObjective
from projects.models import Output, ProjectStatus
from projects.models.states import OutputState

COLUMNS = ("output", "outcome", "intermediate", "end", "objective")
UNCONTRIBUTED = "no_project_contributes"  # what a benefit lacks, which is off no way for that
COLLECTIONS = {
    "output": "outputs",
    "outcome": "outcomes",
    "benefit": "benefits",
    "objective": "objectives",
}
# The columns that are read of each kind: what the map shows. The others change more often.
SHOWN = ("code", "title")
OF_OUTPUT = (*SHOWN, "state", "project__code")
OF_BENEFIT = (*SHOWN, "level", "status", "objective", "programme", "measure", "unit")
Key = tuple[str, int]  # a kind of record and its id


def _outputs() -> QuerySet[Output]:
    """Return those of the programme's projects, and those that a link of it names."""
    linked = BenefitLink.objects.filter(programme_id=ID, from_output__isnull=False)
    return (
        Output.objects.filter(Q(project__programme_id=ID) | Q(pk__in=linked.values("from_output")))
        .exclude(state="descoped")
        .exclude(project__status=ProjectStatus.TERMINATED)
    )


OUTPUTS = Rows(lambda: _outputs().order_by().values_list("pk", flat=True))
SEEN_OUTPUTS = ScopedRows(
    lambda reader: (
        _outputs()
        .filter(pk__in=Output.objects.visible_to(reader))
        .select_related("project")
        .only(*OF_OUTPUT)
    )
)
BENEFITS = Rows(
    lambda: Benefit.objects.filter(programme_id=ID).exclude(status__in=GIVEN_UP).only(*OF_BENEFIT)
)
SERVED = Rows(
    lambda: (
        Benefit.objectives.through.objects.filter(benefit__programme_id=ID)
        .order_by()
        .values_list("benefit", "strategicobjective")
    )
)
OUTCOMES = Rows(lambda: Outcome.objects.filter(programme_id=ID).only(*SHOWN, "state"))
OBJECTIVES = ScopedRows(
    lambda reader: (
        StrategicObjective.objects.visible_to(reader)
        .filter(Q(programmes=ID) | Q(pk__in=[IDS]))
        .only(*SHOWN, "status")
        .distinct()
    )
)
LINKS = Rows(
    lambda: BenefitLink.objects.filter(programme_id=ID).values_list(
        "from_output", "from_outcome", "from_benefit", "to_outcome", "to_benefit"
    )
)
MOST, SIZE = 4_000_000, 3000  # bytes that a process keeps of maps; of a node, about

_cache = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class Node:
    """A record on the map. `flags` say which link to it or from it is missing; `home` is the
    project of an output."""

    column: str
    record: Any
    state: str
    flags: Sequence[str] = ()
    home: Any = None

    @property
    def key(self) -> Key:
        """Return its kind and id."""
        return _kind(self.column), self.record.pk

    @property
    def address(self) -> str:
        """Return the address of its page."""
        return f"/{COLLECTIONS[_kind(self.column)]}/{self.record.pk}/"


@dataclass(frozen=True, slots=True)
class BenefitsMap:
    """Nodes in the order of columns and codes, the links between them, and how many outputs are
    left out because the reader may not see their projects."""

    nodes: Sequence[Node]
    links: Sequence[tuple[Key, Key]]
    hidden: int


def benefits_map(programme: Programme, user: Any) -> BenefitsMap:
    """Return the map as this reader may see it, without withdrawn and superseded benefits, descoped
    outputs and outputs of terminated projects. It is cached for all readers with the same rights,
    until something on it is touched."""
    if past.is_past() or not isinstance(user, Reader):
        return _read(programme, user)
    key = programme.pk, programme.portfolio_id, user.key
    return _cache("map", key, lambda: _read(programme, user), lambda drawn: SIZE * len(drawn.nodes))


def _read(programme: Programme, user: Any) -> BenefitsMap:
    """Seven queries."""
    id = programme.pk
    visible = SEEN_OUTPUTS(user, id=id)
    hidden = {*OUTPUTS(id=id)} - {output.pk for output in visible}
    benefits = BENEFITS(id=id)
    served = _served(benefits, SERVED(id=id))
    objectives = OBJECTIVES(user, sorted({target for _, (_, target) in served}), id=id)
    nodes = [
        *(Node("output", output, output.state, home=output.project) for output in visible),
        *(Node("outcome", outcome, outcome.state) for outcome in OUTCOMES(id=id)),
        *(Node(benefit.level, benefit, benefit.status) for benefit in benefits),
        *(Node("objective", objective, objective.status) for objective in objectives),
    ]
    keys = {node.key for node in nodes} | {("output", id) for id in hidden}
    every = [link for link in (*_links(programme), *served) if link[0] in keys and link[1] in keys]
    ranked = sorted(nodes, key=lambda node: (COLUMNS.index(node.column), *_order(node)))
    return BenefitsMap(
        nodes=_flagged(ranked, every),
        links=[link for link in every if link[0] not in {("output", id) for id in hidden}],
        hidden=len(hidden),
    )


def _kind(column: str) -> str:
    return "benefit" if column in ("intermediate", "end") else column


def _order(node: Node) -> tuple[str, str]:
    return (node.home.code if node.home else "", node.record.code)


def _served(
    benefits: Iterable[Benefit], others: Iterable[tuple[int, int]]
) -> list[tuple[Key, Key]]:
    """Return which objectives end benefits serve: the one they are shown under, and the others."""
    also: dict[int, set[int]] = defaultdict(set)
    for benefit, objective in others:
        also[benefit].add(objective)
    links: list[tuple[Key, Key]] = []
    for row in benefits:
        served = also[row.pk] | {*filter(None, [row.objective_id])}
        if row.level == BenefitLevel.END:
            links += [(("benefit", row.pk), ("objective", id)) for id in sorted(served)]
    return links


def _links(programme: Programme) -> list[tuple[Key, Key]]:
    return [
        (
            _end(zip(("output", "outcome", "benefit"), ends[:3], strict=True)),
            _end(zip(("outcome", "benefit"), ends[3:], strict=True)),
        )
        for ends in LINKS(id=programme.pk)
    ]


def _end(ends: Iterable[tuple[str, int | None]]) -> Key:
    return next((kind, id) for kind, id in ends if id is not None)


def gaps(drawn: BenefitsMap) -> dict[str, list[Node]]:
    """Return the nodes with a missing link, by flag; and the benefits to which no project
    contributes, by `UNCONTRIBUTED`."""
    missing: dict[str, list[Node]] = defaultdict(list)
    for node in drawn.nodes:
        for flag in node.flags:
            missing[flag].append(node)
    if uncontributed := _uncontributed(drawn):
        missing[UNCONTRIBUTED] = uncontributed
    return missing


def _uncontributed(drawn: BenefitsMap) -> list[Node]:
    benefits = [node for node in drawn.nodes if node.key[0] == "benefit"]
    ids = [node.record.pk for node in benefits]
    covered = set(
        BenefitContribution.objects.filter(benefit__in=ids).values_list("benefit", flat=True)
    )
    return [node for node in benefits if node.record.pk not in covered]


def overlaps(
    drawn: BenefitsMap,
) -> tuple[list[tuple[tuple[str, str], list[Node]]], list[tuple[Node, Any]]]:
    """Return what may be counted twice: end benefits of one measure and unit, as ((measure, unit),
    nodes), and benefits whose weights are over 1, with their sum."""
    benefits = [node for node in drawn.nodes if node.key[0] == "benefit"]
    alike: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in benefits:
        measure = " ".join(node.record.measure.casefold().split())
        if measure and node.column == "end":
            alike[measure, node.record.unit].append(node)
    sums = dict(
        BenefitContribution.objects.filter(benefit__in=[node.record.pk for node in benefits])
        .values_list("benefit")
        .annotate(Sum("weight"))
    )
    return (
        [(title, nodes) for title, nodes in alike.items() if len(nodes) > 1],
        [(node, sums[node.record.pk]) for node in benefits if sums.get(node.record.pk, 0) > 1],
    )


def capabilities(drawn: BenefitsMap) -> Mapping[Key, tuple[int, int]]:
    """Return for each outcome how many of its outputs are accepted, and how many there are,
    counting the outputs in sight that lead to it."""
    outputs = {node.key: node for node in drawn.nodes if node.column == "output"}
    needed: dict[Key, list[Node]] = defaultdict(list)
    for source, target in drawn.links:
        if source in outputs and target[0] == "outcome":
            needed[target].append(outputs[source])
    return {
        key: (sum(node.state == OutputState.ACCEPTED for node in nodes), len(nodes))
        for key, nodes in needed.items()
    }


# Where the way is missing


def _flagged(nodes: Sequence[Node], links: Sequence[tuple[Key, Key]]) -> list[Node]:
    onwards: dict[Key, list[Key]] = defaultdict(list)
    led_to = {target for _, target in links}
    for source, target in links:
        onwards[source].append(target)
    columns = {node.key: node.column for node in nodes}
    return [
        Node(
            node.column, node.record, node.state, _flags(node, columns, onwards, led_to), node.home
        )
        for node in nodes
    ]


def _flags(
    node: Node, columns: Mapping[Key, str], onwards: Mapping[Key, Sequence[Key]], led_to: set[Key]
) -> list[str]:
    reached = {columns[key] for key in _reached(node.key, onwards)}
    flags = []
    if node.column in ("output", "outcome") and not reached & {"intermediate", "end"}:
        flags.append("leads_to_no_benefit")
    if node.column == "intermediate" and "end" not in reached:
        flags.append("leads_to_no_end_benefit")
    if node.column == "end" and "objective" not in reached:
        flags.append("serves_no_objective")
    if node.column != "output" and node.key not in led_to:
        flags.append(
            "no_benefit_serves_it" if node.column == "objective" else "nothing_leads_to_it"
        )
    return flags


def _reached(start: Key, onwards: Mapping[Key, Sequence[Key]]) -> set[Key]:
    reached: set[Key] = set()
    waiting = [start]
    while waiting:
        for key in onwards.get(waiting.pop(), ()):
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    return reached
