"""A record of each collection, for tests that ask all of them: the first of the demo, or one that
is made where the demo has none."""

from collections.abc import Callable
from typing import Any

from benefits.models import Benefit, BenefitContribution
from pmhub.api.routes import RESOURCES
from pmhub.models import Attachment, Comment, Favourite, Follow, SavedView, User
from programmes.models import Programme
from projects.models import Project, Risk
from tests import factories

# Of these, who only reads sees none, or none but their own.
NOT_FOR_READERS = {
    "communications", "competence-records", "favourites", "follows", "help-requests",
    "qualifications", "scenario-changes", "scenarios", "stakeholder-assessments", "stakeholders",
    "trainings",
}  # fmt: skip


def sample(name: str) -> Any:
    """Return a record of a collection."""
    model: Any = RESOURCES[name].serializer_class.Meta.model
    first = model._base_manager.order_by("pk").first()
    return MADE[name]() if first is None else first


def programme() -> Programme:
    """Return a programme of the demo."""
    return Programme.objects.get(code="CAM")


def project() -> Project:
    """Return a project of the demo."""
    return Project.objects.get(code="CAM-02")


def office() -> User:
    """Return the user who works in the PMO."""
    return User.objects.get(username="pmo")


def at_project(model: Any, **fields: Any) -> Any:
    """Return a record at a project, made by the PMO."""
    place = {"record_type": "project", "record_id": project().pk}
    return model.objects.create(**place, created_by=office(), **fields)


def scenario() -> Any:
    """Return a scenario of a programme."""
    return programme().scenarios.create(name="Less", created_by=office())


def scenario_change() -> Any:
    """Return a change of a scenario."""
    path = f"risks/{Risk.objects.order_by('pk')[0].pk}/"
    return sample("scenarios").changes.create(
        title="Drier", method="PATCH", path=path, body={"title": "Drier"}, position=1
    )


def help_request() -> Any:
    """Return a request for help that the PMO itself asks."""
    return factories.help_request(project(), created_by=office(), asked_by=office().person)


def saved_view() -> Any:
    """Return a saved view of the risks of a programme."""
    return SavedView.objects.create(
        collection="risks", name="Open", created_by=office(), programme=programme()
    )


def review() -> Any:
    """Return a review that is asked because a project ended."""
    share = BenefitContribution.objects.order_by("pk")[0]
    return share.reviews.create(benefit=share.benefit, cause="termination", asked_on="2026-10-01")


def status_report() -> Any:
    """Return a draft of a status report."""
    return programme().status_reports.create(
        period_end="2026-09-30", achieved="Much", declared_rag="green", author=factories.person()
    )


MADE: dict[str, Callable[[], Any]] = {
    "attachments": lambda: at_project(Attachment, title="Plan", link="https://example.org/"),
    "benefit-reviews": review,
    "comments": lambda: at_project(Comment, text="When?"),
    "exceptions": lambda: factories.exception(project()),
    "favourites": lambda: at_project(Favourite),
    "follows": lambda: at_project(Follow),
    "health-overrides": lambda: factories.override(programme()),
    "help-requests": help_request,
    "saved-views": saved_view,
    "scenario-changes": scenario_change,
    "scenarios": scenario,
    "shared-claims": lambda: factories.claim(Benefit.objects.get(code="B03")),
    "status-reports": status_report,
}
