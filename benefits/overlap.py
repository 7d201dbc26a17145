"""Which benefits of a programme may count one gain twice, and how much they do: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

LIKE = 0.6  # of all words of two titles, the share that both have, from which they are alike
COMMON = 20  # what more benefits than this have in common tells nothing of any two
# Words of titles that say which way, or nothing.
SMALL = {
    "a", "an", "and", "at", "by", "during", "fewer", "for", "from", "greater", "growth", "higher",
    "in", "increase", "increased", "less", "lost", "lower", "more", "of", "on", "per", "reduced",
    "release", "released", "saved", "the", "to", "with",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What a benefit claims, as far as another may claim the same. `shares` are the weights of the
    projects that contribute, `outcomes` those that lead to it."""

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
    """Return the words of a title that say what gets better."""
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


# What two benefits must have in common, and what must hold of them besides; the first that applies
# is the cause.
CAUSES: Mapping[str, tuple[Keys, Callable[[Claim, Claim], bool]]] = {
    "same_measure": (_measured, _always),
    "near_title": (lambda claim: words(claim.title), _alike),
    "shares_over_1": (_paid, _over_1),
    "same_population": (_reached, _always),
}


def overlaps(claims: Sequence[Claim]) -> dict[Pair, str]:
    """Return the pairs of benefits that may claim the same gain, or the same loss, by their ids in
    order, each with why.

    They share a measure and its unit; or most words of their titles; or a project whose shares in
    both are more than 1, where both are of a category and serve an objective; or an outcome that
    brings both to the same beneficiary in the same category.
    """
    pairs: dict[Pair, str] = {}
    for cause, (keys, holds) in CAUSES.items():
        for one, other in _sharing(claims, keys):
            if holds(one, other):
                pairs.setdefault((one.id, other.id), cause)
    return pairs


def _sharing(claims: Sequence[Claim], keys: Keys) -> Iterator[tuple[Claim, Claim]]:
    """Pairs that have a key in common, the one with the lower id first."""
    sharing: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda claim: claim.id):
        for key in keys(claim):
            sharing[claim.polarity, key].append(claim)
    for group in sharing.values():
        if len(group) <= COMMON:
            yield from combinations(group, 2)


Agreed = tuple[int, int, int, Decimal]  # id, the two benefits, what both claim as a magnitude


def claimed_twice(agreed: Sequence[Agreed], worth: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Return what each agreement takes from the sum, by its id, signed as `worth` is, which says
    what each benefit comes to.

    Of two it is no more than the smaller, and nothing where one is a gain and one a loss. Of all
    that hang together the largest is left, however many pairs they are agreed about.
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
    """All that hang together by pairs, for each of them."""
    group: dict[int, frozenset[int]] = {}
    for first, second in pairs:
        joined = group.get(first, frozenset([first])) | group.get(second, frozenset([second]))
        group |= dict.fromkeys(joined, joined)
    return group
