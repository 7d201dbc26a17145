"""Real PostgreSQL and Redis servers from wheels, for machines that have neither.

Nothing here imports Django: these modules start what Django needs before its settings load.
"""


class Failure(Exception):
    """Something did not work; the text tells the user what, and what to do."""
