"""Which benefits of a programme may count one gain twice, and how much they do: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

LIKE = 0.6  # titles are alike from this share of common words on
COMMON = 20  # a trait that more benefits share says nothing about any two of them
# Words of titles that only name a direction, or nothing.
SMALL = {
    "a", "an", "and", "at", "by", "during", "fewer", "for", "from", "greater", "growth", "higher",
    "in", "increase", "increased", "less", "lost", "lower", "more", "of", "on", "per", "reduced",
    "release", "released", "saved", "the", "to", "with",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A benefit with the traits that two benefits must share to claim the same gain. `shares` are
    the weights of the projects that contribute, by project; `outcomes` are the outcomes that lead
    to it."""

    id: int
    title: str
    measure: str
    unit: str
    polarity: int
    category: str
    beneficiary: str
    objective: int | None
    shares: Mapping[int, Decimal]
    outcomes: frozenset[int]


Pair = tuple[int, int]
Keys = Callable[[Claim], Iterable[Hashable]]


def words(title: str) -> frozenset[str]:
    """Return the words of a title that name what gets better."""
    letters = "".join(char if char.isalnum() else " " for char in title.casefold())
    return frozenset(word for word in letters.split() if word.isalpha()) - SMALL


def _measured(claim: Claim) -> Iterable[Hashable]:
    measure = " ".join(claim.measure.casefold().split())
    return [(measure, claim.unit.casefold())] if measure else []


def _paid(claim: Claim) -> Iterable[Hashable]:
    objective = claim.objective
    return [(project, claim.category, objective) for project in claim.shares if objective]


def _reached(claim: Claim) -> Iterable[Hashable]:
    return [(outcome, claim.beneficiary, claim.category) for outcome in claim.outcomes]


def _always(one: Claim, other: Claim) -> bool:
    return True


def _alike(one: Claim, other: Claim) -> bool:
    mine, theirs = words(one.title), words(other.title)
    return len(mine & theirs) >= LIKE * len(mine | theirs)


def _over_1(one: Claim, other: Claim) -> bool:
    return any(
        weight + other.shares[project] > 1
        for project, weight in one.shares.items()
        if project in other.shares
    )


# For each cause, the keys of which two benefits must have one in common, and a condition that they
# must meet besides. The first cause that applies is the one of the pair.
CAUSES: Mapping[str, tuple[Keys, Callable[[Claim, Claim], bool]]] = {
    "same_measure": (_measured, _always),
    "near_title": (lambda claim: words(claim.title), _alike),
    "shares_over_1": (_paid, _over_1),
    "same_population": (_reached, _always),
}


def overlaps(claims: Sequence[Claim]) -> dict[Pair, str]:
    """Return the pairs of benefits that may claim the same gain, or the same loss, by their ids in
    order, each with the cause.

    Two benefits may do so where they share a measure and its unit; or most words of their titles;
    or a project whose shares in both come to more than 1, where both have the same category and
    objective; or an outcome that leads to both, for the same beneficiary in the same category.
    """
    pairs: dict[Pair, str] = {}
    for cause, (keys, holds) in CAUSES.items():
        for one, other in _sharing(claims, keys):
            if holds(one, other):
                pairs.setdefault((one.id, other.id), cause)
    return pairs


def _sharing(claims: Sequence[Claim], keys: Keys) -> Iterator[tuple[Claim, Claim]]:
    """Yield the pairs of benefits that have a key in common, the one with the lower id first."""
    sharing: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda claim: claim.id):
        for key in keys(claim):
            sharing[claim.polarity, key].append(claim)
    for group in sharing.values():
        if len(group) <= COMMON:
            yield from combinations(group, 2)


Agreed = tuple[int, int, int, Decimal]  # id, the two benefits, magnitude of what both claim


def claimed_twice(agreed: Sequence[Agreed], worth: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Return what each agreement subtracts from the sum of benefits, by its id. `worth` is the
    signed value of each benefit; the results have its sign.

    An agreement about two benefits subtracts at most the smaller of the two, and nothing where one
    is a gain and the other a loss. Of benefits that agreements join, directly or through others,
    the largest always remains, however many agreements there are.
    """
    same = [case for case in agreed if worth[case[1]] * worth[case[2]] > 0]
    group = _groups((first, second) for _, first, second, _ in same)
    size = {id: abs(worth[id]) for id in group}
    left = {
        members: sum(size[id] for id in members) - max(size[id] for id in members)
        for members in set(group.values())
    }
    twice = {id: Decimal(0) for id, *_ in agreed}
    for id, first, second, amount in same:
        most = min(amount, size[first], size[second], left[group[first]])
        left[group[first]] -= most
        twice[id] = most.copy_sign(worth[first])
    return twice


def _groups(pairs: Iterable[Pair]) -> dict[int, frozenset[int]]:
    """Return, for each benefit, all that pairs join with it, directly or through others."""
    group: dict[int, frozenset[int]] = {}
    for first, second in pairs:
        joined = group.get(first, frozenset([first])) | group.get(second, frozenset([second]))
        group |= dict.fromkeys(joined, joined)
    return group
