"""The verbs of budget requests and transfers, and storing lines within envelopes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from django.db import transaction

from pmhub.access import Withheld, roles_on
from pmhub.access.separation_of_duties import on_one_side
from pmhub.database.collation import same
from pmhub.database.history import because
from pmhub.formats import spoken
from pmhub.models import User
from pmhub.permissions import Role
from pmhub.services import (
    add,
    as_of,
    check_move,
    free_code,
    judge_of,
    lock,
    refuse,
    refuse_state,
    save,
    turn,
)
from programmes.delegated_limits import OF_BOARDS, levels_of, reaches_level
from programmes.models import Decision, Level, Portfolio, Programme, ProgrammeLine
from programmes.models.closure_triggers import NO_MONEY, NO_MONEY_OF_PROGRAMME
from programmes.models.programme_line import LineKind
from programmes.models.states import DecisionState
from programmes.queries.delegated_limits import budget_level, limits_of
from programmes.queries.money import EnvelopeKey, tightest_envelope
from projects.models import (
    BudgetLine,
    BudgetRequest,
    BudgetRequestState,
    BudgetTransfer,
    Project,
)
from projects.models.budget.request import OWN
from projects.models.budget.transfer import APART, FOREIGN
from projects.queries.approved import approved_of
from projects.services.codes import code_beside

Line = TypeVar("Line", BudgetLine, ProgrammeLine)
SELF_ALLOWED = (
    "Nobody allows themself more than they may approve: name a decision of a board, of the sponsor"
    " or of the PMO."
)
NUMBER, MONEY = "BR1", "decides about money"


def deciding_level(request: BudgetRequest, amount: Decimal) -> str | None:
    """Return the level that decides about this amount of a request, beside what was approved since
    the last plan; None where it is above every limit, so that only a board of the portfolio
    decides."""
    portfolio = request.owner_portfolio
    approved = approved_of(request.project or request.programme)
    limits = limits_of([portfolio.pk])[portfolio.pk]
    return budget_level(limits, amount, request.lowest_level, approved)


@transaction.atomic
def approve_request(
    request: BudgetRequest,
    *,
    approved_amount: Decimal | None = None,
    decision: Decision | None = None,
    reason: str = "",
    by: User | None,
) -> BudgetRequest:
    """Approve a request, in full or in part, and add its budget line. Above the approver's own
    level a decision of a board is needed; above an envelope any valid decision. Either is named in
    `decision`."""
    lock(request.owner_portfolio)  # two who approve the last of an envelope see one another
    check_move(lock(request), "approval")
    approver = judge_of(request, "state", MONEY, by, own=OWN)
    amount = request.amount if approved_amount is None else approved_amount
    if not 0 < amount <= request.amount:
        refuse("approved_amount", "Approve what is asked for, or a part of it.")
    if request.project and not request.project.live:
        refuse_state("project", NO_MONEY)
    if request.programme and request.programme.has_ended:
        refuse_state("programme", NO_MONEY_OF_PROGRAMME)
    if decision is not None:
        _check_decision(request, decision, by)
    _check_level(request, amount, decision, by)
    if decision is None:
        _check_envelope(request, amount)
    with because(f"Budget request {request}"):
        lines = _write_line(request, amount, by=by)
    given = {
        "state": BudgetRequestState.PARTLY if amount < request.amount else
        BudgetRequestState.APPROVED,
        "approved_amount": amount,
        "decided_by": approver,
        "decided_on": as_of(request),
        "answer": reason,
        "decision": decision,
        **lines,
    }  # fmt: skip
    for name, value in given.items():
        setattr(request, name, value)
    return save(request, *given, by=by)


@transaction.atomic
def refuse_request(request: BudgetRequest, *, reason: str, by: User | None) -> BudgetRequest:
    """Refuse a request, with a reason."""
    check_move(lock(request), "refusal")
    return turn(
        request,
        noun="refusal",
        decided_by=judge_of(request, "state", MONEY, by, own=OWN),
        decided_on=as_of(request),
        answer=reason,
        by=by,
    )


def _check_decision(request: BudgetRequest, decision: Decision, by: User | None) -> None:
    """Refuse a decision that is not made, is about another place, or has allowed another request
    already; and one that the approver made alone, unless they may set envelopes themself."""
    home = (request.project and request.project.programme) or request.programme
    if decision.state != DecisionState.MADE:
        refuse_state("decision", "Name a decision that was made and holds.")
    if decision.place not in (home, request.owner_portfolio) or decision.place is None:
        refuse("decision", "Name a decision about the programme or the portfolio.")
    if BudgetRequest.objects.filter(decision=decision).exists():
        refuse_state("decision", "This decision has allowed another request already.")
    alone = decision.board_id is None and on_one_side(by, decision.decided_by_id)
    if alone and not {Role.SPONSOR, Role.PMO} & roles_on(by, request.owner_portfolio):
        raise Withheld("decision", SELF_ALLOWED)


def _check_level(
    request: BudgetRequest, amount: Decimal, decision: Decision | None, by: User | None
) -> None:
    """Raise Withheld where the amount is above the limits both of the approver and of the board
    that made the decision."""
    level = deciding_level(request, amount)
    board = decision.board if decision else None
    if board is not None and reaches_level([OF_BOARDS[board.kind]], level or Level.SPONSOR):
        return
    before = _said_before(request, amount)
    if level is None:
        text = "This is above every limit: name a decision of the sponsoring group or a board of"
        raise Withheld("approved_amount", f"{text} the portfolio.{before}")
    if level == Level.PROGRAMME_BOARD:
        raise Withheld("decision", f"The programme board decides this: name its decision.{before}")
    if not reaches_level(levels_of(roles_on(by, request)), level):
        who = str(Level(level).label).lower()
        text = f"This is above your limit: the {who} decides it.{before}"
        raise Withheld("approved_amount", text)


def _said_before(request: BudgetRequest, amount: Decimal) -> str:
    """Return a sentence that says what was approved since the last plan; empty where nothing
    was."""
    approved = approved_of(request.project or request.programme)
    in_all = approved.weighed(Level.PROJECT_MANAGER, amount, 0, Decimal(0))[0]
    if in_all == amount:
        return ""
    portfolio = request.owner_portfolio
    return f" With what was approved since the last plan it comes to {spoken(in_all, portfolio)}."


def _check_envelope(request: BudgetRequest, amount: Decimal) -> None:
    """Refuse an amount above an envelope, and say how much is left."""
    home = request.project.programme if request.project else request.programme
    portfolio = request.owner_portfolio
    tight = tightest_envelope(EnvelopeKey(portfolio, home, request.fiscal_year, request.treatment))
    if tight is not None and tight[1] < amount:
        left = spoken(max(tight[1], Decimal(0)), portfolio)
        text = f"Only {left} of the envelope {tight[0]} is left: name the decision that allows more"
        refuse_state("decision", f"{text}, or approve a part.")


def _write_line(
    request: BudgetRequest, amount: Decimal, *, by: User | None
) -> dict[str, BudgetLine | ProgrammeLine]:
    """Add a budget line for the approved amount; return it by the name of its field in the
    request."""
    given = {"fiscal_year": request.fiscal_year, "treatment": request.treatment}
    if request.project:
        lines = request.project.budget_lines.all()
        line = BudgetLine(
            project=request.project, category=request.category, approved=amount, **given
        )
        line.code = free_code(request.code, lambda wish: lines.filter(same("code", wish)).exists())
        return {"budget_line": add(line, by=by)}
    programme = request.programme
    assert programme is not None  # noqa: S101  # by constraint
    own = programme.lines.all()
    mine = ProgrammeLine(programme=programme, kind=LineKind.OTHER, approved_budget=amount, **given)
    mine.code = free_code(request.code, lambda wish: own.filter(same("code", wish)).exists())
    return {"programme_line": add(mine, by=by)}


def next_request_code(request: BudgetRequest) -> str:
    """Return the code after those of the requests of the same project or programme."""
    return code_beside(request, ("project", "programme"), NUMBER)


# Lines

# The fields by which envelopes count a line, and by which its amount may change.
MOVES = {"project", "programme", "fiscal_year", "treatment", "foreign_currency"}


@transaction.atomic
def store_within_envelopes(
    line: Line, changed: list[str] | None, store: Callable[[], Line]
) -> Line:
    """Store a new line (`changed` is None) or the changed fields of one, and refuse it where what
    is approved then exceeds an envelope. A line that does not rise may stay above one."""
    field = "approved" if isinstance(line, BudgetLine) else "approved_budget"
    named = f"foreign_{field}" if getattr(line, "foreign_currency", "") else field
    if _home(line).has_ended:
        return _store_no_more(line, changed, field, named, store)
    if changed is not None and {named, *MOVES}.isdisjoint(changed):
        return store()
    lock(_under(line).portfolio)  # two who approve the last of an envelope see one another
    before = None if changed is None else type(line)._base_manager.get(pk=line.pk)
    line = store()
    line.refresh_from_db(fields=[field])  # the database may have converted it
    approved, earlier = getattr(line, field), getattr(before, field, 0)
    rises = approved > earlier
    if rises or approved > 0:
        _check_below(_under(line), named, but=None if rises or before is None else _under(before))
    if before is not None and earlier < 0:  # it was income, which left more to approve there
        _check_below(_under(before), named, but=_under(line))
    return line


def _check_below(place: EnvelopeKey, named: str, *, but: EnvelopeKey | None = None) -> None:
    """Refuse, at the field `named`, an approved sum above an envelope of a place. Envelopes of the
    place `but` are left out."""
    tight = tightest_envelope(place, but=but)
    if tight is not None and tight[1] < 0:
        over = spoken(-tight[1], place.portfolio)
        refuse_state(
            named, f"This is {over} above the envelope {tight[0]}: ask for it by a request."
        )


def _home(line: Line) -> Project | Programme:
    """Return the project or the programme of a line."""
    return line.project if isinstance(line, BudgetLine) else line.programme


def _store_no_more(
    line: Line, changed: list[str] | None, field: str, named: str, store: Callable[[], Line]
) -> Line:
    """Store a line of a project or programme that has ended, and refuse, at the field `named`, to
    approve more on it than before. New lines of a closed place are accepted, as history; those of a
    terminated one are not."""
    if changed is None and not _home(line).terminated:
        return store()
    home = "project" if isinstance(line, BudgetLine) else "programme"
    there = type(line)._base_manager.filter(pk=line.pk, **{home: _home(line)})
    before = there.values_list(field, flat=True).first()
    line = store()
    line.refresh_from_db(fields=[field])
    if getattr(line, field) > (before or 0):
        refuse_state(named, NO_MONEY if isinstance(line, BudgetLine) else NO_MONEY_OF_PROGRAMME)
    return line


def _under(line: BudgetLine | ProgrammeLine) -> EnvelopeKey:
    """Return the place, the year and the treatment by which envelopes count a line."""
    if isinstance(line, BudgetLine):
        home, portfolio = line.project.programme, line.project.owner_portfolio
    else:
        home, portfolio = line.programme, line.programme.portfolio
    return EnvelopeKey(portfolio, home, line.fiscal_year, line.treatment)


# Transfers


@transaction.atomic
def approve_transfer(
    transfer: BudgetTransfer, *, reason: str = "", by: User | None
) -> BudgetTransfer:
    """Approve a transfer: a trigger then moves the amount from one line to the other, never more
    than is neither spent nor ordered, and above no envelope."""
    portfolio = transfer.from_line.project.owner_portfolio
    lock(portfolio)
    check_move(lock(transfer), "approval")
    approver = judge_of(transfer, "state", MONEY, by, own=OWN)
    for line in sorted((transfer.from_line, transfer.to_line), key=lambda row: row.pk):
        lock(line)
    check_ends(transfer.from_line, transfer.to_line)
    _check_envelope_of_other(transfer, portfolio)
    with because(reason or f"Budget moved: {transfer.reason}"):
        return turn(transfer, noun="approval", on=as_of(transfer), decided_by=approver, by=by)


@transaction.atomic
def refuse_transfer(transfer: BudgetTransfer, *, by: User | None) -> BudgetTransfer:
    """Refuse a transfer: both lines stay as they are."""
    check_move(lock(transfer), "refusal")
    decider = judge_of(transfer, "state", MONEY, by, own=OWN)
    return turn(transfer, noun="refusal", on=as_of(transfer), decided_by=decider, by=by)


def check_ends(from_line: BudgetLine, to_line: BudgetLine) -> None:
    """Refuse two lines between which no money can move."""
    if from_line.project.owner_portfolio != to_line.project.owner_portfolio:
        refuse("to_line", APART)
    if not to_line.project.live:
        refuse_state("to_line", NO_MONEY)
    for name, line in (("from_line", from_line), ("to_line", to_line)):
        if line.foreign_currency:
            refuse_state(name, FOREIGN)


def _check_envelope_of_other(transfer: BudgetTransfer, portfolio: Portfolio) -> None:
    """Refuse a transfer that would exceed an envelope which counts the receiving line but not the
    other."""
    old, new = (_under(line) for line in (transfer.from_line, transfer.to_line))
    tight = tightest_envelope(new, but=old)
    if tight is not None and tight[1] < transfer.amount:
        left = spoken(max(tight[1], Decimal(0)), portfolio)
        refuse_state("to_line", f"Only {left} of the envelope {tight[0]} is left: request it.")
