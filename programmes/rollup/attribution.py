"""Effects of edits, told apart from effects of time and rules: a batch is computed first under its
earlier status date and rules, then under the present ones.

Where a batch works off edits and the status date or the rules are new as well, the ledger would
show one movement for two causes. So it is computed first under the date and the rules of the last
computation, which shows what the edits did; then under the new date with the old rules; then as it
is now. Each is written as a computation of its own, a microsecond apart, and `RollupBasis` says at
which of them the date or the rules were new: the bridge reads the split off the ledger.

Two movements cannot be split. Where the version of the engine is new, the old engine is gone: all
is one movement of the rules. What a giver in another programme's batch did counts as it is stored:
all is one movement of the giver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmhub.database.history import events_of
from pmhub.database.statements import IDS, Rows
from programmes.models import Portfolio, RollupBasis, RollupRequest, valid
from programmes.rollup.compute import ENGINE_VERSION, Results, compute
from programmes.rollup.facts import PortfolioFacts
from programmes.rollup.reading import portfolio_facts, read

MOST = 100  # versions of a portfolio looked through for the rules of the last computation
TRIES = 3
# What programmes were computed under last, with their portfolios as they are.
BASES = Rows(
    lambda: (
        RollupBasis.objects.filter(valid(), programme_id__in=[IDS])
        .select_related("programme__portfolio")
        .order_by("programme_id")
    )
)


@dataclass(frozen=True, slots=True)
class EarlierRules:
    """Programmes of one portfolio that were computed last under another date or other rules."""

    programmes: Sequence[int]
    portfolio: PortfolioFacts


def results(programmes: Sequence[int], standalone: Sequence[int]) -> list[Results]:
    """Return the results of a batch under each of the earlier dates and rules and, last, the
    present ones, in the order in which they have to be written."""
    path = earlier(programmes)
    for _ in range(TRIES if path else 0):
        # Each reading sees what is committed by then. An edit that is in one and not in another
        # has left a request meanwhile: all are read again.
        seen = _requests()
        first = [_under(step) for step in path]
        last = compute(read(programmes, standalone))
        if _requests() <= seen:
            break
    return [*first, last] if path else [compute(read(programmes, standalone))]


def _under(earlier: EarlierRules) -> Results:
    return compute(read(earlier.programmes, under={earlier.portfolio.id: earlier.portfolio}))


def _requests() -> set[int]:
    return set(RollupRequest.objects.values_list("pk", flat=True))


def earlier(programmes: Sequence[int]) -> list[EarlierRules]:
    """Return the programmes that were last computed under another date or other rules, with what to
    compute first: under the old date, then under the new date with the old rules."""
    return list(_earlier(programmes))


def _earlier(programmes: Sequence[int]) -> Iterator[EarlierRules]:
    now: dict[int, PortfolioFacts] = {}
    groups: dict[tuple[int, date, str], list[int]] = {}
    for basis in BASES(list(programmes)):
        if basis.engine_version != ENGINE_VERSION:
            continue
        portfolio = basis.programme.portfolio
        facts = now.setdefault(portfolio.pk, portfolio_facts(portfolio))
        if (basis.as_of, basis.rules) != (facts.as_of, facts.rules):
            group = groups.setdefault((facts.id, basis.as_of, basis.rules), [])
            group.append(basis.programme_id)
    for (portfolio_id, day, rules), ids in groups.items():
        facts = now[portfolio_id]
        then = ruled(facts, rules)
        if then and day != facts.as_of:
            yield EarlierRules(ids, replace(then, as_of=day))
        if then and rules != facts.rules:
            yield EarlierRules(ids, replace(then, as_of=facts.as_of))


def ruled(portfolio: PortfolioFacts, rules: str) -> PortfolioFacts | None:
    """Return the portfolio as it was in its latest version with rules of this digest; None where
    none is found."""
    if portfolio.rules == rules:
        return portfolio
    names = [field.attname for field in Portfolio._meta.concrete_fields]
    kept = {field.attname for field in events_of(Portfolio)._meta.concrete_fields}
    events = events_of(Portfolio).objects.filter(id=portfolio.id).order_by("-pgh_id")
    for row in events.values(*(name for name in names if name in kept))[:MOST]:
        then = portfolio_facts(Portfolio(**row))
        if then.rules == rules:
            return then
    return None
