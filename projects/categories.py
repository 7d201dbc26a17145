"""The categories of risks: how strongly risks of each follow their shared cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from pmhub.rules import Entry, Table


@dataclass(frozen=True, slots=True)
class Categories(Table):
    """Named categories, each with how strongly its risks follow their shared cause when they are
    simulated, 0 to 1. Risks of any other category follow it as the thresholds say; where these say
    0, all risks are independent."""

    OPEN: ClassVar[Entry | None] = Entry("", Decimal, None, "", high=Decimal(1))

    @property
    def loadings(self) -> Mapping[str, Decimal]:
        """The loadings by cause: however a category is typed."""
        return {cause_of(name): loading for name, loading in self.values.items()}


DEFAULT_CATEGORIES = Categories()


@lru_cache(maxsize=1024)
def cause_of(category: str) -> str:
    """Return what risks of a category share, by whatever blanks and letters it is typed."""
    return " ".join(category.split()).casefold()
