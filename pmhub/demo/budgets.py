"""The money of next year: envelopes, what is asked for of them, and what is to move."""

from pmhub.demo.rows import DemoLoad
from pmhub.models import User
from pmhub.services import turn
from programmes.models import Envelope, Portfolio
from projects.models import BudgetRequest, BudgetTransfer
from projects.services import refuse_request


def add_envelopes(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add the most that may be approved in a year, in all and for programmes."""
    demo.rows(Envelope, "envelopes", portfolio=portfolio)


def add_budget_requests(demo: DemoLoad) -> None:
    """Add drafts of budget requests, requests that wait for a decision, and one that the sponsor
    refused."""
    sponsor: User = demo.sponsor
    for request, row in demo.rows(BudgetRequest, "budget_requests", "submitted", "refused"):
        if row.get("submitted") or "refused" in row:
            turn(request, noun="submission", by=demo.by)
        if "refused" in row:
            refuse_request(request, reason=row["refused"], by=sponsor)


def add_budget_transfers(demo: DemoLoad) -> None:
    """Add transfers between budget lines of projects, which wait for approval."""
    for row in demo.data["budget_transfers"]:
        ends = {
            f"{end}_line": demo.by_code[row[end]].budget_lines.order_by("pk")[0]
            for end in ("from", "to")
        }
        demo.rows(BudgetTransfer, [row], "from", "to", **ends)
