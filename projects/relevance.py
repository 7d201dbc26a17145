"""How well a lesson or a standard fits a place: parts from 0 to 1, each with its weight. Plain
values."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

# The weight of each part. "words" compares stems of the words asked for, rare ones weighing more;
# "wording" compares letters, for words that are misspelt or compounded.
WEIGHTS: Mapping[str, float] = {
    "words": 0.5,
    "wording": 0.2,
    "category": 0.1,
    "stage": 0.05,
    "discipline": 0.1,
    "approach": 0.05,
}
LEAST = 0.15  # the least score that is shown
FIRST = 3  # the number of items shown
ENOUGH = 4  # this many rare words in common give the full score
BESIDE = 0.6  # the weight of a word outside the title

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class RelevanceQuery:
    """What lessons and standards are looked for: the text typed, and the traits of the place."""

    text: str = ""
    category: str = ""
    stage: str = ""
    approach: str = ""
    disciplines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits for which a lesson or a standard holds; an empty one holds for all and adds
    nothing."""

    category: str = ""
    stage: str = ""
    approach: str = ""
    discipline: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well something fits: its parts, each from 0 to 1, and what they come to."""

    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Return the weighted sum of the parts, from 0 to 1."""
        return round(sum(WEIGHTS[name] * value for name, value in self.parts.items()), 4)


def in_common(
    words: Collection[str], title: Collection[str], rest: Collection[str], idf: Mapping[str, float]
) -> float:
    """Return how much of the words asked for a text has, from 0 to 1: each word weighs by its
    rarity, in full where it is in the title. A few rare words are enough for 1."""
    weights = [idf[word] * (1 if word in title else BESIDE) for word in words if word in rest]
    most = sum(sorted((idf[word] for word in words), reverse=True)[:ENOUGH])
    return min(sum(weights) / most, 1.0) if most else 0.0  # words in no text weigh nothing


def rarity(words: Collection[str], texts: Sequence[Collection[str]]) -> dict[str, float]:
    """Return the weight of each word asked for: the fewer texts have it, the more; 0 where none has
    it."""
    counts = {word: sum(word in text for text in texts) for word in words}
    return {
        word: math.log(1 + len(texts) / count) if count else 0.0 for word, count in counts.items()
    }


def fit(query: RelevanceQuery, traits: Traits, *, words: float, wording: float) -> Fit:
    """Return how well something fits: its traits compared with those asked for, and the shares of
    `words` and `wording` in common, which the caller has computed."""
    return Fit(
        {
            "words": round(min(words, 1.0), 4),
            "wording": round(min(wording, 1.0), 4),
            "category": _same(query.category, traits.category),
            "stage": _same(query.stage, traits.stage),
            "discipline": float(_named(traits.discipline, [query.text, *query.disciplines])),
            "approach": _same(query.approach, traits.approach),
        }
    )


def best_fits(items: Iterable[tuple[Item, Fit]], most: int = FIRST) -> list[tuple[Item, Fit]]:
    """Return the items that fit best, the best first, without those below the least score. Equal
    ones keep their order."""
    fitting = [(item, fit) for item, fit in items if fit.score >= LEAST]
    return sorted(fitting, key=lambda pair: -pair[1].score)[:most]


def _same(value: str, held: str) -> float:
    return float(bool(held) and _plain(value) == _plain(held))


def _named(discipline: str, texts: Iterable[str]) -> bool:
    """Return whether one of the texts names a discipline."""
    plain = _plain(discipline)
    return bool(plain) and any(plain in _plain(text) for text in texts)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
