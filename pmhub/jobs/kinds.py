"""The kinds of jobs. A module that the setting `JOB_KINDS` names declares each kind once, as what
it runs belongs to a layer above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from pmhub.jobs.worker import JobRun

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    `words` returns the title of a job for its owner. `check` returns valid parameters, or raises
    ValidationError. `run` writes the file, or raises JobRefused with a sentence. `reads` returns
    the resource whose rows the file holds, for the scopes of tokens. `page` is the name of the page
    that shows the content of the file, if there is one. If `whole` returns true, the job runs in
    one transaction with its end: it is done with all that it writes, or not at all.
    """

    name: str
    words: Callable[[Parameters], str]
    check: Callable[[Parameters], dict[str, Any]]
    run: Callable[[JobRun], None]
    reads: Callable[[Parameters], str]
    page: str = ""
    whole: Callable[[Parameters], bool] = lambda _: False


class JobRefused(Exception):  # the message says why
    """The job cannot be done; the message is for its owner."""


def page_of(name: str) -> str:
    """Return the name of the page that shows the results of a kind of job; empty if there is
    none."""
    kind = _declared(tuple(settings.JOB_KINDS)).get(name)
    return kind.page if kind else ""


def kind(name: str) -> Kind:
    """Return the kind of this name; raises JobRefused if it is no longer declared."""
    try:
        return _declared(tuple(settings.JOB_KINDS))[name]
    except KeyError:
        raise JobRefused("This version of pmhub makes no such file.") from None


@cache
def _declared(paths: tuple[str, ...]) -> dict[str, Kind]:
    declared = (import_module(path).KIND for path in paths)
    return {kind.name: kind for kind in declared}
