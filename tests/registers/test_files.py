"""The file of a list that is sent back unchanged changes nothing, in each register that takes
files."""

from typing import Any

import pytest

from pmhub.api.resources import view_of
from pmhub.models import User
from pmhub.registers import Register
from tests.registers.test_pages import ALL, record_of

pytestmark = pytest.mark.django_db


def takes_files(register: Register) -> bool:
    """Return whether the records of a register are changed by files."""
    view = view_of(register.model)
    return view.in_bulk and "patch" in view.http_method_names


FILED = [register for register in ALL if takes_files(register)]


@pytest.mark.parametrize("register", FILED, ids=[each.name for each in FILED])
def test_a_file_that_is_sent_back_unchanged_changes_nothing(
    register: Register, demo: Any, pmo: User, client_of: Any
) -> None:
    record_of(register)
    client, path = client_of(pmo), f"/api/v1/{register.name}/"
    answer = client.get(f"{path}?format=csv")
    text = b"".join(answer.streaming_content)
    assert text.count(b"\n") > 1, "the demo has none of these"
    before = [*register.model._base_manager.order_by("pk").values()]
    sent = client.post(f"{path}bulk/", text, content_type="text/csv")
    assert sent.status_code == 201, sent.json()
    after = register.model._base_manager.order_by("pk").values()
    for was, now in zip(before, after, strict=True):
        assert {**now, "updated_by_id": 0} == {**was, "updated_by_id": 0}
