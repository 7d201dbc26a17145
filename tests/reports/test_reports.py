"""Status reports: who writes, approves, publishes and reads them, and that they stay."""

import threading

import pytest
from django.db import IntegrityError, InternalError, transaction

from pmhub import demo as wexmoor
from pmhub.demo.removal import erase
from programmes.models import RollupRequest, StatusReport
from programmes.rollup import worker
from projects.models import Project
from tests.reports.conftest import SAID, errors_of
from tests.rollup.test_worker import elsewhere, stopping_after

VERBS = {"submission": "submitted", "approval": "approved", "publication": "published"}


@pytest.fixture
def draft(write):
    """The address of a draft."""
    return f"status-reports/{write().json()['id']}/"


def state_of(path):
    return StatusReport.objects.get(pk=path.split("/")[1]).state


def test_a_report_is_written_and_brought_to_its_readers(
    write, api, read, cam_manager, sro, viewer, stranger
):
    made = write()
    assert made.status_code == 201
    report, path = made.json(), f"status-reports/{made.json()['id']}/"
    assert {name: report[name] for name in SAID} == SAID
    assert report["state"] == "draft"
    assert report["author"] == cam_manager.person.pk
    actors = {"submission": cam_manager, "approval": sro, "publication": cam_manager}
    for verb, state in VERBS.items():
        assert read(viewer, path).status_code == 404
        answer = api(actors[verb]).post(f"{path}{verb}/")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    found = read(viewer, path).json()
    assert (found["approved_by"], found["published_by"]) == (sro.person.pk, cam_manager.person.pk)
    assert read(stranger, path).status_code == 404
    listed = read(viewer, "status-reports/", programme=report["programme"]).json()["results"]
    assert [each["id"] for each in listed] == [report["id"]]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("cam_manager", 201), ("pmo", 201), ("sro", 201), ("viewer", 403), ("sponsor", 403),
        ("cam02_manager", 400), ("ssv_manager", 400), ("stranger", 400),
    ],
)  # fmt: skip
def test_who_writes_a_report(demo, api, request, who, code):
    body = {"programme": demo.programme("CAM").pk, "period_end": "2026-10-31", **SAID}
    answer = api(request.getfixturevalue(who)).post("status-reports/", body)
    assert answer.status_code == code
    assert demo.programme("CAM").status_reports.count() == (code == 201)


@pytest.mark.parametrize(
    ("who", "code"), [("sro", 200), ("pmo", 200), ("cam_manager", 403), ("viewer", 404)]
)
def test_who_approves_a_report(draft, api, cam_manager, request, who, code):
    api(cam_manager).post(f"{draft}submission/")
    answer = api(request.getfixturevalue(who)).post(f"{draft}approval/")
    assert answer.status_code == code
    assert state_of(draft) == ("approved" if code == 200 else "submitted")


def test_nobody_approves_their_own(draft, api, sro, pmo, cam_manager):
    assert api(sro).patch(draft, {"achieved": "More than that."}).status_code == 200
    api(cam_manager).post(f"{draft}submission/")
    refused = api(sro).post(f"{draft}approval/")
    assert (refused.status_code, state_of(draft)) == (403, "submitted")
    assert api(pmo).post(f"{draft}approval/").status_code == 200


def test_what_is_not_agreed_goes_back(draft, api, sro, cam_manager):
    api(cam_manager).post(f"{draft}submission/")
    answer = api(sro).post(f"{draft}approval/", {"outcome": "returned"})
    assert (answer.json()["state"], answer.json()["approved_by"]) == ("draft", None)
    assert api(cam_manager).patch(draft, {"achieved": "Less than that."}).status_code == 200


@pytest.mark.parametrize("reached", ["submission", "approval"])
def test_it_is_taken_back_until_it_is_published(draft, api, sro, cam_manager, viewer, reached):
    api(cam_manager).post(f"{draft}submission/")
    if reached == "approval":
        api(sro).post(f"{draft}approval/")
    assert api(viewer).post(f"{draft}withdrawal/").status_code == 404
    assert api(cam_manager).post(f"{draft}withdrawal/").status_code == 200
    report = StatusReport.objects.get(pk=draft.split("/")[1])
    assert (report.state, report.approved_by) == ("draft", None)
    assert api(cam_manager).patch(draft, {"achieved": "Less than that."}).status_code == 200
    assert api(cam_manager).post(f"{draft}withdrawal/").status_code == 409


def test_a_published_report_is_not_taken_back(publish, api, cam_manager):
    path = f"status-reports/{publish()['id']}/"
    assert api(cam_manager).post(f"{path}withdrawal/").status_code == 409


def test_a_correction_says_what_it_corrects_before_it_is_handed_over(
    publish, write, api, cam_manager
):
    first = publish()["id"]
    path = f"status-reports/{write(corrects=first, correction_reason='').json()['id']}/"
    refused = api(cam_manager).post(f"{path}submission/")
    assert (refused.status_code, errors_of(refused).keys()) == (400, {"/correction_reason"})
    api(cam_manager).patch(path, {"correction_reason": "Two rooms, not three."})
    assert api(cam_manager).post(f"{path}submission/").status_code == 200


def test_only_a_correction_says_what_it_corrects(write):
    assert errors_of(write(correction_reason="Nothing.")).keys() == {"/correction_reason"}


def test_nobody_approves_what_was_rewritten_since_they_read_it(draft, api, sro, cam_manager):
    def approve(version):
        tag = {"If-Match": f'"v{version}"'}
        return api(sro).raw("POST", f"{draft}approval/", b'{"outcome": "approved"}', **tag)

    seen = api(cam_manager).post(f"{draft}submission/").json()["version"]
    api(sro).post(f"{draft}approval/", {"outcome": "returned"})
    api(cam_manager).patch(draft, {"achieved": "Something else."})
    api(cam_manager).post(f"{draft}submission/")
    stale = approve(seen)
    assert (stale.status_code, state_of(draft)) == (412, "submitted")
    assert stale.json()["current"]["achieved"] == "Something else."
    assert approve(stale.json()["current"]["version"]).status_code == 200


@pytest.mark.parametrize(
    ("done", "verb"),
    [
        ((), "approval"), ((), "publication"), (("submission",), "submission"),
        (("submission",), "publication"), (("submission", "approval"), "submission"),
        (tuple(VERBS), "publication"), (tuple(VERBS), "approval"),
    ],
)  # fmt: skip
def test_no_step_is_left_out_or_taken_twice(draft, api, pmo, cam_manager, sro, done, verb):
    for each in done:
        who = sro if each == "approval" else cam_manager
        assert api(who).post(f"{draft}{each}/").status_code == 200
    before = state_of(draft)
    refused = api(pmo).post(f"{draft}{verb}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert state_of(draft) == before


@pytest.mark.parametrize("missing", ["achieved", "declared_rag"])
def test_a_report_that_says_nothing_is_not_handed_over(write, api, cam_manager, missing):
    path = f"status-reports/{write(**{missing: ''}).json()['id']}/"
    refused = api(cam_manager).post(f"{path}submission/")
    assert refused.status_code == 400
    assert errors_of(refused).keys() == {f"/{missing}"}
    assert state_of(path) == "draft"


def test_only_a_draft_is_written_or_deleted(draft, api, cam_manager, sro, pmo):
    for verb in VERBS:
        api(sro if verb == "approval" else cam_manager).post(f"{draft}{verb}/")
        refused = api(pmo).patch(draft, {"achieved": "Something else."})
        assert errors_of(refused) == {"/state": "not_a_draft"}
    refused = api(pmo).delete(draft)
    assert (refused.status_code, refused.json()["code"]) == (409, "append_only")
    assert StatusReport.objects.get(pk=draft.split("/")[1]).achieved == SAID["achieved"]


def test_a_draft_is_deleted(draft, api, cam_manager, viewer):
    assert api(viewer).delete(draft).status_code == 404
    assert api(cam_manager).delete(draft).status_code == 204


@pytest.mark.parametrize("name", ["state", "published_at", "author", "approved_by", "figures"])
def test_what_verbs_set_is_not_written(draft, api, cam_manager, name):
    assert errors_of(api(cam_manager).patch(draft, {name: "published"})) == {
        f"/{name}": "read_only"
    }


def test_one_report_a_period_and_its_corrections(publish, write, api, cam_manager):
    first = publish()
    assert write().status_code == 400
    other = write(corrects=first["id"], period_end="2026-11-15")
    assert errors_of(other) == {"/corrects": "of_another"}
    second = publish(corrects=first["id"])
    assert second["corrects"] == first["id"]
    assert write(corrects=first["id"]).status_code == 400
    draft = write(corrects=second["id"])
    assert draft.status_code == 201
    assert errors_of(write(corrects=draft.json()["id"])) == {"/corrects": "not_published"}


@pytest.mark.parametrize(
    "change", [{"achieved": "x"}, {"state": "draft"}, {"published_at": None}, {"corrects": None}]
)
def test_a_published_report_stays_whoever_writes(publish, change):
    first = publish()
    report = StatusReport.objects.filter(pk=publish(corrects=first["id"])["id"])
    with pytest.raises(InternalError, match="stays as it is"), transaction.atomic():
        report.update(**change)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        report.delete()
    assert report.get().state == "published"


def test_the_demo_can_be_taken_out_with_its_reports(publish):
    publish(corrects=publish()["id"])
    wexmoor.remove()
    assert not StatusReport.objects.exists()


# Figures


def figures(read, who, path):
    return read(who, path).json()["figures"]


def test_the_figures_are_the_ledger_at_the_moment_of_publication(demo, publish, read, viewer, cam):
    report = publish()
    found = figures(read, viewer, f"status-reports/{report['id']}/")
    then = read(viewer, cam, as_of=report["published_at"]).json()
    assert (found["state"], found["known_at"]) == ("fresh", report["published_at"])
    for name, metric in then["metrics"].items():
        assert found["metrics"][name] | {"state": "past"} == metric
    assert found["since"] is None


@pytest.fixture
def cam(demo):
    return f"programmes/{demo.programme('CAM').pk}/rollup/"


def test_figures_stay_to_the_byte_whatever_comes_later(demo, publish, api, pmo, drain):
    path = f"status-reports/{publish()['id']}/"
    before = api(pmo).get(path).content
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    Project.objects.filter(code="CAM-03").update(programme=demo.programme("NZE"), tranche=None)
    erase(Project.objects.filter(code="CAM-05"))
    erase(demo.programme("CAM").risks.all())
    type(demo.portfolio).objects.update(status_date="2027-03-31", money_unit=1)
    drain()
    assert api(pmo).get(path).content == before


def test_a_draft_has_the_figures_of_now(demo, draft, read, cam_manager, drain):
    before = figures(read, cam_manager, draft)
    assert before["known_at"] is None
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    assert figures(read, cam_manager, draft)["state"] == "recomputing"
    drain()
    after = figures(read, cam_manager, draft)
    name = "estimate_at_completion"
    assert after["metrics"][name]["value"] != before["metrics"][name]["value"]


@pytest.mark.django_db(transaction=True)
def test_a_computation_under_way_does_not_change_it_afterwards(
    demo, approve, api, cam_manager, monkeypatch
):
    path = approve()
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    pause = stopping_after(monkeypatch, worker, "_stamp")  # of lines that are not committed yet
    release = threading.Timer(0.5, pause.go.set)
    with elsewhere(worker.drain):
        assert pause.reached.wait(60)
        release.start()
        assert api(cam_manager).post(f"{path}publication/").status_code == 200
        published = api(cam_manager).get(path).content
    assert api(cam_manager).get(path).content == published


def test_publishing_waits_for_no_request(demo, publish, read, viewer):
    RollupRequest.objects.create(kind="G", object_id=demo.programme("CAM").pk)
    found = figures(read, viewer, f"status-reports/{publish()['id']}/")
    assert found["state"] == "recomputing"


def test_what_moved_since_the_report_before_adds_up(demo, publish, write, api, read, pmo, drain):
    first = publish()
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    erase(project.risks.all())
    drain()
    path = f"status-reports/{publish(period_end='2026-11-15')['id']}/"
    since = figures(read, pmo, path)["since"]
    assert (since["report"], since["period_end"]) == (first["id"], "2026-10-31")
    moved = {each["name"]: each for each in since["moved"]}
    cost = moved["estimate_at_completion"]
    assert cost["difference"] == "250.00"
    for each in moved.values():
        if each["difference"] is not None:
            amounts = [float(cause["amount"]) for cause in each["causes"]]
            assert sum(amounts) == pytest.approx(float(each["difference"]), abs=0.02)
    correction = publish(corrects=first["id"])
    assert figures(read, pmo, f"status-reports/{correction['id']}/")["since"] is None


def test_a_list_has_no_figures(publish, read, viewer):
    publish()
    found = read(viewer, "status-reports/", state="published").json()["results"]
    assert {each["figures"] for each in found} == {None}


def test_its_moves_are_kept(publish, read, viewer, cam_manager, sro):
    path = f"status-reports/{publish()['id']}/"
    events = read(viewer, f"{path}history/").json()["results"]
    moves = [
        (change["to"], event["by"]["id"])
        for event in reversed(events)
        for change in event["changes"]
        if change["field"] == "state"
    ]
    who = [cam_manager.pk, cam_manager.pk, sro.pk, cam_manager.pk]
    assert moves[-3:] == list(zip(VERBS.values(), who[1:], strict=True))


def test_reports_of_yesterday_are_read_with_the_rights_of_now(publish, read, stranger, viewer):
    path = f"status-reports/{publish()['id']}/"
    viewer.person.roles.all().delete()
    assert read(viewer, path).status_code == read(stranger, path).status_code == 404


def test_a_second_report_of_a_period_is_led_to_the_first(write, publish, cam_manager):
    assert write(period_end="2026-06-30", achieved="").status_code == 201
    again = write(period_end="2026-06-30", achieved="")
    assert again.status_code == 400
    [error] = again.json()["errors"]
    assert error["pointer"].endswith("/period_end")
    assert error["detail"].startswith("There is a report of this period already (draft, by ")
    assert error["detail"].endswith("open it and go on.")
    publish(period_end="2026-07-31")
    [error] = write(period_end="2026-07-31").json()["errors"]
    assert error["detail"] == (
        "The report of this period is published: open it, and begin a correction."
    )


# Drafts


@pytest.mark.parametrize(
    ("who", "code"), [("cam_manager", 200), ("viewer", 403), ("stranger", 400)]
)
def test_who_is_told_how_a_report_could_begin(demo, api, request, who, code):
    programme = demo.programme("CAM").pk
    answer = api(request.getfixturevalue(who)).get(f"status-reports/draft/?programme={programme}")
    assert answer.status_code == code
    assert not StatusReport.objects.filter(programme=programme).exists()


@pytest.mark.parametrize("query", ["", "?programme=0", "?programme=x", "?project=1&programme=1"])
def test_a_draft_is_of_one_programme_or_project(api, pmo, query):
    assert api(pmo).get(f"status-reports/draft/{query}").status_code == 400


def test_a_draft_says_what_moved_since_the_last_report_and_why(demo, publish, api, pmo, drain):
    publish()
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    path = f"status-reports/draft/?programme={project.programme_id}"
    said = api(pmo).get(path).json()["achieved"]
    assert "**Figures, and what moved them since 31 Oct 2026**" in said
    assert "- Forecast cost of projects: £286m (+£250k: value edited +£250k)" in said


def test_a_draft_of_a_project_speaks_of_its_own_milestones_and_figures(demo, api, cam02_manager):
    said = api(cam02_manager).get(f"status-reports/draft/?project={demo.project('CAM-02').pk}")
    words = said.json()
    assert (words["project"], words["programme"]) == (demo.project("CAM-02").pk, None)
    assert "Forecast cost" in words["achieved"]
    assert "CAM-0" not in words["next_steps"]
