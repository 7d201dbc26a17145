"""The categories of risks: how strongly risks of each follow their shared cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from pmhub.rules import Entry, Table


@dataclass(frozen=True, slots=True)
class Categories(Table):
    """The named categories of risks, each with its loading, from 0 to 1: how strongly its risks
    follow their shared cause when they are simulated. Risks of any other category have the loading
    of the thresholds; where that is 0, all risks are independent."""

    OPEN: ClassVar[Entry | None] = Entry("", Decimal, None, "", high=Decimal(1))

    @property
    def loadings(self) -> Mapping[str, Decimal]:
        """The loadings by cause, so that blanks and capitals in the name of a category make no
        difference."""
        return {cause_of(name): loading for name, loading in self.values.items()}


DEFAULT_CATEGORIES = Categories()


@lru_cache(maxsize=1024)
def cause_of(category: str) -> str:
    """Return the cause that risks of a category share: the category without regard to blanks and
    capitals."""
    return " ".join(category.split()).casefold()
