"""A search reads an index, in every register of what there are many of."""

import pytest
from django.contrib.postgres.indexes import GinIndex
from django.db import connection

from pmhub.api.routes import RESOURCES
from pmhub.database.collation import with_words
from tests import factories

# Of these there are few in an estate, or their words stand in other tables.
FEW = {
    "programmemandate", "operatingmodelstate",
    "portfolio", "strategicobjective", "tranche", "outcome", "programmeline", "assurancereview",
    "assurancerecommendation", "scenario", "scenariochange", "statusreport", "roleassignment",
    "stakeholderassessment", "competencerecord", "teammaturity", "inspection",
    "inspectionfinding", "oversightdecision", "post", "qualification", "training",
    "adoptionassessment",
    "baseline", "contingencymovement", "benefitmeasurement", "benefitreview",
    "benefitanchor", "benefithandover", "benefitcontribution", "benefitlink", "overlapcase",
    "savedview", "template", "sharedbenefitclaim",
    "templatemilestone",
    "templateentry", "templaterole",
    "healthoverride", "dependencymessage", "dcarecord", "profileversion", "objectivemeasurement",
    "ruleset", "board", "decision", "acknowledgement", "delegation",
    "gate", "gatecriterion", "gatevote", "gatecondition", "templatecriterion",
    "boardmeeting", "boardpack",
    "budgetrequest", "budgettransfer",
    "businesscase", "caseoption", "caseflow", "exceptionreport",
    "changerequest", "changevote",
    "assetversion", "tailoringrecord", "lessonuse", "iteration",
    "closedyear", "currencyrate", "customfield", "proposalscore",
}  # fmt: skip


REGISTERS = sorted(
    ((view.serializer_class.Meta.model, view) for view in RESOURCES.values() if view.search_fields),
    key=lambda each: each[0]._meta.model_name,
)


def index_of(model):
    return next((each for each in model._meta.indexes if isinstance(each, GinIndex)), None)


@pytest.mark.parametrize(("model", "view"), REGISTERS, ids=lambda each: each.__name__)
def test_a_register_has_an_index_of_what_it_searches_in(model, view):
    index = index_of(model)
    assert (index is None) is (model._meta.model_name in FEW)
    if index:
        plain = [each.get_source_expressions()[0] for each in index.expressions]
        fields = [each.get_source_expressions()[0].name for each in plain]
        assert tuple(fields) == view.search_fields


@pytest.mark.parametrize(
    ("model", "view"),
    [each for each in REGISTERS if each[0]._meta.model_name not in FEW],
    ids=lambda each: each.__name__,
)
def test_a_word_is_looked_for_in_it(model, view, office):
    rows = with_words(model.objects.all(), "Caf\u00e9", view.search_fields)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of few rows all are read
        plan = rows.order_by().explain()
    assert f"Bitmap Index Scan on {index_of(model).name}" in plan
    assert "Seq Scan" not in plan


def test_what_is_found_is_what_was_found_without_it(office):
    project = factories.project()
    for title in ("Caf\u00e9 au lait", "CAFETERIA", "Tea", "100 % of it", "a_b"):
        factories.risk(project, title=title)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    risks = project.risks.all()
    for text, titles in (
        ("cafe", {"Caf\u00e9 au lait", "CAFETERIA"}),
        ("te", {"Tea", "CAFETERIA"}),
        ("% of", {"100 % of it"}),
        ("a_b", {"a_b"}),
    ):
        assert {each.title for each in with_words(risks, text, ("code", "title"))} == titles
