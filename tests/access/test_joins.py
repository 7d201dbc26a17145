"""Joining two records: every relation says what it asks, and the right is asked at both ends."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from pmhub.access import Join, join_of
from pmhub.api.routes import RESOURCES
from pmhub.models import Record, User
from programmes.models import Programme, StrategicObjective, Tranche
from projects.models import Issue, Risk
from tests import factories
from tests.api.conftest import Api, errors_of

RECORDS = [
    model for model in apps.get_models() if issubclass(model, Record) and not model._meta.proxy
]
RELATIONS = [
    (model, field.name)
    for model in RECORDS
    for field in (*model._meta.fields, *model._meta.many_to_many)
    if field.is_relation
]


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


def test_every_relation_says_what_it_asks() -> None:
    silent = [f"{m._meta.label}.{name}" for m, name in RELATIONS if join_of(m, name) is None]
    assert silent == []


def test_what_is_declared_is_there() -> None:
    for model in RECORDS:
        names = {name for each, name in RELATIONS if each is model}
        declared = {*model.joins, *model.posts.values(), *model.visible_through}
        assert declared | set(model.written_through) <= names
        assert set(model.written_through) <= set(model.visible_through)


def test_what_the_product_sets_is_nobody_s_to_write() -> None:
    writable = [
        f"{view.serializer_class.Meta.model._meta.label}.{name}"
        for view in RESOURCES.values()
        for name, field in view.serializer_class().fields.items()
        if (view.serializer_class.Meta.model, name) in RELATIONS
        and join_of(view.serializer_class.Meta.model, name) == Join.SET
        and not field.read_only
    ]
    assert writable == []


# Two programmes: somebody manages one, and reads the other.


class Pair:
    """Two programmes of one portfolio: the manager of `own`, and what they can read of `other`."""

    def __init__(self) -> None:
        self.manager = factories.user("manager")
        self.own = factories.programme(programme_manager=self.manager.person)
        self.other = factories.programme(portfolio=self.own.portfolio)
        factories.role(self.manager, "viewer", programme=self.other)
        self.project = factories.project(programme=self.own)
        self.foreign = factories.project(programme=self.other)
        self.office = factories.user("office")
        factories.role(self.office, "pmo")


@pytest.fixture
def pair(nothing: None) -> Pair:
    """The two programmes with the manager of one."""
    return Pair()


def test_a_contribution_needs_the_right_to_the_benefit_and_to_the_project(
    pair: Pair, api: Any
) -> None:
    theirs = factories.benefit(programme=pair.other)
    mine = factories.benefit(programme=pair.own)
    body = {"benefit": theirs.pk, "project": pair.project.pk, "weight": "1"}
    refused = api(pair.manager).post("contributions/", body)
    assert refused.status_code == 403
    assert not theirs.contributions.exists()
    body = {"benefit": mine.pk, "project": pair.foreign.pk, "weight": "1"}
    refused = api(pair.manager).post("contributions/", body)
    assert (refused.status_code, errors_of(refused)) == (403, {"/project": "permission_denied"})
    assert api(pair.office).post("contributions/", body).status_code == 201
    body["project"] = pair.project.pk
    body["weight"] = "0.5"
    assert errors_of(api(pair.manager).post("contributions/", body)) == {
        "/weight": "contribution_weights_sum"
    }


def test_whose_benefit_it_is_decides_on_what_is_contributed(pair: Pair, api: Any) -> None:
    theirs = factories.benefit(programme=pair.other)
    mine = factories.benefit(programme=pair.own)
    out = theirs.contributions.create(project=pair.project, weight="0.5")
    into = mine.contributions.create(project=pair.foreign, weight="0.5")
    for change in ({"weight": "0.6"}, {"rationale": "More"}):
        assert api(pair.manager).patch(f"contributions/{out.pk}/", change).status_code == 403
        assert api(pair.manager).patch(f"contributions/{into.pk}/", change).status_code == 200
    moved = api(pair.manager).patch(f"contributions/{into.pk}/", {"benefit": theirs.pk})
    assert moved.status_code == 403
    assert api(pair.manager).delete(f"contributions/{out.pk}/").status_code == 403
    assert api(pair.manager).delete(f"contributions/{into.pk}/").status_code == 204


def test_a_project_of_another_portfolio_serves_a_benefit_by_the_right_at_both_ends(
    pair: Pair, api: Any
) -> None:
    elsewhere = factories.programme()
    assert elsewhere.portfolio != pair.own.portfolio
    far = factories.project(programme=elsewhere, name="Wexmoor quay wall", code="QUAY-7")
    mine = factories.benefit(programme=pair.own)
    body = {"benefit": mine.pk, "project": far.pk, "weight": "0.5"}
    unseen = api(pair.manager).post("contributions/", body)
    assert (unseen.status_code, errors_of(unseen)) == (400, {"/project": "does_not_exist"})
    factories.role(pair.manager, "viewer", programme=elsewhere)
    assert api(pair.manager).post("contributions/", body).status_code == 403
    factories.role(pair.manager, "programme_manager", programme=elsewhere)
    assert api(pair.manager).post("contributions/", body).status_code == 201
    # Who sees one end alone is told of the other that there is one, by neither its code nor name.
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=pair.own)
    for path in (
        f"contributions/?benefit={mine.pk}",
        f"benefits/{mine.pk}/",
        f"programmes/{pair.own.pk}/benefits-map/",
        f"programmes/{pair.own.pk}/rollup/benefits_at_stake/",
    ):
        told = api(reader).get(path)
        assert told.status_code == 200, path
        assert not re.search("QUAY-7|Wexmoor quay wall", told.content.decode()), path


def test_a_risk_is_counted_within_another_that_one_may_write(pair: Pair, api: Any) -> None:
    leader = factories.user("leader")
    pair.project.project_manager = leader.person
    pair.project.save()
    factories.role(leader, "viewer", programme=pair.own)
    risk = factories.risk(pair.project)
    mine, theirs = factories.risk(pair.own), factories.risk(pair.other)
    path = f"risks/{risk.pk}/"
    elsewhere = api(pair.manager).patch(path, {"aggregated_into": theirs.pk})
    assert (elsewhere.status_code, list(errors_of(elsewhere))) == (400, ["/aggregated_into"])
    refused = api(leader).patch(path, {"aggregated_into": mine.pk})
    assert (refused.status_code, errors_of(refused)) == (
        403, {"/aggregated_into": "permission_denied"},
    )  # fmt: skip
    assert not Risk.objects.filter(aggregated_into__isnull=False).exists()
    assert api(pair.manager).patch(path, {"aggregated_into": mine.pk}).status_code == 200


def test_a_risk_is_escalated_to_one_that_one_may_write_or_to_a_new_one(
    pair: Pair, api: Any
) -> None:
    leader = factories.user("leader")
    pair.project.project_manager = leader.person
    pair.project.save()
    factories.role(leader, "viewer", programme=pair.own)
    risk, mine = factories.risk(pair.project), factories.risk(pair.own)
    path, to = f"risks/{risk.pk}/escalation/", {"escalated_to": mine.pk}
    refused = api(leader).verb(path, to)
    assert (refused.status_code, errors_of(refused)) == (
        403, {"/escalated_to": "permission_denied"},
    )  # fmt: skip
    bulk = [{"id": risk.pk, "version": risk.version, **to}]
    assert api(leader).post("risks/bulk/escalation/", bulk).status_code == 403
    assert not Risk.objects.filter(escalated_to=mine).exists()
    assert api(leader).verb(path, {}).status_code == 200
    other = factories.risk(pair.project)
    assert api(pair.manager).verb(f"risks/{other.pk}/escalation/", to).status_code == 200


@pytest.mark.parametrize(("field", "make"), [("escalated_to", "issue"), ("from_risk", "risk")])
def test_an_issue_is_joined_with_what_one_may_write(
    field: str, make: str, pair: Pair, api: Any
) -> None:
    leader = factories.user("leader")
    pair.project.project_manager = leader.person
    pair.project.save()
    factories.role(leader, "viewer", programme=pair.own)
    issue = factories.issue(pair.project)
    mine, theirs = (getattr(factories, make)(home) for home in (pair.own, pair.other))
    path = f"issues/{issue.pk}/"
    refused = api(leader).patch(path, {field: mine.pk})
    assert (refused.status_code, errors_of(refused)) == (403, {f"/{field}": "permission_denied"})
    for who in (pair.manager, pair.office):
        elsewhere = api(who).patch(path, {field: theirs.pk})
        assert (elsewhere.status_code, list(errors_of(elsewhere))) == (400, [f"/{field}"])
    with pytest.raises(IntegrityError, match="of the same programme"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**{field: theirs.pk})
    assert not Issue.objects.filter(**{field: theirs.pk}).exists()
    assert api(pair.manager).patch(path, {field: mine.pk}).status_code == 200


def test_an_issue_is_not_escalated_to_itself(pair: Pair, api: Any) -> None:
    issue = factories.issue(pair.project)
    refused = api(pair.manager).patch(f"issues/{issue.pk}/", {"escalated_to": issue.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/escalated_to"])
    with pytest.raises(IntegrityError, match="another issue"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(escalated_to=issue)


def test_a_project_is_put_into_a_tranche_by_who_plans_the_programme(pair: Pair, api: Any) -> None:
    tranche = Tranche.objects.create(programme=pair.own, code="T1", name="First")
    leader = factories.user("leader")
    pair.project.project_manager = leader.person
    pair.project.save()
    factories.role(leader, "viewer", programme=pair.own)
    path, body = f"projects/{pair.project.pk}/", {"tranche": tranche.pk}
    assert errors_of(api(leader).patch(path, body)) == {"/tranche": "permission_denied"}
    assert api(pair.manager).patch(path, body).status_code == 200


def test_a_project_books_what_its_own_portfolio_has(pair: Pair, api: Any) -> None:
    mine = factories.resource(portfolio=pair.own.portfolio)
    theirs = factories.resource()
    factories.role(pair.manager, "viewer", portfolio=theirs.portfolio)
    body = {
        "project": pair.project.pk, "units": "1", "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
    }  # fmt: skip
    refused = api(pair.manager).post("allocations/", body | {"resource": theirs.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/resource"])
    assert api(pair.manager).post("allocations/", body | {"resource": mine.pk}).status_code == 201


# Objectives


@pytest.fixture
def elsewhere(pair: Pair) -> StrategicObjective:
    """An objective of another portfolio."""
    return StrategicObjective.objects.create(
        portfolio=factories.portfolio(), code="SECRET", title="To be bought"
    )


def test_no_objective_of_another_portfolio_is_served(
    pair: Pair, elsewhere: StrategicObjective, api: Any
) -> None:
    benefit = factories.benefit(programme=pair.own)
    office = api(pair.office)
    changes: list[tuple[str, dict[str, Any], str]] = [
        (f"programmes/{pair.own.pk}/", {"objectives": [elsewhere.pk]}, "/objectives"),
        (f"benefits/{benefit.pk}/", {"objectives": [elsewhere.pk]}, "/objectives"),
        (f"benefits/{benefit.pk}/", {"objective": elsewhere.pk}, "/objective"),
    ]
    for path, body, field in changes:
        answer = office.patch(path, body)
        assert (answer.status_code, list(errors_of(answer))) == (400, [field])
    body = {"portfolio": pair.own.portfolio_id, "code": "N", "name": "New"}
    made = office.post("programmes/", body | {"objectives": [elsewhere.pk]})
    assert (made.status_code, list(errors_of(made))) == (400, ["/objectives"])
    assert not Programme.objects.filter(code="N").exists()
    shown = office.get(f"programmes/{pair.own.pk}/benefits-map/").content
    assert b"SECRET" not in shown


def test_a_programme_takes_no_objectives_along(
    pair: Pair, elsewhere: StrategicObjective, api: Any
) -> None:
    office = api(pair.office)
    mine = pair.own.portfolio.objectives.create(code="O1", title="Lower cost")
    benefit = factories.benefit(programme=pair.own, objective=mine)
    pair.own.objectives.add(mine)
    path, there = f"programmes/{pair.own.pk}/", {"portfolio": elsewhere.portfolio_id}
    assert list(errors_of(office.patch(path, there))) == ["/objectives"]
    still = office.patch(path, there | {"objectives": [elsewhere.pk]})
    assert (still.status_code, still.json()["code"]) == (409, "objective_of_portfolio")
    assert Programme.objects.get(pk=pair.own.pk).portfolio_id == mine.portfolio_id
    assert office.patch(f"benefits/{benefit.pk}/", {"objective": None}).status_code == 200
    moved = office.patch(path, there | {"objectives": [elsewhere.pk]})
    assert moved.status_code == 200
    back = office.patch(f"objectives/{elsewhere.pk}/", {"portfolio": mine.portfolio_id})
    assert (back.status_code, back.json()["code"]) == (409, "objective_of_portfolio")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO programmes_programme_objectives (programme_id, strategicobjective_id)"
        " VALUES ({programme}, {objective})",
        "INSERT INTO benefits_benefit_objectives (benefit_id, strategicobjective_id)"
        " VALUES ({benefit}, {objective})",
        "UPDATE benefits_benefit SET objective_id = {objective} WHERE id = {benefit}",
        "UPDATE programmes_programme SET portfolio_id = {portfolio} WHERE id = {programme}",
        "UPDATE programmes_strategicobjective SET portfolio_id = {portfolio} WHERE id = {mine}",
    ],
)
def test_plain_sql_serves_no_objective_of_another_portfolio(
    sql: str, pair: Pair, elsewhere: StrategicObjective
) -> None:
    mine = pair.own.portfolio.objectives.create(code="O1", title="Lower cost")
    pair.own.objectives.add(mine)
    ids = {
        "programme": pair.own.pk, "objective": elsewhere.pk, "mine": mine.pk,
        "benefit": factories.benefit(programme=pair.own).pk, "portfolio": elsewhere.portfolio_id,
    }  # fmt: skip
    with (
        pytest.raises(IntegrityError, match="portfolio of who serves it"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{sql.format(**ids)}; SET CONSTRAINTS ALL IMMEDIATE")


# What is out of sight


@pytest.mark.parametrize(
    ("collection", "field", "body", "status"),
    [
        ("dependencies", "giver", {"code": "D9", "deliverable": "X", "receiver": "{own}"}, 404),
        ("dependencies", "receiver", {"code": "D9", "deliverable": "X", "giver": "{own}"}, 404),
        ("cost-actuals", "project", {"posted_on": "2026-10-01", "amount": "5"}, 400),
        ("risks", "project", {"code": "R9", "title": "X"}, 400),
        ("milestones", "project", {"code": "M9", "title": "X"}, 400),
    ],
)
def test_what_is_out_of_sight_answers_as_what_is_not_there(
    collection: str, field: str, body: dict[str, Any], status: int, pair: Pair, api: Any
) -> None:
    hidden = factories.project(code="SECRET")
    body = {name: pair.project.pk if value == "{own}" else value for name, value in body.items()}
    answers = [
        api(pair.manager).post(f"{collection}/", body | {field: id})
        for id in (hidden.pk, 999_999_999)
    ]
    for answer in answers:
        assert (answer.status_code, errors_of(answer)) == (
            status, {f"/{field}": "does_not_exist"},
        )  # fmt: skip
    texts = [re.sub(r"\d+", "#", each.json()["detail"]) for each in answers]
    assert texts[0] == texts[1]
    mixed = api(pair.manager).post(f"{collection}/", body | {field: hidden.pk, "colour": ""})
    assert (mixed.status_code, b"SECRET" in mixed.content) == (400, False)


def test_a_dependency_does_not_move_to_where_nothing_is_seen(pair: Pair, api: Any) -> None:
    hidden = factories.project(code="SECRET")
    link = factories.dependency(pair.project, factories.project(programme=pair.own))
    answer = api(pair.manager).patch(f"dependencies/{link.pk}/", {"receiver": hidden.pk})
    assert (answer.status_code, errors_of(answer)) == (404, {"/receiver": "does_not_exist"})


def test_another_record_out_of_sight_is_no_choice(pair: Pair, api: Any) -> None:
    hidden, risk = factories.risk(factories.project()), factories.risk(pair.project)
    for id in (hidden.pk, 999_999_999):
        answer = api(pair.manager).patch(f"risks/{risk.pk}/", {"aggregated_into": id})
        assert (answer.status_code, errors_of(answer)) == (
            400, {"/aggregated_into": "does_not_exist"},
        )  # fmt: skip


def test_a_user_is_shown_to_belong_to_no_person_by_a_field(pair: Pair, api: Any) -> None:
    person = factories.person()
    answer = api(pair.office).patch(f"people/{person.pk}/", {"user": pair.manager.pk})
    assert errors_of(answer) == {"/user": "unknown_field"}
    assert User.objects.get(pk=pair.manager.pk).person == pair.manager.person
