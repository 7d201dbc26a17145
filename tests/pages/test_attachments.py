"""What is attached to a record, on its page and on a page of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pmhub.models import User
from tests.pages.conftest import page, places


@pytest.fixture
def attached(demo: Any, pmo: User, api_of: Any) -> Callable[..., Any]:
    """`attached(record)`: attach a file, as the PMO."""

    def attach(record: Any, **fields: Any) -> Any:
        given = {"record_type": record._meta.model_name, "record_id": record.pk}
        given |= fields or {"file": SimpleUploadedFile("<b>Case.pdf", b"%PDF-1.7")}
        answer = api_of(pmo).post("/api/v1/attachments/", given, format="multipart")
        assert answer.status_code == 201, answer.content
        return answer.json()

    return attach


def test_every_page_of_a_record_shows_what_is_attached(
    demo: Any, attached: Any, client_of: Any, viewer: User, pmo: User
) -> None:
    for address, record in places(demo).items():
        row = attached(record)
        reader = page(client_of(viewer), address)
        assert f'href="/api/v1/attachments/{row["id"]}/content/" download' in reader
        assert "&lt;b&gt;Case.pdf" in reader
        assert 'id="attach-form"' not in reader
        assert 'id="attach-form"' in page(client_of(pmo), address)


def test_a_link_leads_away_and_says_nothing_of_where_from(
    demo: Any, attached: Any, client_of: Any, viewer: User
) -> None:
    project = demo.project("CAM-02")
    row = attached(project, link="https://example.org/?a=1&b=2", title="Survey")
    shown = page(client_of(viewer), f"/attachments/project/{project.pk}/")
    assert 'href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow"' in shown
    assert client_of(viewer).get(f"/attachments/{row['id']}/")["Location"] == (
        f"/attachments/project/{project.pk}/#attachment-{row['id']}"
    )


def test_versions_stand_below_the_newest(
    demo: Any, attached: Any, client_of: Any, pmo: User
) -> None:
    project = demo.project("CAM-02")
    first = attached(project, link="https://example.org/1", title="First")
    attached(project, link="https://example.org/2", title="Second", version_of=first["id"])
    shown = page(client_of(pmo), f"/attachments/project/{project.pk}/")
    assert shown.index("Second") < shown.index("Before:") < shown.index("First")
    assert shown.count("Remove<span") == 1


def test_one_sees_the_attachments_of_what_one_sees(
    demo: Any, attached: Any, client_of: Any, viewer: User, stranger: User
) -> None:
    attached(demo.project("CAM-02"), link="https://example.org/", title="Of CAM-02")
    attached(demo.programme("NZE"), link="https://example.org/", title="Of NZE")
    seen = page(client_of(viewer), "/attachments/")
    assert "Of CAM-02" in seen
    assert "Of NZE" not in seen
    assert "Of CAM-02" not in page(client_of(stranger), "/attachments/")
    hidden = f"/attachments/programme/{demo.programme('NZE').pk}/"
    for address in (hidden, "/attachments/person/1/", "/attachments/nothing/1/"):
        assert client_of(viewer).get(address).status_code == 404
    assert Client().get("/attachments/")["Location"].startswith("/accounts/login/")


def test_nothing_is_filed_about_a_person_and_their_page_offers_nothing_of_it(
    demo: Any, client_of: Any, pmo: User, viewer: User
) -> None:
    for reader in (pmo, viewer):
        shown = page(client_of(reader), f"/people/{viewer.person.pk}/")
        assert "attachments/person" not in shown
        assert 'id="attach-form"' not in shown
