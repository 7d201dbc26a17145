"""Rules that the PMO sets, as plain values: a class for each kind, a field for each rule.

Code that judges by rules takes an object of the class; forms, REST and the trigger of the rule sets
follow its fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self, get_args

from pmhub.rounding import exact
from pmhub.text import label_of

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule: its name, the type of its value, its default, and the bounds within which the value
    may lie. An `optional` rule may be empty, which means no limit."""

    name: str
    type: type
    default: Any
    label: str
    optional: bool = False
    low: Decimal = ZERO
    high: Decimal | None = None

    def read(self, value: Any) -> Any:
        """Return a stored value in its type. Raises ValueError for an invalid value."""
        if value is None and self.optional:
            return None
        if (self.type is bool) != isinstance(value, bool):
            raise self._refusal(value)
        if self.type is bool:
            return value
        if issubclass(self.type, StrEnum):
            if value not in self.choices:
                raise self._refusal(value)
            return self.type(value)
        return self._number(value)

    @property
    def choices(self) -> list[str]:
        """The possible values, if they are named."""
        return [member.value for member in self.type] if issubclass(self.type, StrEnum) else []

    @property
    def words(self) -> dict[str, str]:
        """The words for each possible value, if they are named."""
        return {value: self.in_words(self.type(value)) for value in self.choices}

    def in_words(self, value: Any) -> str:
        """Return a value in words."""
        if value is None:
            return "no limit"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, StrEnum):
            return str(getattr(value, "words", value.value.replace("_", " ").capitalize()))
        return exact(Decimal(value))

    def _number(self, value: Any) -> Decimal | int:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise self._refusal(value) from None
        if not number.is_finite() or (self.type is int and number != int(number)):
            raise self._refusal(value)
        return int(number) if self.type is int else number

    def check(self, value: Any) -> None:
        """Raise ValueError for a number out of its bounds."""
        if value is None or isinstance(value, bool | str):
            return
        if value < self.low:
            raise ValueError(f"{self.label} is not below {exact(self.low)}")
        if self.high is not None and value > self.high:
            raise ValueError(f"{self.label} is not above {exact(self.high)}")

    def _refusal(self, value: Any) -> ValueError:
        return ValueError(f"{self.label} cannot be {value!r}")


class Rules:
    """Rules of one kind. A kind is a frozen dataclass derived from this, with a field and its
    default for each rule."""

    __slots__ = ()

    # Pairs of names of rules, of which the first must not exceed the second.
    RISING: ClassVar[Sequence[tuple[str, str]]] = ()
    LOWEST: ClassVar[Mapping[str, Decimal]] = {}
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {}
    LABELS: ClassVar[Mapping[str, str]] = {}
    UNSET: ClassVar[str] = ""  # what an empty rule means, unless that is obvious

    @classmethod
    def entries(cls) -> Mapping[str, Entry]:
        """Return the rules of the kind by name, in order."""
        return _declared(cls)  # type: ignore[arg-type]  # a class is a key

    @classmethod
    def entry(cls, name: str) -> Entry:
        """Return the rule of this name. Raises ValueError if there is none."""
        try:
            return cls.entries()[name]
        except KeyError:
            raise ValueError(f"There is no rule {name} of this kind") from None

    @classmethod
    def is_open(cls) -> bool:
        """Return whether a rule set of this kind may hold rules of other names too."""
        return False

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the rules from stored data; rules that it does not name have their defaults.
        Decimals may be numbers or strings. Raises ValueError for an unknown name or an invalid
        value."""
        return cls(**{name: cls.entry(name).read(value) for name, value in values.items()})

    def check(self) -> None:
        """Raise ValueError for a value out of its bounds, and for a lower bound above its upper
        one."""
        named = self.named
        for name, value in named.items():
            self.entry(name).check(value)
        for low, high in self.RISING:
            if named[low] > named[high]:
                raise ValueError(f"{self.entry(low).label} is not above {self.entry(high).label}")

    @property
    def named(self) -> Mapping[str, Any]:
        """The values of the rules, by name."""
        return {name: getattr(self, name) for name in self.entries()}


@dataclass(frozen=True, slots=True)
class Table(Rules):
    """Rules of a kind with too many for a field each: those of `ENTRIES` by name, and any other
    that `OPEN` describes."""

    values: Mapping[str, Any] = field(default_factory=dict)

    ENTRIES: ClassVar[Mapping[str, Entry]] = {}
    OPEN: ClassVar[Entry | None] = None

    @classmethod
    def entries(cls) -> Mapping[str, Entry]:
        """Return the rules that every set of the kind has, by name."""
        return cls.ENTRIES

    @classmethod
    def entry(cls, name: str) -> Entry:
        """Return the rule of this name. Raises ValueError if there can be none."""
        if cls.OPEN is None or name in cls.ENTRIES:
            return super(Table, cls).entry(name)
        return replace(cls.OPEN, name=name, label=name)

    @classmethod
    def is_open(cls) -> bool:
        """Return whether a rule set of this kind may hold rules of other names too."""
        return cls.OPEN is not None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the rules from stored data; rules that it does not name have their defaults."""
        return cls({name: cls.entry(name).read(value) for name, value in values.items()})

    @property
    def named(self) -> Mapping[str, Any]:
        """The values of the rules, by name."""
        return {name: entry.default for name, entry in self.ENTRIES.items()} | {**self.values}


@cache
def _declared(kind: type[Rules]) -> Mapping[str, Entry]:
    declared = fields(kind)  # type: ignore[arg-type]  # each kind is a dataclass
    return {field.name: _entry(kind, field) for field in declared}


def _entry(kind: type[Rules], declared: Field[Any]) -> Entry:
    """Return the rule that a field of a kind declares."""
    name, types = declared.name, get_args(declared.type) or (declared.type,)
    return Entry(
        name,
        types[0],
        declared.default,
        kind.LABELS.get(name) or label_of(name),
        optional=type(None) in types,
        low=kind.LOWEST.get(name, ZERO),
        high=kind.HIGHEST.get(name),
    )
