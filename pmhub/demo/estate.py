"""A synthetic estate of any size, for measuring: made by PostgreSQL, a statement a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Min

from benefits.models import Benefit, BenefitContribution, BenefitMeasurement, BenefitProfileEntry
from pmhub.models import Person
from programmes.models import Portfolio, Programme
from projects.models import (
    Baseline,
    BudgetLine,
    CostActual,
    Dependency,
    Milestone,
    Project,
    Risk,
)

PREFIX = "S"  # begins every code, followed by a digit; no other code may begin so


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of records; projects, risks and benefits are spread evenly."""

    programmes: int
    projects: int
    risks: int
    benefits: int
    measurements: int


def load(size: Size, code: str = "SCALE") -> Portfolio:
    """Make the estate in one transaction; its figures are requested, not computed."""
    with transaction.atomic():
        _take_time()
        portfolio = Portfolio.objects.create(
            code=code,
            name=f"Synthetic estate {code}",
            organisation="Measurement",
            status_date_policy="fixed",
            status_date="2026-10-31",
        )
        _Loader(portfolio, size).run()
    analyse()
    return portfolio


def change(portfolio: Portfolio, programmes: int) -> int:
    """Change one estimate in each of this many programmes, in one statement; return how many were
    changed."""
    few = portfolio.programmes.order_by("pk").values("pk")[:programmes]
    first = Project.objects.filter(programme__in=few).values("programme").annotate(first=Min("pk"))
    return Project.objects.filter(pk__in=first.values("first")).update(
        estimate_to_complete=F("estimate_to_complete") + 1
    )


def _take_time() -> None:
    """Lift the time limits of the transaction: filling a table takes longer than the requests that
    they are meant for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, '0', true) FROM pg_settings"
            " WHERE name IN ('statement_timeout', 'transaction_timeout')"
        )


def analyse() -> None:
    """Gather statistics of the new rows, without which queries would be planned, and so measured,
    badly. Tables that all databases of a server share are left out: until the transaction ends,
    another database could not analyse them."""
    with connection.cursor() as cursor:
        tables = ", ".join(map(connection.ops.quote_name, connection.introspection.table_names()))
        cursor.execute(f"ANALYZE {tables}")


class _Loader:
    def __init__(self, portfolio: Portfolio, size: Size) -> None:
        self.portfolio, self.size = portfolio, size
        self.prefix = f"{PREFIX}{portfolio.pk}"

    def run(self) -> None:
        """Fill every table, parents first."""
        people, size = min(200, size_of(self.size)), self.size
        self.insert(
            Person, people, code=self.code("PE"), name="'Person ' || n", competence="'senior'"
        )
        self.people = f"(SELECT min(id) FROM pmhub_person WHERE code LIKE '{self.prefix}PE%%')"  # noqa: S608  # our own names
        self.insert(
            Programme,
            size.programmes,
            portfolio_id=str(self.portfolio.pk),
            code=self.code("PG"),
            name="'Programme ' || n",
            stage="'deliver'",
            contingency_budget="1000",
            sro_id=f"{self.people} + n %% {people}",
            programme_manager_id=f"{self.people} + n %% {people}",
        )
        self.first_programme = self.first(Programme, "PG")
        self.insert(
            Programme.bcms.through,
            size.programmes,
            programme_id=f"{self.first_programme} + n",
            person_id=f"{self.people} + n %% {people}",
        )
        self.insert(
            Project,
            size.projects,
            programme_id=f"{self.first_programme} + n %% {size.programmes}",
            code=self.code("PJ"),
            name="'Project ' || n",
            stage="'deliver'",
            project_manager_id=f"{self.people} + n %% {people}",
            forecast_start="date '2026-01-05' + n %% 300",
            actual_start="date '2026-01-05' + n %% 300",
            forecast_finish="date '2027-06-30' + n %% 700",
            percent_complete="n %% 90",
            estimate_to_complete="400 + n %% 500",
            declared_rag="'green'",
            declared_on="date '2026-10-20'",
        )
        self.first_project = self.first(Project, "PJ")
        self._plans()
        self._registers()
        self._benefits()

    def _plans(self) -> None:
        projects = self.size.projects
        project = f"{self.first_project} + n"
        self.insert(
            Baseline,
            projects,
            project_id=project,
            number="1",
            approved_on="date '2026-01-01'",
            starts_on="date '2026-01-05' + n %% 300",
            finishes_on="date '2027-06-15' + n %% 700",
            budget_at_completion="1000",
        )
        self.insert(BudgetLine, projects, project_id=project, code="'B'", approved="1000")
        self.insert(
            CostActual,
            2 * projects,
            project_id=f"{self.first_project} + n / 2",
            posted_on="date '2026-04-01' + n %% 200",
            amount="100 + n %% 200",
        )

    def _registers(self) -> None:
        projects = self.size.projects
        self.insert(
            Risk,
            self.size.risks,
            project_id=f"{self.first_project} + n %% {projects}",
            code=self.code("R"),
            title="'Risk ' || n",
            residual_probability="(5 + n %% 60) / 100.0",
            residual_cost_min="10 + n %% 20",
            residual_cost_most_likely="40 + n %% 50",
            residual_cost_max="120 + n %% 100",
            residual_days_most_likely="n %% 30",
        )
        self.insert(
            Milestone,
            projects,
            project_id=f"{self.first_project} + n",
            code=self.code("M"),
            title="'Milestone ' || n",
            baseline_on="date '2027-01-31' + n %% 500",
            forecast_on="date '2027-02-15' + n %% 500",
        )
        # In a programme every fourth project depends on the one added to the programme before it.
        step = self.size.programmes
        self.insert(
            Dependency,
            max(0, (projects - step) // 4),
            code=self.code("D"),
            giver_id=f"{self.first_project} + 4 * n",
            receiver_id=f"{self.first_project} + 4 * n + {step}",
            deliverable="'Deliverable ' || n",
            kind="'FF'",
            status="'agreed'",
            need_by="date '2027-03-01' + n %% 300",
            forecast_on="date '2027-03-15' + n %% 300",
        )

    def _benefits(self) -> None:
        size = self.size
        if not size.benefits:
            return
        self.insert(
            Benefit,
            size.benefits,
            programme_id=f"{self.first_programme} + n %% {size.programmes}",
            code=self.code("B"),
            title="'Lower cost ' || n",
            unit="'GBP k'",
            category="'cashable'",
            monetised="true",
            status="'realising'",
            confidence="0.8",
        )
        self.first_benefit = self.first(Benefit, "B")
        benefit = f"{self.first_benefit} + n %% {size.benefits}"
        year = f"2024 + n / {size.benefits}"
        period = {
            "period_start": f"make_date({year}, 4, 1)",
            "period_end": f"make_date({year} + 1, 3, 31)",
        }
        for kind in ("approved", "forecast"):
            self.insert(
                BenefitProfileEntry,
                10 * size.benefits,
                benefit_id=benefit,
                version_kind=f"'{kind}'",
                value="50 + n %% 100",
                **period,
            )
        self._measurements(benefit, period)
        self.insert(
            BenefitContribution,
            min(size.benefits, size.projects),
            benefit_id=f"{self.first_benefit} + n",
            project_id=f"{self.first_project} + n",
            weight="0.5",
        )

    def _measurements(self, benefit: str, period: dict[str, str]) -> None:
        """Add measurements, verified for the first two years of each benefit and submitted for
        later ones."""
        self.insert(
            BenefitMeasurement,
            self.size.measurements,
            benefit_id=benefit,
            value="40 + n %% 100",
            status=f"CASE WHEN n < 2 * {self.size.benefits} THEN 'verified' ELSE 'submitted' END",
            verified_by_id=f"CASE WHEN n < 2 * {self.size.benefits} THEN {self.people} END",
            **period,
        )

    def code(self, kind: str) -> str:
        """Return the SQL of a code that is unique in the estate."""
        return f"'{self.prefix}{kind}' || n"

    def first(self, model: type[models.Model], kind: str) -> int:
        """Return the id of the row n = 0; rows of one statement have consecutive ids."""
        code = f"{self.prefix}{kind}0"
        return model._default_manager.values_list("pk", flat=True).get(code=code)

    def insert(self, model: type[models.Model], count: int, **expressions: str) -> None:
        """Insert `count` rows (n = 0, 1 …); columns without an expression have the model's
        defaults."""
        columns: list[str] = []
        values: list[str] = []
        parameters: list[Any] = []
        for field in model._meta.concrete_fields:
            if field.column is None:
                continue
            if field.column in expressions:
                columns.append(field.column)
                values.append(expressions[field.column])
            elif not field.primary_key and not field.has_db_default():
                columns.append(field.column)
                values.append("%s")
                parameters.append(_default(field))
        names = ", ".join(f'"{column}"' for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({names})'  # noqa: S608  # our own names
                f" SELECT {', '.join(values)} FROM generate_series(0, %s - 1) AS n ORDER BY n",
                [*parameters, count],
            )


def size_of(size: Size) -> int:
    """Return the number of people of an estate, at least one."""
    return max(1, size.projects // 5)


def _default(field: models.Field[Any, Any]) -> Any:
    return field.get_db_prep_save(field.get_default(), connection)
