"""Scenarios: their changes in order, how these are renewed and adopted, variants, trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pmhub.database.collation import same
from pmhub.models import User
from pmhub.services import add, check_move, lock, refuse, refuse_state, save
from programmes.models import Scenario, ScenarioChange, ScenarioState, ScenarioTrial
from programmes.queries.whatif import scenarios as queries
from programmes.queries.whatif.targets import name_of, named_by, version_now

MOST_CHANGES = 50  # changes of a scenario


@transaction.atomic
def add_changes(
    scenario: Scenario, changes: Iterable[ScenarioChange], *, by: User | None
) -> list[ScenarioChange]:
    """Add changes at the end of the list. A body may hold another of these changes in the place of
    the record that it adds; that one has to come before."""
    lock(scenario)  # two who add at once see one another
    if scenario.state == ScenarioState.ARCHIVED:
        refuse_state("scenario", "This scenario is archived: take it back first.")
    if scenario.state == ScenarioState.ADOPTED:  # there is something to adopt again
        scenario.state = ScenarioState.SHARED
        save(scenario, "state", by=by)
    kept = scenario.changes.aggregate(last=Max("position"))["last"] or 0
    given = list(changes)
    if scenario.changes.count() + len(given) > MOST_CHANGES:
        refuse("scenario", f"A scenario has at most {MOST_CHANGES} changes.")
    for position, change in enumerate(given, kept + 1):
        change.scenario, change.position = scenario, position
        change.body = {name: _named(value) for name, value in change.body.items()}
        add(change, by=by)
    return given


def _named(value: Any) -> Any:
    """Return a value of a body; for a change, the word that stands for the record that it adds."""
    return name_of(value.pk) if isinstance(value, ScenarioChange) else value


@transaction.atomic
def place_change(change: ScenarioChange, position: int, *, by: User | None) -> None:
    """Move a change to a place in the list, counted from 1; the others make room."""
    lock(change.scenario)
    change.refresh_from_db(fields=["position"])
    order = list(change.scenario.changes.exclude(pk=change.pk))
    order.insert(position - 1, change)
    for place, item in enumerate(order, 1):
        if item.position != place:
            item.position = place
            save(item, "position", by=by)


@transaction.atomic
def share_scenario(scenario: Scenario, *, by: User | None) -> Scenario:
    """Show a draft to everybody who sees the programme; it never becomes a draft again."""
    lock(scenario)
    check_move(scenario, "sharing")
    shared = Scenario.objects.filter(programme=scenario.programme, state=ScenarioState.SHARED)
    if shared.filter(same("name", scenario.name)).exists():
        refuse("name", "This programme has a shared scenario of this name: give it another.")
    scenario.state = ScenarioState.SHARED
    return save(scenario, "state", by=by)


@transaction.atomic
def renew_change(change: ScenarioChange, *, by: User | None) -> ScenarioChange:
    """Set the version against which the change is written to the present one of its record."""
    lock(change)
    _not_adopted(change)
    if (version := version_now(change)) is None:
        refuse("path", "The record that this would change is gone: remove the change.")
    if change.seen_version != version:
        change.seen_version = version
        save(change, "seen_version", by=by)
    return change


def current_changes(change: ScenarioChange) -> list[ScenarioChange]:
    """Return the other changes of the scenario that are not adopted and whose records have not
    changed since. To be called before the change is made: that may change their records too, as the
    end of a project closes its risks."""
    others = change.scenario.changes.filter(adopted_at=None, seen_version__isnull=False)
    return [
        other for other in others.exclude(pk=change.pk) if version_now(other) == other.seen_version
    ]


def adopt_change(
    change: ScenarioChange,
    current: Iterable[ScenarioChange],
    *,
    made: int | None = None,
    by: User | None,
) -> ScenarioChange:
    """Note, in the transaction that made it, that a change was made for real, and which record it
    added; its scenario is no draft any more. The changes that were current before it
    (`current_changes`) are now written against their records as it left them."""
    _not_adopted(change)
    if change.scenario.state == ScenarioState.DRAFT:
        share_scenario(change.scenario, by=by)
    change.adopted_at, change.adopted_by, change.made = timezone.now(), by, made
    save(change, "adopted_at", "adopted_by", "made", by=by)
    if not change.scenario.changes.filter(adopted_at=None).exists():
        change.scenario.state = ScenarioState.ADOPTED
        save(change.scenario, "state", by=by)
    for other in current:
        version = version_now(other)
        if version not in (None, other.seen_version):
            other.seen_version = version
            save(other, "seen_version", by=by)
    return change


def _not_adopted(change: ScenarioChange) -> None:
    if change.adopted_at is not None:
        refuse("adopted_at", "This change was adopted already.")


@transaction.atomic
def duplicate_scenario(scenario: Scenario, *, name: str, by: User | None) -> Scenario:
    """Return a variant: another scenario with the changes that are not adopted yet."""
    same = {field: getattr(scenario, field) for field in ("description", "benefit_assumption")}
    copied = add(Scenario(programme=scenario.programme, name=name, **same), by=by)
    fields = ("position", "title", "method", "path", "seen_version")
    copies: dict[int, ScenarioChange] = {}
    for change in scenario.changes.filter(adopted_at=None):
        values = {field: getattr(change, field) for field in fields}
        body = {name: _copied(value, copies) for name, value in change.body.items()}
        copies[change.pk] = ScenarioChange(scenario=copied, body=body, **values)
        add(copies[change.pk], by=by)
    return copied


def _copied(value: Any, copies: Mapping[int, ScenarioChange]) -> Any:
    """Return a value of a body for the variant: the word for a record that a change adds becomes
    that for the copy of the change."""
    copy = copies.get(named_by(value) or 0)
    return name_of(copy.pk) if copy else value


@transaction.atomic
def store_trial(
    scenario: Scenario,
    changes: Iterable[ScenarioChange],
    *,
    effects: dict[str, Any],
    generations: dict[int, int],
    by: User | None,
) -> ScenarioTrial:
    """Store what a trial of these changes has shown."""
    values = {
        "tried_at": timezone.now(),
        "tried_by": by,
        "changes": queries.trial_subject(changes),
        "generations": generations,
        "effects": effects,
    }
    return ScenarioTrial.objects.update_or_create(scenario=scenario, defaults=values)[0]
