"""Starts PostgreSQL and Redis for the tests, before Django's settings load.

Given to pytest with `-p tests.plugin` (in `pyproject.toml`): a `conftest.py` would come too late,
for pytest-django loads the settings before any of them.
"""

import gc
import os
import shutil
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from datetime import date
from typing import IO, Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from pmhub.embedded import Failure, postgres, redis
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Folder, default_home
from tests import browser, coverage, selection

SETTINGS = {
    "SECRET_KEY": "0123456789 abcdefghijklmnopqrstuvwxyz: for tests alone",
    "DEBUG": "false",
    "LIMIT_ADDRESS": "1000000/1000",  # a test may ask for more than anybody would
    "LIMIT_USER": "1000000/1000",
    "LIMIT_TOKEN": "1000000/1000",
    "PMHUB_DEMO": "true",
    "SECURE_COOKIES": "false",  # The live server speaks plain HTTP.
    # Playwright's event loop runs in the thread of the test, where Django would refuse to query.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    # The demo is of one day for all processes of a run, which may cross midnight.
    "DAY_OF_DEMO": date.today().isoformat(),  # noqa: DTZ011
}

FEW_FOLDERS = 5  # a run of tests in so few folders prints no seconds

# Files whose tests share a set-up that takes long: each stays in one process of pytest-xdist.
TOGETHER = {"tests/faults/test_processes.py", "tests/setup/test_server.py"}

# A shared machine may stall any example; a failure found in CI is found again by the same seed.
hypothesis.settings.register_profile("pmhub", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("pmhub")


class Servers:
    """The servers of one run, in a data folder of the tests' own."""

    def __init__(self) -> None:
        """Lock the folder; nothing is started yet."""
        self.folder = Folder(default_home() / "test")
        self.lock: IO[str] = self.folder.lock()
        self.processes = ChildProcesses(self.folder, self.lock)
        self.clean_mark = self.folder.path / "clean"

    def start(self) -> None:
        """Start the servers that the environment does not name, and add their addresses to it."""
        if not os.environ.get("DATABASE_URL"):
            self.forget_torn_databases()
            postgres.start(self.processes, self.folder, careless=True)
            os.environ["DATABASE_URL"] = postgres.url(self.folder)
        if not os.environ.get("REDIS_URL"):
            redis.start(self.processes, self.folder, careless=True)
            os.environ["REDIS_URL"] = redis.url(self.folder)

    def forget_torn_databases(self) -> None:
        """Remove the databases unless the last run ended in order: without fsync a crash may tear
        files."""
        if not self.clean_mark.exists():
            shutil.rmtree(self.folder.path / "postgres", ignore_errors=True)
        self.clean_mark.unlink(missing_ok=True)

    def end(self) -> None:
        """End the servers, and note that their databases may be used again."""
        self.processes.end()
        self.clean_mark.touch()
        self.lock.close()


servers_key = pytest.StashKey[Servers]()
counter_key = pytest.StashKey[Any]()
left_key = pytest.StashKey[list[int]]()  # tests that are left out, of how many, one in how many


# A wrapper, for pytest-django's own hook of this name loads the settings and asks to be first too.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers, once for all workers of pytest-xdist."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker or not distributes(early_config):
        early_config.stash[counter_key] = coverage.begin()  # before anything imports the product
    if worker:
        use_own_redis_database(worker)
    else:
        start_servers(early_config)
    return (yield)


def distributes(config: pytest.Config) -> bool:
    """Return whether other processes run the tests, as with `-n 2`."""
    return bool(getattr(config.known_args_namespace, "numprocesses", None))


def start_servers(config: pytest.Config) -> None:
    """Start the servers, or fail with one line that says why not."""
    try:
        servers = Servers()
    except Failure as failure:
        raise pytest.UsageError(str(failure)) from failure
    config.stash[servers_key] = servers
    try:
        servers.start()
    except Failure as failure:
        servers.end()
        raise pytest.UsageError(str(failure)) from failure


def use_own_redis_database(worker: str) -> None:
    """Give this worker a Redis database of its own, so that its messages stay out of others'
    queues."""
    url, separator, number = os.environ["REDIS_URL"].partition("?virtual_host=")
    if separator:
        os.environ["REDIS_URL"] = f"{url}{separator}{int(number) + int(worker[2:]) + 1}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--one-in` and `--second-try`."""
    told = "of tests that take turns ask one in N; 0: as many as five minutes allow"
    parser.addoption("--one-in", type=int, default=1, metavar="N", help=told)
    told = "run a browser test or a slow one that fails once more; the end of the run names it"
    parser.addoption("--second-try", action="store_true", help=told)


def pytest_configure(config: pytest.Config) -> None:
    """Register the browser: only now, for the last plugin to offer a fixture wins over Playwright's
    own."""
    config.pluginmanager.register(browser, "pmhub-browser")


def pytest_collection_finish() -> None:
    """Exclude what exists before the first test, modules and tests, from garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Scheduling(LoadScopeScheduling):
    """Gives each process one test after the other; the tests of a file of `TOGETHER` go to one
    process."""

    def _split_scope(self, nodeid: str) -> str:
        return file_of(nodeid) if file_of(nodeid) in TOGETHER else nodeid

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget completed tests: all that is kept is counted after each test."""
        scope = self._split_scope(self.registered_collections[node][item_index])
        super().mark_test_complete(node, item_index, duration)
        units = self.assigned_work[node]
        if all(units[scope].values()):
            del units[scope]


def file_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


def is_slow(item: pytest.Item) -> bool:
    """Return whether a test takes seconds by nature."""
    return item.get_closest_marker("slow") is not None


def takes_its_time(item: pytest.Item) -> bool:
    """Return whether a test waits for other processes, which a busy machine may stall."""
    return is_slow(item) or item.get_closest_marker("browser") is not None


def needs_tables(item: pytest.Item) -> bool:
    """Return whether a test needs the tests' databases."""
    asked = {"db", "transactional_db", "django_db_setup", "django_db_blocker"}
    return bool(item.get_closest_marker("django_db") or asked & {*fixtures_of(item)})


def fixtures_of(item: pytest.Item) -> list[str]:
    """Return the fixtures that a test uses, directly or through others."""
    return getattr(item, "fixturenames", [])


def is_together(item: pytest.Item) -> bool:
    """Return whether a test shares a long set-up with the others of its file."""
    return file_of(item.nodeid) in TOGETHER


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests in the order in which they run: first those that can run while the databases
    are made; of the others, those with a long set-up first, since at the end one would have to wait
    for them."""
    together = [item for item in items if is_together(item)]
    others = [item for item in items if not is_together(item)]
    free = [item for item in others if not needs_tables(item)]
    return spread(free) + together + spread([item for item in others if needs_tables(item)])


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests with the slow ones, which mostly wait, one by one among the first half of
    the others, so that others compute meanwhile."""
    waiting = [item for item in items if is_slow(item)]
    others = [item for item in items if not is_slow(item)]
    gap = max(1, len(others) // (2 * len(waiting) + 1))
    order: list[pytest.Item] = []
    for number, item in enumerate(others):
        if number % gap == 0 and waiting:
            order.append(waiting.pop())
        order.append(item)
    return order + waiting


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Mark the tests that need a browser, leave out those whose turn it is not, and order the
    rest."""
    for item in items:
        if "browser_type" in fixtures_of(item):
            item.add_marker("browser")
        if config.getoption("second_try") and takes_its_time(item):
            item.add_marker(pytest.mark.flaky(reruns=1))
    yield
    leave_to_others(config, items)
    items[:] = in_turn(items)


def leave_to_others(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose turn is in another run."""
    one_in = config.getoption("one_in")
    if one_in == 1:
        return
    memory = selection.Memory.read()
    turns = {item.nodeid: selection.turns_of(item, memory.seconds) for item in items}
    if not one_in:
        processes = getattr(config, "workerinput", {}).get("workercount", 1)
        one_in = selection.fitting(turns, memory.seconds, selection.SECONDS * processes)
    now = selection.chosen(turns, config.getoption("randomly_seed", 0), one_in)
    always, changed = {*memory.failed}, selection.changed_files()
    asked = [
        item for item in items if item.nodeid in now | always or file_of(item.nodeid) in changed
    ]
    config.stash[left_key] = [len(items) - len(asked), len(items), one_in]
    items[:] = asked


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the number of tests that a process of pytest-xdist has left out; it is the same in
    all."""
    if left := getattr(node, "workeroutput", {}).get("left"):
        node.config.stash[left_key] = left


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the tests that passed at the second try, the figures that tests have measured, the
    number of tests left to other runs, and the seconds of each folder of tests, the longest
    first."""
    stats, config = terminalreporter.stats, terminalreporter.config
    reports = [each for these in stats.values() for each in these]
    reports = [each for each in reports if isinstance(each, pytest.TestReport)]
    for line in [*passed_late(stats), *measured(reports), *left_out(config)]:
        terminalreporter.write_line(line)
    remember(config, reports)
    seconds = seconds_by_folder(reports)
    if len(seconds) > FEW_FOLDERS:
        terminalreporter.section("seconds of tests")
        for folder in sorted(seconds, key=seconds.__getitem__, reverse=True):
            terminalreporter.write_line(f"{folder + ' ':.<30} {seconds[folder]:.1f} s")


def passed_late(stats: Mapping[str, list[Any]]) -> list[str]:
    """Return the tests that passed only at the second try, each with the error of the first try."""
    failed = {report.nodeid for name in ("failed", "error") for report in stats.get(name, [])}
    return [
        "\n".join([f"passed at the second try: {report.nodeid}", report.longreprtext, *words])
        for report in stats.get("rerun", [])
        if report.nodeid not in failed
        for words in [[text for name, text in report.sections if not name.startswith("Captured")]]
    ]


def left_out(config: pytest.Config) -> list[str]:
    """Return a line that says how many tests are left to other runs, and how to run those; no line
    where none are left."""
    left, of, one_in = config.stash.get(left_key, [0, 0, 1])
    told = (
        f"{left:,} of {of:,} tests were left to other runs: of those by turns one in {one_in} ran"
    )
    return [f"{told} (--one-in {one_in}); ./test --whole runs all"] if left else []


def remember(config: pytest.Config, reports: list[pytest.TestReport]) -> None:
    """Store what this run has learnt, for the next one."""
    memory = selection.Memory.read()
    memory.learn(reports)
    if config.getoption("one_in") != 1:
        memory.seed = config.getoption("randomly_seed", None)
    memory.write()


def measured(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return a line for each figure that tests have recorded as the property `measured`."""
    said: set[Any] = {value for report in reports for name, value in report.user_properties
                      if name == "measured"}  # fmt: skip
    return [f"{words + ' ':.<60} {figure}" for words, figure in sorted(said)]


def seconds_by_folder(reports: Iterable[pytest.TestReport]) -> dict[str, float]:
    """Return the seconds that set-up, call and teardown of tests took, by folder."""
    seconds = defaultdict[str, float](float)
    for report in reports:
        seconds[file_of(report.nodeid).rpartition("/")[0]] += report.duration
    return seconds


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Have `-n` keep together the tests that belong together."""
    return Scheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down the coverage of this process now: later, pytest-xdist may end the process at any
    time."""
    if left := session.config.stash.get(left_key, None):
        getattr(session.config, "workeroutput", {})["left"] = left
    coverage.end(session.config.stash.get(counter_key, None))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers, after everything that may still use them."""
    servers = config.stash.get(servers_key, None)
    if servers:
        servers.end()
