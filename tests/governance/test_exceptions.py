"""Exceptions: a broken tolerance is a figure, opens one report, and who stands above decides."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from pmhub.formats import exactly
from pmhub.models import User
from programmes import tasks
from programmes.management.commands.rollups import Command
from programmes.models import Decision, ExceptionReport, LedgerLine, Portfolio, Tolerance, valid
from programmes.models.tolerance import ToleranceKind
from programmes.queries.exceptions import broken_now
from programmes.rollup import worker
from programmes.rollup.verify import differences, rebuild
from programmes.services import exceptions, raise_exceptions
from programmes.wording.exceptions import CAUSES
from projects.models import Gate, Project
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-31"


class Strayed:
    """A project 20 % over what is approved, of a programme with an approved case; who manages the
    two, and the SRO above them."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.sro, self.lead = factories.user("sro"), factories.user("lead")
        self.manager = factories.user("manager")
        self.home = factories.programme(sro=self.sro.person, programme_manager=self.lead.person)
        self.project = factories.project(
            programme=self.home, project_manager=self.manager.person, estimate_to_complete=1200
        )
        factories.budget(self.project, 1000)
        factories.baseline(self.project)
        self.case = factories.business_case(self.home, state="approved")


@pytest.fixture
def strayed(office: User) -> Strayed:
    """The project that has strayed, with its people."""
    return Strayed(office)


def worked_off() -> int:
    """Work off all figures as a worker does, and raise what strayed."""
    worker.drain()
    return raise_exceptions()


@pytest.fixture
def raised(strayed: Strayed) -> str:
    """`exceptions/12/`: the report of the project, which may be 10 % over."""
    factories.tolerance(strayed.project, value=10)
    assert worked_off() == 1
    return f"exceptions/{ExceptionReport.objects.get().pk}/"


def decide(api: Any, user: User, path: str, **said: Any) -> Any:
    """Decide about an exception."""
    return api(user).verb(f"{path}decision/", {"reason": "It has to be"} | said)


# A breach is a figure


@pytest.mark.parametrize(("value", "count"), [(19, 1), (20, 0), (21, 0)])
def test_exactly_at_it_is_no_breach(value: int, count: int, strayed: Strayed, api: Any) -> None:
    factories.tolerance(strayed.project, value=value)
    worker.drain()
    for path in (f"programmes/{strayed.home.pk}", f"projects/{strayed.project.pk}"):
        said = api(strayed.sro).get(f"{path}/rollup/case_breaches/").json()
        assert Decimal(said["value"]) == count, path
        assert len(said["lines"]) == count, path


def test_the_case_breaks_a_tolerance_of_its_programme(strayed: Strayed, api: Any) -> None:
    limit = factories.tolerance(strayed.home, kind="npsv", side="under", value=500)
    worker.drain()
    (line,) = LedgerLine.objects.filter(valid(), metric="case_breaches")
    assert (line.source_type, line.source_id) == ("tolerance", limit.pk)
    (found,) = broken_now()
    assert (found.case, found.kind) == (strayed.case.pk, "npsv")
    change = api(strayed.sro).get(f"programmes/{strayed.home.pk}/rollup/case_npsv_change/").json()
    assert found.strayed == -Decimal(change["value"])
    Tolerance.objects.update(value=99_999)
    worker.drain()
    assert broken_now() == []


def test_net_present_value_strays_below_and_is_a_programme_s(strayed: Strayed, api: Any) -> None:
    body = {"kind": "npsv", "value": "2000000.00"}
    made = api(strayed.office).post("tolerances/", body | {"programme": strayed.home.pk})
    assert (made.status_code, made.json()["side"]) == (201, "under")
    refused = api(strayed.office).post("tolerances/", body | {"project": strayed.project.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/kind"])
    over = {"kind": "cost_pct", "value": "2000000.00", "project": strayed.project.pk}
    assert list(errors_of(api(strayed.office).post("tolerances/", over))) == ["/value"]


def test_of_a_project_that_stands_alone_it_is_a_figure_too(strayed: Strayed, api: Any) -> None:
    alone = factories.project(
        portfolio=strayed.home.portfolio, estimate_to_complete=1200, project_manager=None
    )
    factories.budget(alone, 1000)
    factories.tolerance(alone, value=10)
    assert worked_off() == 1
    assert ExceptionReport.objects.get().project == alone
    said = api(strayed.office).get(f"projects/{alone.pk}/rollup/case_breaches/").json()
    assert Decimal(said["value"]) == 1
    whole = f"portfolios/{alone.portfolio_id}/rollup/case_breaches/"
    assert Decimal(api(strayed.office).get(whole).json()["value"]) == 1


# It opens one report


def test_what_moved_the_figure_stands_beside_it(strayed: Strayed, client_of: Any) -> None:
    factories.tolerance(strayed.project, value=30)
    assert worked_off() == 0
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1600)
    assert worked_off() == 1
    page = client_of(strayed.sro).get(f"/exceptions/{ExceptionReport.objects.get().pk}/")
    told = " ".join(page.content.decode().split("What moved it", 1)[1].split()).split("</table>")[0]
    assert f'href="/projects/{strayed.project.pk}/"' in told
    assert "+400" in told


def test_a_breach_opens_one_report_and_no_second(strayed: Strayed, raised: str, api: Any) -> None:
    said = api(strayed.manager).get(raised).json()
    assert (said["state"], said["kind"], said["opened_on"]) == ("open", "cost_pct", DAY)
    assert (said["now"], said["approved"], said["back_inside"]) == ("20.00", "10.00", False)
    assert said["cause"] == "Cost is 20 % from what is approved, and may be 10 %."
    assert raise_exceptions() == 0
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1300)
    assert worked_off() == 0
    report = ExceptionReport.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.exception(strayed.project, tolerance=report.tolerance)


def test_two_projects_that_break_one_tolerance_have_a_report_each(strayed: Strayed) -> None:
    other = factories.project(programme=strayed.home, estimate_to_complete=1500)
    factories.budget(other, 1000)
    factories.tolerance(strayed.home, value=10)
    worked_off()
    of = ExceptionReport.objects.filter(project__isnull=False).order_by("project")
    assert [(each.project, each.now) for each in of] == [(strayed.project, 20), (other, 50)]
    assert LedgerLine.objects.filter(valid(), metric="case_breaches").count() == 1


def test_neither_rebuild_nor_verify_nor_a_preview_opens_one(strayed: Strayed, api: Any) -> None:
    worker.drain()
    body = {"project": strayed.project.pk, "kind": "cost_pct", "value": "10"}
    tried = api(strayed.sro).post("tolerances/?preview=1", body).json()
    (opened,) = tried["would_open"]
    assert opened["programme"] == strayed.home.code
    factories.tolerance(strayed.project, value=10)
    rebuild()
    assert differences() == []
    assert not ExceptionReport.objects.exists()
    assert raise_exceptions() == 1
    again = api(strayed.sro).post("risks/?preview=1", {"project": strayed.project.pk,
                                                       "code": "R9", "title": "Rain"})  # fmt: skip
    assert again.json()["would_open"] == []


def test_the_command_that_works_off_requests_opens_them(strayed: Strayed) -> None:
    factories.tolerance(strayed.project, value=10)
    Command().drain(loop=False)
    assert ExceptionReport.objects.count() == 1


@pytest.mark.parametrize("work", [tasks.drain, lambda: Command().drain(loop=False)],
                         ids=["worker", "command"])  # fmt: skip
def test_figures_that_another_process_worked_off_open_them_too(
    work: Callable[[], None], strayed: Strayed
) -> None:
    factories.tolerance(strayed.project, value=10)
    worker.drain()
    work()
    assert ExceptionReport.objects.count() == 1


# What becomes of it


@pytest.mark.parametrize(("who", "status"), [("lead", 200), ("sro", 200), ("office", 200),
                                             ("manager", 403)])  # fmt: skip
def test_who_stands_above_a_project_decides(
    who: str, status: int, strayed: Strayed, raised: str, api: Any
) -> None:
    answer = decide(api, getattr(strayed, who), raised, decision="rebaseline")
    assert answer.status_code == status, answer.json()
    assert Decision.objects.filter(cause="exception").exists() is (status == 200)


def test_of_a_case_the_programme_manager_does_not_decide(strayed: Strayed, api: Any) -> None:
    factories.tolerance(strayed.home, kind="npsv", side="under", value=500)
    worked_off()
    path = f"exceptions/{ExceptionReport.objects.get().pk}/"
    assert decide(api, strayed.lead, path, decision="stop").status_code == 403
    said = decide(api, strayed.sro, path, decision="stop").json()
    assert (said["state"], said["decided_on"]) == ("decided", DAY)
    left = Decision.objects.get(cause="exception")
    assert (left.programme, left.outcome, left.rationale) == (
        strayed.home, "Stop", "It has to be",
    )  # fmt: skip
    assert said["decision_record"] == left.pk


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"decision": "continue"}, "/until"),
        ({"decision": "continue", "until": DAY}, "/until"),
        ({"decision": "continue", "tolerance_value": "19.99"}, "/tolerance_value"),
        ({"decision": "stop", "until": "2027-01-01"}, "/decision"),
        ({"decision": "hope"}, "/decision"),
    ],
)
def test_what_says_too_little_is_refused(
    said: dict[str, Any], at: str, strayed: Strayed, raised: str, api: Any
) -> None:
    refused = decide(api, strayed.sro, raised, **said)
    assert (refused.status_code, list(errors_of(refused))) == (400, [at])
    assert ExceptionReport.objects.get().state == "open"


def test_going_on_with_a_new_tolerance_ends_the_breach(
    strayed: Strayed, raised: str, api: Any
) -> None:
    said = decide(api, strayed.sro, raised, decision="continue", tolerance_value="25")
    assert said.status_code == 200, said.json()
    assert Tolerance.objects.get(project=strayed.project).value == 25
    assert worked_off() == 0
    assert api(strayed.sro).get(raised).json()["back_inside"] is True
    assert api(strayed.lead).verb(f"{raised}closure/", {}).json()["state"] == "closed"


def test_the_page_of_a_project_shows_its_tolerances_and_whether_it_keeps_them(
    strayed: Strayed, raised: str, words: Any, client_of: Any
) -> None:
    factories.tolerance(strayed.home, kind="time_days", value=45)
    factories.tolerance(strayed.home, kind="cost_pct", value=99)  # that of the project counts
    page = words(client_of(strayed.manager).get(f"/projects/{strayed.project.pk}/"))
    part = page[page.index("May stray by") :]
    assert "Cost, % of the approved budget 10" in part
    assert "20.00 beyond it the project" in part or "20 beyond it the project" in part
    assert "days within it the programme" in part
    assert "99" not in part[: part.index("Exactly at it")]


def test_the_tolerances_on_a_page_follow_what_is_computed(
    strayed: Strayed, raised: str, client_of: Any, words: Any
) -> None:
    client, path = client_of(strayed.manager), f"/projects/{strayed.project.pk}/"
    page = client.get(path)
    seen = {"X-Region": "live", "If-None-Match": page["ETag"]}
    assert client.get(path, headers=seen).status_code == 304
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1400)
    worked_off()
    region = client.get(path, headers=seen)
    assert "40 beyond it the project" in words(region)
    seen = {"X-Region": "live", "If-None-Match": region["ETag"]}
    assert client.get(path, headers=seen).status_code == 304
    factories.tolerance(strayed.home, kind="quality", value=7)  # moves no figure
    assert "Quality, % of outputs due and not accepted 7" in words(client.get(path, headers=seen))


def test_a_new_tolerance_takes_in_how_far_it_strays_by_now(
    strayed: Strayed, raised: str, api: Any
) -> None:
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1400)
    worked_off()
    said = api(strayed.sro).get(raised).json()
    assert (said["now"], said["strayed_now"], said["back_inside"]) == ("20.00", "40.00", False)
    refused = decide(api, strayed.sro, raised, decision="continue", tolerance_value="25")
    assert (refused.status_code, errors_of(refused)) == (400, {"/tolerance_value": "invalid"})
    assert "strays by 40" in refused.json()["errors"][0]["detail"]
    allowed = decide(api, strayed.sro, raised, decision="continue", tolerance_value="40")
    assert allowed.status_code == 200, allowed.json()
    assert worked_off() == 0
    assert api(strayed.sro).get(raised).json()["strayed_now"] is None


def test_one_that_is_still_beyond_its_tolerance_is_closed_with_a_reason_and_opens_another(
    strayed: Strayed, raised: str, api: Any
) -> None:
    decide(api, strayed.sro, raised, decision="rebaseline")
    refused = api(strayed.lead).verb(f"{raised}closure/", {})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/reason"])
    given = {"reason": "The new plan was dropped"}
    assert api(strayed.lead).verb(f"{raised}closure/", given).status_code == 200
    assert worked_off() == 1
    states = ExceptionReport.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["closed", "open"]


def test_a_programme_lists_its_exceptions_and_those_of_its_projects(
    strayed: Strayed, raised: str, api: Any, client_of: Any
) -> None:
    factories.tolerance(strayed.home, kind="cost_pct", value=15)
    worked_off()
    where = f"exceptions/?programme={strayed.home.pk}"
    ids = {row["id"] for row in api(strayed.sro).get(where).json()["results"]}
    assert ids == set(ExceptionReport.objects.values_list("pk", flat=True))
    other = factories.programme(portfolio=strayed.home.portfolio)
    assert api(strayed.office).get(f"exceptions/?programme={other.pk}").json()["count"] == 0
    page = client_of(strayed.sro).get(f"/programmes/{strayed.home.pk}/governance/")
    told = page.content.decode()
    assert f'href="/programmes/{strayed.home.pk}/exceptions/"' in told
    assert all(f'href="/exceptions/{id}/"' in told for id in ids)
    listed = client_of(strayed.sro).get(f"/programmes/{strayed.home.pk}/exceptions/")
    assert listed.status_code == 200


def test_amounts_that_are_compared_are_told_in_full(strayed: Strayed) -> None:
    portfolio = strayed.home.portfolio
    for currency, value, words in (
        ("GBP", "232571.49", "£232,571,490"), ("JPY", "-12.5", "−¥12,500"),
        ("KWD", "0.01", "KWD 10"),
    ):  # fmt: skip
        portfolio.currency = currency
        assert exactly(Decimal(value), portfolio) == words


def test_a_new_tolerance_is_that_of_what_strayed_alone(strayed: Strayed, api: Any) -> None:
    wide = factories.tolerance(strayed.home, value=10)
    worked_off()
    report = ExceptionReport.objects.get(project=strayed.project)
    path = f"exceptions/{report.pk}/"
    decide(api, strayed.sro, path, decision="continue", tolerance_value="30")
    wide.refresh_from_db()
    assert (wide.value, Tolerance.objects.get(project=strayed.project).value) == (10, 30)


def test_going_on_until_a_day_opens_another_once_it_has_passed(
    strayed: Strayed, raised: str, api: Any
) -> None:
    decide(api, strayed.sro, raised, decision="continue", until="2026-11-15")
    assert raise_exceptions() == 0
    Portfolio.objects.update(status_date=date(2026, 11, 16))
    assert worked_off() == 1
    states = ExceptionReport.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["closed", "open"]


def test_straying_beyond_the_new_tolerance_opens_another(
    strayed: Strayed, raised: str, api: Any
) -> None:
    decide(api, strayed.sro, raised, decision="continue", tolerance_value="25")
    assert raise_exceptions() == 0  # by figures of before the decision
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1400)
    assert worked_off() == 1
    rows = ExceptionReport.objects.order_by("pk").values_list("state", "approved", "now")
    assert list(rows) == [("closed", 10, 20), ("open", 25, 40)]


@pytest.mark.parametrize("decision", ["rebaseline", "stop"])
def test_what_is_planned_anew_or_stopped_opens_no_other(
    decision: str, strayed: Strayed, raised: str, api: Any
) -> None:
    decide(api, strayed.sro, raised, decision=decision)
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=1400)
    assert worked_off() == 0
    assert ExceptionReport.objects.get().state == "decided"


def test_one_that_somebody_closes_meanwhile_is_followed_by_another(
    strayed: Strayed, raised: str, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(api, strayed.sro, raised, decision="continue", until="2026-11-15")
    real = exceptions.as_of

    def as_of(row: Any) -> date:
        ExceptionReport.objects.filter(state="decided").update(state="closed")
        return real(row)

    monkeypatch.setattr(exceptions, "as_of", as_of)
    assert raise_exceptions() == 1
    states = ExceptionReport.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["closed", "open"]


def test_the_deputy_of_who_leads_does_not_decide(strayed: Strayed, raised: str, api: Any) -> None:
    factories.delegation(strayed.manager, strayed.sro, "project_manager", project=strayed.project)
    assert decide(api, strayed.sro, raised, decision="stop").status_code == 403
    assert decide(api, strayed.lead, raised, decision="stop").status_code == 200


def test_each_report_of_a_project_names_its_own_decision(strayed: Strayed, api: Any) -> None:
    factories.tolerance(strayed.project, value=10)
    worked_off()
    late = factories.tolerance(strayed.home, kind="time_days")
    factories.exception(strayed.project, tolerance=late, kind="time_days")
    for report in ExceptionReport.objects.order_by("pk"):
        said = decide(api, strayed.sro, f"exceptions/{report.pk}/", decision="stop").json()
        left = Decision.objects.get(pk=said["decision_record"])
        assert left.title == f"Exception: {report.get_kind_display()}"


def test_less_than_a_hundredth_beyond_is_beyond(strayed: Strayed, api: Any) -> None:
    factories.tolerance(strayed.project, value="19.99")
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete="1199.94")
    assert worked_off() == 1
    report = ExceptionReport.objects.get()
    assert (report.now, report.approved) == (Decimal("20.00"), Decimal("19.99"))


def test_back_inside_before_a_decision_it_says_so_and_stays(
    strayed: Strayed, raised: str, api: Any
) -> None:
    Project.objects.filter(pk=strayed.project.pk).update(estimate_to_complete=900)
    worked_off()
    said = api(strayed.manager).get(raised).json()
    assert (said["state"], said["back_inside"]) == ("open", True)


def test_it_is_written_by_nobody_but_for_its_options(
    strayed: Strayed, raised: str, api: Any
) -> None:
    client = api(strayed.manager)
    assert client.post("exceptions/", {}).status_code == 405
    assert client.delete(raised).status_code == 405
    assert client.patch(raised, {"now": "1"}).status_code == 400
    assert client.patch(raised, {"options": "Build less"}).json()["options"] == "Build less"
    decide(api, strayed.sro, raised, decision="stop")
    assert client.patch(raised, {"options": "Other"}).status_code == 409
    for change in ({"now": 1}, {"decision": "continue"}, {"state": "open"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ExceptionReport.objects.update(**change)


def test_it_holds_the_next_gate_until_it_is_decided(office: User, api: Any) -> None:
    project = factories.led_by_pmo()
    report = factories.exception(project)
    gate = factories.gate(project)
    path = f"gates/{gate.pk}/"
    assert api(office).verb(f"{path}opening/", {}).status_code == 200
    refused = api(office).verb(f"{path}vote/", {"choice": "proceed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")
    assert "strayed beyond its tolerance" in refused.json()["detail"]
    gate.votes.create(person=office.person, choice="proceed", on="2026-10-01")
    with pytest.raises(IntegrityError, match="strayed"), transaction.atomic():
        Gate.objects.update(state="decided", decision="proceed", decided_on="2026-10-01")
    ExceptionReport.objects.filter(pk=report.pk).update(
        state="decided", decision="rebaseline", decided_on=DAY
    )
    Gate.objects.update(state="decided", decision="proceed", decided_on="2026-10-01")
    project.refresh_from_db()
    assert project.stage == "deliver"


def test_the_demo_has_a_breach_waiting(demo: Any, pmo: User, api: Any) -> None:
    worker.drain()
    assert raise_exceptions() > 0
    report = ExceptionReport.objects.get(case__programme=demo.programme("CAM"))
    assert (report.kind, report.state) == ("npsv", "open")
    assert report.now > report.approved == 15_000


def test_every_kind_of_tolerance_has_a_sentence() -> None:
    assert set(CAUSES) == {*ToleranceKind.values}
