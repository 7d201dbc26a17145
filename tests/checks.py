"""Every check and test, in one order; stops at the first that fails.

Started by ./test, which has installed what this needs.
"""

import argparse
import difflib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

from pmhub.embedded import Failure, islands
from pmhub.embedded.folder import CHECKOUT
from tests import browser, compose, coverage, locks, sbom, selection, vulnerabilities

PYTHON = sys.executable
BIN = Path(PYTHON).parent
SCRIPTS = ["run", "test", ".ci/run"]
SCHEMA = CHECKOUT / "schema.yml"
BROKEN_BY_HAND = [
    "templates/**/*.html",
    "static/src/**/*.ts",
    "static/src/**/*.css",
    "vite.config.ts",
]
GENERATED = {"schema.d.ts"}
LONGEST_LINE = 120  # characters; ruff holds Python to fewer
LONGEST_FILE = 400  # lines; a longer file is split in two, each with its own noun
OF_THE_PRODUCT = ["pmhub/**/*.py", "programmes/**/*.py", "projects/**/*.py", "benefits/**/*.py"]
WHAT = ["all", "fast", "checks", "lock", "tables", "vulnerabilities"]
VULNERABLE = "Known vulnerabilities"
PARTS = ["table", "fold", "records"]  # the tags of templatetags/parts.py that enclose other tags
EPILOG = """\
./test                 every check and the quick tests, in five minutes: slow tests, walks and
                       variants of a test take turns, so that a few runs run all
./test --whole         every check, then every test; what they execute is measured
./test fast            the first without what needs a browser
./test checks          the checks alone
./test lock            write requirements/*.txt anew from requirements/*.in
./test tables          write */migrations/_tables.py anew, with which a new database begins
./test vulnerabilities whether a locked package has a known vulnerability; every check asks it too
                       where VULNERABILITIES names a database
./test -- ARGUMENTS    pytest alone, with these arguments

environment:
  PMHUB_HOME       the tests' servers live in its folder test/; give each run at once its own
  DATABASE_URL     a PostgreSQL server to use instead of the embedded one; REDIS_URL likewise
  CHROMIUM_PATH    the browser of the browser tests
  REQUIRE_BROWSER  fail where no browser is found, as with CI
  VULNERABILITIES  the folder or https address of an export in the form of OSV: PyPI/all.zip and
                   npm/all.zip
"""
# Enough for Django to load its settings; these checks reach no server.
ENVIRONMENT = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def call(*command: str | Path, quiet: bool = False, **env: str) -> str:
    """Run a command in the checkout; raise Failure with its output where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=CHECKOUT,
        env=os.environ | ENVIRONMENT | env,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Failure(done.stdout.strip() or f"{command[0]} ended with code {done.returncode}")
    return done.stdout


def manage(*arguments: str | Path) -> str:
    """Run a command of manage.py."""
    # Without a database at hand, makemigrations warns that it cannot compare histories.
    return call(PYTHON, "-W", "ignore::RuntimeWarning", "manage.py", *arguments)


def formatting() -> None:
    """Check the format of Python."""
    call(PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise", ".")


def lint() -> None:
    """Check Python for mistakes."""
    call(PYTHON, "-m", "ruff", "check", "--output-format=concise", ".")


def templates() -> None:
    """Check the format of templates."""
    files = sorted(CHECKOUT.glob("templates/**/*.html"))
    if not files:
        raise Failure("There are no templates.")
    call(BIN / "djade", "--check", "--target-version", "5.2", *files)
    blocks = [option for tag in PARTS for option in ("--extra-block", f"{tag},end{tag}")]
    call(BIN / "djhtml", "--check", "--tabwidth", "2", *blocks, *files)


def lengths() -> None:
    """Check that no line of templates, TypeScript and style sheets is too long; formatters leave
    long lines that they may not break."""
    files = {file for pattern in BROKEN_BY_HAND for file in CHECKOUT.glob(pattern)}
    found = [
        f"{file.relative_to(CHECKOUT)}:{number}: {len(line)} characters"
        for file in sorted(files)
        if file.name not in GENERATED
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    if found:
        raise Failure("\n".join([f"Lines are of at most {LONGEST_LINE} characters.", *found]))


def sizes() -> None:
    """Check that no file of the product has more than `LONGEST_FILE` lines; migrations, which a
    program writes, are left out."""
    long = [
        f"{file.relative_to(CHECKOUT)}: {lines} lines"
        for pattern in [*OF_THE_PRODUCT, *BROKEN_BY_HAND]
        for file in sorted(CHECKOUT.glob(pattern))
        if file.name not in GENERATED and "migrations" not in file.parts
        if (lines := len(file.read_text().splitlines())) > LONGEST_FILE
    ]
    if long:
        raise Failure("\n".join([f"Files are of at most {LONGEST_FILE} lines.", *long]))


def types() -> None:
    """Check the types of Python."""
    call(PYTHON, "-m", "mypy", "--no-error-summary")


def layers() -> None:
    """Check that imports only go down."""
    call(BIN / "lint-imports", "--no-logo")


def system() -> None:
    """Run Django's own checks, those of an installation in the environment of Compose."""
    manage("check", "--fail-level", "WARNING")
    with tempfile.TemporaryDirectory() as folder:
        given = compose.environment("web", Path(folder), ENVIRONMENT)
        deploy = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        compose.run([PYTHON, *deploy], given)


def migrations() -> None:
    """Check that the migrations match the models."""
    manage("makemigrations", "--check", "--dry-run")


def schema() -> None:
    """Check that schema.yml matches the code."""
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "schema.yml"
        said = manage("spectacular", "--file", now, "--validate", "--fail-on-warn")
        offered = now.read_text().splitlines()
    written = SCHEMA.read_text().splitlines() if SCHEMA.exists() else []
    drift = list(difflib.unified_diff(written, offered, "schema.yml", "the code", lineterm="", n=1))
    if drift:
        shown = "\n".join(drift[:40])
        again = "manage.py spectacular --file schema.yml --validate"
        raise Failure(f"{said}{shown}\n\nThe schema has changed: {again}")


def lock_files() -> None:
    """Check the lock files."""
    locks.check()


def materials() -> None:
    """Write the bill of materials, and check it against CycloneDX's schema."""
    sbom.write()


def scripts() -> None:
    """Check the shell scripts."""
    call(BIN / "shellcheck", *SCRIPTS)


def images() -> None:
    """Check the Dockerfile and the Compose file, with Compose's own reader."""
    call(BIN / "hadolint", "Dockerfile")
    compose.read()


def front_end() -> None:
    """Check TypeScript, its format and its types, and build the islands."""
    for action in ("check", "build"):
        call(PYTHON, "-m", "pmhub.embedded.islands", action)


CHECKS: list[tuple[str, Callable[[], None]]] = [
    ("Formatting", formatting),
    ("Lint", lint),
    ("Templates", templates),
    ("Length of lines", lengths),
    ("Length of files", sizes),
    ("Types", types),
    ("Layers", layers),
    ("Migrations", migrations),
    ("Schema", schema),
    ("Lock files", lock_files),
    ("Bill of materials", materials),
    ("Front end", front_end),
    ("Django's checks", system),  # after the front end, whose built files they look for
    ("Image and Compose file", images),
    ("Scripts", scripts),
]


@contextmanager
def step(heading: str) -> Iterator[None]:
    """Print a heading, then how long the step took."""
    print(f"{heading + ' ':.<30}", end=" ", flush=True)
    began = time.monotonic()
    try:
        yield
    except Failure:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def run_checks() -> None:
    """Run all checks in two threads at once: those up to the check of types in one, those after it,
    which take as long, in the other. The seconds printed are how long one waits for each. Stop at
    the first that fails."""
    with ThreadPoolExecutor(1) as here, ThreadPoolExecutor(1) as beside:
        lane, running = here, []
        for heading, check in CHECKS:
            running.append((heading, lane.submit(check)))
            lane = beside if check is types else lane
        try:
            for heading, awaited in running:
                with step(heading):
                    awaited.result()
        except BaseException:
            for lane in (here, beside):
                lane.shutdown(wait=False, cancel_futures=True)
            raise
    if os.environ.get(vulnerabilities.VARIABLE):
        find_vulnerabilities()
    else:
        print(f"{VULNERABLE + ' ':.<30} not checked: {vulnerabilities.NONE_GIVEN}")


def find_vulnerabilities() -> None:
    """Compare every locked package with the known vulnerabilities."""
    with step(VULNERABLE):
        print(vulnerabilities.check(), end=", ", flush=True)


def find_browser() -> None:
    """Install a browser for the browser tests, unless there is one."""
    with step("Browser"):
        if browser.find() is None:
            browser.install()
        if browser.find() is None and browser.is_required():
            raise Failure(browser.NONE_FOUND)
    if browser.find() is None:
        print(f"The browser tests are skipped: {browser.NONE_FOUND}")


def run_pytest(*arguments: str) -> int:
    """Run pytest, printing its output at once; return its exit code."""
    sys.stdout.flush()
    return subprocess.run(
        [PYTHON, "-m", "pytest", *arguments], cwd=CHECKOUT, check=False
    ).returncode


def run_tests(chosen: argparse.Namespace) -> int:
    """Run the tests in another order each time, measuring coverage where all of them run; return
    pytest's exit code."""
    print(f"{'Order of tests ':.<30} --seed {chosen.seed}")
    arguments = ["-q", "-n", chosen.n, f"--randomly-seed={chosen.seed}"]
    arguments += [f"--one-in={chosen.one_in}"]
    arguments += ["--second-try"] if chosen.second_try else []
    if chosen.what == "fast":
        return run_pytest(*arguments, "-m", "not browser")
    find_browser()
    with coverage.measured() if chosen.one_in == 1 else nullcontext():
        return run_pytest(*arguments)


def next_seed() -> int:
    """Return the seed after that of the last run, so that the next tests have their turn; a random
    seed where there was no run."""
    last = selection.Memory.read().seed
    return secrets.randbelow(2**32) if last is None else (last + 1) % 2**32


def options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./test",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", default="all", choices=WHAT)
    # As many as a small machine has processors; a browser and PostgreSQL compute beside them.
    parser.add_argument("-n", default="2", metavar="N", help="how many tests run at once (2)")
    told = "the order of tests and whose turn it is (the next)"
    parser.add_argument("--seed", default=next_seed(), type=int, metavar="N", help=told)
    told = "of tests that take turns run one in N (as many as five minutes allow)"
    parser.add_argument("--one-in", default=0, type=int, metavar="N", help=told)
    told = "run all tests, and measure what they execute"
    parser.add_argument("--whole", dest="one_in", action="store_const", const=1, help=told)
    told = "run a browser test or a slow one that fails once more, and name it"
    parser.add_argument("--second-try", action="store_true", help=told)
    parser.add_argument("--upgrade", action="store_true", help="lock: take the newest releases")
    return parser.parse_args(arguments)


def run(chosen: argparse.Namespace) -> int:
    """Do what the command line asks for; return the exit code."""
    if chosen.what == "lock":
        locks.write(upgrade=chosen.upgrade)
        return 0
    if chosen.what == "tables":
        call(PYTHON, "-m", "tests.tables", DJANGO_SETTINGS_MODULE="pmhub.settings")
        return 0
    if chosen.what == "vulnerabilities":
        find_vulnerabilities()
        return 0
    run_checks()
    if chosen.what == "checks":
        return 0
    return run_tests(chosen)


def main() -> None:
    """Run ./test."""
    arguments = sys.argv[1:]
    try:
        if "--" in arguments:
            islands.build()  # pages need them; nothing to do where no source has changed
            sys.exit(run_pytest(*arguments[arguments.index("--") + 1 :]))
        sys.exit(run(options(arguments)))
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
