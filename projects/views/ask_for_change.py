"""What a user may not change of a record, with the form of a change request that asks for it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pmhub.access import can, roles_on
from pmhub.page_addresses import address_of
from pmhub.permissions import Role
from pmhub.registers import registers
from pmhub.serializers.verbs import verbs_of
from pmhub.views.registers.forms import fillable, set_by_others
from pmhub.views.registers.names import name_fields
from programmes.models import Programme
from projects.models import Baseline, ChangeRequest, Output, Project
from projects.models.states import OutputState

IN_SCOPE_NO_MORE = (OutputState.ACCEPTED, OutputState.DESCOPED)
LONGEST = 200  # characters of the title of a change request


@dataclass(frozen=True, slots=True)
class WithheldAction:
    """An action that is withheld from a user: what it does, who may do it, and the field that it
    changes, if it changes one. `filled` are further values that the form of a change request begins
    with."""

    does: str
    words: str
    field: str = ""
    filled: tuple[tuple[str, str], ...] = ()


def ask_for_change(record: Any, request: Any) -> dict[str, Any] | None:
    """Return the actions on a record that are withheld from the reader, each with who may do it and
    the form of a change request for it; None where nothing is withheld, or the reader may ask
    nowhere."""
    user = request.user
    home = next((home for home in _homes(record) if _asks_there(user, home)), None)
    if home is None or isinstance(record, ChangeRequest):
        return None
    wanted = {want.does: want for want in _withheld(record, user)}
    return {"asked": _forms(record, home, wanted.values())} if wanted else None


def movable(project: Project, user: Any) -> bool:
    """Return whether a project could move to another place where the user may put it."""
    elsewhere = copy.copy(project)
    elsewhere.pk = None
    return project.live and project.programme is not None and can(user, "write", elsewhere)


def _homes(record: Any) -> Iterator[Project | Programme]:
    """Yield the projects and programmes that a record is or belongs to, the nearest first."""
    if isinstance(record, Project | Programme):
        yield record
    for name in record.visible_through:
        parent = getattr(record, name, None)
        if parent is not None:
            yield from _homes(parent)


def _asks_there(user: Any, home: Project | Programme) -> bool:
    """Return whether the place has not ended, and the user may ask for changes there and does not
    lead it."""
    if isinstance(home, Project) and not home.live:
        return False
    place = {str(home._meta.model_name): home}
    manages = Role.PROGRAMME_MANAGER in roles_on(user, home)
    return not manages and can(user, "write", ChangeRequest(**place))


def _withheld(record: Any, user: Any) -> Iterator[WithheldAction]:
    """Yield the actions on a record that are withheld from a user."""
    register = registers.of(type(record))
    if register is None:
        return
    for verb in verbs_of(register.serializer).values():
        if not (verb.by.own or verb.by.allows(user, record)) and verb.allowed_from(record):
            yield WithheldAction(verb.does, verb.by.words)
    yield from _beside(record, user)
    if can(user, "write", record):
        for name, words in set_by_others(register, record, user):
            yield WithheldAction(f"Change {_lower_case(register.label(name))}", words, name)
    elif fillable(register, record):
        yield WithheldAction(f"Change {register.a}", "whoever may write it")


def _beside(record: Any, user: Any) -> Iterator[WithheldAction]:
    """Yield the actions that need rights on other records, or an approval first."""
    if isinstance(record, Project):
        yield from _of_project(record, user)
    if isinstance(record, Output) and record.state not in IN_SCOPE_NO_MORE:
        yield WithheldAction("Take it out of the scope", "an approved change")


def _of_project(project: Project, user: Any) -> Iterator[WithheldAction]:
    """Yield the actions on a project that need rights on other records."""
    if project.programme and not movable(project, user):
        yield WithheldAction("Move the project", "whoever leads both places")
    if not can(user, "write", Baseline(project=project)):
        yield WithheldAction(
            "Approve another baseline",
            "whoever leads the programme",
            filled=(("kind", "time"), ("rebaseline", "true")),
        )
        yield WithheldAction("Change the approved budget", "whoever leads the programme")


def _lower_case(label: str) -> str:
    """Return a label for the middle of a sentence; abbreviations stay as they are."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _forms(record: Any, home: Any, wanted: Iterable[WithheldAction]) -> list[dict[str, str]]:
    """Return, for each action, the address of the form of a change request, filled in with the
    field that is to change."""
    form = address_of("new-record", "change-requests")
    of = "" if record is home else f" of {_called(record)}"
    register: Any = registers.of(type(record))
    forms = []
    for want in wanted:
        values = {home._meta.model_name: home.pk, "title": f"{want.does}{of}"[:LONGEST]}
        values |= dict(want.filled)
        if want.field:
            values |= {"record": f"{register.name}/{record.pk}/", "field": want.field}
        address = f"{form}?{urlencode(values)}"
        forms.append({"does": want.does, "words": want.words, "address": address})
    return forms


def _called(record: Any) -> str:
    code, name = name_fields(record._meta.model)
    called = " ".join(str(getattr(record, field)) for field in (code, name) if field)
    return called or str(record)
