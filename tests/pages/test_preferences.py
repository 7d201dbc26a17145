"""How pages look to whom: theme, density and dates, as their reader chose them."""

from typing import Any

import pytest

from pmhub.models import User
from tests import factories
from tests.api.conftest import Api, errors_of


@pytest.fixture
def reader(demo: Any) -> User:
    """A user who reads CAM-02."""
    user = factories.user("reader")
    factories.role(user, "viewer", project=demo.project("CAM-02"))
    return user


def top(client: Any, address: str) -> str:
    """The first tag of a page."""
    answer = client.get(address)
    assert answer.status_code == 200
    found: str = answer.content.decode().split("<head>")[0]
    return found


def test_a_page_comes_as_its_reader_likes_it_from_the_first_byte(
    demo: Any, reader: User, client_of: Any
) -> None:
    client, address = client_of(reader), f"/projects/{demo.project('CAM-02').pk}/"
    usual = 'lang="en-gb" data-bs-theme="light" data-theme-choice="system" data-density="compact"'
    for page in (address, "/account/", "/risks/"):
        assert usual in top(client, page)
    chosen = {"theme": "dark", "density": "comfortable", "date_order": "month_first"}
    saved = client.post("/account/preferences/", chosen)
    assert (saved.status_code, saved["Location"]) == (302, "/account/preferences/?saved")
    liked = 'lang="en-us" data-bs-theme="dark" data-theme-choice="dark" data-density="comfortable"'
    for page in (address, "/account/", "/risks/"):
        assert liked in top(client, page)
    reader.refresh_from_db()
    assert not reader.shortcuts  # it was not ticked


def test_dates_are_written_in_the_order_that_was_chosen_and_for_nobody_else(
    demo: Any, reader: User, viewer: User, client_of: Any, words: Any
) -> None:
    address = f"/projects/{demo.project('CAM-02').pk}/"
    project = demo.project("CAM-02")
    day = project.forecast_finish
    for order, written in (
        ("day_first", f"{day.day} {day:%b %Y}"),
        ("month_first", f"{day:%b} {day.day}, {day.year}"),
        ("year_first", day.isoformat()),
    ):
        User.objects.filter(pk=reader.pk).update(date_order=order)
        assert written in words(client_of(reader).get(address))
        assert f"{day.day} {day:%b %Y}" in words(client_of(viewer).get(address))


def test_preferences_are_ones_own_over_rest(reader: User, viewer: User, api_of: Any) -> None:
    client = Api(api_of(reader))
    told = client.get("me/").json()
    assert {name: told[name] for name in User.LOOKS} == {
        "theme": "system", "density": "compact", "date_order": "day_first", "shortcuts": True,
    }  # fmt: skip
    changed = client.patch("me/", {"theme": "dark", "shortcuts": False})
    assert (changed.status_code, changed.json()["theme"], changed.json()["shortcuts"]) == (
        200, "dark", False,
    )  # fmt: skip
    assert client.get("me/").json()["theme"] == "dark"
    viewer.refresh_from_db()
    assert viewer.theme == "system"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"theme": "pink"}, "/theme"),
        ({"density": None}, "/density"),
        ({"shortcuts": "perhaps"}, "/shortcuts"),
        ({"username": "root"}, "/username"),
        ({"date_order": ["day_first"]}, "/date_order"),
    ],
)
def test_a_wrong_preference_is_refused_by_its_name(
    reader: User, api_of: Any, sent: Any, field: str
) -> None:
    refused = Api(api_of(reader)).patch("me/", sent)
    assert (refused.status_code, list(errors_of(refused))) == (400, [field])


def test_the_form_says_what_was_wrong(reader: User, client_of: Any) -> None:
    answer = client_of(reader).post("/account/preferences/", {"theme": "pink"})
    assert answer.status_code == 200
    assert "pink is not one of the available choices" in answer.content.decode()
    reader.refresh_from_db()
    assert reader.theme == "system"
