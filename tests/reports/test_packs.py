"""Board packs: who puts them together and reads them, and that a frozen one says the same later."""

import re
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction

from pmhub.demo.removal import erase
from programmes.models import BoardPack, PackState
from projects.models import Milestone, Project
from tests import factories
from tests.reports.conftest import errors_of


@pytest.fixture
def body(demo):
    """A pack of two programmes."""
    programmes = [demo.programme(code).pk for code in ("CAM", "SSV")]
    return {
        "portfolio": demo.portfolio.pk, "title": "Change board", "on": "2026-11-26",
        "foreword": "Read **CAM** first.", "programmes": programmes,
    }  # fmt: skip


@pytest.fixture
def pack(api, pmo, body):
    """The path of a draft."""
    return f"board-packs/{api(pmo).post('board-packs/', body).json()['id']}/"


def parts(client, path):
    return client.get(f"/{path}").context["parts"]


@pytest.mark.parametrize(
    ("who", "code"),
    [("pmo", 201), ("sponsor", 201), ("viewer", 403), ("cam_manager", 403), ("stranger", 400)],
)
def test_who_puts_a_pack_together(api, body, request, who, code):
    body["programmes"] = body["programmes"][:1]  # that all of them but the stranger see
    answer = api(request.getfixturevalue(who)).post("board-packs/", body)
    assert answer.status_code == code


@pytest.mark.parametrize(
    ("who", "code"),
    [("sponsor", 200), ("pmo", 200), ("viewer", 404), ("cam_manager", 404), ("stranger", 404)],
)
def test_who_reads_a_pack(api, pack, client_of, request, who, code):
    user = request.getfixturevalue(who)
    assert api(user).get(pack).status_code == code
    for address in (f"/{pack}", f"/{pack}paper/"):
        assert client_of(user).get(address).status_code == code
    assert (api(user).get(f"{pack}pdf/").status_code == 404) is (code == 404)


def test_a_pack_is_of_programmes_of_its_portfolio(api, pmo, pack):
    other = factories.programme()
    refused = api(pmo).patch(pack, {"programmes": [other.pk]})
    assert errors_of(refused).keys() == {"/programmes"}
    with pytest.raises(DatabaseError, match="of programmes of its portfolio"), transaction.atomic():
        BoardPack.objects.get(pk=pack.split("/")[1]).programmes.add(other)


@pytest.mark.parametrize("page", ["new/?portfolio={}", "new/", "{}/edit/"])
def test_a_form_offers_the_programmes_of_its_portfolio_alone(page, demo, pmo, pack, client_of):
    own, other = demo.programme("CAM"), factories.programme()
    at = page.format(demo.portfolio.pk if "new" in page else pack.split("/")[1])
    form = client_of(pmo).get(f"/board-packs/{at}").content.decode()
    offered = {int(id) for id in re.findall(r'name="programmes\[\]" value="(\d+)"', form)}
    assert own.pk in offered
    if page == "new/":  # the portfolio is chosen in the form, which then hides the others
        home = rf'value="{other.pk}"[^>]* data-portfolio="{other.portfolio_id}"'
        assert re.search(home, form)
    else:
        assert other.pk not in offered


def test_a_pack_stays_in_its_portfolio(api, pmo, pack):
    other = factories.portfolio()
    refused = api(pmo).patch(pack, {"portfolio": other.pk})
    assert errors_of(refused).keys() == {"/portfolio"}
    with pytest.raises(DatabaseError), transaction.atomic():
        BoardPack.objects.update(portfolio=other)
    assert api(pmo).patch(pack, {"title": "Another"}).status_code == 200


def test_a_pack_is_of_as_many_as_a_board_reads(api, pmo, pack, demo, client_of, words):
    many = [factories.programme(portfolio=demo.portfolio).pk for _ in range(51)]
    refused = api(pmo).patch(pack, {"programmes": many})
    assert errors_of(refused) == {"/programmes": "pack_most"}
    assert api(pmo).patch(pack, {"programmes": many[:50]}).status_code == 200
    page = words(client_of(pmo).get(f"/{pack}"))
    assert "The figures of so many are in print alone" in page
    assert "Money in" not in page


def test_a_pack_without_programmes_is_not_frozen(api, pmo, pack):
    api(pmo).patch(pack, {"programmes": []})
    assert errors_of(api(pmo).post(f"{pack}freezing/")).keys() == {"/programmes"}


def test_a_frozen_pack_keeps_the_moment_of_each_report_or_its_own(
    api, pmo, pack, publish, demo, cam_manager
):
    report = publish()
    frozen = api(pmo).post(f"{pack}freezing/").json()
    assert (frozen["state"], frozen["frozen_by"]) == ("frozen", pmo.person.pk)
    cam, ssv = frozen["parts"]
    assert (cam["programme"], cam["report"]) == (demo.programme("CAM").pk, report["id"])
    assert datetime.fromisoformat(cam["known_at"]) == datetime.fromisoformat(report["published_at"])
    assert (ssv["programme"], ssv["report"]) == (demo.programme("SSV").pk, None)
    assert ssv["known_at"] > cam["known_at"]


def test_a_frozen_pack_prints_the_same_whatever_comes_later(
    api, pmo, pack, publish, client_of, demo, drain
):
    publish()
    api(pmo).post(f"{pack}freezing/")
    client = client_of(pmo)
    before = client.get(f"/{pack}paper/").content
    assert b"285,810" in before
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    Project.objects.filter(code__in=("CAM-02", "SSV-02")).update(name="Another")
    Milestone.objects.update(title="Another")
    erase(demo.programme("CAM").risks.all())
    Project.objects.filter(code="CAM-03").update(programme=demo.programme("NZE"), tranche=None)
    type(demo.portfolio).objects.update(status_date="2027-10-31", money_unit=1)
    drain()
    publish(period_end="2026-11-30", achieved="Much more.")
    assert client.get(f"/{pack}paper/").content == before


def test_a_draft_follows_what_is_published(api, pmo, pack, publish, client_of):
    client = client_of(pmo)
    assert "none is published" in client.get(f"/{pack}").content.decode()
    publish()
    assert "to 31 Oct 2026" in " ".join(client.get(f"/{pack}").content.decode().split())


def test_a_frozen_pack_stays_whoever_writes(api, pmo, pack, demo):
    assert api(pmo).post(f"{pack}freezing/").status_code == 200
    assert api(pmo).patch(pack, {"title": "Another"}).status_code in (400, 409)
    assert api(pmo).delete(pack).status_code == 409
    row = BoardPack.objects.get(pk=pack.split("/")[1])
    rows = BoardPack.objects.filter(pk=row.pk)
    for change in ({"title": "x"}, {"parts": []}, {"state": PackState.DRAFT}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        row.programmes.add(demo.programme("NZE"))
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        row.programmes.clear()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def test_a_pack_of_yesterday_is_read_with_the_rights_of_now(api, pmo, pack, client_of, sponsor):
    api(pmo).post(f"{pack}freezing/")
    assert client_of(sponsor).get(f"/{pack}paper/").status_code == 200
    sponsor.person.roles.all().delete()
    assert client_of(sponsor).get(f"/{pack}paper/").status_code == 404


def test_it_is_put_together_frozen_and_read_on_its_pages(api, pmo, pack, client_of, words, sponsor):
    page = words(client_of(pmo).get(f"/{pack}"))
    for said in ("Campus Renewal Programme", "Freeze it", "285,810", "Print view"):
        assert said in page
    api(pmo).post(f"{pack}freezing/")
    page = words(client_of(sponsor).get(f"/{pack}"))
    assert "Frozen" in page
    assert "Freeze it" not in page
    paper = words(client_of(sponsor).get(f"/{pack}paper/"))
    for said in ("Contents", "Foreword Read CAM first.", "At a glance", "CAM Campus Renewal"):
        assert said in paper
    assert "Draft" not in paper


def test_a_needed_choice_with_one_possibility_is_chosen(demo, pmo, client_of):
    chosen = f'<option value="{demo.portfolio.pk}" selected>'
    assert chosen in client_of(pmo).get("/board-packs/new/").content.decode()
    factories.portfolio()
    assert chosen not in client_of(pmo).get("/board-packs/new/").content.decode()
