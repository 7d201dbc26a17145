"""Business cases, and exceptions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from programmes.models import BusinessCase, CaseFlow, CaseOption, ExceptionReport, Programme
from programmes.services import submit_case
from projects.models import Project
from tests.factories.codes import next_code
from tests.factories.judgements import tolerance
from tests.factories.programmes import programme
from tests.factories.projects import project


def business_case(
    home: Programme | Project | None = None, *, state: str = "draft", **fields: Any
) -> BusinessCase:
    """Return a business case with two options, of which the second is preferred; an approved one is
    so since 1 October 2026."""
    place = home or programme()
    defaults = {"code": next_code("BC"), "kind": "FBC", "base_year": 2026, "price_base": 2026}
    defaults |= dict.fromkeys(CASE_TEXTS, "As was agreed.")
    where = {"project" if isinstance(place, Project) else "programme": place}
    made = BusinessCase.objects.create(**{**where, **defaults, **fields})
    case_option(made, kind="do_nothing", costs={2026: 100})
    made.preferred_option = case_option(made, costs={2026: 100}, benefits={2027: 300})
    made.save()
    for step in CASE_STEPS[state]:
        if step == "submitted":
            submit_case(made, by=None)
        else:
            day = {"approved_on": date(2026, 10, 1)} if step == "approved" else {}
            BusinessCase.objects.filter(pk=made.pk).update(state=step, **day)
    made.refresh_from_db()
    return made


CASE_TEXTS = ("strategic", "economic", "commercial", "financial", "management")
CASE_STEPS = {
    "draft": (),
    "submitted": ("submitted",),
    "rejected": ("submitted", "rejected"),
    "approved": ("submitted", "approved"),
    "superseded": ("submitted", "approved", "superseded"),
}


def case_option(
    case: BusinessCase | None = None,
    *,
    costs: Mapping[int, Any] | None = None,
    benefits: Mapping[int, Any] | None = None,
    **fields: Any,
) -> CaseOption:
    """Return an option of a case, with its costs and benefits by fiscal year."""
    code = next_code("O")
    option = CaseOption.objects.create(
        case=case or business_case(), **{"code": code, "title": f"Option {code}", **fields}
    )
    for kind, years in (("cost", costs or {}), ("benefit", benefits or {})):
        for year, amount in years.items():
            case_flow(option, kind=kind, fiscal_year=year, amount=amount)
    return option


def case_flow(option: CaseOption | None = None, **fields: Any) -> CaseFlow:
    """Return a cost of an option in a fiscal year."""
    said = {"kind": "cost", "fiscal_year": 2026, "amount": 10}
    return CaseFlow.objects.create(option=option or case_option(), **said | fields)


def exception(of: Project | BusinessCase | None = None, **fields: Any) -> ExceptionReport:
    """Return an exception: of a project that is 12 % over where 10 % are tolerated, or of a case
    below its tolerance."""
    place = of or project()
    kind = "cost_pct" if isinstance(place, Project) else "npsv"
    where = {"project" if isinstance(place, Project) else "case": place}
    home: Any = place if isinstance(place, Project) else place.programme
    if "tolerance" not in fields:
        fields["tolerance"] = tolerance(
            home, kind=kind, side="over" if kind == "cost_pct" else "under", value=10
        )
    said = {"kind": kind, "now": 12, "approved": 10, "opened_on": date(2026, 10, 1)}
    return ExceptionReport.objects.create(**where, **said | fields)
