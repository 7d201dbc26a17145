"""What tests share: the demo portfolio, its people, ways to sign in, and the work of the engine.

Ordinary tests run in a transaction over a database that holds the demo, with all figures computed;
ask for `demo` to use it, for `nothing` to begin without it. Tests that commit
(`@pytest.mark.django_db(transaction=True)`) begin empty; `demo` brings it back.
"""

from collections.abc import Callable, Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from django.test import Client
from rest_framework.test import APIClient

from pmhub import demo as wexmoor
from pmhub import views
from pmhub.celery import app
from pmhub.models import Token, User
from programmes.models import RollupRequest
from programmes.rollup import engine
from tests.wexmoor import Demo, Snapshot


@pytest.fixture(scope="session")
def demo_snapshot(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Snapshot:
    """The rows of the loaded demo, to be brought back quickly after a test that commits."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django's own
        return Snapshot.take()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """The test database, with the demo in it."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django's own
        wexmoor.remove()  # an earlier run's, perhaps of other code
        RollupRequest.objects.all().delete()
        wexmoor.load()
        engine.drain()


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What an earlier test had drawn is drawn anew, so that its context can be looked at."""
    views.regions.clear()
    views.trees.clear()


@pytest.fixture
def demo(db: None, demo_snapshot: Snapshot) -> Demo:
    """The demo portfolio: `demo.portfolio`, `demo.project("CAM-02")`, `demo.benefit("B03")` …"""
    if not wexmoor.is_loaded():
        demo_snapshot.restore()
    return Demo()


@pytest.fixture
def nothing(db: None) -> None:
    """A database without the demo: no portfolio, nobody, nothing to compute."""
    wexmoor.remove()
    RollupRequest.objects.all().delete()


@pytest.fixture
def drain() -> Callable[[], int]:
    """Work off the requests to recompute, here and now."""
    return engine.drain


@pytest.fixture
def celery_worker_running(transactional_db: None) -> Iterator[None]:
    """A real worker on the tests' Redis, in threads of this process, for tests that commit."""
    app.control.purge()  # hints that earlier tests left
    with start_worker(
        app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="ERROR"
    ):
        yield


# The people of the demo who can sign in, and one who sees nothing.


def _user(name: str) -> Callable[[Demo], User]:
    @pytest.fixture(name=name.replace(".", "_"))
    def fixture(demo: Demo) -> User:
        return User.objects.get(username=name)

    return fixture


pmo = _user("pmo")
sponsor = _user("sponsor")
cam_manager = _user("cam.manager")
ssv_manager = _user("ssv.manager")
cam02_manager = _user("cam02.manager")
benefit_owner = _user("benefit.owner")
viewer = _user("viewer")
stranger = _user("stranger")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """`client_of(user)`: a browser-like client, signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def api_of() -> Callable[..., APIClient]:
    """`api_of(user)`: a REST client with the user's session, or with `token=True` a new token."""

    def signed_in(user: User, *, token: bool = False) -> APIClient:
        client = APIClient()
        if token:
            _, key = Token.objects.create(user=user, name="tests")
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        else:
            client.force_login(user)
        return client

    return signed_in
