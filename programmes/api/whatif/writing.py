"""Makes held writes one after another: those of a scenario, and those of a change request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import OperationalError, transaction
from rest_framework.request import Request

from pmhub.api.problems import Problem, pointer, problem_of
from pmhub.api.subrequests import request_of, sub_request
from programmes.queries.whatif.targets import named_by


def write(user: Any, writes: Iterable[Any]) -> None:
    """Make writes as a user, with that user's rights, outside of any request. Raises the refusal of
    the first write that is refused, naming that write."""
    write_all(request_of(user), list(enumerate(writes)), place="writes")


def write_all(request: Request, writes: Iterable[tuple[int, Any]], *, place: str) -> None:
    """Make writes, each with its index, as the user of a request. Raises the refusal of the first
    write that is refused, naming its place."""
    made: dict[int, int] = {}  # the id that each write added, for later writes that name it
    for index, write in writes:
        try:
            with transaction.atomic():
                answer = sub_request(request, write.method, write.path, body_of(write, made))
        except OperationalError:
            raise
        except Exception as error:
            raise refused_at(place, index, write, error) from error
        if (added := added_by(write, answer)) is not None:
            made[write.pk] = added


def added_by(held: Any, answer: Any) -> int | None:
    """Return the id of the record that a write added; None where it added none."""
    id = answer.data.get("id") if held.method == "POST" and answer.data else None
    return id if isinstance(id, int) and getattr(held, "pk", None) else None


def body_of(held: Any, made: Mapping[int, int]) -> Mapping[str, Any] | None:
    """Return the body to send, with the ids of records that earlier writes `made`; None for a
    deletion."""
    if held.method == "DELETE":
        return None
    return {name: _made(value, made) for name, value in held.body.items()}


def _made(value: Any, made: Mapping[int, int]) -> Any:
    named = named_by(value)
    if named is None:
        return value
    if named not in made:
        raise Problem(409, "not_made", "What it belongs to is added by another change: first that.")
    return made[named]


def refused_at(place: str, index: int, held: Any, error: Exception) -> Exception:
    """Return the refusal of a write as a problem that names that write."""
    problem = problem_of(error)
    if problem.status_code >= 500:
        return error
    there = pointer(place, index)
    errors = [{**fault, "pointer": f"{there}{fault['pointer']}"} for fault in problem.errors]
    errors = errors or [{"pointer": there, "code": problem.code, "detail": problem.text}]
    text = f"Change {index + 1}, {held.title}: {errors[0]['detail']}"
    return Problem(
        problem.status_code, problem.code, text, errors=errors, change=getattr(held, "pk", None)
    )
