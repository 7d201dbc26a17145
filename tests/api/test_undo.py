"""What takes a verb back restores exactly what was: the record, and everything beside it."""

from typing import Any

import pytest
from django.apps import apps

from pmhub.api.routes import RESOURCES
from pmhub.models import Record, User
from pmhub.serializers.undo import UNDONE, undo_of
from tests import factories
from tests.api.test_life_cycles import DAY, TABLES, asked, record

UNDONE_BY_ONE = [
    (collection, table, move) for collection, table in TABLES for move in table.moves if move.undo
]
NAMES = [f"{collection}-{move.noun}" for collection, _, move in UNDONE_BY_ONE]
COUNTED = {"version", "updated_at", "updated_by_id"}  # what any write raises


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all records of every kind, without what any write raises."""
    kinds = [model for model in apps.get_models() if issubclass(model, Record)]
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in COUNTED}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in kinds
    }


def take_back(api: Any, user: User, collection: str, id: int, undo: Any) -> None:
    """Do what a page does when *Undo* is pressed."""
    address = f"{collection}/{id}/"
    answer = api(user).verb(f"{address}{undo.noun}/", undo.body)
    assert answer.status_code == 200, answer.json()
    if undo.edits:
        answer = api(user).patch(address, undo.edits)
        assert answer.status_code == 200, answer.json()


@pytest.mark.parametrize(("collection", "table", "move"), UNDONE_BY_ONE, ids=NAMES)
def test_what_takes_a_move_back_restores_exactly_what_was(
    collection: str, table: Any, move: Any, office: User, api: Any
) -> None:
    view = RESOURCES[collection]
    verb = view.verbs()[move.noun]
    offered = 0
    for target, sources in move.leads.items():
        for state in sources:
            row = record(collection, table.field, state)
            if (collection, state) == ("issues", "resolved"):
                row.resolution = "Mended"
                row.save(update_fields=["resolution"])
            row.refresh_from_db()
            undo = undo_of(view.serializer_class, verb, row, office)
            if undo is None:
                continue
            body = asked(move, verb.form, target, table.field)
            if not body.keys() <= {*undo.restores}:
                body = {name: said for name, said in body.items() if name in undo.restores}
            before = everything()
            answer = api(office).verb(f"{collection}/{row.pk}/{move.noun}/", body)
            if answer.status_code == 409 and len(move.leads) > 1:
                continue  # to another state than it was in
            assert answer.status_code == 200, answer.json()
            take_back(api, office, collection, row.pk, undo)
            assert everything() == before
            offered += 1
    assert offered, f"Nothing ever takes {move.noun} of {collection} back."


def test_an_action_begun_and_done_goes_on_without_its_evidence_again(
    office: User, api: Any
) -> None:
    action = factories.action(factories.project(), state="in_progress")
    view = RESOURCES["actions"]
    undo = undo_of(view.serializer_class, view.verbs()["completion"], action, office)
    assert undo is not None
    assert (undo.noun, undo.body, undo.edits) == ("reopening", {"reason": UNDONE}, {"evidence": ""})
    done = {"done_on": DAY, "evidence": "Seen"}
    assert api(office).verb(f"actions/{action.pk}/completion/", done).status_code == 200
    take_back(api, office, "actions", action.pk, undo)
    action.refresh_from_db()
    assert (action.state, action.done_on, action.evidence) == ("in_progress", None, "")


def test_what_leads_elsewhere_takes_nothing_back(office: User, nothing: None) -> None:
    view = RESOURCES["actions"]
    action = factories.action(factories.project(), state="open")  # it would be in progress
    assert undo_of(view.serializer_class, view.verbs()["completion"], action, office) is None


def test_who_may_not_take_it_back_is_not_offered_it(nothing: None) -> None:
    owner = factories.user("owner")
    project = factories.project()
    factories.role(owner, "viewer", project=project)
    action = factories.action(project, state="in_progress", owner=owner.person)
    view = RESOURCES["actions"]
    verb = view.verbs()["completion"]
    assert verb.open_to(owner, action)
    assert undo_of(view.serializer_class, verb, action, owner) is None


def test_a_work_package_goes_back_to_what_was_done_of_it(office: User, api: Any) -> None:
    package = factories.work_package(factories.project(), percent=25)
    view = RESOURCES["work-packages"]
    undo = undo_of(view.serializer_class, view.verbs()["progress"], package, office)
    assert undo is not None
    assert undo.restores == ["percent", "reason"]
    before = everything()
    marked = api(office).verb(f"work-packages/{package.pk}/progress/", {"percent": "100"})
    assert marked.status_code == 200
    take_back(api, office, "work-packages", package.pk, undo)
    assert everything() == before
