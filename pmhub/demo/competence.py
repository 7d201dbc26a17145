"""The demo: disciplines, what people can do in them, and how mature teams are."""

from pmhub.demo.rows import Loading
from programmes.models import CompetenceRecord, Discipline, Portfolio
from projects.models import TeamMaturity

ASSESSED = "2026-04-01"
RESTS_ON = "Their projects of the last two years, talked through with them"


def add_competence(demo: Loading, portfolio: Portfolio) -> None:
    """Add disciplines, and what each person can do. The sponsor assesses the PMO, which assesses
    the others."""
    demo.rows(Discipline, "disciplines", portfolio=portfolio)
    office = demo.by.person
    for row in demo.data["people"]:
        person = demo.by_code[row["code"]]
        by = demo.sponsor if person == office else demo.by
        if row["competence"]:
            CompetenceRecord.objects.create(
                person=person, level=row["competence"], assessed_on=ASSESSED, evidence=RESTS_ON,
                assessor=by.person, created_by=by, updated_by=by,
            )  # fmt: skip
    demo.rows(CompetenceRecord, "competence_records")


def add_maturity(demo: Loading) -> None:
    """Add how mature the teams of projects are."""
    demo.rows(TeamMaturity, "team_maturities")
