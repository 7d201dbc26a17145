"""A programme is split: what is chosen of it belongs to a new programme from now on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from benefits.models import Benefit, BenefitContribution, BenefitLink, OverlapCase, OverlapState
from benefits.models.overlap import OverlapResolution
from pmhub.database.history import because
from pmhub.models import Person, RoleAssignment, User
from pmhub.services import add, refuse, refuse_state, save
from programmes.models import Outcome, Programme, ProgrammeLine
from programmes.services.reorganising.along import (
    Along,
    Fate,
    Reorganised,
    carry,
    check_goes_on,
    check_reason,
    counted,
    decide,
    lock_all,
    others_of,
    told,
)
from projects.models import Dependency, Issue, Project, Risk

COPIED = ("vision", "target_operating_model", "stage", "governance_type", "governance",
          "funding_approach", "planned_end_on", "sro", "programme_manager")  # fmt: skip
HELD_BY_ROLE = "Whoever has a role on the whole has it on both"
ACROSS = "They hold across both programmes from now on"


@dataclass(frozen=True, slots=True)
class Part:
    """The ids of what goes, by kind."""

    projects: frozenset[int]
    benefits: frozenset[int]
    outcomes: frozenset[int]
    risks: frozenset[int]
    issues: frozenset[int]

    def goes(self, project: int | None, own: int | None, of: frozenset[int]) -> bool:
        """Return whether a record goes: with its project, else as it was chosen itself."""
        return project in self.projects if project is not None else own in of


@transaction.atomic
def split_programme(
    programme: Programme,
    *,
    code: str,
    name: str,
    projects: Sequence[Project] = (),
    benefits: Sequence[Benefit] = (),
    outcomes: Sequence[Outcome] = (),
    risks: Sequence[Risk] = (),
    issues: Sequence[Issue] = (),
    lines: Sequence[ProgrammeLine] = (),
    contingency_budget: Decimal | None = None,
    programme_manager: Person | None = None,
    reason: str,
    by: User | None,
) -> Reorganised:
    """Begin a programme in the same portfolio, in the same stage, with what is chosen of this one;
    together they come to what this one came to. Refuses what would be torn apart."""
    lock_all(programme)
    check_goes_on(programme, "stage")
    check_reason(reason)
    chosen = {"projects": projects, "benefits": benefits, "outcomes": outcomes, "risks": risks,
              "issues": issues, "lines": lines}  # fmt: skip
    _check_chosen(programme, chosen)
    contingency = _contingency(programme, contingency_budget)
    ids = {name: frozenset(row.pk for row in rows) for name, rows in chosen.items()}
    part = Part(*(ids[name] for name in Part.__slots__))
    _check_whole(programme, part)
    with because(f"Split off as {code}: {reason}"):
        new = _begin(programme, code, name, contingency, programme_manager, benefits, by)
        along = [*_go(chosen, new, by), *_across(programme, new, part, by)]
        along += counted(
            RoleAssignment, Fate.COPIED, _copy_roles(programme, new, by), HELD_BY_ROLE
        )
        along += _stay(programme, by)
        for each, title in ((programme, f"{code} split off"), (new, f"Split from {programme.code}")):
            decide(each, title=title, outcome=f"{programme.code} was split: {code} goes on by"
                   " itself", reason=reason, by=by)  # fmt: skip
    return Reorganised(programme, new, along)


def _check_chosen(programme: Programme, chosen: dict[str, Sequence[Any]]) -> None:
    """Refuse what is another programme's, projects that have ended, and that nothing is chosen."""
    if not any(chosen.values()):
        refuse("projects", "Choose what goes.")
    for name, rows in chosen.items():
        if strange := next((row for row in rows if row.programme_id != programme.pk), None):
            refuse(name, f"{strange} is not of this programme.")
    if ended := next((row for row in chosen["projects"] if not row.live), None):
        refuse_state("projects", f"{ended.code}: a project that has ended stays where it is.")


def _contingency(programme: Programme, amount: Decimal | None) -> Decimal:
    """Return how much contingency goes: no more than remains."""
    amount = amount or Decimal(0)
    given = programme.contingency_movements.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if amount > programme.contingency_budget - given:
        refuse_state("contingency_budget", "No more contingency can go than remains.")
    return amount


def _check_whole(programme: Programme, part: Part) -> None:
    """Refuse to part what counts one another: risks and issues from what counts them, and benefits
    of which an overlap is open or agreed."""
    for child, parent in _torn(programme, part, Risk, ("escalated_to", "aggregated_into"), "risks"):
        refuse_state("risks", f"{parent} counts {child}: both go, or both stay.")
    for child, parent in _torn(programme, part, Issue, ("escalated_to",), "issues"):
        refuse_state("issues", f"{child} was escalated to {parent}: both go, or both stay.")
    counts = Q(state=OverlapState.OPEN) | Q(resolution=OverlapResolution.ACCEPTED)
    for case in programme.overlap_cases.filter(counts).select_related("first", "second"):
        if (case.first_id in part.benefits) != (case.second_id in part.benefits):
            refuse_state("benefits", f"{case} overlap: both go, or both stay.")


def _torn(
    programme: Programme, part: Part, model: Any, names: Iterable[str], of: str
) -> Iterator[tuple[str, str]]:
    """Yield the codes of records that would be parted from what they name."""
    chosen: frozenset[int] = getattr(part, of)
    mine = Q(programme=programme) | Q(project__programme=programme)
    for name in names:
        rows = model._base_manager.filter(mine, **{f"{name}__isnull": False}).order_by("pk")
        fields = ("pk", "code", "project_id", f"{name}_id", f"{name}__code", f"{name}__project_id")
        for pk, code, project, other, other_code, other_project in rows.values_list(*fields):
            if part.goes(project, pk, chosen) != part.goes(other_project, other, chosen):
                yield code, other_code


def _begin(
    programme: Programme, code: str, name: str, contingency: Decimal, manager: Person | None,
    benefits: Sequence[Benefit], by: User | None,
) -> Programme:  # fmt: skip
    """Make the new programme as the old one is, with the contingency that goes."""
    programme.contingency_budget -= contingency
    save(programme, "contingency_budget", by=by)
    fields = {field: getattr(programme, field) for field in COPIED}
    new = add(
        Programme(
            portfolio=programme.portfolio, code=code, name=name, split_from=programme,
            contingency_budget=contingency,
            **fields | ({"programme_manager": manager} if manager else {}),
        ),
        by=by,
    )  # fmt: skip
    new.bcms.set(programme.bcms.all())
    serves = {each.objective for each in benefits if each.objective}
    serves.update(*(each.objectives.all() for each in benefits))
    new.objectives.set(serves or programme.objectives.all())
    return new


def _go(chosen: dict[str, Sequence[Any]], new: Programme, by: User | None) -> Iterator[Along]:
    """Have what is chosen belong to the new programme."""
    for name, rows in chosen.items():
        if not rows:
            continue
        model: Any = type(rows[0])
        more = {"tranche": None} if model is Project else {}
        stay = carry(model, [row.pk for row in rows], new, by=by, **more)
        if stay:
            held = next(row for row in rows if row.pk == stay[0])
            refuse_state(name, f"{held.code} cannot go: its year is closed, or it is settled.")
        says = "They leave their tranche" if model is Project else ""
        yield from told(model, Fate.GOES, [row.code for row in rows], says)


def _across(
    programme: Programme, new: Programme, part: Part, by: User | None
) -> Iterator[Along]:
    """Settle what refers across both: links in the benefits map end, contributions and dependencies
    go on; what is of two benefits that go, goes along."""
    both = {"first__in": part.benefits, "second__in": part.benefits}
    cases = list(programme.overlap_cases.filter(**both).values_list("pk", flat=True))
    carry(OverlapCase, cases, new, by=by)
    yield from counted(OverlapCase, Fate.GOES, len(cases))
    yield from _links(programme, new, part, by)
    yield from told(BenefitContribution, Fate.GOES_ON, _contributions(programme, new), ACROSS)
    yield from told(Dependency, Fate.GOES_ON, _dependencies(programme, new), ACROSS)


def _links(programme: Programme, new: Programme, part: Part, by: User | None) -> Iterator[Along]:
    """Links of which both ends go, go along; of which one does, end."""
    go, end = [], []
    rows = programme.benefit_links.select_related(
        "from_output", "from_outcome", "from_benefit", "to_outcome", "to_benefit"
    )
    for link in rows:
        output = link.from_output
        begins = part.goes(output and output.project_id, None, frozenset()) or (
            link.from_outcome_id in part.outcomes or link.from_benefit_id in part.benefits
        )
        leads = link.to_outcome_id in part.outcomes or link.to_benefit_id in part.benefits
        if begins and leads:
            go.append(link)
        elif begins or leads:
            end.append(link)
    carry(BenefitLink, [link.pk for link in go], new, by=by)
    yield from told(BenefitLink, Fate.GOES, [str(link) for link in go])
    yield from told(BenefitLink, Fate.ENDS, [str(link) for link in end], "One end stays")
    BenefitLink.objects.filter(pk__in=[link.pk for link in end]).delete()


def _contributions(one: Programme, other: Programme) -> list[str]:
    """Return the contributions of a project of one programme to a benefit of the other."""
    rows = BenefitContribution.objects.filter(
        Q(project__programme=one, benefit__programme=other)
        | Q(project__programme=other, benefit__programme=one)
    )
    pairs = rows.values_list("project__code", "benefit__code")
    return [f"{project} → {benefit}" for project, benefit in pairs]


def _dependencies(one: Programme, other: Programme) -> list[str]:
    """Return the codes of the dependencies between projects of the two."""
    rows = Dependency.objects.filter(
        Q(giver__programme=one, receiver__programme=other)
        | Q(giver__programme=other, receiver__programme=one)
    )
    return [*rows.values_list("code", flat=True)]


def _copy_roles(programme: Programme, new: Programme, by: User | None) -> int:
    """Give whoever has a role on the programme now the same on the new one: nobody sees more, or
    less, than before."""
    rows = RoleAssignment.objects.current(timezone.localdate()).filter(programme=programme)
    made = [
        RoleAssignment(
            person_id=row.person_id, role=row.role, programme=new, starts_on=row.starts_on,
            ends_on=row.ends_on, created_by=by, updated_by=by,
        )
        for row in rows.order_by("pk")
    ]  # fmt: skip
    return len(RoleAssignment.objects.bulk_create(made))


def _stay(programme: Programme, by: User | None) -> Iterator[Along]:
    """Tell what else belongs to the programme: it stays."""
    but = (Project, BenefitLink, BenefitContribution, OverlapCase, RoleAssignment)
    for model, count in others_of(programme, but, by):
        yield from counted(model, Fate.STAYS, count)
