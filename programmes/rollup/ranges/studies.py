"""The studies of a batch of programmes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from programmes.rollup.facts import Facts, ProjectFacts
from programmes.rollup.ranges.study import Study
from projects.schedule import Timeline


def studies(facts: Facts, known: Mapping[int, Timeline]) -> Sequence[Study]:
    """Return a study of each programme of a batch, from its own facts alone; `known` are the
    computed timelines of the batch's projects."""
    mine: dict[int | None, list[ProjectFacts]] = defaultdict(list)
    for project in facts.projects:
        mine[project.programme].append(project)
    return [
        Study(
            Facts(
                projects=mine[programme.id],
                settled=_givers(mine[programme.id], facts.settled, known),
            ),
            programme,
        )
        for programme in facts.programmes
    ]


def _givers(
    projects: Sequence[ProjectFacts],
    settled: Mapping[int, Timeline],
    timelines: Mapping[int, Timeline],
) -> dict[int, Timeline]:
    """Return the timelines of givers of other programmes, whether these are of the batch or not."""
    own = {project.id for project in projects}
    givers = {link.giver for project in projects for link in project.dependencies} - own
    by_id = {id: timelines.get(id) or settled.get(id) for id in givers if id is not None}
    return {id: timeline for id, timeline in by_id.items() if timeline}
