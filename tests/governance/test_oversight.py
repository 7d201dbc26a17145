"""How closely a project is watched: what follows from it, what is decided of it, and what
inspections find."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub import formats
from pmhub.models import User
from programmes.models import Board, Programme, ReportState, StatusReport
from programmes.queries.reports import last_project_report
from projects.models import Gate, Inspection, InspectionFinding, OversightDecision, Project
from tests import factories
from tests.api.conftest import errors_of
from tests.factories import AS_OF
from tests.registers.test_pages import text_of

DAY = date(2026, 10, 1)
UNTIL = "2027-03-31"


class Site:
    """A project with its manager, who leads above it, a board, the SRO, an assurer and the PMO."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.manager, self.leader, self.sro, self.assurer, self.member, self.reader = (
            factories.user(name)
            for name in ("manager", "leader", "sro", "assurer", "member", "reader")
        )
        self.programme: Programme = factories.programme(
            programme_manager=self.leader.person, sro=self.sro.person
        )
        factories.role(self.assurer, "assurer", programme=self.programme)
        factories.role(self.member, "viewer", programme=self.programme)
        factories.role(self.reader, "viewer", programme=self.programme)
        with transaction.atomic():
            board = Board.objects.create(
                programme=self.programme, name="Board", kind="programme_board", quorum=1
            )
            board.members.set([self.member.person])
        portfolio = self.programme.portfolio
        template = portfolio.templates.create(code="T9", name="Works", state="in_use")
        template.criteria.create(stage="deliver", text="It pays")
        template.criteria.create(stage="deliver", text="A mentor is named", oversight="enhanced")
        self.project: Project = factories.project(
            programme=self.programme, project_manager=self.manager.person, complexity=4,
            actual_start="2026-06-01",
        )  # fmt: skip
        Project.objects.filter(pk=self.project.pk).update(template=template)
        StatusReport.objects.create(
            project=self.project, period_end=DAY, state=ReportState.PUBLISHED,
            approval_needed=False, achieved="Much", declared_rag="green",
            published_at="2026-10-02T09:00:00Z",
        )  # fmt: skip

    @property
    def read(self) -> Project:
        """The project as it is now."""
        return Project.objects.get(pk=self.project.pk)


@pytest.fixture
def site(office: User) -> Site:
    """The project and its people."""
    return Site(office)


def forecast(client: Any, site: Site) -> dict[str, Any]:
    """Where the project stands."""
    found: dict[str, Any] = client.get(f"projects/{site.project.pk}/forecast/").json()
    return found


def watched(client: Any, site: Site) -> tuple[str, str]:
    """How closely the project is watched, and what its facts ask for."""
    found = forecast(client, site)
    return found["oversight_level"], found["oversight_derived"]


def assess(client: Any, site: Site, level: str) -> None:
    """Assess who manages the project."""
    body = {"person": site.manager.person.pk, "level": level, "evidence": "Talked through"}
    assert client.post("competence-records/", body).status_code == 201


# What follows


def test_one_competence_moves_reports_gates_criteria_and_inspections(site: Site, api: Any) -> None:
    client = api(site.office)

    def follows() -> tuple[Any, ...]:
        gate = factories.gate(site.read, stage_from="define", stage_to="deliver")
        opened = client.verb(f"gates/{gate.pk}/opening/", {}).json()
        criteria = {each.text for each in Gate.objects.get(pk=gate.pk).criteria.all()}
        assert client.verb(f"gates/{gate.pk}/cancellation/", {"reason": "Again"}).status_code == 200
        due = forecast(client, site)["inspection_due_on"]
        return last_project_report(site.read).due_on, opened["approvers"], criteria, due

    assess(client, site, "foundation")
    assert watched(client, site) == ("intensive", "intensive")
    assert follows() == (
        DAY + timedelta(weeks=1),
        [site.member.person.pk],
        {"It pays", "A mentor is named"},
        "2026-06-29",
    )
    assess(client, site, "expert")
    assert watched(client, site) == ("light", "light")
    assert follows() == (
        DAY + timedelta(weeks=8),
        [site.leader.person.pk],
        {"It pays"},
        "2026-11-30",
    )


def test_an_inspection_is_due_again_after_the_last_one(site: Site, api: Any) -> None:
    assess(api(site.office), site, "expert")
    factories.inspection(site.project, state="held", held_on=DAY)
    due = DAY + timedelta(weeks=26)
    assert forecast(api(site.office), site)["inspection_due_on"] == due.isoformat()
    assert f"every 26 weeks, next by {formats.day(due)}" in page_of(site, site.office, api)


def page_of(site: Site, user: User, api: Any) -> str:
    """The words of the page of the project."""
    return text_of(api(user).client.get(f"/projects/{site.project.pk}/"))


def test_the_page_of_the_project_says_what_it_follows_from_and_what_follows(
    site: Site, api: Any
) -> None:
    assess(api(site.office), site, "foundation")
    told = page_of(site, site.leader, api)
    assert "Oversight Intensive Reports every week Inspected every" in told
    assert "Stages approved by Programme board" in told
    assert "Complexity 4 of 5, asks for experience 3 Manager foundation, experience 1" in told
    assert "Team maturity not assessed Regulated no" in told


def test_the_page_tells_nobody_the_competence_of_a_manager_who_may_not_read_it(
    site: Site, api: Any
) -> None:
    assess(api(site.office), site, "foundation")
    told = page_of(site, site.reader, api)
    assert "Complexity 4 of 5" in told
    assert "Manager foundation" not in told


# What is decided


def propose(client: Any, site: Site, level: str = "intensive") -> Any:
    """Propose how closely the project is watched."""
    body = {"project": site.project.pk, "level": level, "evidence": "Canary: two late reports"}
    return client.post("oversight-decisions/", body)


def test_a_proposal_is_made_with_what_the_records_say(site: Site, api: Any) -> None:
    assess(api(site.office), site, "practitioner")
    factories.finding(factories.inspection(site.project, state="held"))
    made = propose(api(site.leader), site)
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["derived_then"], row["findings_open"], row["person"], row["state"]) == (
        "enhanced", 1, site.manager.person.pk, "proposed",
    )  # fmt: skip
    assert row["report_days_late"] == (AS_OF - DAY - timedelta(weeks=2)).days
    for user in (site.manager, site.reader):
        assert propose(api(user), site).status_code == 403


def test_the_pmo_decides_and_it_ends_by_the_clock(site: Site, api: Any) -> None:
    assess(api(site.office), site, "practitioner")
    path = f"oversight-decisions/{propose(api(site.leader), site).json()['id']}/"
    for user in (site.leader, site.manager, site.sro):
        refused = api(user).verb(f"{path}decision/", {"until": UNTIL})
        assert refused.status_code == 403, refused.json()
    refused = api(site.office).verb(f"{path}decision/", {"until": "2026-01-01"})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/until"])
    assert api(site.office).verb(f"{path}decision/", {"until": UNTIL}).status_code == 200
    assert watched(api(site.office), site) == ("intensive", "enhanced")
    portfolio = site.programme.portfolio
    type(portfolio).objects.filter(pk=portfolio.pk).update(status_date="2027-04-01")
    assert watched(api(site.office), site) == ("enhanced", "enhanced")


def test_less_than_the_facts_ask_for_is_decided_by_the_sro(site: Site, api: Any) -> None:
    assess(api(site.office), site, "practitioner")
    path = f"oversight-decisions/{propose(api(site.leader), site, 'light').json()['id']}/"
    assert api(site.office).verb(f"{path}decision/", {"until": UNTIL}).status_code == 403
    assert api(site.sro).verb(f"{path}decision/", {"until": UNTIL}).status_code == 200
    assert watched(api(site.office), site) == ("light", "enhanced")


def test_nobody_decides_what_they_proposed(site: Site, api: Any) -> None:
    assess(api(site.office), site, "practitioner")
    path = f"oversight-decisions/{propose(api(site.office), site).json()['id']}/"
    assert api(site.office).verb(f"{path}decision/", {"until": UNTIL}).status_code == 403
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.oversight(site.project, state="decided", decided_by=site.manager.person)


def test_whom_it_is_about_reads_all_of_it_and_appeals_once(site: Site, api: Any) -> None:
    assess(api(site.office), site, "practitioner")
    path = f"oversight-decisions/{propose(api(site.leader), site).json()['id']}/"
    api(site.office).verb(f"{path}decision/", {"until": UNTIL})
    assert "Canary" in api(site.manager).get(path).json()["evidence"]
    assert api(site.reader).get(path).json()["evidence"] == ""
    for user in (site.leader, site.reader, site.office):
        assert api(user).verb(f"{path}appeal/", {"appeal": "No"}).status_code == 403
    body = {"appeal": "The supplier was late"}
    assert api(site.manager).verb(f"{path}appeal/", body).status_code == 200
    assert watched(api(site.office), site)[0] == "intensive"
    assert api(site.manager).verb(f"{path}appeal/", body).status_code == 409
    # Somebody else of the PMO answers it.
    answer = {"answer": "Agreed in part", "until": UNTIL, "level": "enhanced"}
    assert api(site.office).verb(f"{path}amendment/", answer).status_code == 403
    other = factories.user("other")
    factories.role(other, "pmo")
    assert api(other).verb(f"{path}amendment/", answer).status_code == 200
    row = OversightDecision.objects.get()
    assert (row.state, row.level) == ("changed", "enhanced")
    assert api(site.manager).verb(f"{path}appeal/", body).status_code == 409


def test_an_appeal_against_the_only_sro_is_upheld_by_the_pmo_and_the_other_way_round(
    site: Site, api: Any
) -> None:
    for decided_by, other, level in (
        (site.sro, site.office, "light"),
        (site.office, site.sro, "intensive"),
    ):
        row = factories.oversight(
            site.project, state="appealed", level=level, decided_by=decided_by.person,
            person=site.manager.person,
        )  # fmt: skip
        path = f"oversight-decisions/{row.pk}/"
        again = {"answer": "It holds", "until": UNTIL}
        assert api(decided_by).verb(f"{path}upholding/", {"answer": "It holds"}).status_code == 403
        refused = api(other).verb(f"{path}amendment/", again)  # what the other side alone decides
        assert (refused.status_code, [*errors_of(refused)]) == (403, ["/level"])
        assert api(other).verb(f"{path}upholding/", {"answer": "It holds"}).status_code == 200


def test_an_appeal_is_not_answered_with_a_level_that_another_decides(site: Site, api: Any) -> None:
    row = factories.oversight(
        site.project, state="appealed", level="intensive", person=site.manager.person
    )
    path = f"oversight-decisions/{row.pk}/amendment/"
    said = {"answer": "Agreed", "until": UNTIL}
    refused = api(site.office).verb(path, said | {"level": "light"})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/level"]), refused.json()
    assert api(site.office).verb(path, said | {"level": "standard"}).status_code == 200


# What inspections find


def test_who_inspects_is_not_of_the_project(site: Site, api: Any) -> None:
    body = {
        "project": site.project.pk,
        "code": "IN1",
        "title": "Formwork",
        "planned_on": "2026-11-09",
    }
    for who in (site.manager, site.office):
        answer = api(site.assurer).post("inspections/", body | {"inspector": who.person.pk})
        assert answer.status_code == (409 if who is site.manager else 201), answer.json()
    assert api(site.manager).post("inspections/", body | {"code": "IN2"}).status_code == 403


def test_an_inspection_for_a_stage_holds_its_gate_until_it_passes(site: Site, api: Any) -> None:
    inspection = factories.inspection(site.project, hold_point="deliver")
    gate = factories.gate(
        site.read, stage_from="define", stage_to="deliver", state="open",
        approvers=[site.member.person],
    )  # fmt: skip

    def voted(outcome: int) -> None:
        answer = api(site.member).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"})
        assert answer.status_code == outcome, answer.json()

    voted(409)
    held = {"held_on": "2026-10-20", "result": "fail", "report": "Props stand on soft ground"}
    path = f"inspections/{inspection.pk}/holding/"
    assert api(site.manager).verb(path, held).status_code == 403
    assert api(site.assurer).verb(path, held).status_code == 200
    voted(409)
    factories.inspection(
        site.project, hold_point="deliver", state="held", held_on="2026-10-25",
        result="pass_with_findings",
    )  # fmt: skip
    finding = factories.finding(inspection, severity="critical")
    voted(409)
    gate.votes.create(person=site.member.person, choice="proceed", on=DAY)
    with pytest.raises(DatabaseError, match="inspections"), transaction.atomic():
        Gate.objects.filter(pk=gate.pk).update(state="decided", decision="proceed", decided_on=DAY)
    InspectionFinding.objects.filter(pk=finding.pk).update(
        state="corrected", corrective_action="Plates below the props"
    )
    assert api(site.assurer).verb(f"findings/{finding.pk}/verification/", {}).status_code == 200
    Gate.objects.filter(pk=gate.pk).update(state="decided", decision="proceed", decided_on=DAY)
    assert site.read.stage == "deliver"


def test_an_inspection_that_has_passed_found_nothing_critical(site: Site, api: Any) -> None:
    passed = factories.inspection(site.project, state="held")
    said = {"inspection": passed.pk, "code": "F1", "text": "No rail"}
    refused = api(site.assurer).post("findings/", said | {"severity": "critical"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/severity"])
    minor = api(site.assurer).post("findings/", said).json()
    refused = api(site.office).patch(f"findings/{minor['id']}/", {"severity": "critical"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/severity"])
    with pytest.raises(DatabaseError, match="has passed"), transaction.atomic():
        InspectionFinding.objects.filter(pk=minor["id"]).update(severity="critical")


def test_what_found_something_critical_does_not_pass(site: Site, api: Any) -> None:
    planned = factories.inspection(site.project, inspector=site.assurer.person)
    factories.finding(planned, severity="critical")
    held = {"held_on": "2026-10-20", "result": "pass"}
    path = f"inspections/{planned.pk}/holding/"
    refused = api(site.assurer).verb(path, held)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/result"])
    with_it = held | {"result": "pass_with_findings"}
    assert api(site.assurer).verb(f"{path}?preview=1", with_it).status_code == 200


def test_a_finding_of_nobody_is_corrected_by_who_manages_the_project(site: Site, api: Any) -> None:
    inspection = factories.inspection(site.project, state="held")
    path = f"findings/{factories.finding(inspection).pk}/correction/"
    body = {"corrective_action": "Rail put up"}
    assert api(site.reader).verb(path, body).status_code == 403
    assert api(site.manager).verb(path, body).status_code == 200


def test_who_corrects_a_finding_does_not_verify_it(site: Site, api: Any) -> None:
    inspection = factories.inspection(site.project, state="held")
    finding = factories.finding(inspection, owner=site.assurer.person)
    path = f"findings/{finding.pk}/"
    body = {"corrective_action": "Rail put up"}
    assert api(site.reader).verb(f"{path}correction/", body).status_code == 403
    assert api(site.assurer).verb(f"{path}correction/", body).status_code == 200
    assert api(site.assurer).verb(f"{path}verification/", {}).status_code == 403
    assert api(site.office).verb(f"{path}verification/", {}).status_code == 200
    assert api(site.office).verb(f"{path}closure/", {"closed_on": "2026-10-21"}).status_code == 200
    assert Inspection.objects.get().findings.get().verified_by == site.office.person


def test_how_much_a_finding_matters_is_said_by_an_assurer_and_what_was_found_stays(
    site: Site, api: Any
) -> None:
    held = factories.inspection(site.project, state="held", result="fail")
    found = factories.finding(held, severity="critical")
    path = f"findings/{found.pk}/"
    assert api(site.leader).patch(path, {"due_on": "2027-01-01"}).status_code == 200
    assert api(site.leader).patch(path, {"severity": "minor"}).status_code == 403
    assert [api(user).delete(path).status_code for user in (site.leader, site.office)] == [403, 409]
    assert api(site.office).patch(path, {"severity": "major"}).status_code == 200
    planned = factories.finding(factories.inspection(site.project))
    assert api(site.leader).delete(f"findings/{planned.pk}/").status_code == 204


def test_who_corrects_what_another_owns_does_not_verify_it_either(site: Site, api: Any) -> None:
    inspection = factories.inspection(site.project, state="held")
    finding = factories.finding(inspection, owner=site.manager.person)
    path = f"findings/{finding.pk}/"
    assert api(site.office).patch(path, {"corrective_action": "Rail wanted"}).status_code == 200
    body = {"corrective_action": "Rail put up"}
    shown = api(site.assurer).verb(f"{path}correction/", body).json()
    assert shown["corrected_by"] == site.assurer.person.pk
    assert api(site.assurer).verb(f"{path}verification/", {}).status_code == 403
    said = {"state": "verified", "verified_by": site.assurer.person}
    with pytest.raises(DatabaseError, match="does not verify"), transaction.atomic():
        InspectionFinding.objects.filter(pk=finding.pk).update(**said)
    assert api(site.office).verb(f"{path}verification/", {}).status_code == 200


def test_an_inspection_compares_with_a_version_in_force_of_its_portfolio(
    site: Site, api: Any
) -> None:
    body = {"project": site.project.pk, "title": "Scaffold", "planned_on": "2026-12-01"}
    ours, theirs = (
        factories.asset_version(factories.process_asset(home))
        for home in (site.programme.portfolio, factories.portfolio())
    )
    draft = factories.asset_version(ours.asset, number=2, state="draft")
    for number, (version, status) in enumerate(((ours, 201), (theirs, 409), (draft, 409))):
        said = body | {"code": f"IN{number}", "asset_version": version.pk}
        answer = api(site.office).post("inspections/", said)
        assert answer.status_code == status
        assert status == 201 or errors_of(answer).keys() == {"/asset_version"}
