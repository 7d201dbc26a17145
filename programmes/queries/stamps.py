"""Stamps: they change whenever what a page shows may have changed.

A page shows what belongs to a programme or a project, the names of other records (which touch
`EVERYWHERE`), people and portfolios, and the dates of the projects at the other ends of its
dependencies. Whether figures were computed again is not part of a stamp: `Freshness` says it.
"""

from __future__ import annotations

from pmhub.database import touches
from pmhub.database.statements import Statement

# What may show anywhere.
COMMON: tuple[touches.Topic, ...] = (
    (touches.EVERYWHERE, 0),
    ("pmhub.person", 0),
    ("programmes.portfolio", 0),
)
# The dates of the other ends, as they were computed: of their open forecasts each has another id.
SHOWN = """
WITH mine AS MATERIALIZED ({projects}),
ends AS MATERIALIZED (
    SELECT d.giver_id AS id FROM projects_dependency d JOIN mine ON mine.id = d.receiver_id
    WHERE d.giver_id IS NOT NULL
    UNION SELECT d.receiver_id FROM projects_dependency d JOIN mine ON mine.id = d.giver_id
)
SELECT {stamp}, (SELECT coalesce(sum(f.id), 0) FROM projects_projectforecast f
    JOIN ends ON ends.id = f.project_id WHERE f.valid_to IS NULL)
"""
PROJECTS = f"""
VALUES {", ".join(f"('{topic}', {id})" for topic, id in COMMON)}
UNION ALL SELECT 'projects.project', id FROM mine
UNION ALL SELECT 'projects.project', id FROM ends
UNION ALL SELECT 'programmes.assurancereview', r.id
    FROM programmes_assurancereview r JOIN mine ON mine.id = r.project_id
"""  # noqa: S608  # our own text
OF_PROGRAMME = Statement(
    SHOWN.format(
        projects="SELECT id FROM projects_project WHERE programme_id = %(id)s",
        stamp=touches.stamp_sql(f"""
    {PROJECTS} UNION ALL SELECT 'programmes.programme', %(id)s
    UNION ALL SELECT 'programmes.assurancereview', id
        FROM programmes_assurancereview WHERE programme_id = %(id)s
    UNION ALL SELECT 'benefits.benefit', id FROM benefits_benefit WHERE programme_id = %(id)s
    """),  # noqa: S608  # our own text
    )
)
OF_PROJECT = Statement(
    SHOWN.format(
        projects="SELECT %(id)s::bigint AS id",
        stamp=touches.stamp_sql(f"""
    {PROJECTS} UNION ALL SELECT 'projects.milestone', id
        FROM projects_milestone WHERE project_id = %(id)s
    UNION ALL SELECT 'benefits.benefit', benefit_id
        FROM benefits_benefitcontribution WHERE project_id = %(id)s
    """),  # noqa: S608  # our own text
    )
)


def programme_stamp(id: int) -> str:
    """Return the stamp of what the pages of a programme show."""
    return "-".join(map(str, OF_PROGRAMME(id=id)[0]))


def project_stamp(id: int) -> str:
    """Return the stamp of what the page of a project shows."""
    return "-".join(map(str, OF_PROJECT(id=id)[0]))
