"""Loads people, the portfolio with its rules, programmes and decisions.

What there is stands in `portfolio.json`; here is how it goes in.
"""

from datetime import date
from decimal import Decimal

from pmhub.database.history import WritePath, through
from pmhub.demo.rows import DemoLoad, Row
from pmhub.demo.users import add_roles, add_users
from pmhub.models import Person
from pmhub.services import save, turn
from programmes.models import (
    Board,
    BoardMeeting,
    BoardPack,
    Decision,
    ObjectiveMeasurement,
    OperatingModelState,
    OrganisationUnit,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    RuleSet,
    StrategicObjective,
    Tranche,
)
from programmes.services import (
    approve_mandate,
    make_decision,
    verify_objective_measurement,
)
from projects import services
from projects.models import (
    Project,
)
from projects.services.templates import ship_templates


def add_people(demo: DemoLoad) -> None:
    """Add people and users. From here on the PMO's user acts."""
    people = [Person(**row | {"competence": ""}) for row in demo.data["people"]]  # assessed later
    demo.by_code |= {row.code: row for row in Person.objects.bulk_create(people)}
    users = add_users(demo.by_code)
    demo.by, demo.sponsor = users["pmo"], users["sponsor"]
    through(WritePath.IMPORT, by=demo.by)  # from here on


def add_portfolio(demo: DemoLoad) -> Portfolio:
    """Add the portfolio with its rule sets, objectives and templates."""
    [(portfolio, _)] = demo.rows(Portfolio, [demo.data["portfolio"]])
    demo.rows(RuleSet, "rule_sets", portfolio=portfolio)
    demo.rows(StrategicObjective, "objectives", portfolio=portfolio)
    ship_templates(portfolio, by=demo.by)
    return portfolio


def add_units(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add the tree of organisation units, those above first, and the people of each."""
    for row in demo.data["organisation_units"]:
        [(unit, _)] = demo.rows(OrganisationUnit, [row], "people", portfolio=portfolio)
        for code in row["people"]:
            person = demo.by_code[code]
            person.organisation_unit = unit
            save(person, "organisation_unit", by=demo.by)


def add_programmes(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add programmes with their boards, tranches, lines and people, and measurements of
    objectives."""
    made = demo.rows(Programme, "programmes", "bcms", "objectives", portfolio=portfolio)
    for programme, row in made:
        programme.bcms.set(demo.by_code[code] for code in row["bcms"])
        programme.objectives.set(demo.by_code[code] for code in row["objectives"])
    for board, row in demo.rows(Board, "boards", "members", "meetings"):
        board.members.set(demo.by_code[code] for code in row["members"])
        demo.rows(BoardMeeting, row.get("meetings", ()), board=board)
    for pack, row in demo.rows(BoardPack, "board_packs", "programmes", portfolio=portfolio):
        pack.programmes.set(demo.by_code[code] for code in row["programmes"])
    demo.rows(Tranche, "tranches")
    add_mandates(demo)
    demo.rows(OperatingModelState, "operating_model_states")
    for line, row in demo.rows(ProgrammeLine, "programme_lines", "costs"):
        post_costs(demo, line, row)
    for row in demo.data["objective_measurements"]:
        measured = ObjectiveMeasurement(**demo.fields(ObjectiveMeasurement, row))
        measured.save()
        verify_objective_measurement(measured, by=demo.by)
    add_roles(demo.by_code, portfolio, demo.by_code["CAM"])


def add_mandates(demo: DemoLoad) -> None:
    """Add mandates of programmes; the sponsor approves those that were issued."""
    for mandate, row in demo.rows(ProgrammeMandate, "mandates", "issued_on", "issued_by"):
        if "issued_on" in row:
            issuer = demo.by_code[row["issued_by"]]
            day = date.fromisoformat(row["issued_on"])
            turn(mandate, noun="issue", issued_on=day, issued_by=issuer, by=demo.by)
            approve_mandate(mandate, by=demo.sponsor)


def post_costs(demo: DemoLoad, target: Project | ProgrammeLine, row: Row) -> None:
    """Post the costs of a project or programme line in each fiscal year, on the day that the row
    gives."""
    for posted_on, amounts in row["costs"].items():
        in_pounds = isinstance(amounts, str)
        services.post_cost(
            target,
            amount=Decimal(amounts) if in_pounds else (amounts[0], Decimal(amounts[1])),
            posted_on=date.fromisoformat(posted_on),
            description="Ledger total of the fiscal year",
            source="finance",
            source_ref=f"{target.code} {posted_on}",
            by=demo.by,
        )


def add_decisions(demo: DemoLoad) -> None:
    """Add decisions that wait, and decisions that a board has made, with their audience."""
    apart = ("made", "board", "present", "audience")
    for decision, row in demo.rows(Decision, "decisions", *apart):
        if "made" in row:
            decision.audience.set(demo.by_code[code] for code in row["audience"])
            day = date.fromisoformat(row["made"]["decided_on"])
            make_decision(
                decision,
                **{**row["made"], "decided_on": day},
                board=Board.objects.get(name=row["board"], programme=decision.programme),
                present=[demo.by_code[code] for code in row["present"]],
                by=demo.by,
            )
