"""Codes, unique over a portfolio: the triggers that keep `pmhub_code`, the table of codes in use.

The portfolio of a risk is that of its project, which may be its programme's: no index of one table
can hold it. A row of `pmhub_code` for each record does, and follows the record, its project and its
programme wherever they go; its unique constraint is checked when the transaction ends, so that two
codes can be exchanged.
"""

from collections.abc import Iterator

import pgtrigger

CODES = "pmhub_code"

OF_PROGRAMME = "(SELECT g.portfolio_id FROM programmes_programme g WHERE g.id = {0})"
OF_PROJECT = (
    "(SELECT coalesce(p.portfolio_id, g.portfolio_id) FROM projects_project p"
    " LEFT JOIN programmes_programme g ON g.id = p.programme_id WHERE p.id = {0})"
)
# Of each kind: its table, the columns that lead to its portfolio, and SQL for that of a row `r`.
KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "programme": ("programmes_programme", ("portfolio_id",), "r.portfolio_id"),
    "project": (
        "projects_project",
        ("portfolio_id", "programme_id"),
        f"coalesce(r.portfolio_id, {OF_PROGRAMME.format('r.programme_id')})",
    ),
    "benefit": (
        "benefits_benefit", ("programme_id",), OF_PROGRAMME.format("r.programme_id")
    ),
    "risk": (
        "projects_risk",
        ("project_id", "programme_id"),
        f"coalesce({OF_PROJECT.format('r.project_id')}, {OF_PROGRAMME.format('r.programme_id')})",
    ),
    "dependency": (
        "projects_dependency", ("receiver_id",), OF_PROJECT.format("r.receiver_id")
    ),
    "milestone": ("projects_milestone", ("project_id",), OF_PROJECT.format("r.project_id")),
    "resource": ("projects_resource", ("portfolio_id",), "r.portfolio_id"),
}  # fmt: skip
PROJECTS = ("project_id", "receiver_id")


def coded(kind: str) -> list[pgtrigger.Trigger]:
    """The triggers of a kind of record whose code is unique over its portfolio."""
    return [
        _trigger("insert", pgtrigger.Insert, _entering(kind), new="new_rows"),
        _trigger("update", pgtrigger.Update, _following(kind), old="old_rows", new="new_rows"),
        _trigger(
            "delete",
            pgtrigger.Delete,
            f"DELETE FROM {CODES} c USING old_rows o"  # noqa: S608  # our own names
            f" WHERE c.kind = '{kind}' AND c.object_id = o.id;",
            old="old_rows",
        ),
        _trigger("truncate", pgtrigger.Truncate, f"DELETE FROM {CODES} WHERE kind = '{kind}';"),  # noqa: S608  # our own names
    ]


def _trigger(
    name: str, operation: pgtrigger.Operation, func: str, **tables: str
) -> pgtrigger.Trigger:
    referencing = pgtrigger.Referencing(**tables) if tables else None
    return pgtrigger.Trigger(
        name=f"code_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=referencing,
        func=f"{func} RETURN NULL;",
    )


def _entering(kind: str) -> str:
    return (
        f"{_hold_parents(kind)} INSERT INTO {CODES} (kind, object_id, portfolio_id, key)"  # noqa: S608  # our own names
        f" SELECT '{kind}', r.id, {KINDS[kind][2]}, pmhub_fold(r.code) FROM new_rows r;"
    )


def _hold_parents(kind: str) -> str:
    """Whoever moves a parent to another portfolio (see `_taken_along`) waits until the rows are
    there to be taken along, or these wait and read where it went.

    The lock is on the parent's code, not on the parent: whoever writes a row that refers to the
    parent, as a computation does with its figures, locks the parent and would wait as well.
    """
    columns = KINDS[kind][1]
    steps = [
        _locked("project", f"SELECT {column} FROM new_rows", "KEY SHARE")  # noqa: S608  # our own names
        for column in columns
        if column in PROJECTS
    ]
    above = [
        f"SELECT programme_id FROM projects_project WHERE id IN (SELECT {column} FROM new_rows)"  # noqa: S608  # our own names
        if column in PROJECTS
        else f"SELECT {column} FROM new_rows"  # noqa: S608  # our own names
        for column in columns
        if column != "portfolio_id"
    ]
    return " ".join(steps + [_locked("programme", select, "KEY SHARE") for select in above])


def _locked(kind: str, ids: str, mode: str) -> str:
    return f"PERFORM 1 FROM {CODES} WHERE kind = '{kind}' AND object_id IN ({ids}) FOR {mode};"


def _following(kind: str) -> str:
    """SQL for an update: new codes, and new homes of the rows and of all that is theirs. Full joins
    cannot run as nested loops: the plan is made once, often for one row, and kept for thousands."""
    columns = KINDS[kind][1]
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in "on")
    moved = (
        "SELECT n.id FROM new_rows n FULL JOIN old_rows o ON o.id = n.id"  # noqa: S608  # our own names
        f" WHERE ({after}) IS DISTINCT FROM ({before})"
    )
    return (
        "IF NOT EXISTS (SELECT FROM new_rows n FULL JOIN old_rows o ON o.id = n.id"  # noqa: S608  # our own names
        f" WHERE (n.code, {after}) IS DISTINCT FROM (o.code, {before})) THEN RETURN NULL; END IF;"
        f" {_hold_parents(kind)} {_rehoused(kind, 'new_rows r', 'true')}"
        f" {' '.join(_taken_along(kind, moved))}"
    )


def _taken_along(kind: str, moved: str) -> Iterator[str]:
    """SQL that gives what belongs to moved programmes or projects their new portfolio."""
    if kind not in ("programme", "project"):
        return
    # Nobody adds to what moves meanwhile: see `_hold_parents`.
    yield _locked(kind, moved, "UPDATE")
    projects = moved
    if kind == "programme":
        projects = f"SELECT id FROM projects_project WHERE programme_id IN ({moved})"  # noqa: S608  # our own names
        for below in ("project", "benefit", "risk"):
            yield _rehoused(below, f"{KINDS[below][0]} r", f"r.programme_id IN ({moved})")
    for below, column in (
        ("risk", "project_id"), ("milestone", "project_id"), ("dependency", "receiver_id"),
    ):  # fmt: skip
        yield _rehoused(below, f"{KINDS[below][0]} r", f"r.{column} IN ({projects})")


def _rehoused(kind: str, rows: str, condition: str) -> str:
    home = KINDS[kind][2]
    return (
        f"UPDATE {CODES} c SET portfolio_id = s.home, key = s.key FROM"  # noqa: S608  # our own names
        f" (SELECT r.id, {home} AS home, pmhub_fold(r.code) AS key FROM {rows} WHERE {condition}) s"
        f" WHERE c.kind = '{kind}' AND c.object_id = s.id"
        " AND (c.portfolio_id, c.key) IS DISTINCT FROM (s.home, s.key);"
    )
