"""The demo portfolio in tests, with its records by code."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

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

    @property
    def today(self) -> date:
        """Today in the time zone of the portfolio."""
        return timezone.localdate(timezone=ZoneInfo(self.portfolio.time_zone))

    def __getattr__(self, name: str) -> Any:
        """Return a function that finds a record by its code, for each kind in `KINDS`."""
        try:
            model = KINDS[name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda code: model.objects.get(code=code)
