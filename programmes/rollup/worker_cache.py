"""The latest results of a worker, kept in its memory, so that the next computation reads only what
changed.

The facts of a project are kept with the stamp of its touches (`database.touches`), which is read
before them. As long as the stamp is the same, nobody has touched a record of the project, and its
results are still right. The benefits of a programme, all together, are kept in the same way. Of a
touched project, only the touched tables are read again.

The results of a programme are kept with the version of its rollup row. As long as that version is
the same, no process has stored other results, so that the stored ones need not be read. Versions
and stamps that are rolled back never come again.

A programme that is requested with its whole portfolio is computed from nothing: the rules have
changed, a table was truncated, or `rollups rebuild` repairs what was written without triggers. Such
a request touches the figures of the programme, so that no process uses what it keeps of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from benefits.models import Benefit
from pmhub.database.statements import Statement
from pmhub.database.touches import SIZE, TABLE, stamp_sql, topic_of
from programmes.models import ProgrammeRollup
from programmes.rollup.compute import ENGINE_VERSION, NOTHING, Results, compute
from programmes.rollup.facts import Facts
from programmes.rollup.ranges.studies import studies
from programmes.rollup.reading import read_changed
from projects.models import Project

MOST = 2000  # projects of which results are kept: some 25 KB each with ten risks

Stamps = Mapping[int, int | None]  # of projects by their ids; None of what was never touched
Tables = Mapping[str, int]  # the stamps of tables by their topics

# The transaction that wrote a row last, or the part of it that can be rolled back by itself.
VERSIONS = Statement(
    "SELECT programme_id, concat(xmin, ' ', computed_at) FROM programmes_programmerollup"
    " WHERE programme_id = ANY(%(ids)s) AND engine_version = %(engine)s",
    types={"engine": "int"},
)
# In the place of a project's id, among stamps: the programme's figures, and its benefits with all
# that belongs to them. Which benefits there are, the topic of their table says.
FIGURES, BENEFITS = 0, -1
OF_BENEFITS = stamp_sql(f"""
    VALUES ('{topic_of(Benefit)}', 0::bigint)
    UNION ALL SELECT '{topic_of(Benefit)}', id FROM {Benefit._meta.db_table}
    WHERE programme_id = programme
""")  # noqa: S608  # our own names
STAMPS = Statement(
    "SELECT p.programme_id, p.id,"  # noqa: S608  # our own names
    f" (SELECT (sum(mark) %% {SIZE})::bigint FROM {TABLE}"
    f" WHERE topic = '{topic_of(Project)}' AND object_id = p.id)"
    " FROM projects_project p WHERE p.programme_id = ANY(%(ids)s)"
    f" UNION ALL SELECT programme, {FIGURES},"
    f" (SELECT (sum(mark) %% {SIZE})::bigint FROM {TABLE}"
    f" WHERE topic = '{topic_of(ProgrammeRollup)}' AND object_id = programme)"
    " FROM unnest(%(ids)s) AS programme"
    f" UNION ALL SELECT programme, {BENEFITS}, {OF_BENEFITS} FROM unnest(%(ids)s) AS programme"
)


@dataclass(frozen=True, slots=True)
class CachedResults:
    """The results of one programme, the version they were stored with, and the stamps of their
    facts and of all tables."""

    version: str
    stamps: Stamps
    tables: Tables
    results: Results


_kept: OrderedDict[int, CachedResults] = OrderedDict()  # the one longest out of use first
_lock = Lock()  # a worker's watch computes in a thread of its own


def recomputed(kept: CachedResults, stamps: Stamps, tables: Tables) -> Results | None:
    """Return the present results of a programme whose earlier results are kept. Return None where
    it has to be computed from nothing: the rules or the status date have changed. Raises
    CycleError."""
    if stamps[FIGURES] != kept.stamps[FIGURES]:
        return None
    there = stamps.keys() - {FIGURES, BENEFITS}
    changed = {id for id in there if stamps[id] is None or stamps[id] != kept.stamps.get(id)}
    same_benefits = stamps[BENEFITS] == kept.stamps[BENEFITS]
    touched = {topic for topic, stamp in tables.items() if stamp != kept.tables[topic]}
    facts = read_changed(kept.results.facts, changed, there, touched, same_benefits=same_benefits)
    return None if facts is None else compute(facts, kept.results)


def stamps_of(programmes: Sequence[int]) -> dict[int, dict[int, int | None]]:
    """Return the stamps of the projects of each programme; to be read before their facts."""
    stamps: dict[int, dict[int, int | None]] = {id: {} for id in programmes}
    for programme, id, stamp in STAMPS(programmes):
        stamps[programme][id] = stamp
    return stamps


def cached(programmes: Sequence[int]) -> dict[int, tuple[CachedResults, Results]]:
    """Return what is kept of these programmes, each with its results that are stored: all of them,
    or none where another process has stored something since."""
    with _lock:
        entries = {id: _kept[id] for id in programmes if id in _kept}
    versions = dict(VERSIONS([*entries], engine=ENGINE_VERSION)) if entries else {}
    return {
        id: (kept, kept.results if kept.version == versions.get(id) else NOTHING)
        for id, kept in entries.items()
    }


def facts_of(programme: int) -> Facts | None:
    """Return the facts from which the stored figures were computed; None where they are not
    kept."""
    _, stored = cached([programme]).get(programme, (None, NOTHING))
    return None if stored is NOTHING else stored.facts


def keep(results: Results, stamps: Mapping[int, Stamps], tables: Tables) -> None:
    """Keep the results of a batch that were stored just now, with stamps that were read before its
    facts."""
    for id, version in VERSIONS([*results.programmes], engine=ENGINE_VERSION):
        kept = CachedResults(version, stamps[id], tables, _alone(results, id))
        with _lock:
            _kept[id] = kept
            _kept.move_to_end(id)
            while len(_kept) > 1 and sum(len(entry.stamps) for entry in _kept.values()) > MOST:
                _kept.popitem(last=False)


def forget() -> None:
    """Remove all that is kept, as in a process that has just begun."""
    with _lock:
        _kept.clear()


def _alone(results: Results, programme: int) -> Results:
    """Return the results of one programme of a batch; the projects of other programmes are givers
    whose dates are settled."""
    mine = results.programmes[programme]
    projects = {project.facts.id: project for project in mine.facts.projects}
    timelines = {id: result.timeline for id, result in results.projects.items()}
    [study] = studies(replace(results.facts, programmes=[mine.facts]), timelines)
    facts = replace(study.facts, programmes=[mine.facts])
    return Results(facts, projects, {programme: mine})
