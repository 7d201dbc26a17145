"""Change requests and their votes."""

from collections.abc import Iterable
from typing import Any

from pmhub.models import Person
from programmes.models import DelegatedLimit, Programme
from projects.models import ChangeRequest, ChangeVote, Output, Project
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.projects import project


def descoping_approved(output: Output) -> ChangeRequest:
    """Return an approved change that takes an output out of the scope."""
    write = {
        "title": "Descope", "method": "POST", "path": f"outputs/{output.pk}/descoping/",
        "body": {"reason": "Not needed"}, "seen_version": output.version,
    }  # fmt: skip
    return change_request(output.project, state="approved", writes=[write])


ASSESSED = {
    "assessment": 1, "level": "executive", "previewed_at": "2026-10-01T08:00Z",
    "previewed_cost": 0, "previewed_days": 0, "previewed_benefit": 0, "previewed_benefit_pct": 0,
    "previewed_funding": 0,
}  # fmt: skip
VOTED = {"rejected": "reject", "deferred": "defer"}  # in other states they approve


def change_request(
    home: Programme | Project | None = None, *, approvers: Iterable[Person] = (), **fields: Any
) -> ChangeRequest:
    """Return a change request without writes, of a project whose executive may decide without
    limit. In any state after raised it is assessed, has no impact, and its approvers have voted."""
    home = home or project(executive=person())
    place: Any = {str(home._meta.model_name): home}
    portfolio = home.owner_portfolio if isinstance(home, Project) else home.portfolio
    DelegatedLimit.objects.get_or_create(portfolio=portfolio, level="executive")
    state = fields.pop("state", "raised")
    made = ChangeRequest.objects.create(
        **place, **{"code": next_code("CR"), "title": "More"} | fields
    )
    deciders = [*approvers] or [person() for _ in range(state != "raised")]
    made.approvers.set(deciders)
    if state == "withdrawn":  # which nobody has assessed
        ChangeRequest.objects.filter(pk=made.pk).update(state=state)
        made.refresh_from_db()
    elif state != "raised":
        _walk(made, state, deciders[0])
    return made


def _walk(change: ChangeRequest, state: str, voter: Person) -> None:
    """Take a change request, which has no impact, on to a state."""
    rows = ChangeRequest.objects.filter(pk=change.pk)
    level = change.level or ASSESSED["level"]
    rows.update(state="impact_assessed", **ASSESSED | {"level": level})
    if state != "impact_assessed":
        change_vote(change, person=voter, choice=VOTED.get(state, "approve"))
        decided = "approved" if state in ("implemented", "closed") else state
        rows.update(state=decided, decided_on="2026-10-01", decided_by=voter)
    if state in ("implemented", "closed"):
        rows.update(state="implemented", implemented_on="2026-10-01")
    if state == "closed":
        rows.update(state="closed")
    change.refresh_from_db()


def change_vote(change: ChangeRequest | None = None, **fields: Any) -> ChangeVote:
    """Return a vote on an assessed change request."""
    voter = fields.pop("person", None) or person()
    held = change or change_request(approvers=[voter], state="impact_assessed")
    said = {"choice": "approve", "on": "2026-10-01", "assessment": 1} | fields
    return ChangeVote.objects.create(change=held, person=voter, **said)
