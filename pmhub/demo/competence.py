"""The demo: disciplines, what people can do in them, how mature teams are, and how they are looked
at."""

from datetime import date

from pmhub.demo.rows import DemoLoad
from pmhub.services import add, turn
from programmes.models import (
    CompetenceRecord,
    Discipline,
    DisciplineLink,
    Portfolio,
    Qualification,
    Training,
)
from projects.models import (
    Inspection,
    InspectionFinding,
    InspectionPlan,
    OversightDecision,
    Post,
    QualityRecord,
    TeamMaturity,
)
from projects.services import draw_inspections, gather_evidence

ASSESSED = "2026-04-01"
RESTS_ON = "Their projects of the last two years, talked through with them"


def add_competence(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add disciplines, and what each person can do in them. The sponsor assesses the PMO's person,
    who assesses the others."""
    demo.rows(Discipline, "disciplines", portfolio=portfolio)
    demo.rows(DisciplineLink, "discipline_links")
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
    demo.rows(Qualification, "qualifications")
    demo.rows(Training, "trainings")


def add_maturity(demo: DemoLoad) -> None:
    """Add the maturity of teams of projects, and the posts that they have to fill."""
    demo.rows(TeamMaturity, "team_maturities")
    demo.rows(Post, "posts")


def add_inspections(demo: DemoLoad) -> None:
    """Add inspection plans and inspections with their findings."""
    demo.rows(InspectionPlan, "inspection_plans")
    names = ("held_on", "result", "report", "findings")
    for inspection, row in demo.rows(Inspection, "inspections", *names):
        if "held_on" not in row:
            continue
        result = {"held_on": date.fromisoformat(row["held_on"]), "result": row["result"]}
        turn(inspection, noun="holding", **result, report=row["report"], by=demo.by)
        done = ("corrective_action",)
        pairs = demo.rows(InspectionFinding, row.get("findings", ()), *done, inspection=inspection)
        for finding, said_of in pairs:
            if "corrective_action" in said_of:
                action = said_of["corrective_action"]
                turn(finding, noun="correction", corrective_action=action, by=demo.by)


def draw_planned(demo: DemoLoad) -> None:
    """Draw the next inspection of each plan."""
    draw_inspections(InspectionPlan.objects.all())


def add_checks(demo: DemoLoad) -> None:
    """Add checks of outputs, some with their results."""
    nouns = {"pass": "passing", "fail": "failure", "waived": "waiver"}
    names = ("result", "checked_on", "defects", "waiver_reason")
    for check, row in demo.rows(QualityRecord, "quality_records", *names):
        values = {name: row[name] for name in names[1:] if name in row}
        if values:
            values["checked_on"] = date.fromisoformat(row["checked_on"])
            values["checked_by"] = demo.by.person
            turn(check, noun=nouns[row["result"]], by=demo.by, **values)


def propose_oversight(demo: DemoLoad) -> None:
    """Propose another level of oversight for a project than follows from its facts."""
    for row in demo.data["oversight_decisions"]:
        proposal = OversightDecision(**demo.fields(OversightDecision, row))
        gather_evidence(proposal)
        add(proposal, by=demo.by_code["PE06"].user)
