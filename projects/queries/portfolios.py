"""Which projects are of a portfolio: those of its programmes, and those that stand alone in it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from programmes.models import Portfolio, Programme


def of_portfolio(portfolio: Portfolio | int, way: str = "") -> Q:
    """Return the condition under which a project, at the end of a way, is of a portfolio."""
    programmes = Programme.objects.filter(portfolio=portfolio)
    return Q(refers_to(f"{way}programme", programmes)) | Q(**{f"{way}portfolio": portfolio})


def refers_to(name: str, rows: QuerySet[Any]) -> Func:
    """Return the condition under which a row refers to one of these rows by a field. PostgreSQL
    finds their ids first, and so looks up by its index what a join beside another condition would
    have it look for in the whole table."""
    return Func(
        F(name),
        ArraySubquery(rows.order_by().values("pk")),
        arg_joiner=" = ANY (",
        template="(%(expressions)s))",
        output_field=BooleanField(),
    )
