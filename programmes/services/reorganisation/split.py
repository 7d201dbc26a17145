"""A programme is split: chosen parts of it belong to a new programme from now on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from benefits.models import Benefit, BenefitContribution, BenefitLink, OverlapCase
from benefits.models.overlap import COUNTS
from pmhub.database.history import because
from pmhub.models import Person, RoleAssignment, User
from pmhub.services import add, refuse, refuse_state, save
from programmes.models import Outcome, Programme, ProgrammeLine, StrategicObjective
from programmes.services.reorganisation.dispositions import (
    Fate,
    RecordFates,
    Reorganisation,
    check_goes_on,
    check_reason,
    check_settled,
    counted_fate,
    decide,
    lock_all,
    locked_rows,
    move_records,
    named_fate,
    others_of,
)
from programmes.services.reorganisation.preconditions import merger_blockers
from programmes.services.reorganisation.rights import HELD_BY_ROLE, copy_roles
from projects.models import Dependency, Issue, Project, Risk

COPIED = ("vision", "target_operating_model", "stage", "governance_type", "governance",
          "funding_approach", "planned_end_on", "sro", "programme_manager", "custom")  # fmt: skip
ACROSS = "They hold across both programmes from now on"


@dataclass(frozen=True)
class SplitPart:
    """The records that go to the new programme, by kind."""

    projects: Sequence[Project] = ()
    benefits: Sequence[Benefit] = ()
    outcomes: Sequence[Outcome] = ()
    risks: Sequence[Risk] = ()
    issues: Sequence[Issue] = ()
    lines: Sequence[ProgrammeLine] = ()

    @property
    def rows(self) -> dict[str, Sequence[Any]]:
        """Return the records by the name of their kind."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def ids(self) -> dict[str, frozenset[int]]:
        """Return the ids of the records by the name of their kind."""
        return {name: frozenset(row.pk for row in rows) for name, rows in self.rows.items()}

    def holds(self, kind: str, id: int | None, project: int | None = None) -> bool:
        """Return whether a record goes: with its project, if it has one, else as it was chosen
        itself."""
        return project in self.ids["projects"] if project is not None else id in self.ids[kind]


@transaction.atomic
def split_programme(
    programme: Programme,
    *,
    code: str,
    name: str,
    part: SplitPart,
    contingency_budget: Decimal | None = None,
    programme_manager: Person | None = None,
    reason: str,
    by: User | None,
) -> Reorganisation:
    """Begin a programme in the same portfolio and stage with a part of this one. The sums of both
    are those of the one before. Refuses to separate records that count one another."""
    lock_all(programme)
    check_goes_on(programme, "stage")
    check_reason(reason)
    check_settled(merger_blockers(programme), by, "stage")
    part = _hold(part)
    _check_chosen(programme, part)
    _check_whole(programme, part)
    contingency = _contingency(programme, contingency_budget)
    with because(f"Split off as {code}: {reason}"):
        new = _begin(programme, code, name, contingency, by)
        if programme_manager is not None:
            new.programme_manager = programme_manager
            save(new, "programme_manager", by=by)
        _serve(new, programme, part)
        along = [
            *_go(part, new, by),
            *_across(programme, new, part, by),
            *counted_fate(
                RoleAssignment, Fate.COPIED, copy_roles(programme, new, by), HELD_BY_ROLE
            ),
            *_stay(programme, by),
        ]
        outcome = f"{programme.code} was split: {code} goes on by itself"
        decide(programme, title=f"{code} split off", outcome=outcome, reason=reason, by=by)
        decide(new, title=f"Split from {programme.code}", outcome=outcome, reason=reason, by=by)
    return Reorganisation(programme, new, along)


def _hold(part: SplitPart) -> SplitPart:
    """Return the chosen records as they are now, locked until the transaction ends, so that those
    that have moved to another programme meanwhile are seen."""
    rows = {name: [row.pk for row in chosen] for name, chosen in part.rows.items() if chosen}
    models: dict[str, Any] = {name: type(part.rows[name][0]) for name in rows}
    return SplitPart(
        **{name: list(locked_rows(models[name], pk__in=ids)) for name, ids in rows.items()}
    )


def _check_chosen(programme: Programme, part: SplitPart) -> None:
    """Refuse records of another programme, projects that have ended, and an empty choice."""
    if not any(part.rows.values()):
        refuse("projects", "Choose what goes.")
    for name, rows in part.rows.items():
        if strange := next((row for row in rows if row.programme_id != programme.pk), None):
            refuse(name, f"{strange} is not of this programme.")
    if ended := next((row for row in part.projects if not row.live), None):
        refuse_state("projects", f"{ended.code}: a project that has ended stays where it is.")


def _contingency(programme: Programme, amount: Decimal | None) -> Decimal:
    """Return how much contingency goes; refuse more than remains."""
    amount = amount or Decimal(0)
    given = programme.contingency_movements.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if amount > programme.contingency_budget - given:
        refuse_state("contingency_budget", "No more contingency can go than remains.")
    return amount


def _check_whole(programme: Programme, part: SplitPart) -> None:
    """Refuse to separate risks and issues from those that count them, and benefits with an open or
    agreed overlap."""
    for child, parent in _torn(programme, part, Risk, ("escalated_to", "aggregated_into"), "risks"):
        refuse_state("risks", f"{parent} counts {child}: both go, or both stay.")
    for child, parent in _torn(programme, part, Issue, ("escalated_to",), "issues"):
        refuse_state("issues", f"{child} was escalated to {parent}: both go, or both stay.")
    for case in programme.overlap_cases.filter(COUNTS).select_related("first", "second"):
        if part.holds("benefits", case.first_id) != part.holds("benefits", case.second_id):
            refuse_state("benefits", f"{case} overlap: both go, or both stay.")


def _torn(
    programme: Programme, part: SplitPart, model: Any, names: Iterable[str], of: str
) -> Iterator[tuple[str, str]]:
    """Yield the codes of records that would be separated from the record that they name, with its
    code."""
    mine = Q(programme=programme) | Q(project__programme=programme)
    for name in names:
        rows = model._base_manager.filter(mine, **{f"{name}__isnull": False}).order_by("pk")
        named = ("pk", "code", "project_id", f"{name}_id", f"{name}__code", f"{name}__project_id")
        for pk, code, project, other, other_code, other_project in rows.values_list(*named):
            if part.holds(of, pk, project) != part.holds(of, other, other_project):
                yield code, other_code


def _begin(
    programme: Programme, code: str, name: str, contingency: Decimal, by: User | None
) -> Programme:
    """Add the new programme with the same values as the old one, and the contingency that goes."""
    programme.contingency_budget -= contingency
    save(programme, "contingency_budget", by=by)
    new = Programme(
        portfolio=programme.portfolio,
        code=code,
        name=name,
        split_from=programme,
        contingency_budget=contingency,
        **{field: getattr(programme, field) for field in COPIED},
    )
    return add(new, by=by)


def _serve(new: Programme, programme: Programme, part: SplitPart) -> None:
    """Have the new programme serve the objectives of its benefits or, without any, those of the old
    one; never retired ones."""
    new.bcms.set(programme.bcms.all())
    serves = {benefit.objective for benefit in part.benefits if benefit.objective}
    serves.update(*(benefit.objectives.all() for benefit in part.benefits))
    new.objectives.set(_lasting(serves) or _lasting(programme.objectives.all()))


def _lasting(objectives: Iterable[StrategicObjective]) -> list[StrategicObjective]:
    return [row for row in objectives if row.status not in row.over_in]


def _go(part: SplitPart, new: Programme, by: User | None) -> Iterator[RecordFates]:
    """Move what is chosen to the new programme."""
    for name, rows in part.rows.items():
        if not rows:
            continue
        model: Any = type(rows[0])
        moved = model is Project
        more: dict[str, Any] = {"tranche": None} if moved else {}
        stay = move_records(model, [row.pk for row in rows], new, by=by, **more)
        if stay:
            fast = next(row for row in rows if row.pk == stay[0])
            refuse_state(name, f"{fast.code} cannot go: its year is closed, or it is settled.")
        says = "They leave their tranche" if moved else ""
        yield from named_fate(model, Fate.GOES, [row.code for row in rows], says)


def _across(
    programme: Programme, new: Programme, part: SplitPart, by: User | None
) -> Iterator[RecordFates]:
    """Settle what has its ends in both programmes: links in the benefits map end, contributions and
    dependencies stay as they are; overlaps of two benefits that go move along."""
    both = {"first__in": part.benefits, "second__in": part.benefits}
    cases = list(programme.overlap_cases.filter(**both).values_list("pk", flat=True))
    move_records(OverlapCase, cases, new, by=by)
    yield from counted_fate(OverlapCase, Fate.GOES, len(cases))
    yield from _links(programme, new, part, by)
    yield from named_fate(BenefitContribution, Fate.GOES_ON, _contributions(programme, new), ACROSS)
    yield from named_fate(Dependency, Fate.GOES_ON, _dependencies(programme, new), ACROSS)


def _links(
    programme: Programme, new: Programme, part: SplitPart, by: User | None
) -> Iterator[RecordFates]:
    """Move the links of which both ends go; delete those of which one end goes."""
    go, end = [], []
    rows = programme.benefit_links.select_related(
        "from_output", "from_outcome", "from_benefit", "to_outcome", "to_benefit"
    )
    for link in rows:
        begins, leads = _ends(link, part)
        if begins and leads:
            go.append(link)
        elif begins or leads:
            end.append(link)
    move_records(BenefitLink, [link.pk for link in go], new, by=by)
    yield from named_fate(BenefitLink, Fate.GOES, [str(link) for link in go])
    yield from named_fate(BenefitLink, Fate.ENDS, [str(link) for link in end], "One end stays")
    BenefitLink.objects.filter(pk__in=[link.pk for link in end]).delete()


def _ends(link: BenefitLink, part: SplitPart) -> tuple[bool, bool]:
    """Return whether the beginning of a link goes, and whether its end does."""
    if link.from_output is not None:
        begins = part.holds("projects", link.from_output.project_id)
    elif link.from_outcome_id is not None:
        begins = part.holds("outcomes", link.from_outcome_id)
    else:
        begins = part.holds("benefits", link.from_benefit_id)
    if link.to_outcome_id is not None:
        return begins, part.holds("outcomes", link.to_outcome_id)
    return begins, part.holds("benefits", link.to_benefit_id)


def _contributions(one: Programme, other: Programme) -> list[str]:
    """Return in words the contributions of a project of one programme to a benefit of the other."""
    rows = BenefitContribution.objects.filter(
        Q(project__programme=one, benefit__programme=other)
        | Q(project__programme=other, benefit__programme=one)
    )
    pairs = rows.values_list("project__code", "benefit__code")
    return [f"{project} → {benefit}" for project, benefit in pairs]


def _dependencies(one: Programme, other: Programme) -> list[str]:
    """Return the codes of the dependencies between projects of the two programmes."""
    rows = Dependency.objects.filter(
        Q(giver__programme=one, receiver__programme=other)
        | Q(giver__programme=other, receiver__programme=one)
    )
    return [*rows.values_list("code", flat=True)]


def _stay(programme: Programme, by: User | None) -> Iterator[RecordFates]:
    """Yield what else belongs to the programme and stays."""
    but = (Project, BenefitLink, BenefitContribution, OverlapCase, RoleAssignment)
    for model, count in others_of(programme, but, by):
        yield from counted_fate(model, Fate.STAYS, count)
