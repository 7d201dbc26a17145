"""The addresses that held writes of scenarios and change requests may name, and the records behind
them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Q

from pmhub.lifecycle import nouns
from programmes.models.scenario import Method

PATH = re.compile(r"([a-z-]{1,40})/(?:([0-9]{1,18})/(?:([a-z-]{1,40})/)?)?")
P, C, D = Method.PATCH, Method.POST, Method.DELETE
NAMED = re.compile(r"change:([0-9]{1,18})")


def name_of(change: int) -> str:
    """Return the word that stands in a body for the record which another change (its id) adds."""
    return f"change:{change}"


def named_by(value: Any) -> int | None:
    """Return the id of the change whose added record a value stands for; None for any other
    value."""
    match = NAMED.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) if match else None


class Target(NamedTuple):
    """What an address names: a collection, a record of it or None, and a verb of the record or
    ""."""

    resource: str
    id: int | None
    verb: str


@dataclass(frozen=True, slots=True)
class Home:
    """The programme, or the standalone project, to which held writes belong (ids)."""

    programme: int | None
    project: int | None = None


def home_of(row: Any) -> Home:
    """Return the home of the records that a scenario or a change request may write."""
    project = getattr(row, "project", None)
    return Home(project.programme_id, project.pk) if project else Home(row.programme_id)


@dataclass(frozen=True, slots=True)
class Writable:
    """A resource that a scenario may write: its model, the paths to its programme (`homes`), the
    methods that are allowed, and verbs beside those of its life cycle (`others`)."""

    label: str
    homes: tuple[str, ...]
    methods: frozenset[str]
    others: frozenset[str] = frozenset()

    @property
    def model(self) -> Any:
        """The model, which may be of an app below this one."""
        return apps.get_model(self.label)

    @property
    def verbs(self) -> frozenset[str]:
        """Return the verbs of a record."""
        return nouns(self.model) | self.others

    def ways(self, home: Home) -> dict[str, int]:
        """Return the paths to a home, each with the id to which it has to lead."""
        if home.programme is not None:
            return dict.fromkeys(self.homes, home.programme)
        if home.project is None:
            return {}
        own = "projects.Project"
        if self.label == own:
            return {"pk": home.project}
        ends = (path.removesuffix("__programme") for path in self.homes if "__" in path)
        related = {end: self.model._meta.get_field(end).related_model for end in ends}
        direct = [end for end, model in related.items() if model._meta.label == own]
        return dict.fromkeys(direct, home.project)

    def of(self, home: Home, user: Any) -> Any:
        """Return the records of a home that a user may see."""
        ways = self.ways(home)
        if not ways:
            return self.model.objects.none()
        return self.model.objects.visible_to(user).filter(Q(*ways.items(), _connector=Q.OR))


def _writable(label: str, homes: str, *methods: str, verbs: Iterable[str] = ()) -> Writable:
    return Writable(label, tuple(homes.split()), frozenset(methods), frozenset(verbs))


WRITABLE = {
    "programmes": _writable("programmes.Programme", "pk", P),
    "programme-lines": _writable("programmes.ProgrammeLine", "programme", C, P, D),
    "projects": _writable("projects.Project", "programme", C, P, verbs=("move",)),
    "milestones": _writable("projects.Milestone", "project__programme", C, P, D),
    "outputs": _writable("projects.Output", "project__programme", C, P, D),
    "dependencies": _writable(
        "projects.Dependency", "giver__programme receiver__programme", C, P, D
    ),
    "risks": _writable("projects.Risk", "programme project__programme", C, P, D),
    "issues": _writable("projects.Issue", "programme project__programme", C, P, D),
    "compliance-items": _writable("projects.ComplianceItem", "project__programme", C, P, D),
    "budget-lines": _writable("projects.BudgetLine", "project__programme", C, P, D),
    "contingency-movements": _writable(
        "projects.ContingencyMovement", "programme project__programme", C
    ),
    "allocations": _writable("projects.Allocation", "project__programme", C, P, D),
    "benefits": _writable("benefits.Benefit", "programme", C, P),
    "profile-entries": _writable("benefits.BenefitProfileEntry", "benefit__programme", C, P, D),
    "contributions": _writable(
        "benefits.BenefitContribution", "benefit__programme project__programme", C, P, D
    ),
}


def target_of(path: str) -> Target:
    """Return what an address names. Raises ValueError when it names nothing a scenario may
    write."""
    match = PATH.fullmatch(path)
    if match is None or match[1] not in WRITABLE:
        names = ", ".join(f"{name}/" for name in WRITABLE)
        raise ValueError(f"Give an address below /api/v1/ that begins with one of: {names}.")
    target = Target(match[1], int(match[2]) if match[2] else None, match[3] or "")
    if target.verb and target.verb not in WRITABLE[target.resource].verbs:
        raise ValueError("A scenario does not use this address.")
    return target


def is_allowed(method: str, target: Target) -> bool:
    """Return whether a scenario may use this method there: POST on a collection or a verb, others
    on a record."""
    if target.verb:
        return method == Method.POST
    return (method == Method.POST) == (target.id is None) and (
        method in WRITABLE[target.resource].methods
    )


def adds_to(target: Target, body: Mapping[str, Any], home: Home, user: Any) -> bool:
    """Return whether the record that the body would add belongs to the home, by one of the parents
    it names."""
    writable = WRITABLE[target.resource]
    for way, end in writable.ways(home).items():
        parent, _, rest = way.partition("__")
        id = body.get(parent)
        if isinstance(id, int | str) and re.fullmatch(r"[0-9]{1,18}", str(id)):
            model = writable.model._meta.get_field(parent).related_model
            rows = model.objects.visible_to(user).filter(pk=int(id))
            if rows.filter(**{rest or "pk": end}).exists():
                return True
    return False


def version_now(change: Any) -> int | None:
    """Return the present version of the record that a held write names; None if there is none."""
    target = target_of(change.path)
    rows = WRITABLE[target.resource].model._base_manager.filter(pk=target.id)
    version: int | None = rows.values_list("version", flat=True).first()
    return version
