"""Loads business cases, with their options and the flows of these.

What there is stands in `portfolio.json`; here is how it goes in.
"""

from datetime import date

from pmhub.demo.rows import DemoLoad
from programmes.models import BusinessCase, CaseFlow, CaseOption
from programmes.services import approve_case, submit_case


def add_cases(demo: DemoLoad) -> None:
    """Add business cases: submitted by the PMO, approved by the sponsor."""
    apart = ("options", "preferred", "approved_on")
    for case, row in demo.rows(BusinessCase, "business_cases", *apart):
        for option, entry in demo.rows(CaseOption, row["options"], "flows", case=case):
            flows = (
                {"fiscal_year": year, "kind": kind, "amount": amount}
                for kind, years in entry["flows"].items()
                for year, amount in years.items()
            )
            demo.rows(CaseFlow, flows, option=option)
        case.preferred_option = case.options.get(code=row["preferred"])
        case.save(update_fields=["preferred_option"])
        submit_case(case, by=demo.by)
        approve_case(case, approved_on=date.fromisoformat(row["approved_on"]), by=demo.sponsor)
