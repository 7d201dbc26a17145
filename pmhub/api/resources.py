"""The registry of resources: which view answers for the records of a model."""

from __future__ import annotations

from functools import cache
from typing import Any

API = "api/v1/"  # the path below which all resources lie
_VIEWS: dict[Any, tuple[type[Any], str]] = {}


def register(basename: str, view: type[Any]) -> None:
    """Register the view that answers for a model; the routes call this once for each resource."""
    _VIEWS[view.serializer_class.Meta.model] = (view, basename)


def has_view(model: Any) -> bool:
    """Return whether a model has a resource."""
    return model in _VIEWS


def view_of(model: Any) -> type[Any]:
    """The view of a model's records."""
    return _VIEWS[model][0]


@cache
def model_of(basename: str) -> Any:
    """The model of a collection's records; None where there is no such collection."""
    return next((model for model, (_, name) in _VIEWS.items() if name == basename), None)


def basename_of(model: Any) -> str:
    """The name of a model's collection, as in its address."""
    return _VIEWS[model][1]


@cache
def of_tables() -> dict[str, str]:
    """Return the collection of each table: that of the records, and those of their many-to-many
    lists."""
    return {
        table: name
        for model, (_, name) in _VIEWS.items()
        for table in (
            model._meta.db_table,
            *(field.m2m_db_table() for field in model._meta.local_many_to_many),
        )
    }


def basenames() -> list[str]:
    """Return the names of all collections of records, and of jobs, audit, tokens and webhooks."""
    return sorted([*(name for _, name in _VIEWS.values()), "jobs", "audit", "tokens", "webhooks"])
