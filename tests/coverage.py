"""How much of the product a run of tests executes, by lines and branches.

Each process notes what it executed; `./test` adds it up. SlipCover counts within the bytecode, and
removes the counting from code that it has seen: a tracer would double the time of these tests.
"""

import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import slipcover

from pmhub.embedded import Failure
from pmhub.embedded.folder import CHECKOUT

CONFIG = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["slipcover"]
PRODUCT = [str(CHECKOUT / app) for app in CONFIG["source"]]
OMIT = CONFIG["omit"]
FLOOR = CONFIG["fail-under"]
OFTEN = (
    5000  # times that something is executed until its counting is taken out, a search of its own
)
FOLDER = "PMHUB_COVERAGE"  # the variable that says where processes leave what they noted


def begin() -> Any:
    """Start counting in all modules imported from here on, if `./test` asks for it; return the
    counter."""
    if not os.environ.get(FOLDER):
        return None
    matcher = slipcover.FileMatcher(sources=PRODUCT, omit=OMIT)
    counter = slipcover.Slipcover(branch=True, source=PRODUCT, omit=OMIT, d_miss_threshold=OFTEN)
    slipcover.ImportManager(counter, matcher).__enter__()
    return counter


def end(counter: Any) -> None:
    """Write down what this process has counted."""
    if counter is not None:
        noted = Path(os.environ[FOLDER]) / f"{os.getpid()}.json"
        noted.write_text(json.dumps(counter.get_coverage()))


@contextmanager
def measured() -> Iterator[None]:
    """Count the lines and branches that tests execute within the context; then print their share,
    and fail where it is below the floor."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
        noted = [json.loads(path.read_text()) for path in sorted(Path(folder).iterdir())]
        if noted:  # not where pytest refused its arguments
            report(noted)


def report(noted: list[Any]) -> None:
    """Print which lines no process has executed; raise Failure below the floor."""
    whole, *others = noted
    for each in others:
        slipcover.merge_coverage(whole, each)
    slipcover.print_coverage(whole, outfile=sys.stdout, missing_width=40, skip_covered=True)
    percent = whole["summary"]["percent_covered"]
    print(f"Lines and branches of the product executed: {percent:.1f} % (at least {FLOOR} %)")
    if percent < FLOOR:
        raise Failure("Less of the product is tested than before.")
