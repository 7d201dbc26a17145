"""Held writes made one after another: those of a scenario, and those of a change request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import OperationalError, transaction
from rest_framework.request import Request

from pmhub.api.problems import Refused, pointer, problem_of
from pmhub.api.subrequests import request_of, sub_request


def write(user: Any, writes: Iterable[Any]) -> None:
    """Make writes as a user, with the rights they have here, beside any request. Raises what the
    first that is refused is refused by, pointing at it."""
    write_all(request_of(user), list(enumerate(writes)), place="writes")


def write_all(request: Request, writes: Iterable[tuple[int, Any]], *, place: str) -> None:
    """Make writes, each with its index, as the user of a request. Raises what the first that is
    refused is refused by, pointing at its place."""
    for index, each in writes:
        try:
            with transaction.atomic():
                sub_request(request, each.method, each.path, body_of(each))
        except OperationalError:
            raise
        except Exception as error:
            raise _refused_at(place, index, each, error) from error


def body_of(held: Any) -> Mapping[str, Any] | None:
    """Return what is sent; a deletion has no body."""
    return None if held.method == "DELETE" else held.body


def _refused_at(place: str, index: int, held: Any, error: Exception) -> Exception:
    """Return what a write was refused by, pointing at that write."""
    problem = problem_of(error)
    if problem.status_code >= 500:
        return error
    there = pointer(place, index)
    errors = [{**each, "pointer": f"{there}{each['pointer']}"} for each in problem.errors]
    errors = errors or [{"pointer": there, "code": problem.code, "detail": problem.text}]
    text = f"Change {index + 1}, {held.title}: {errors[0]['detail']}"
    return Refused(
        problem.status_code, problem.code, text, errors=errors, change=getattr(held, "pk", None)
    )
