"""What tests of status reports share: a report, and its way to publication."""

from collections.abc import Callable
from typing import Any

import pytest

from pmhub.models import Person, User
from tests.api.conftest import api, errors_of
from tests.ledger.conftest import now, read
from tests.pages.conftest import queries_of, words

__all__ = ["api", "errors_of", "now", "queries_of", "read", "words"]

SAID = {
    "achieved": "The library opened.",
    "next_steps": "Move the archive.",
    "help_needed": "",
    "declared_rag": "amber",
    "declared_finish": "2029-03-31",
}


@pytest.fixture
def sro(demo: Any) -> User:
    """The SRO of CAM, who signs in."""
    user = User.objects.create_user("cam.sro")
    Person.objects.filter(pk=demo.programme("CAM").sro_id).update(user=user)
    return user


@pytest.fixture
def write(api: Any, demo: Any, cam_manager: User) -> Callable[..., Any]:
    """`write(**fields)`: the answer of REST to a draft report, written by CAM's manager."""

    def written(**fields: Any) -> Any:
        body = {"programme": demo.programme("CAM").pk, "period_end": "2026-10-31", **SAID, **fields}
        if "corrects" in fields:
            body.setdefault("correction_reason", "The number of rooms was wrong.")
        return api(cam_manager).post("status-reports/", body)

    return written


@pytest.fixture
def approve(write: Any, api: Any, cam_manager: User, sro: User) -> Callable[..., str]:
    """`approve(**fields)`: the path of an approved report, which only has to be published."""

    def approved(**fields: Any) -> str:
        path = f"status-reports/{write(**fields).json()['id']}/"
        assert api(cam_manager).post(f"{path}submission/").status_code == 200
        assert api(sro).post(f"{path}approval/").status_code == 200
        return path

    return approved


@pytest.fixture
def publish(approve: Any, api: Any, cam_manager: User) -> Callable[..., Any]:
    """`publish(**fields)`: a published report, as REST answers it."""

    def published(**fields: Any) -> Any:
        answer = api(cam_manager).post(f"{approve(**fields)}publication/")
        assert answer.status_code == 200
        return answer.json()

    return published
