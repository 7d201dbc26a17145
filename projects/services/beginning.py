"""What stands in the registers of a project or a programme from the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pmhub.models import User
from pmhub.services import add
from programmes.models import Outcome, Programme, Tranche
from projects.models import EntryRegister, Output, Project, Risk, RiskStatus

E = EntryRegister
LETTERS = {E.OUTPUTS: "O", E.TRANCHES: "T", E.OUTCOMES: "OC", E.RISKS: "R"}


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry of a register: its title, what is said of it, and its day, if it has one."""

    register: str
    title: str
    about: str = ""
    on: date | None = None


def enter(
    entries: Iterable[Planned], home: Project | Programme, *, starts_on: date, by: User | None
) -> None:
    """Write the entries into the registers of what has begun, in the order of their days; its
    template says them, so that whoever may begin it brings them along. A tranche begins after the
    one before it."""
    numbers: Counter[str] = Counter()
    follows = starts_on
    for each in sorted(entries, key=lambda entry: entry.on or date.max):
        numbers[each.register] += 1
        number = numbers[each.register]
        row = _row(each, home, number, follows)
        if each.register == E.TRANCHES and each.on:
            follows = each.on + timedelta(days=1)
        add(row, by=by)


def _row(each: Planned, home: Any, number: int, follows: date) -> Any:
    code = f"{home.code}-{LETTERS[EntryRegister(each.register)]}{number}"
    if each.register == E.OUTPUTS:
        return Output(
            project=home, code=code, title=each.title, acceptance_criteria=each.about,
            planned_on=each.on, forecast_on=each.on,
        )  # fmt: skip
    if each.register == E.TRANCHES:
        starts_on = min(follows, each.on) if each.on else None
        return Tranche(
            programme=home, code=code, sequence=number, name=each.title, landing_point=each.about,
            starts_on=starts_on, ends_on=each.on,
        )  # fmt: skip
    if each.register == E.OUTCOMES:
        return Outcome(programme=home, code=code, title=each.title, future_state=each.about)
    where = {home._meta.model_name: home}
    return Risk(**where, code=code, title=each.title, event=each.about, status=RiskStatus.DRAFT)
