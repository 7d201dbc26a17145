"""The request of REST behind a page, and the way to what the documentation says of it."""

import html
import re
from pathlib import Path
from typing import Any

import pytest

from pmhub.models import User

CONTRACT = Path(__file__).parents[2] / "schema.yml"
BEHIND = re.compile(r'in-rest">\s*<a href="([^"]*)">.*?<a href="([^"]*)"', re.DOTALL)


@pytest.fixture(scope="session")
def operations() -> set[str]:
    """The operations that the contract names."""
    return set(re.findall(r"operationId: (\w+)", CONTRACT.read_text()))


def test_the_request_behind_a_page_answers_and_is_documented(
    demo: Any, pmo: User, client_of: Any, operations: set[str]
) -> None:
    programme, project = demo.programme("CAM").pk, demo.project("CAM-02")
    risk, milestone = project.risks.first().pk, project.milestones.first().pk
    client = client_of(pmo)
    for page in (
        "/", "/portfolio/", "/calendar/",
        *(f"/portfolios/{demo.portfolio.pk}/{part}" for part in (
            "", "roadmap/", "bubbles/", "confidence/", "trend/", "prioritisation/", "year-end/",
        )),
        "/risks/", "/search/?q=crane",
        "/calendar/", *(f"/portfolios/{demo.portfolio.pk}/{part}" for part in (
            "roadmap/", "bubbles/", "confidence/", "trend/", "explain/total_forecast/",
        )),
        *(f"/programmes/{programme}/{part}" for part in (
            "", "tracks/", "benefits/", "risk/", "money/", "governance/", "closure/", "what-if/",
            "reports/", "risks/", f"tracks/{milestone}/", "explain/total_forecast/",
        )),
        *(f"/projects/{project.pk}/{part}" for part in (
            "", "money/", "closure/", "explain/actual_cost/", "update/",
        )),
        *(f"/risks/{risk}/{part}" for part in ("", "edit/", "history/", "activity/")),
        "/risks/new/", f"/comments/risk/{risk}/", f"/attachments/risk/{risk}/", "/comments/",
        "/attachments/", "/follows/", "/jobs/", "/audit/", "/account/", "/account/tokens/",
        "/account/webhooks/",
    ):  # fmt: skip
        behind = BEHIND.search(client.get(page).content.decode())
        assert behind, page
        address, documented = map(html.unescape, behind.groups())
        assert (page, client.get(address).status_code) == (page, 200)
        _, collection, operation = documented.split("#")[1].split("/")
        assert (page, operation in operations) == (page, True)
        assert address.startswith(f"/api/v1/{collection}/")


def test_who_sees_nothing_is_told_of_no_request(stranger: User, client_of: Any) -> None:
    answer = client_of(stranger).get("/help/").content.decode()
    assert not BEHIND.search(answer)
