"""What somebody may not change of a record, and how they ask for it: by a change request."""

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
    """Something that is withheld: what it does, who may, and the field that it changes, if one.
    `filled` is what else the form of a change request begins with."""

    does: str
    words: str
    field: str = ""
    filled: tuple[tuple[str, str], ...] = ()


def ask_for_change(record: Any, request: Any) -> dict[str, Any] | None:
    """Return what the reader may not change of a record, each with who may and with the form of a
    change request that asks for it; None where nothing is withheld, or nobody is above."""
    user = request.user
    home = next((home for home in _homes(record) if _asks_there(user, home)), None)
    if home is None or isinstance(record, ChangeRequest):
        return None
    wanted = {want.does: want for want in _withheld(record, user)}
    return {"asked": _forms(record, home, wanted.values())} if wanted else None


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


def _asks_there(user: Any, home: Project | Programme) -> bool:
    """Return whether work goes on there, and the user is another than who leads it and may ask."""
    if isinstance(home, Project) and not home.live:
        return False
    place = {str(home._meta.model_name): home}
    manages = Role.PROGRAMME_MANAGER in roles_on(user, home)
    return not manages and can(user, "write", ChangeRequest(**place))


def _withheld(record: Any, user: Any) -> Iterator[WithheldAction]:
    """Return what is withheld of a record."""
    register = registers.of(type(record))
    if register is None:
        return
    for verb in verbs_of(register.serializer).values():
        if not (verb.by.own or verb.by.allows(user, record)) and verb.leads_from(record):
            yield WithheldAction(verb.does, verb.by.words)
    yield from _beside(record, user)
    if can(user, "write", record):
        for name, words in set_by_others(register, record, user):
            yield WithheldAction(f"Change {_lower_case(register.label(name))}", words, name)
    elif fillable(register, record):
        yield WithheldAction(f"Change {register.a}", "whoever may write it")


def _beside(record: Any, user: Any) -> Iterator[WithheldAction]:
    """Return what is withheld by rights on other records, or by what is to be approved first."""
    if isinstance(record, Project):
        yield from _of_project(record, user)
    if isinstance(record, Output) and record.state not in IN_SCOPE_NO_MORE:
        yield WithheldAction("Take it out of the scope", "an approved change")


def _of_project(project: Project, user: Any) -> Iterator[WithheldAction]:
    """Return what is withheld of a project by rights on other records."""
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
    """A label within a sentence: an abbreviation stays as it is."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _forms(record: Any, home: Any, wanted: Iterable[WithheldAction]) -> list[dict[str, str]]:
    """Return the form of a change request for each thing that is wanted, filled in with the field
    that is to change."""
    form = address_of("new-record", "change-requests")
    of = "" if record is home else f" of {_called(record)}"
    register: Any = registers.of(type(record))
    asked = []
    for want in wanted:
        said = {home._meta.model_name: home.pk, "title": f"{want.does}{of}"[:LONGEST]}
        said |= dict(want.filled)
        if want.field:
            said |= {"record": f"{register.name}/{record.pk}/", "field": want.field}
        address = f"{form}?{urlencode(said)}"
        asked.append({"does": want.does, "words": want.words, "address": address})
    return asked


def _called(record: Any) -> str:
    code, name = name_fields(record._meta.model)
    called = " ".join(str(getattr(record, field)) for field in (code, name) if field)
    return called or str(record)
