"""The Celery application of beat, which sends tasks by their names: it needs no app of Django's.

python -m pmhub.beat --schedule PATH    without Celery's command line, which takes 15 MB of its own
"""

import argparse

from pmhub.broker import make_app

app = make_app(fixups=[])


def main() -> None:
    """Send what is due until a signal."""
    parser = argparse.ArgumentParser(prog="python -m pmhub.beat", description=__doc__)
    parser.add_argument("--schedule", required=True, help="the file of what was sent when")
    parser.add_argument("--loglevel", default="WARNING")
    chosen = parser.parse_args()
    app.Beat(schedule=chosen.schedule, loglevel=chosen.loglevel, quiet=True).run()


if __name__ == "__main__":
    main()
