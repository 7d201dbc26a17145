"""What all tests share: the demo portfolio, its people, ways to sign in, and the work of the
engine.

A test with the fixture `demo` runs in a database with the demo and all its figures; any other, or
one with `nothing`, in an empty database. Ordinary tests run in a transaction that is rolled back.
Tests with `@pytest.mark.django_db(transaction=True)` commit; that is taken back after them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.test import Client, TransactionTestCase, override_settings, testcases
from django.utils.crypto import get_random_string
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware

from pmhub import caching, hints, identity, password_validators, rate_limits, views
from pmhub.api import authentication, health, paging, revalidation
from pmhub.celery import app
from pmhub.identity import SessionStore
from pmhub.models import Token, User
from pmhub.queries import follows, tombstones, tree
from pmhub.views import favourites, frame
from pmhub.views.registers import lists, names
from programmes.queries import (
    custom_fields,
    exposure,
    portfolio_figures,
    portfolio_recent_bridge,
    realisation,
    reports,
    track_rows,
)
from programmes.queries.money import earned_value, tables
from programmes.rollup import worker, worker_cache
from programmes.rollup.ranges import simulations as ranges
from programmes.views import rows
from projects.queries import dependencies
from tests import databases, serving
from tests.wexmoor import Demo

admin.autodiscover()  # some tests list its pages before any address is resolved

DAY = timedelta(days=1)
PATIENT = 30.0  # seconds, on a machine that may stall, for what the product waits for briefly
health.PATIENCE, password_validators.PATIENCE = PATIENT, 30


# The live server takes this handler, since an AppConfig of our own installs the static files. Those
# are served by the product itself, which lets a browser cache them.
testcases._StaticFilesHandler = serving.InWorkers  # type: ignore[misc, assignment]

find_files = WhiteNoiseMiddleware.add_files_from_finders
found_files: dict[str, Any] = {}


def add_files_once(middleware: WhiteNoiseMiddleware) -> None:
    """Find the static files once for all test clients of a process. Each client has a middleware of
    its own, which would otherwise open all files: most of the time of a short test."""
    if not found_files:
        find_files(middleware)
        found_files.update(middleware.files)
    middleware.files.update(found_files)


WhiteNoiseMiddleware.add_files_from_finders = add_files_once


making = pytest.StashKey[threading.Thread]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remove the old templates of the databases with `--create-db`, once for all processes of a
    run. Where several processes run the tests, start making the templates, while these load the
    product and the tests."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if config.getoption("create_db"):
        databases.forget()
    if config.getoption("numprocesses", None):
        config.stash[making] = threading.Thread(target=make_templates, args=[config])
        config.stash[making].start()


def make_templates(config: pytest.Config) -> None:
    """Make those templates of the databases that do not exist yet."""
    with config.stash[blocking_manager_key].unblock():
        databases.make_templates()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Wait until the templates are made, since that needs the servers."""
    if thread := session.config.stash.get(making, None):
        thread.join()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any
) -> Iterator[databases.Databases]:
    """The two databases of this process, in the place of pytest-django's one; their tables are
    never flushed."""
    with django_db_blocker.unblock():
        ours = databases.Databases()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: ours.spoil())
        yield ours


def counts_queries(test: pytest.FixtureRequest) -> bool:
    """Return whether a test counts queries, as its module or its fixtures say."""
    return hasattr(test.module, "CaptureQueriesContext") or any(
        name == "queries_of" or name.startswith("django_assert") for name in test.fixturenames
    )


def count_quarters_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count quarters of an hour from now on, so that none ends within the test, after which what is
    cached would be read again. On other days, to which a test travels, they stay those of the
    clock: the test chose its minutes."""
    begun = time.time()

    def since() -> float:
        now = time.time()
        return now - begun % caching.QUARTER if abs(now - begun) < DAY.total_seconds() else now

    monkeypatch.setattr(caching, "time", SimpleNamespace(time=since))


def write_no_visits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a test that counts queries last less than a minute, after which the use of a session or
    a token is written down once more. A test that travels in time chose its minutes."""
    if not hasattr(request.module, "time_machine"):
        monkeypatch.setattr(identity, "SEEN_EVERY", DAY)
        monkeypatch.setattr(authentication, "USED_EVERY", DAY)


@pytest.fixture(autouse=True)
def nothing_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear the caches of this process, so that pages are drawn and figures computed anew in each
    test; those of what pages are made of only for a test that counts queries, since they take long
    to fill."""
    count_quarters_from_now(monkeypatch)
    if counts_queries(request):
        caching.forget()
        write_no_visits(request, monkeypatch)
    worker_cache.forget()
    for drawn in (
        views.regions,
        frame.trees,
        views.contents,
        views.frames,
        favourites.cache,
        names.offers,
        lists.lists,
        custom_fields.cache,
        revalidation.answers,
        identity.cache,
        tree.cache,
        exposure.cache,
        portfolio_recent_bridge.cache,
        portfolio_figures.names_of_parts,
        portfolio_figures.computed,
        realisation.series_read,
        reports.last_reports,
        track_rows.tracks_read,
        tables.amounts_read,
        earned_value.curves_read,
        rows.found,
        dependencies.known_ends,
        tombstones.counts,
        follows.cache,
        paging.counts,
    ):
        drawn.clear()
    revalidation.read_from.clear()
    lists.read_from.clear()
    rate_limits.accounts.clear()
    rate_limits.known.clear()


stores = count(1)


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each test an attachment folder of its own, which is made with its first file only: to
    make one, pytest would search thousands of folders."""
    files: Any = settings.STORAGES["attachments"]
    folder = tmp_path_factory.getbasetemp() / f"attachments{next(stores)}"
    files = {**files, "OPTIONS": {"location": folder}}
    with override_settings(STORAGES={**settings.STORAGES, "attachments": files}):
        yield


@pytest.fixture
def database(
    request: pytest.FixtureRequest, django_db_setup: databases.Databases, django_db_blocker: Any
) -> None:
    """Enter the database that the test asks for."""
    asked = request.fixturenames
    with django_db_blocker.unblock():
        django_db_setup.enter(with_demo="demo" in asked and "nothing" not in asked)


@pytest.fixture
def _django_db_helper(database: None, _django_db_helper: None) -> None:
    """Have pytest-django set up and tear down each test in the database that it asks for."""


@pytest.fixture
def demo(db: None) -> Demo:
    """The demo portfolio: `demo.portfolio`, `demo.project("CAM-02")`, `demo.benefit("B03")` …"""
    return Demo()


@pytest.fixture
def nothing(db: None) -> None:
    """An empty database: no portfolio, nobody, nothing to compute."""


@pytest.fixture
def drain() -> Callable[[], int]:
    """Process the requests to recompute, in this process."""
    return worker.drain


@pytest.fixture
def simulate() -> Callable[[], list[int]]:
    """Simulate the programmes whose facts have changed, in this process, and return their ids."""
    return lambda: list(ranges.simulate())


@pytest.fixture
def celery_worker_running(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A real worker on the tests' Redis, in threads of this process, for tests that commit. No hint
    to it is lost because Redis is slow to answer."""
    patient = {"socket_timeout": PATIENT, "socket_connect_timeout": PATIENT}
    monkeypatch.setattr(hints, "IMPATIENT", hints.IMPATIENT | patient)
    monkeypatch.setattr(hints, "_requests", hints.Hint(hints.DRAIN))
    monkeypatch.setattr(hints, "_jobs", hints.Hint(hints.JOBS))
    app.control.purge()  # hints that earlier tests left
    with start_worker(
        app,
        pool="threads",
        concurrency=2,
        perform_ping_check=False,
        loglevel="ERROR",
        shutdown_timeout=2 * PATIENT,
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
sro = _user("sro")
assurer = _user("assurer")
bcm = _user("bcm")
cam_manager = _user("cam.manager")
ssv_manager = _user("ssv.manager")
cam02_manager = _user("cam02.manager")
pm_new = _user("pm.new")
benefit_owner = _user("benefit.owner")
viewer = _user("viewer")
stranger = _user("stranger")


def enter(client: Client, user: User) -> None:
    """Sign a user in, as if by a password a moment ago: like `Client.force_login`, in one statement
    and without the signals of a sign-in."""
    session = SessionStore()
    signed_in = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        "account_authentication_methods": [{"method": "password", "at": time.time()}],
        "account_authentication_methods_user": str(user.pk),
    }
    session.update(signed_in)
    session._session_key = get_random_string(32, VALID_KEY_CHARS)
    session.create_model_instance(signed_in).save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """`client_of(user)`: a browser-like client, signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        enter(client, user)
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
            enter(client, user)
        return client

    return signed_in
