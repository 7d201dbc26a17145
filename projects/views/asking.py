"""What somebody may not change of a record, and how they ask for it: by an action for who manages
the programme."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from pmhub.access import can, roles_on
from pmhub.addresses import address_of
from pmhub.permissions import Role
from pmhub.registers import registers
from pmhub.serializers.verbs import verbs_of
from pmhub.views.registers.forms import fillable, set_by_others
from pmhub.views.registers.names import naming
from programmes.models import Programme
from projects.models import Action, Baseline, Project

LONGEST = 200  # characters of the title of an action


def asking(record: Any, request: Any) -> dict[str, Any] | None:
    """Return what the reader may not change of a record, each with who may and with the form of an
    action that asks for it; None where nothing is withheld, or nobody is above."""
    user = request.user
    home = next((each for each in _homes(record) if _asks_there(user, each)), None)
    if home is None:
        return None
    wanted = dict(_withheld(record, user))
    return {"asked": _actions(record, home, wanted.items())} if wanted else None


def movable(project: Project, user: Any) -> bool:
    """Return whether a project could go elsewhere, and the user may place it there."""
    elsewhere = copy.copy(project)
    elsewhere.pk = None
    return project.live and project.programme is not None and can(user, "write", elsewhere)


def _homes(record: Any) -> Iterator[Project | Programme]:
    """The projects and programmes that a record is or belongs to, the nearest first."""
    if isinstance(record, Project | Programme):
        yield record
    for name in record.visible_through:
        parent = getattr(record, name, None)
        if parent is not None:
            yield from _homes(parent)


def _manager(home: Project | Programme) -> int | None:
    programme = home.programme if isinstance(home, Project) else home
    return programme.programme_manager_id if programme else None


def _asks_there(user: Any, home: Project | Programme) -> bool:
    """Return whether work goes on there, somebody manages its programme, and the user is another
    who may write actions."""
    if (isinstance(home, Project) and not home.live) or _manager(home) is None:
        return False
    place = {str(home._meta.model_name): home}
    manages = Role.PROGRAMME_MANAGER in roles_on(user, home)
    return not manages and can(user, "write", Action(**place))


def _withheld(record: Any, user: Any) -> Iterator[tuple[str, str]]:
    """Return what is withheld of a record, and who may do it."""
    register = registers.of(type(record))
    if register is None:
        return
    for verb in verbs_of(register.serializer).values():
        if verb.leads_from(record) and not (verb.by.own or verb.by.allows(user, record)):
            yield verb.does, verb.by.words
    if isinstance(record, Project):
        yield from _of_project(record, user)
    if can(user, "write", record):
        for name, words in set_by_others(register, record, user):
            yield f"Change {_within(register.label(name))}", words
    elif fillable(register, record):
        yield f"Change {register.a}", "whoever may write it"


def _of_project(project: Project, user: Any) -> Iterator[tuple[str, str]]:
    """Return what is withheld of a project by rights on other records."""
    if not movable(project, user):
        yield "Move the project", "whoever leads both places"
    if not can(user, "write", Baseline(project=project)):
        yield "Approve another baseline", "whoever leads the programme"
        yield "Change the approved budget", "whoever leads the programme"


def _within(label: str) -> str:
    """A label within a sentence: an abbreviation stays as it is."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _actions(record: Any, home: Any, wanted: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return the form of an action for each thing that is wanted."""
    place = f"{home._meta.model_name}={home.pk}&owner={_manager(home)}"
    form = f"{address_of('new-record', 'actions')}?{place}"
    of = "" if record is home else f" of {_called(record)}"
    asked = []
    for does, words in wanted:
        title = urlencode({"title": f"Asked for: {does}{of}"[:LONGEST]})
        asked.append({"does": does, "words": words, "address": f"{form}&{title}"})
    return asked


def _called(record: Any) -> str:
    code, name = naming(record._meta.model)
    found = " ".join(str(getattr(record, each)) for each in (code, name) if each)
    return found or str(record)
