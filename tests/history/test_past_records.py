"""Registers and records as they were, by either clock."""

from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.access.past_rights import seen_now
from pmhub.database import past
from programmes.models import AssuranceReview, Programme
from projects.models import CostActual, Risk
from tests import factories


@pytest.fixture
def renamed(demo):
    """R01 as it is called later, a risk that came later; the moment before."""
    before, risk = timezone.now(), Risk.objects.get(code="R01")
    Risk.objects.filter(pk=risk.pk).update(title="Renamed")
    later = factories.risk(risk.project, title="Came later")
    return risk, later, before.isoformat()


def content(page):
    return page.content.decode().split("<main")[1]


def test_a_record_is_shown_as_it_was_and_says_by_which_clock(
    client_of, viewer, demo, renamed, words
):
    risk, _, before = renamed
    address = f"/risks/{risk.pk}/"
    assert "Renamed" in words(client_of(viewer).get(address))
    then = client_of(viewer).get(address, {"as_of": before})
    assert "Steel price index rises above contract allowance" in words(then)
    assert "Renamed" not in content(then)
    assert "As it was known at" in words(then)
    true = client_of(viewer).get(address, {"on": demo.today.isoformat()})
    assert "As it was true on" in words(true)


def test_a_list_is_shown_as_it_was(client_of, viewer, renamed, words):
    _, _, before = renamed
    for address in ("/risks/", f"/projects/{renamed[0].project_id}/risks/"):
        now, then = (
            words(client_of(viewer).get(address, asked))
            for asked in ({"view": "table"}, {"as_of": before})
        )
        assert "Came later" in now
        assert "Came later" not in then
        assert "Steel price index" in then


def test_its_links_stay_at_the_moment(client_of, viewer, demo, renamed):
    risk, _, before = renamed
    for address in ("/risks/", f"/risks/{risk.pk}/"):
        page = content(client_of(viewer).get(address, {"as_of": before}))
        project = f'href="/projects/{risk.project_id}/'
        assert f"{project}?as_of=" in page
        assert f'{project}"' not in page
    page = content(client_of(viewer).get("/risks/", {"on": demo.today.isoformat()}))
    assert f'href="/risks/{risk.pk}/?on=' in page


def test_nothing_is_offered_to_be_written(client_of, pmo, renamed):
    risk, _, before = renamed
    places = {"/risks/?view=table": "New risk", f"/risks/{risk.pk}/?": "data-edit"}
    for address, offered in places.items():
        assert offered in content(client_of(pmo).get(address))
        then = content(client_of(pmo).get(f"{address}&{urlencode({'as_of': before})}"))
        for sign in ("<rest-form", "New risk", "data-edit", "Follow"):
            assert sign not in then, (address, sign)


def test_what_one_may_not_see_now_one_does_not_see_then(client_of, demo, viewer, renamed):
    risk, _, before = renamed
    Risk.objects.filter(pk=risk.pk).update(project=demo.project("SSV-01"))
    assert client_of(viewer).get(f"/risks/{risk.pk}/", {"as_of": before}).status_code == 404
    page = content(client_of(viewer).get("/risks/", {"as_of": before}))
    assert "Steel price index" not in page


def test_what_went_out_of_sight_is_on_no_page_of_the_past(client_of, demo):
    reader, home = factories.user("of-a-portfolio"), demo.portfolio
    factories.role(reader, "sponsor", portfolio=home)
    gone = factories.programme(portfolio=home, name="Wanders off")
    AssuranceReview.objects.create(
        programme=gone, code="AR9", kind="gate_0", title="Wanders off", planned_on="2026-11-20"
    )
    before = timezone.now().isoformat()
    parts = [
        {"programme": each.pk, "known_at": before, "report": None}
        for each in (demo.programme("CAM"), gone)
    ]
    pack = factories.board_pack(gone)
    type(pack).objects.filter(pk=pack.pk).update(state="frozen", frozen_at=before, parts=parts)
    client, address = client_of(reader), f"/portfolios/{home.pk}/"
    pages = [
        *(f"{each}?as_of={quote(before)}" for each in ("/portfolio/", address)),
        f"{address}roadmap/?as_of={quote(before)}",
        f"/calendar/?view=list&month=2026-11&as_of={quote(before)}",
        f"/board-packs/{pack.pk}/paper/",
    ]
    confidence = f"{address}confidence/?as_of={quote(before)}"
    assert all("Wanders off" in content(client.get(each)) for each in pages)
    unjudged = client.get(confidence).context["unjudged_programmes"]
    Programme.objects.filter(pk=gone.pk).update(portfolio=factories.portfolio())
    for each in pages:
        page = content(client.get(each))
        assert "CAM" in page, each
        assert "Wanders off" not in page, each
    assert client.get(confidence).context["unjudged_programmes"] == unjudged - 1


def test_what_left_a_record_is_not_listed_below_it_then(client_of, demo, viewer):
    risk = Risk.objects.get(code="R01")
    action = factories.action(risk, title="Out of sight soon")
    address, before = f"/risks/{risk.pk}/", {"as_of": timezone.now().isoformat()}
    assert "Out of sight soon" in content(client_of(viewer).get(address, before))
    other = factories.risk(demo.project("SSV-01"))
    type(action).objects.filter(pk=action.pk).update(risk=other)
    assert "Out of sight soon" not in content(client_of(viewer).get(address, before))


def test_a_programme_of_the_past_has_the_projects_that_belonged_to_it_then(client_of, demo, drain):
    home, away = (factories.programme(portfolio=demo.portfolio) for _ in range(2))
    reader, whole = factories.user("of-a-programme"), factories.user(is_superuser=True)
    factories.role(reader, "viewer", programme=home)
    left = factories.project(programme=home, name="Wanders off")
    came = factories.project(programme=away, name="Comes by")
    for project in (left, came):
        factories.baseline(project)
    drain()
    before = quote(timezone.now().isoformat())
    for project, programme in ((left, away), (came, home)):
        project.programme = programme
        project.save()
    drain()
    for part in (
        "/{0}/", "/{0}/money/", "/{0}/projects/", "/{0}/explain/finish_propagated/",
        "/{0}/?sort=code", "/{0}/roadmap/",
    ):  # fmt: skip
        root = "/api/v1/programmes" if "roadmap" in part else "/programmes"
        address = f"{root}{part.format(home.pk)}{'&' if '?' in part else '?'}as_of={before}"
        answers = [client_of(who).get(address).content.decode() for who in (whole, reader)]
        of_all, of_home = (answer.split("<main")[-1] for answer in answers)
        assert ("Wanders off" in of_all, "Comes by" in of_all) == (True, False), part
        assert ("Wanders off" in of_home, "Comes by" in of_home) == (False, False), part
    now = content(client_of(reader).get(f"/programmes/{home.pk}/projects/"))
    assert ("Wanders off" in now, "Comes by" in now) == (False, True)


def test_only_the_rows_that_are_asked_for_are_looked_at_again(demo, pmo, viewer):
    with past.as_at(timezone.now()):
        for user, count in ((pmo, 0), (viewer, 1)):
            rows = Risk.objects.visible_to(user).filter(code="R01")
            with CaptureQueriesContext(connection) as asked:
                seen_now(rows, user)
            assert sum("projects_risk" in each["sql"] for each in asked) == 2 * count


def test_a_stranger_sees_none(client_of, stranger, demo, renamed):
    risk, _, before = renamed
    for asked in ({"as_of": before}, {"on": demo.today.isoformat()}):
        assert client_of(stranger).get(f"/risks/{risk.pk}/", asked).status_code == 404
        assert "Steel price" not in content(client_of(stranger).get("/risks/", asked))


def test_what_was_not_there_is_said(client_of, viewer, renamed, words):
    _, later, before = renamed
    page = client_of(viewer).get(f"/risks/{later.pk}/", {"as_of": before})
    assert page.status_code == 400
    assert "It was not there yet" in words(page)


def test_a_late_cost_is_in_the_list_of_what_was_true_then(client_of, demo, viewer, words):
    project = demo.project("CAM-02")
    CostActual.objects.create(project=project, posted_on="2026-10-01", amount=7, source_ref="L8")
    today = demo.today
    address = f"/projects/{project.pk}/cost-actuals/"
    assert client_of(viewer).get(address, {"on": today.isoformat()}).status_code == 200
    early = (today - timedelta(days=400)).isoformat()
    page = client_of(viewer).get(address, {"on": early})
    assert page.status_code == 400  # the project was not there yet
    assert "not there yet" in words(page)


@pytest.mark.parametrize(
    "asked",
    [{"as_of": "2999-01-01"}, {"on": "soon"}, {"on": "2026-01-01", "as_of": "2026-01-01"}],
)
def test_what_is_no_moment_of_it_is_said(client_of, viewer, renamed, asked):
    for address in ("/risks/", f"/risks/{renamed[0].pk}/"):
        assert client_of(viewer).get(address, asked).status_code == 400


def test_the_control_keeps_the_filters(client_of, viewer, demo):
    asked = {"clock": "as_of", "day": "2026-11-01", "status": "open"}
    answer = client_of(viewer).get("/risks/", asked)
    assert (answer.status_code, answer["Location"]) == (
        302, "/risks/?status=open&as_of=2026-11-01",
    )  # fmt: skip


def test_more_rows_take_no_more_queries(client_of, nothing, django_assert_num_queries):
    reader = factories.user()
    project = factories.project()
    factories.role(reader, "viewer", project=project)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            factories.risk(project)
        asked = {"as_of": timezone.now().isoformat()}
        client_of(reader).get("/risks/", asked)
        with django_assert_num_queries(1000, exact=False) as captured:
            client_of(reader).get("/risks/", asked)
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts
