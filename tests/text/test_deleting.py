"""What may not be deleted, by whom it is held, and how people hand over before they go."""

from datetime import date

import pytest
from django.apps import apps
from django.db.models import CASCADE, PROTECT, RESTRICT, SET_NULL, ProtectedError

from pmhub.models import Person, Record, RoleAssignment
from projects.models import Project, Risk
from tests import factories

OURS = {"pmhub", "programmes", "projects", "benefits"}

# Whatever refers to a record holds it. What does not, and why.
PARTS = {
    "benefitanchor.benefit": "what it hangs on says nothing without it",
    "benefitanchor.milestone": "a benefit hangs on what is there",
    "benefitanchor.output": "a benefit hangs on what is there",
    "profileversion.benefit": "a draft is a part of its benefit; what was proposed stays",
    "visit.user": "a visit says nothing of anybody but who made it",
    "savedview.portfolio": "how its lists are looked at is of no use without it",
    "savedview.programme": "how its lists are looked at is of no use without it",
    "allocation.project": "a booking is a part of the plan",
    "resourcecapacity.resource": "how much there is of it says nothing once it is gone",
    "ledgerline.programme": "figures go with what they are of",
    "metricvalue.programme": "figures go with what they are of",
    "job.owner": "a file for somebody who is gone is of no use",
    "job.token": "what a token asked for is given to nobody once it is revoked",
    "jobpart.job": "a piece of its file",
    "digest.user": "when somebody is told of what says nothing once they are gone",
    "inbox.user": "what one has read is of one's account",
    "mail.user": "a mail to somebody who is gone is of no use",
    "milestone.project": "a milestone is a part of the plan",
    "milestoneforecast.milestone": "a forecast says something of its milestone alone",
    "programmemandate.programme": "a mandate says nothing without it, and stays once approved",
    "operatingmodelstate.programme": "how it is to operate is a part of the programme",
    "operatingmodelstate.tranche": "where a tranche lands is a part of it",
    "impactedgroup.outcome": "who is concerned by an outcome is a part of it",
    "stakeholderassessment.stakeholder": "it says nothing without whom it is about",
    "qualification.person": "what somebody can do says nothing without them",
    "training.person": "what somebody learned says nothing without them",
    "competencerecord.person": "what somebody can do says nothing without them",
    "teammaturity.project": "how its team works says nothing without the project",
    "outcome.programme": "an outcome is a part of the programme",
    "programmeranges.programme": "ranges go with what they are of",
    "qualityrecord.output": "a check says nothing without what it is of",
    "output.project": "an output is a part of the plan",
    "workpackage.project": "a work package is a part of the plan",
    "iteration.project": "an iteration is a part of the plan, and stays once closed",
    "programmerollup.programme": "figures go with what they are of",
    "projectforecast.project": "figures go with what they are of",
    "session.user": "who is gone is signed in nowhere",
    "roleassignment.portfolio": "a right ends with what it is held on",
    "roleassignment.programme": "a right ends with what it is held on",
    "roleassignment.project": "a right ends with what it is held on",
    "rollupbasis.programme": "figures go with what they are of",
    "scenariochange.scenario": "a list is its changes",
    "scenariotrial.scenario": "what trying it came to",
    "storedanswer.user": "an answer to a request, kept for a day",
    "caseoption.case": "an option is a part of its case, which stays once it is submitted",
    "caseflow.option": "a flow is a part of its option, which stays with its case",
    "gatecriterion.gate": "a criterion is a part of its gate, which stays once it is open",
    "templatecriterion.template": "a template is what its gates look at",
    "templateentry.template": "a template is its entries",
    "templatemilestone.template": "a template is its milestones",
    "templaterole.template": "a template is the roles it asks for",
    "webhook.owner": "nobody is told in the place of who is gone",
    "webhook.programme": "it tells of that programme alone",
    "webhookdelivery.webhook": "what was sent is of no use without where",
    "token.user": "a key never outlives its user",
    "tranche.programme": "a tranche is a part of the programme",
}
FORGOTTEN = {
    "created_by": "the history says who it was",
    "updated_by": "the history says who it was",
    "attempt.user": "what remains is that somebody tried",
    "person.user": "people stay in the directory when they sign in no more",
    "scenariochange.adopted_by": "the history says who it was",
    "scenariotrial.tried_by": "a trial is made anew",
}


def relations():
    return [
        field
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.local_fields
        if field.is_relation and not model._meta.proxy
    ]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_every_relation_says_what_deleting_does(field):
    name = f"{field.model._meta.model_name}.{field.name}"
    rule = field.remote_field.on_delete
    if rule is CASCADE:
        assert name in PARTS
    elif rule is SET_NULL:
        assert {name, field.name} & FORGOTTEN.keys()
    else:
        assert rule in (PROTECT, RESTRICT)


def lists():
    return [
        field
        for model in apps.get_models()
        if issubclass(model, Record)
        for field in model._meta.local_many_to_many
    ]


@pytest.mark.parametrize("field", lists(), ids=str)
def test_what_is_in_a_list_is_held(field):
    end = field.remote_field.through._meta.get_field(field.m2m_reverse_field_name())
    assert end.remote_field.on_delete is PROTECT


@pytest.fixture
def mara(office):
    """A person who manages, owns and leads things, and has done things."""
    mara = factories.user("mara").person
    home = factories.project(code="P1", project_manager=mara)
    Project.objects.filter(pk=home.pk).update(executive=mara)
    home.programme.bcms.add(mara)
    factories.risk(home, code="R1", owner=mara)
    factories.risk(home, code="R2", owner=mara, status="closed")
    factories.issue(home, code="I1", owner=mara)
    factories.benefit(programme=home.programme, code="B1", owner=mara)
    factories.role(mara.user, "viewer", portfolio=factories.portfolio(), starts_on=date(2026, 1, 1))
    return mara


def holders(answer):
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    return {
        each["type"]: (each["count"], each["hidden"], [row["code"] for row in each["records"]])
        for each in answer.json()["held_by"]
    }


def test_a_person_who_answers_for_something_stays(mara, office, api):
    answer = api(office).delete(f"people/{mara.pk}/")
    assert holders(answer) == {
        "roleassignment": (1, 0, [None]),
        "programme": (1, 0, [mara.programmes_as_bcm.get().code]),
        "project": (1, 0, ["P1"]),
        "risk": (2, 0, ["R1", "R2"]),
        "issue": (1, 0, ["I1"]),
        "benefit": (1, 0, ["B1"]),
    }
    assert "Hand their work over first" in answer.json()["detail"]
    assert Person.objects.filter(pk=mara.pk).exists()
    assert Risk.objects.get(code="R1").owner == mara


def test_bulk_deletion_does_not_pass_it_either(mara):
    with pytest.raises(ProtectedError):
        Person.objects.filter(pk=mara.pk).delete()


def test_a_person_hands_over_before_they_go(mara, office, api):
    noor = factories.user("noor").person
    path = f"people/{mara.pk}/hand-over/"
    listed = api(office).verb(f"{path}?preview=1", {"to": noor.pk}).json()["object"]
    assert Risk.objects.get(code="R1").owner == mara
    answer = api(office).verb(path, {"to": noor.pk, "reason": "Leaves in December"})
    assert answer.status_code == 200
    assert answer.json() == listed
    handed = {(each["type"], each["code"], each["field"]) for each in answer.json()["handed"]}
    assert handed == {
        ("programme", noor.programmes_as_bcm.get().code, "bcms"),
        ("project", "P1", "project_manager"),
        ("project", "P1", "executive"),
        ("risk", "R1", "owner"),
        ("issue", "I1", "owner"),
        ("benefit", "B1", "owner"),
        ("roleassignment", None, "person"),
    }
    assert Risk.objects.get(code="R2").owner == mara  # what is settled says who owned it
    before, after = mara.roles.get(), noor.roles.get()
    assert (before.ends_on < after.starts_on, after.ends_on) == (True, None)
    assert api(mara.user).get("portfolios/").json()["count"] == 0
    assert api(noor.user).get("portfolios/").json()["count"] >= 1
    history = api(office).get(f"projects/{Project.objects.get(code='P1').pk}/history/").json()
    assert history["results"][0]["reason"] == "Leaves in December"


def test_work_is_handed_over_by_the_office_to_somebody_else(mara, office, api):
    path = f"people/{mara.pk}/hand-over/"
    assert api(office).verb(path, {"to": mara.pk}).status_code == 400
    assert api(office).verb(path, {"to": 999_999}).status_code == 400
    assert api(office).verb(path, {}).status_code == 400
    assert api(mara.user).verb(path, {"to": office.person.pk}).status_code == 403
    assert api(office).post(path, {"to": office.person.pk}).status_code == 428


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("baseline", lambda project: factories.baseline(project, approved_on=None)),
        ("budgetline", lambda project: factories.budget(project, 0, forecast=10)),
        ("risk", factories.risk),
        ("issue", factories.issue),
        ("dependency", lambda project: factories.dependency(project, factories.project())),
        ("dependency", lambda project: factories.dependency("Council", project)),
    ],
)
def test_what_a_project_carries_holds_it(kind, make, office, api):
    project = factories.project()
    path = f"projects/{project.pk}/"
    factories.milestone(project)
    carried = make(project)
    assert holders(api(office).delete(path))[kind][0] == 1
    assert type(carried).objects.filter(pk=carried.pk).exists()
    carried.delete()
    assert api(office).delete(path).status_code == 204


def test_a_milestone_that_dates_a_dependency_stays(office, api):
    milestone = factories.milestone(factories.project())
    factories.dependency(milestone.project, factories.project(), giver_milestone=milestone)
    assert "dependency" in holders(api(office).delete(f"milestones/{milestone.pk}/"))


def test_a_benefit_that_was_measured_stays(office, api):
    benefit = factories.benefit()
    factories.measurement(benefit, 2025, 5)
    factories.entry(benefit, 2025, 5)
    found = holders(api(office).delete(f"benefits/{benefit.pk}/"))
    assert found.keys() == {"benefitmeasurement", "benefitprofileentry"}


def test_what_others_are_escalated_to_stays(office, api):
    project = factories.project()
    parent = factories.risk(project.programme)
    factories.risk(project, code="R9", status="escalated", escalated_to=parent)
    assert holders(api(office).delete(f"risks/{parent.pk}/")) == {"risk": (1, 0, ["R9"])}


def test_what_holds_it_out_of_sight_is_counted(api, nothing):
    mine, theirs = factories.project(), factories.project(name="Merger")
    factories.dependency(mine, theirs, code="D1")
    factories.risk(theirs.programme)
    manager = factories.user()
    factories.role(manager, "programme_manager", programme=mine.programme)
    objective_holder = api(manager).delete(f"projects/{mine.pk}/")
    assert holders(objective_holder) == {"dependency": (1, 0, ["D1"])}
    assert "Merger" not in objective_holder.content.decode()


def test_the_admin_lists_what_holds_a_person(client_of, mara, office):
    office.is_staff = True
    office.save()
    client = client_of(office)
    address = f"/admin/pmhub/person/{mara.pk}/delete/"
    page = client.get(address)
    assert any("R1" in str(each) for each in page.context["protected"])
    client.post(address, {"post": "yes"})
    assert Person.objects.filter(pk=mara.pk).exists()
    noor = factories.person(code="PE-NOOR")
    ticked = {"action": "hand_over", "_selected_action": [mara.pk], "to": "pe-noor"}
    page = client.post("/admin/pmhub/person/", ticked, follow=True)
    assert [str(each) for each in page.context["messages"]] == [f"1 handed over to {noor}."]
    assert Risk.objects.get(code="R1").owner == noor
    assert not RoleAssignment.objects.filter(person=mara, ends_on=None).exists()
    page = client.post("/admin/pmhub/person/", ticked | {"to": "nobody"}, follow=True)
    assert "Say to whom" in str(next(iter(page.context["messages"])))


def test_the_admin_deletes_a_project_that_carries_nothing(client_of, office, drain):
    office.is_staff = True
    office.save()
    project = factories.project()
    drain()
    client = client_of(office)
    page = client.post(f"/admin/projects/project/{project.pk}/delete/", {"post": "yes"})
    assert page.status_code == 302
    assert not Project.objects.filter(pk=project.pk).exists()
