"""With a replica: who reads from it, who does not, and what happens when it lags or is gone."""

from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from pmhub.database import replica
from pmhub.models import RoleAssignment, Token, User
from tests.api.conftest import Api, api

__all__ = ["api"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", replica.ALIAS])
NAME = "The new campus"


@pytest.fixture
def cam(demo: Any) -> str:
    """CAM's address below /api/v1/."""
    return f"programmes/{demo.programme('CAM').pk}/"


def name_of(client: Api, path: str) -> str:
    """The name of a programme, as this client reads it."""
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.json()["name"])


@pytest.fixture
def old(standby: Any, demo: Any) -> str:
    """CAM's name before anybody renames it, with the replica paused there."""
    standby.pause()
    return str(demo.programme("CAM").name)


@pytest.mark.parametrize("address", ["/programmes/{}/", "/api/v1/programmes/{}/rollup/"])
def test_pages_and_rest_read_from_the_replica(
    standby: Any, demo: Any, viewer: User, client_of: Any, served: Any, address: str
) -> None:
    path = address.format(demo.programme("CAM").pk)
    answer, primary, copied = served(lambda: client_of(viewer).get(path))
    assert answer.status_code == 200
    assert "programmes_programme" in copied
    for table in ("programmes_metricvalue", "programmes_rolluprequest", "projects_risk"):
        assert table not in primary


def test_the_past_is_read_from_the_replica_too(
    standby: Any, cam_manager: User, viewer: User, api_of: Any, cam: str, demo: Any, served: Any
) -> None:
    before, reader, name = timezone.now().isoformat(), api_of(viewer), demo.programme("CAM").name
    Api(api_of(cam_manager)).patch(cam, {"name": NAME})
    standby.catch_up()
    path = f"/{cam}"
    answer, primary, copied = served(lambda: reader.get(path, {"as_of": before}))
    assert answer.status_code == 200
    assert "search_path" in copied
    assert "programmes_metricvalue" not in primary
    then, now = answer.content.decode(), reader.get(path).content.decode()
    assert (name in then, name in now, NAME in now) == (True, False, True)


def test_who_asks_is_asked_of_the_primary(
    standby: Any, viewer: User, api_of: Any, cam: str, served: Any, settings: Any
) -> None:
    settings.PREPARE_STATEMENTS = False  # what is prepared says no table
    for token in (False, True):
        client = api_of(viewer, token=token)
        _, primary, copied = served(lambda client=client: client.get(f"/api/v1/{cam}"))
        assert "pmhub_roleassignment" in primary
        assert ("pmhub_token" if token else "pmhub_session") in primary
        assert "pmhub_token" not in copied
        assert "pmhub_session" not in copied


def test_admin_pages_stay_on_the_primary(
    standby: Any, pmo: User, client_of: Any, served: Any
) -> None:
    answer, primary, copied = served(lambda: client_of(pmo).get("/admin/programmes/programme/"))
    assert (answer.status_code, copied) == (200, "")
    assert "programmes_programme" in primary


@pytest.mark.parametrize("token", [False, True])
def test_a_writer_reads_what_he_wrote_and_others_a_moment_later(
    old: str, standby: Any, cam_manager: User, viewer: User, api_of: Any, cam: str, token: bool
) -> None:
    writer, reader = Api(api_of(cam_manager, token=token)), Api(api_of(viewer, token=token))
    assert writer.patch(cam, {"name": NAME}).status_code == 200
    assert name_of(writer, cam) == NAME
    assert name_of(reader, cam) == old
    # By another door too: it is the user who wrote.
    assert name_of(Api(api_of(cam_manager, token=not token)), cam) == NAME
    standby.catch_up()
    assert name_of(reader, cam) == NAME


def test_a_writer_comes_back_to_the_replica(
    standby: Any, cam_manager: User, api_of: Any, cam: str, served: Any
) -> None:
    writer = Api(api_of(cam_manager))
    writer.patch(cam, {"name": NAME})
    _, _, copied = served(lambda: writer.get(cam))
    assert copied == ""
    standby.catch_up()
    User.objects.filter(pk=cam_manager.pk).update(wrote_at=timezone.now() - replica.PINNED)
    answer, _, copied = served(lambda: writer.get(cam))
    assert answer.json()["name"] == NAME
    assert "programmes_programme" in copied


def test_a_preview_is_no_write(
    old: str, cam_manager: User, api_of: Any, cam: str, served: Any
) -> None:
    writer = Api(api_of(cam_manager))
    assert writer.patch(f"{cam}?preview=1", {"name": NAME}).status_code == 200
    _, _, copied = served(lambda: writer.get(cam))
    assert "programmes_programme" in copied


def test_a_replica_too_far_behind_is_not_read_from(
    old: str, cam_manager: User, viewer: User, api: Any, cam: str, monkeypatch: Any
) -> None:
    api(cam_manager).patch(cam, {"name": NAME})
    assert name_of(api(viewer), cam) == old
    monkeypatch.setattr(replica, "BEHIND", 0.0)
    monkeypatch.setattr(replica.watch, "_next", 0.0)
    assert name_of(api(viewer), cam) == NAME


def test_a_role_or_token_withdrawn_ends_at_once(
    old: str, viewer: User, api_of: Any, cam: str
) -> None:
    by_session, by_token = Api(api_of(viewer)), Api(api_of(viewer, token=True))
    assert name_of(by_session, cam) == name_of(by_token, cam) == old
    Token.objects.filter(user=viewer).delete()
    assert by_token.get(cam).status_code == 401
    RoleAssignment.objects.filter(person__user=viewer).delete()
    assert by_session.get(cam).status_code == 404


def test_without_the_replica_reads_come_from_the_primary(
    standby: Any, viewer: User, api: Any, cam: str, monkeypatch: Any, client_of: Any
) -> None:
    reader = api(viewer)
    assert reader.get(cam).status_code == 200
    standby.stop()
    try:
        assert reader.get(f"{cam}rollup/").status_code == 200
        assert client_of(viewer).get(f"/{cam}").status_code == 200
        # Gone in the midst of a request: an answer that says when to come again.
        with monkeypatch.context() as midst:
            midst.setattr(replica.watch, "may_be_read", lambda: True)
            answer = reader.get(cam)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    finally:
        standby.start()
    monkeypatch.setattr(replica.watch, "_next", 0.0)
    assert reader.get(cam).status_code == 200


def test_an_etag_is_not_kept_past_a_change_that_looks_like_none(
    standby: Any, demo: Any, viewer: User, api: Any, cam: str
) -> None:
    """The snapshot of a replica shows the oldest transaction under way and the latest to have
    ended: a commit between the two leaves both as they were."""
    reader = api(viewer)
    oldest, between = _session(), _session()
    oldest.cursor().execute("SELECT pg_current_xact_id()")
    between.cursor().execute("UPDATE programmes_programme SET name = %s WHERE code = 'CAM'", [NAME])
    assert demo.programme("SSV").projects.update(name="Another")  # the latest to have ended
    standby.catch_up()
    before = reader.get(f"{cam}rollup/")
    programme = reader.get("programmes/")
    etag = {"If-None-Match": programme.headers["ETag"]}
    between.commit()
    standby.catch_up()
    after = reader.get("programmes/", **etag)
    oldest.rollback()
    assert before.status_code == 200
    assert after.status_code == 200
    assert NAME in after.content.decode()


def _session() -> Any:
    there = connection.settings_dict
    return psycopg2.connect(host=there["HOST"], user=there["USER"], dbname=there["NAME"])
