"""The projects of a portfolio: those of its programmes, and those that stand alone in it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from programmes.models import Portfolio, Programme


def of_portfolio(portfolio: Portfolio | int, way: str = "") -> Q:
    """Return the condition that a project is of a portfolio; `way` is the path to the project."""
    programmes = Programme.objects.filter(portfolio=portfolio)
    return Q(refers_to(f"{way}programme", programmes)) | Q(**{f"{way}portfolio": portfolio})


def refers_to(name: str, rows: QuerySet[Any]) -> Func:
    """Return the condition that the field `name` refers to one of these rows. PostgreSQL finds
    their ids first and looks these up by an index; a join beside another condition would scan the
    whole table."""
    return Func(
        F(name),
        ArraySubquery(rows.order_by().values("pk")),
        arg_joiner=" = ANY (",
        template="(%(expressions)s))",
        output_field=BooleanField(),
    )
