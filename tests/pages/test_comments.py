"""Comments and the star on the page of a record, and the pages of their own."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub import formats
from pmhub.models import Comment, Follow, User
from tests import factories
from tests.api.conftest import Api
from tests.pages.conftest import page, places


@pytest.fixture
def say(api_of: Any) -> Any:
    """`say(user, record, text)`: comment on a record."""

    def say(user: User, record: Any, text: str) -> Any:
        given = {"record_type": record._meta.model_name, "record_id": record.pk, "text": text}
        answer = Api(api_of(user)).post("comments/", given)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return say


def test_every_page_of_a_record_shows_what_is_said_and_offers_to_say_more(
    demo: Any, say: Any, client_of: Any, viewer: User, pmo: User
) -> None:
    for address, record in places(demo).items():
        row = say(pmo, record, f"**So** <script>x</script> @{viewer.person.code}")
        shown = page(client_of(viewer), address)
        assert "<strong>So</strong> &lt;script&gt;" in shown
        assert f">@{viewer.person.name}</a>" in shown
        assert 'id="comment-form"' in shown
        assert f'"/api/v1/comments/{row["id"]}/" method="DELETE"' not in shown
        assert f'"/api/v1/comments/{row["id"]}/" method="DELETE"' in page(client_of(pmo), address)


def test_people_and_what_is_its_authors_alone_have_no_comments(
    demo: Any, client_of: Any, pmo: User, viewer: User
) -> None:
    shown = page(client_of(pmo), f"/people/{viewer.person.pk}/")
    assert 'id="comment-form"' not in shown
    assert "/api/v1/follows/" not in shown


def test_the_address_of_a_comment_leads_to_its_place(
    demo: Any, say: Any, client_of: Any, viewer: User, stranger: User
) -> None:
    project = demo.project("CAM-02")
    first = say(viewer, project, "First")["id"]
    there = f"/comments/project/{project.pk}/"
    assert client_of(viewer).get(f"/comments/{first}/")["Location"] == f"{there}#comment-{first}"
    many = [
        Comment(record_type="project", record_id=project.pk, text=f"{number}", created_by=viewer)
        for number in range(60)
    ]
    Comment.objects.bulk_create(many)
    assert client_of(viewer).get(f"/comments/{first}/")["Location"] == (
        f"{there}?page=2#comment-{first}"
    )
    assert f'id="comment-{first}"' in page(client_of(viewer), f"{there}?page=2")
    assert "Show earlier ones" in page(client_of(viewer), f"/projects/{project.pk}/")
    assert client_of(stranger).get(f"/comments/{first}/").status_code == 404
    assert client_of(stranger).get(there).status_code == 404


def test_one_reads_the_comments_on_what_one_sees_and_those_that_mention_one(
    demo: Any, say: Any, client_of: Any, viewer: User, stranger: User, pmo: User
) -> None:
    say(pmo, demo.project("CAM-02"), f"Of CAM-02, @{viewer.person.code}")
    say(pmo, demo.project("CAM-02"), "Another of CAM-02")
    say(pmo, demo.programme("NZE"), "Of NZE")
    seen = page(client_of(viewer), "/comments/")
    assert "Another of CAM-02" in seen
    assert "Of NZE" not in seen
    assert "Another of CAM-02" not in page(client_of(viewer), "/comments/?mine=1")
    assert "of CAM-02" not in page(client_of(stranger), "/comments/")


def test_the_star_says_whether_one_follows(
    demo: Any, client_of: Any, viewer: User, pmo: User
) -> None:
    project = demo.project("CAM-02")
    address = f"/projects/{project.pk}/"
    assert 'aria-pressed="false"' in page(client_of(viewer), address)
    Follow.objects.create(record_type="project", record_id=project.pk, created_by=viewer)
    assert "Following" in page(client_of(viewer), address)
    assert "Following" not in page(client_of(pmo), address)
    assert f'href="{address}">{project.code} ' in page(client_of(viewer), "/follows/")
    assert (
        f'href="{address}">{project.code} '
        not in page(client_of(pmo), "/follows/").split("<main")[1]
    )


def test_home_lists_what_one_follows_and_drops_what_one_sees_no_more(
    demo: Any, client_of: Any, viewer: User
) -> None:
    project = demo.project("CAM-02")
    client, link = client_of(viewer), f'href="/projects/{project.pk}/">{project.code} '
    assert "What you follow</h2>" not in page(client, "/")
    Follow.objects.create(record_type="project", record_id=project.pk, created_by=viewer)
    shown = page(client, "/").partition('id="followed"')[2]
    assert link in shown
    viewer.person.roles.all().delete()
    factories.role(viewer, "viewer", project=demo.project("NZE-01"))
    assert 'id="followed"' not in page(client, "/")


def test_many_comments_take_as_many_queries_as_one(
    demo: Any, say: Any, client_of: Any, viewer: User, queries_of: Any
) -> None:
    risk = demo.project("CAM-02").risks.first()
    client, address = client_of(viewer), f"/risks/{risk.pk}/"
    none = queries_of(client, address)
    say(viewer, risk, f"@{viewer.person.code}")
    one = queries_of(client, address)
    assert one == none + 1  # whom they mention
    for number in range(5):
        say(viewer, risk, f"{number} @{viewer.person.code}")
    assert queries_of(client, address) == one

    def queries_of_all() -> int:
        page(client, "/comments/")  # what stands around is read once
        with CaptureQueriesContext(connection) as captured:
            page(client, "/comments/")
        return len(captured)

    many = queries_of_all()
    Comment.objects.filter(pk__in=[each.pk for each in Comment.objects.all()[1:]]).delete()
    assert queries_of_all() == many


def test_moments_stand_in_the_zone_of_the_reader_or_of_the_portfolio(
    nothing: None, say: Any, client_of: Any
) -> None:
    project = factories.project()
    reader = factories.user()
    factories.role(reader, "viewer", programme=project.programme)
    said = Comment.objects.get(pk=say(reader, project, "Well.")["id"]).created_at
    User.objects.filter(pk=reader.pk).update(time_zone="Asia/Kathmandu")
    type(project.owner_portfolio).objects.update(time_zone="America/St_Johns")
    for address, zone in (
        ("/comments/", "Asia/Kathmandu"),
        (f"/comments/project/{project.pk}/", "America/St_Johns"),
    ):
        shown = page(client_of(reader), address)
        assert f'title="{formats.when(said, "H:i:s")} UTC"' in shown
        assert f">{formats.when(said.astimezone(ZoneInfo(zone)))}</time>" in shown


def test_a_new_portfolio_changes_nobody_s_clock(nothing: None, say: Any, client_of: Any) -> None:
    project = factories.project()
    reader = factories.user()
    factories.role(reader, "viewer")
    said = Comment.objects.get(pk=say(reader, project, "Well.")["id"]).created_at
    type(project.owner_portfolio).objects.update(name="Wexmoor", time_zone="America/St_Johns")
    factories.portfolio(name="Aomori", code="A", time_zone="Asia/Tokyo")
    here = formats.when(said.astimezone(ZoneInfo("America/St_Johns")))
    assert f">{here}</time>" in page(client_of(reader), "/comments/")
