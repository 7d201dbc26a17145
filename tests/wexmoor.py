"""The demo portfolio in tests: its records by code, and its rows kept aside."""

import io
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from benefits.models import Benefit
from pmhub.demo.loader import CODE
from pmhub.models import Person
from programmes.models import AssuranceReview, Portfolio, Programme, ProgrammeLine
from projects.models import (
    ComplianceItem,
    Dependency,
    Issue,
    Milestone,
    Project,
    Resource,
    Risk,
)

APPS = {"pmhub", "programmes", "projects", "benefits"}
KINDS: dict[str, Any] = {
    "benefit": Benefit,
    "compliance_item": ComplianceItem,
    "dependency": Dependency,
    "issue": Issue,
    "line": ProgrammeLine,
    "milestone": Milestone,
    "person": Person,
    "programme": Programme,
    "project": Project,
    "resource": Resource,
    "review": AssuranceReview,
    "risk": Risk,
}


class Demo:
    """The demo's records by code, read afresh each time: `demo.risk("R06")`."""

    @property
    def portfolio(self) -> Portfolio:
        """The portfolio of the University of Wexmoor."""
        return Portfolio.objects.get(code=CODE)

    def __getattr__(self, name: str) -> Any:
        """One method for each kind in `KINDS`."""
        try:
            model = KINDS[name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda code: model.objects.get(code=code)


@dataclass(frozen=True)
class Snapshot:
    """The rows of our tables, in PostgreSQL's own text form, parents before children or not."""

    rows: dict[str, str]

    @classmethod
    def take(cls) -> "Snapshot":
        """Keep what is there now."""
        kept = {}
        with connection.cursor() as cursor:
            for table in _tables():
                out = io.StringIO()
                # Parted tables are copied by a query only.
                sql = f'COPY (SELECT * FROM "{table}") TO STDOUT'  # noqa: S608  # our own names
                cursor.copy_expert(sql, out)
                if out.tell():
                    kept[table] = out.getvalue()
        return cls(kept)

    def restore(self) -> None:
        """Put it back into empty tables, ids and moments included.

        As a replica: triggers would mark, stamp and check what has been marked and checked once.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self.rows.items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(rows))
            # Of a test within a transaction, the rest has its triggers.
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _tables() -> list[str]:
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS
    )
