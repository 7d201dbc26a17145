"""The kinds of jobs. A kind is declared once, by a module that the setting `JOB_KINDS` names, for
what it runs lies in a layer above."""

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

    `words` name one to its owner. `check` returns parameters that are fit to be run, and raises
    ValidationError for others. `run` writes the file and raises JobRefused with a sentence where it
    cannot. `reads` names the resource whose rows the file holds, for the scopes of tokens. `page`
    is the name of the page that shows what is in the file, where there is one. A job of which
    `whole` is true is one transaction with its end: done with all that it writes, or not at all.
    """

    name: str
    words: Callable[[Parameters], str]
    check: Callable[[Parameters], dict[str, Any]]
    run: Callable[[JobRun], None]
    reads: Callable[[Parameters], str]
    page: str = ""
    whole: Callable[[Parameters], bool] = lambda _: False


class JobRefused(Exception):  # it says what is not possible
    """What was asked for cannot be made; its sentence is for the owner."""


def page_of(name: str) -> str:
    """Return the name of the page that shows what jobs of a kind make; empty where none does."""
    kind = _declared(tuple(settings.JOB_KINDS)).get(name)
    return kind.page if kind else ""


def kind(name: str) -> Kind:
    """Return a kind by its name; raises JobRefused for one that is declared no more."""
    try:
        return _declared(tuple(settings.JOB_KINDS))[name]
    except KeyError:
        raise JobRefused("This version of pmhub makes no such file.") from None


@cache
def _declared(paths: tuple[str, ...]) -> dict[str, Kind]:
    declared = (import_module(path).KIND for path in paths)
    return {kind.name: kind for kind in declared}
