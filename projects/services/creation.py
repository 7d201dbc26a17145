"""The records with which the registers of a new project or programme begin."""

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
class PlannedEntry:
    """An entry of a register: its title, its text, and its day, if it has one."""

    register: str
    title: str
    about: str = ""
    on: date | None = None


def enter(
    entries: Iterable[PlannedEntry], home: Project | Programme, *, starts_on: date, by: User | None
) -> None:
    """Write the entries into the registers of a new project or programme, in the order of their
    days. A tranche begins after the one before it. Whoever may begin the project may write them,
    since its template names them."""
    numbers: Counter[str] = Counter()
    follows = starts_on
    for planned in sorted(entries, key=lambda entry: entry.on or date.max):
        numbers[planned.register] += 1
        number = numbers[planned.register]
        row = _row(planned, home, number, follows)
        if planned.register == E.TRANCHES and planned.on:
            follows = planned.on + timedelta(days=1)
        add(row, by=by)


def _row(entry: PlannedEntry, home: Any, number: int, follows: date) -> Any:
    code = f"{home.code}-{LETTERS[EntryRegister(entry.register)]}{number}"
    if entry.register == E.OUTPUTS:
        return Output(
            project=home, code=code, title=entry.title, acceptance_criteria=entry.about,
            planned_on=entry.on, forecast_on=entry.on,
        )  # fmt: skip
    if entry.register == E.TRANCHES:
        starts_on = min(follows, entry.on) if entry.on else None
        return Tranche(
            programme=home, code=code, sequence=number, name=entry.title, landing_point=entry.about,
            starts_on=starts_on, ends_on=entry.on,
        )  # fmt: skip
    if entry.register == E.OUTCOMES:
        return Outcome(programme=home, code=code, title=entry.title, future_state=entry.about)
    where = {home._meta.model_name: home}
    return Risk(**where, code=code, title=entry.title, event=entry.about, status=RiskStatus.DRAFT)
