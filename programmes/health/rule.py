"""How the colours of projects become that of their programme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pmhub.rules import Rules
from programmes.health.dimensions import TROUBLED, banded, judged, projects_finding
from programmes.health.findings import Driver, Finding, Rag

NOT_CRITICAL, WEIGHED = "not_critical", "weighed_together"


class HealthRuleKind(StrEnum):
    """How a programme is judged by its projects."""

    WORST = "worst"
    CRITICAL = "worst_of_critical"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class HealthRule(Rules):
    """How projects count for their programme: by the worst colour of all, the worst of the critical
    ones, or by weight: amber above one share of the weight in amber or red, red above another."""

    rule: HealthRuleKind = HealthRuleKind.WORST
    amber_share: Decimal = Decimal("0.20")
    red_share: Decimal = Decimal("0.40")

    RISING: ClassVar = (("amber_share", "red_share"),)
    HIGHEST: ClassVar[Mapping[str, Decimal]] = dict.fromkeys(
        ("amber_share", "red_share"), Decimal(1)
    )
    LABELS: ClassVar[Mapping[str, str]] = {
        "rule": "How projects count",
        "amber_share": "Weighted: amber above this share in amber or red",
        "red_share": "Weighted: red above this share",
    }

    def set_aside(self, *, critical: bool) -> str:
        """Return why a project does not count by itself; empty where it does."""
        if self.rule is HealthRuleKind.WEIGHTED:
            return WEIGHED
        return NOT_CRITICAL if self.rule is HealthRuleKind.CRITICAL and not critical else ""


DEFAULT_RULE = HealthRule()


@dataclass(frozen=True, slots=True)
class JudgedProject:
    """A live project with its colour, as it counts for its programme."""

    driver: Driver
    colour: Rag
    critical: bool = True
    weight: Decimal = Decimal(1)


def of_projects(projects: Sequence[JudgedProject], rule: HealthRule = DEFAULT_RULE) -> Finding:
    """Return the finding about the live projects of a programme, by a rule."""
    if rule.rule is HealthRuleKind.WEIGHTED:
        return _weighted(projects, rule)
    if rule.rule is HealthRuleKind.CRITICAL:
        critical = [(project.driver, project.colour) for project in projects if project.critical]
        return projects_finding(critical, "worst_critical_projects")
    return projects_finding([(project.driver, project.colour) for project in projects])


def _weighted(projects: Sequence[JudgedProject], rule: HealthRule) -> Finding:
    """Judge the share of the weight that is in amber or red; grey projects have no weight."""
    coloured = [project for project in projects if project.colour is not Rag.GREY]
    whole = sum((project.weight for project in coloured), Decimal(0))
    if not whole:
        return Finding("projects", Rag.GREY, known=False)
    troubled = [project for project in coloured if project.colour in TROUBLED]
    share = sum((project.weight for project in troubled), Decimal(0)) / whole
    rag = banded(share, rule.amber_share, rule.red_share)
    if rag not in TROUBLED:
        return Finding("projects", rag)
    values = {**judged(share, rule.amber_share, rule.red_share), "count": len(troubled)}
    drivers = [project.driver for project in sorted(troubled, key=lambda project: -project.weight)]
    return Finding("projects", rag, "weighted_projects", values, drivers)
