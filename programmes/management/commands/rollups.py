"""`manage.py rollups`: verify, rebuild or work off the figures of programmes."""

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection

from pmhub.database.outage import is_away
from programmes.rollup import requests, worker
from programmes.rollup.ranges import simulations as ranges
from programmes.rollup.verify import differences as differing
from programmes.rollup.verify import differing_ranges, rebuild, snapshot
from programmes.services import raise_exceptions


class Command(BaseCommand):
    """Verify the ledger, rebuild it, or work off requests without Celery."""

    help = "Figures of programmes: verify them, rebuild them, or work off requests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add one sub-command for each verb."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="compare with a recompute from nothing")
        check.add_argument("--json", action="store_true")
        verbs.add_parser("rebuild", help="recompute everything")
        work = verbs.add_parser("drain", help="work off requests")
        how = work.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="until none is left (the default)")
        how.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Run the sub-command."""
        getattr(self, verb)(**options)

    def verify(self, **options: Any) -> None:
        """Print the differences; exit with 1 if there are any."""
        with snapshot():
            differences = [*differing(), *differing_ranges()]
        if options["json"]:
            self.stdout.write(json.dumps([difference.as_json() for difference in differences]))
        else:
            for difference in differences:
                place = f"{difference.table} {difference.key}"
                self.stdout.write(f"{place}: {difference.stored} → {difference.recomputed}")
            self.stdout.write(f"{len(differences)} differences")
        if differences:
            raise SystemExit(1)

    def rebuild(self, **options: Any) -> None:
        """Recompute everything."""
        self.stdout.write(f"{rebuild()} requests worked off")

    def drain(self, *, loop: bool, **options: Any) -> None:
        """Work off requests once, or for ever with PostgreSQL alone."""
        while True:
            try:
                done = self.work(pause=ranges.PAUSE if loop else timedelta())
            except Error as error:
                if not loop or not is_away(error):
                    raise
                self.stderr.write(f"The database does not answer: {error}")
                connection.close()
                done = 0
            if not loop:
                self.stdout.write(f"{done} requests worked off")
                return
            time.sleep(0.5 if not done else 0)

    def work(self, pause: timedelta) -> int:
        """Work off the requests, raise the exceptions that follow, and simulate what has changed;
        return how many requests there were."""
        requests.sweep()
        done = worker.drain()
        raise_exceptions()  # by figures that any process has worked off
        for _ in ranges.simulate(pause=pause):
            done += worker.drain()
        return done
