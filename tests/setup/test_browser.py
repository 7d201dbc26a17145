"""The browser of the tests sees this machine and nothing else."""

import pytest

from tests import browser


@pytest.mark.parametrize("address", ["http://example.org/", "https://localhost.example.org/"])
def test_no_page_reaches_another_host(page, address):
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(address)


def test_a_page_of_the_live_server_is_shown(page, live_server):
    assert page.goto(f"{live_server.url}/admin/login/").status == 200


def test_a_test_of_a_page_is_marked(request, page):
    assert request.node.get_closest_marker("browser")


def test_the_browser_that_the_user_names_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM_PATH", str(tmp_path / "chromium"))
    assert browser.find() == tmp_path / "chromium"


def test_a_browser_is_required_in_continuous_integration(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    assert not browser.is_required()
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    assert browser.is_required()
