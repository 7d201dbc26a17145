"""Codes of new records, where the user gives none."""

from collections.abc import Iterable
from typing import Any

from pmhub.models import Code, Coded
from pmhub.text import next_code as following
from projects.models import Project

FEW = 50  # the newest records from whose codes the next one is made


def next_code(model: Any, project: Project) -> str:
    """Return the code of the next record of a kind in a project: the one after its own records' or,
    while it has none, after the portfolio's, such as R07; else the kind's letter and 01."""
    rows, home = model._base_manager.order_by("-pk"), project.owner_portfolio
    own = rows.filter(project=project)
    others = rows.filter(project__programme__portfolio=home)
    code = (
        following(own.values_list("code", flat=True)[:FEW])
        or following(others.values_list("code", flat=True)[:FEW])
        or f"{model._meta.model_name[0].upper()}01"
    )
    return Code.free(model, code, home.pk) if issubclass(model, Coded) else code


def code_beside(row: Any, places: Iterable[str], first: str) -> str:
    """Return the code after those of the records of the same kind in the same place, which the
    relations `places` name; `first` where there are none."""
    where = {name: getattr(row, name) for name in places}
    beside = type(row)._base_manager.filter(**where).order_by("-pk")
    return following(beside.values_list("code", flat=True)) or first
