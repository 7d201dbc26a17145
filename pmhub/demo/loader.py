"""Loads the demo through the services, so that a broken rule breaks the demo first.

Registers go in as plain rows, as an import would put them; whatever is a verb (approving a
baseline, drawing contingency, escalating, verifying, closing …) is called, by the PMO. Rows of
`portfolio.json` name one another by code, and otherwise the fields of their models.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction

from benefits.models import (
    Benefit,
    BenefitLink,
    BenefitMeasurement,
    BenefitProfileEntry,
    ProfileKind,
)
from benefits.services import (
    approve_version,
    propose_version,
    set_contributions,
    verify_measurement,
)
from pmhub.database.history import Via, because, through
from pmhub.demo.removal import erase, release
from pmhub.demo.users import USERS, add_roles, add_users
from pmhub.models import Delegation, Person, Record, User
from pmhub.services import turn
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    Board,
    BusinessCase,
    CaseFlow,
    CaseOption,
    DcaRecord,
    Decision,
    DelegatedLimit,
    ObjectiveMeasurement,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    RuleSet,
    StrategicObjective,
    Tolerance,
    Tranche,
)
from programmes.services import (
    approve_case,
    draw_contingency,
    make_decision,
    submit_case,
    verify_objective_measurement,
)
from projects import services
from projects.models import (
    Action,
    Allocation,
    BudgetLine,
    Commitment,
    ComplianceItem,
    Dependency,
    DependencyStatus,
    Firmness,
    Gate,
    GateCriterion,
    Issue,
    Milestone,
    MilestoneForecast,
    Output,
    Project,
    ProjectStage,
    Resource,
    ResourceCapacity,
    Risk,
    RiskStatus,
)
from projects.models.money import CostCategory
from projects.services.templates import ship_templates

CODE = "WEX"
PORTFOLIO = Path(__file__).parent / "portfolio.json"

Row = dict[str, Any]
Model = TypeVar("Model", bound=Record)


def is_loaded() -> bool:
    """Return whether the demo is there."""
    return Portfolio.objects.filter(code=CODE).exists()


def load() -> Portfolio:
    """Put the demo in, all or nothing."""
    with through(Via.IMPORT), transaction.atomic():
        return _Loader(json.loads(PORTFOLIO.read_text())).load()


def remove() -> None:
    """Take the demo out, with whatever people added to it."""
    data = json.loads(PORTFOLIO.read_text())
    people = [row["code"] for row in data["people"]]
    with through(Via.IMPORT), transaction.atomic():
        erase(Portfolio.objects.filter(code=CODE))
        release(Person.objects.filter(code__in=people))
        User.objects.filter(username__in=[user.name for user in USERS]).delete()


class _Loader:
    """One loading: the data, who acts, and the rows that others name by code."""

    by: User
    sponsor: User

    def __init__(self, data: Row) -> None:
        self.data = data
        self.as_of = date.fromisoformat(data["portfolio"]["status_date"])
        self.found: dict[str, Any] = {}

    def load(self) -> Portfolio:
        """Everything, parents first."""
        self.people()
        portfolio = self.portfolio()
        self.programmes(portfolio)
        self.projects(portfolio)
        self.rows(Tolerance, "tolerances")
        self.rows(Delegation, "delegations")
        self.decisions()
        self.money()
        self.schedule()
        self.registers()
        self.gates()
        self.resources(portfolio)
        self.hand_overs()
        self.benefits()
        self.benefits_map()
        self.cases()
        self.close()
        return portfolio

    def rows(
        self, model: type[Model], section: str | Iterable[Row], *extra: str, **given: Any
    ) -> list[tuple[Model, Row]]:
        """Add the rows of a section; `extra` keys are not fields and stay with the caller."""
        source = list(self.data[section] if isinstance(section, str) else section)
        made = [model(**self.fields(model, row, extra), **given) for row in source]
        for record in made:
            record.created_by = record.updated_by = self.by
        model._base_manager.bulk_create(made)
        self.found |= {record.code: record for record in made if hasattr(record, "code")}
        return list(zip(made, source, strict=True))

    def fields(self, model: type[models.Model], row: Row, extra: Iterable[str] = ()) -> Row:
        """The fields of a row, with codes resolved to the records they name."""
        fields = {}
        for name, value in row.items():
            if name in extra:
                continue
            field: Any = model._meta.get_field(name)
            fields[name] = self.found[value] if field.is_relation else field.to_python(value)
        return fields

    def people(self) -> None:
        """People and users; from here on the PMO acts."""
        people = [Person(**row) for row in self.data["people"]]
        self.found |= {row.code: row for row in Person.objects.bulk_create(people)}
        users = add_users(self.found)
        self.by, self.sponsor = users["pmo"], users["sponsor"]
        through(Via.IMPORT, by=self.by)  # from here on

    def portfolio(self) -> Portfolio:
        """The portfolio, its rules and limits, its objectives and its templates."""
        [(portfolio, _)] = self.rows(Portfolio, [self.data["portfolio"]])
        self.rows(RuleSet, "rule_sets", portfolio=portfolio)
        self.rows(DelegatedLimit, "delegated_limits", portfolio=portfolio)
        self.rows(StrategicObjective, "objectives", portfolio=portfolio)
        ship_templates(portfolio, by=self.by)
        return portfolio

    def programmes(self, portfolio: Portfolio) -> None:
        """Programmes with their boards, tranches, lines and people, and what was measured of
        objectives."""
        made = self.rows(Programme, "programmes", "bcms", "objectives", portfolio=portfolio)
        for programme, row in made:
            programme.bcms.set(self.found[code] for code in row["bcms"])
            programme.objectives.set(self.found[code] for code in row["objectives"])
        for board, row in self.rows(Board, "boards", "members"):
            board.members.set(self.found[code] for code in row["members"])
        self.rows(Tranche, "tranches")
        for line, row in self.rows(ProgrammeLine, "programme_lines", "costs"):
            self.costs(line, row)
        for row in self.data["objective_measurements"]:
            measured = ObjectiveMeasurement(**self.fields(ObjectiveMeasurement, row))
            measured.save()
            verify_objective_measurement(measured, by=self.by)
        add_roles(self.found, portfolio, self.found["CAM"])

    def costs(self, target: Project | ProgrammeLine, row: Row) -> None:
        """Post what has been spent, by the end of each fiscal year."""
        for posted_on, amount in row["costs"].items():
            services.post_cost(
                target,
                amount=Decimal(amount),
                posted_on=date.fromisoformat(posted_on),
                description="Ledger total of the fiscal year",
                source="finance",
                source_ref=f"{target.code} {posted_on}",
                by=self.by,
            )

    def decisions(self) -> None:
        """Decisions that wait, and those that a board has made, with who is to know of them."""
        apart = ("made", "board", "present", "audience")
        for decision, row in self.rows(Decision, "decisions", *apart):
            if "made" in row:
                decision.audience.set(self.found[code] for code in row["audience"])
                day = date.fromisoformat(row["made"]["decided_on"])
                make_decision(
                    decision,
                    **{**row["made"], "decided_on": day},
                    board=Board.objects.get(name=row["board"], programme=decision.programme),
                    present=[self.found[code] for code in row["present"]],
                    by=self.by,
                )

    def projects(self, portfolio: Portfolio) -> None:
        """Projects, each with its approved plan; those that have passed a gate pass it later, and
        those that have closed are closed at the end."""
        passed = {row["project"]: row["stage_from"] for row in self.data["gates"] if "votes" in row}
        for row in self.data["projects"]:
            given = {"baseline", "costs", "approved_before_contingency", "programme"}
            fields = self.fields(Project, row, given)
            if fields["stage"] == ProjectStage.CLOSED:
                fields |= {"stage": ProjectStage.OPERATE, "actual_finish": None}
            fields["stage"] = passed.get(row["code"], fields["stage"])
            home = self.found[row["programme"]] if "programme" in row else portfolio
            project = services.create_project(home, **fields, by=self.by)
            self.found[project.code] = project
            self.baseline(project, **row["baseline"])

    def gates(self) -> None:
        """Gates that are planned, and those that are decided, with what they looked at."""
        for gate, row in self.rows(Gate, "gates", "criteria", "votes"):
            said = self.rows(GateCriterion, row["criteria"], "evidence", gate=gate)
            if "votes" not in row:
                continue
            services.open_gate(gate, by=self.by)
            for criterion, each in said:
                turn(criterion, noun="fulfilment", evidence=each["evidence"], by=self.by)
            for each in row["votes"]:
                due = date.fromisoformat(each["due_on"]) if "due_on" in each else None
                people = {
                    name: self.found[each[name]] for name in ("voter", "owner") if name in each
                }
                services.vote(gate, **{**each, **people, "due_on": due}, by=self.by)

    def baseline(self, project: Project, starts_on: str, finishes_on: str, **plan: Any) -> None:
        """Approve the project's plan, at its start or (still to start) by the status date."""
        start = date.fromisoformat(starts_on)
        services.rebaseline(
            project,
            starts_on=start,
            finishes_on=date.fromisoformat(finishes_on),
            budget_at_completion=Decimal(plan["budget_at_completion"]),
            profile=plan["profile"],
            approved_on=min(start, self.as_of),
            reason="",
            by=self.by,
        )

    def money(self) -> None:
        """Budgets, contingency drawn, costs, and what is ordered."""
        for row in self.data["projects"]:
            project = self.found[row["code"]]
            budget = Decimal(row["approved_before_contingency"])
            line = {"code": "approved", "category": CostCategory.CONTRACT, "approved": budget}
            self.rows(BudgetLine, [line], project=project, baseline=budget)
            self.costs(project, row)
        for row in self.data["contingency_movements"]:
            draw_contingency(
                self.found[row["programme"]],
                to=self.found[row["project"]],
                amount=Decimal(row["amount"]),
                on=date.fromisoformat(row["moved_on"]),
                reference=row["reference"],
                reason=row["reason"],
                by=self.by,
            )

        for row in self.data["commitments"]:
            budget_line = self.found[row["project"]].budget_lines.get()
            self.rows(Commitment, [row], "project", budget_line=budget_line)

    def schedule(self) -> None:
        """Milestones with their reports, dependencies with how far they have come."""
        for milestone, row in self.rows(Milestone, "milestones", "history", "actual_on"):
            *earlier, last = row.get("history", {}).items() or [None]
            reports = [{"reported_on": day, "forecast_on": then} for day, then in earlier]
            self.rows(MilestoneForecast, reports, milestone=milestone)
            if last:
                reported_on, forecast_on = map(date.fromisoformat, last)
                services.record_milestone_forecast(
                    milestone, forecast_on=forecast_on, reported_on=reported_on, by=self.by
                )
            if "actual_on" in row:
                achieved_on = date.fromisoformat(row["actual_on"])
                services.achieve_milestone(milestone, actual_on=achieved_on, by=self.by)
        happened = ("status", "agreed_on", "delivered_on", "accepted_on")
        for dependency, row in self.rows(Dependency, "dependencies", *happened):
            self.advance(dependency, row)
        for row in self.data["dependency_messages"]:
            said = {**row, "dependency": self.found[row["dependency"]]}
            services.write_message(**said, by=self.by)

    def advance(self, dependency: Dependency, row: Row) -> None:
        """Take a dependency as far as it has come."""
        if row["status"] != DependencyStatus.IDENTIFIED:
            services.propose_dependency(dependency, by=self.by)
        verbs: dict[str, Callable[..., Dependency]] = {
            "agreed_on": services.agree_dependency,
            "delivered_on": services.deliver_dependency,
            "accepted_on": services.accept_dependency,
        }
        for name, verb in verbs.items():
            if name in row:
                verb(dependency, **{name: date.fromisoformat(row[name])}, by=self.by)

    def registers(self) -> None:
        """Risks (with those escalated), issues, actions, compliance items, assurance reviews and
        delivery confidence."""
        risks = self.rows(Risk, "risks", "status", "escalated_to", status=RiskStatus.OPEN)
        for risk, row in risks:
            if "escalated_to" in row:
                services.escalate_risk(risk, to=self.found[row["escalated_to"]], by=self.by)
        self.rows(Issue, "issues")
        for done, row in self.rows(Action, "actions", "done_on"):
            if "done_on" in row:
                day = date.fromisoformat(row["done_on"])
                turn(done, noun="completion", done_on=day, by=self.by)
        self.rows(ComplianceItem, "compliance_items")
        for review, row in self.rows(AssuranceReview, "assurance_reviews", "actions_open"):
            total = row["actions_open"]
            text = "Action {} of {}; wording held in the review report"
            actions = [{"number": n, "text": text.format(n, total)} for n in range(1, total + 1)]
            self.rows(AssuranceRecommendation, actions, review=review)
        self.rows(DcaRecord, "dca_records")

    def resources(self, portfolio: Portfolio) -> None:
        """Shared resources and who has booked them."""
        self.rows(Resource, "resources", portfolio=portfolio)
        self.rows(ResourceCapacity, "resource_capacities")
        self.rows(
            Allocation, ({"firmness": Firmness.FIRM, **row} for row in self.data["allocations"])
        )

    def hand_overs(self) -> None:
        """Who is asked to manage a project from now on, and has not answered."""
        for row in self.data["hand_overs"]:
            with because(row["reason"]):
                services.ask_successor(
                    self.found[row["project"]], successor=self.found[row["successor"]], by=self.by
                )

    def benefits(self) -> None:
        """Benefits with profiles, verified measurements and the projects that contribute."""
        parts = ("contributions", "planned", "forecast", "actual")
        for benefit, row in self.rows(Benefit, "benefits", *parts):
            benefit.objectives.add(self.found[row["objective"]])
            for part, kind in (
                ("planned", ProfileKind.APPROVED),
                ("forecast", ProfileKind.FORECAST),
            ):
                self.rows(
                    BenefitProfileEntry,
                    _periods(row.get(part, {})),
                    benefit=benefit,
                    version_kind=kind,
                )
            self.approve(benefit)
            self.measurements(benefit, row["actual"])
            weights = {
                self.found[code]: Decimal(weight) for code, weight in row["contributions"].items()
            }
            set_contributions(benefit, weights, by=self.by)

    def approve(self, benefit: Benefit) -> None:
        """What is planned: proposed by the PMO, approved by the sponsor."""
        for version in benefit.profile_versions.filter(kind=ProfileKind.APPROVED):
            propose_version(version, by=self.by)
            approve_version(version, by=self.sponsor)

    def benefits_map(self) -> None:
        """Outputs, outcomes and what leads to what."""
        self.rows(Output, "outputs")
        self.rows(Outcome, "outcomes")
        ends = ({**row, **self.ends(row)} for row in self.data["benefit_links"])
        self.rows(BenefitLink, ends, "from", "to")

    def ends(self, row: Row) -> Row:
        """The fields of a link, by what its ends are."""
        return {
            f"{side}_{self.found[row[side]]._meta.model_name}": row[side] for side in ("from", "to")
        }

    def measurements(self, benefit: Benefit, actual: dict[str, str]) -> None:
        """Measured by the benefit's owner, verified by the PMO."""
        for period in _periods(actual):
            measurement = BenefitMeasurement.objects.create(
                benefit=benefit,
                **period,
                measured_on=period["period_end"] + timedelta(days=30),
                source="Annual benefits return",
                submitted_by=benefit.owner,
            )
            verify_measurement(measurement, by=self.by)

    def cases(self) -> None:
        """Business cases: submitted by the PMO, approved by the sponsor."""
        for case, row in self.rows(
            BusinessCase, "business_cases", "options", "preferred", "approved_on"
        ):
            for option, each in self.rows(CaseOption, row["options"], "flows", case=case):
                flows = (
                    {"fiscal_year": year, "kind": kind, "amount": amount}
                    for kind, years in each["flows"].items()
                    for year, amount in years.items()
                )
                self.rows(CaseFlow, flows, option=option)
            case.preferred_option = case.options.get(code=row["preferred"])
            case.save(update_fields=["preferred_option"])
            submit_case(case, by=self.by)
            approve_case(case, approved_on=date.fromisoformat(row["approved_on"]), by=self.sponsor)

    def close(self) -> None:
        """Close the projects that have ended, last, as their guards ask about all the rest."""
        for row in self.data["projects"]:
            if row["stage"] == ProjectStage.CLOSED:
                finished_on = date.fromisoformat(row["actual_finish"])
                services.close_project(self.found[row["code"]], finished_on=finished_on, by=self.by)


def _periods(values: dict[str, str]) -> list[Row]:
    """Fiscal years by their first day, as periods with a value."""
    return [
        {
            "period_start": (start := date.fromisoformat(day)),
            "period_end": start.replace(year=start.year + 1) - timedelta(days=1),
            "value": Decimal(value),
        }
        for day, value in values.items()
    ]
