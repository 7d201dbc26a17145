"""A forecast that somebody makes worse is in force at once: who leads the programme is told."""

from typing import Any

import pytest

from benefits.models import Benefit
from pmhub.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def forecast(demo: Any, benefit_owner: User, api: Any) -> Any:
    """`forecast("B05", 900)`: the benefit owner forecasts so much for FY2029, and nothing else."""

    def written(code: str, value: int) -> Any:
        entry = {"period_start": "2029-04-01", "period_end": "2030-03-31", "value": str(value)}
        body = {
            "benefit": Benefit.objects.get(code=code).pk, "kind": "forecast", "entries": [entry],
            "reason": "Two laboratories open later",
        }  # fmt: skip
        answer = api(benefit_owner).post("profile-versions/", body)
        assert answer.status_code == 201, answer.json()
        return answer.json()

    return written


@pytest.fixture
def told(api: Any) -> Any:
    """`told(user)`: what the inbox says of forecasts, newest first."""

    def read(user: User) -> list[str]:
        rows = api(user).get("inbox/").json()["results"]
        return [row["text"] for row in rows if row["text"].startswith("forecast ")]

    return read


def test_who_leads_the_programme_hears_of_less(
    forecast: Any, told: Any, cam_manager: User, sro: User, ssv_manager: User,
    benefit_owner: User, viewer: User,
) -> None:  # fmt: skip
    before = Benefit.objects.get(code="B05").profile_entries.filter(version_kind="forecast")
    was = sum(int(entry.value) for entry in before)
    assert was > 900
    forecast("B05", 900)
    words = f"forecast 900 £k, was {was:,}: Two laboratories open later"
    assert told(cam_manager) == told(sro) == [words]
    assert told(benefit_owner) == told(viewer) == told(ssv_manager) == []


def test_more_of_a_gain_and_less_of_a_loss_is_no_news(
    forecast: Any, told: Any, cam_manager: User
) -> None:
    forecast("B05", 90_000)
    forecast("B06", 1)
    assert told(cam_manager) == []
    forecast("B06", 90_000)
    assert [text[: len("forecast 90,000 £k, was 1:")] for text in told(cam_manager)] == [
        "forecast 90,000 £k, was 1:"
    ]


def test_it_is_said_once_to_who_follows_it_too(
    forecast: Any, told: Any, cam_manager: User, api: Any
) -> None:
    made = forecast("B05", 900)
    api(cam_manager).post("follows/", {"record_type": "profileversion", "record_id": made["id"]})
    rows = api(cam_manager).get("inbox/").json()["results"]
    assert (
        len(
            [
                row
                for row in rows
                if "Two laboratories" in str(row)
                or row.get("record", {}) == {"type": "profileversion", "id": made["id"]}
            ]
        )
        == 1
    )
