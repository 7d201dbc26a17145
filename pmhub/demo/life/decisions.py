"""The duties of those who decide about changes and money."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pmhub.demo.life.duties import Day, Duty
from projects import services
from projects.models import (
    BudgetRequest,
    BudgetRequestState,
    BudgetTransfer,
    BudgetTransferState,
    ChangeRequest,
    ChangeState,
)


def duties(day: Day) -> Iterator[Duty]:
    """Yield what waits to be decided on a day."""
    yield from votes(day)
    yield from transfers(day)
    yield from requests(day)


def votes(day: Day) -> Iterator[Duty]:
    """Yield the change requests that wait for the votes of people with an account."""
    rows = ChangeRequest.objects.filter(project__programme__portfolio=day.portfolio)
    for row in rows.filter(state=ChangeState.IMPACT_ASSESSED).order_by("pk"):
        for person in row.approvers.exclude(user=None).order_by("pk"):
            if not row.has_vote_of(person) and day.chance(0.3):
                yield Duty("votes on changes", person, partial(services.approve_change, row))


def transfers(day: Day) -> Iterator[Duty]:
    """Yield the transfers of budget within a programme, which its SRO decides."""
    rows = BudgetTransfer.objects.filter(from_line__project__programme__portfolio=day.portfolio)
    rows = rows.filter(state=BudgetTransferState.PROPOSED)
    rows = rows.select_related("from_line__project__programme__sro")
    for row in rows.order_by("pk"):
        programme: Any = row.from_line.project.programme
        yield Duty("transfers decided", programme.sro, partial(services.approve_transfer, row))


def requests(day: Day) -> Iterator[Duty]:
    """Yield the requests for money; the SRO approves some of them and refuses others."""
    rows = BudgetRequest.objects.filter(project__programme__portfolio=day.portfolio)
    rows = rows.filter(state=BudgetRequestState.SUBMITTED).select_related("project__programme__sro")
    for row in rows.order_by("pk"):
        project: Any = row.project
        sro = project.programme.sro
        if day.chance(0.2):
            reason = "The programme has no money for it this year."
            refuse = partial(services.refuse_request, row, reason=reason)
            yield Duty("requests refused", sro, refuse)
        elif day.chance(0.4):
            yield Duty("requests approved", sro, partial(services.approve_request, row))
