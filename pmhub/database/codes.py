"""Codes, unique over a portfolio: the triggers that keep `pmhub_code`, the table of codes in use.

The portfolio of a risk is that of its project, which may be its programme's: no index of one table
can hold it. A row of `pmhub_code` for each record does, and follows the record, its project and its
programme wherever they go; its unique constraint is checked when the transaction ends, so that two
codes can be exchanged. References of costs are kept there too, and are checked at once, so that the
same posting sent twice at the same moment waits and then finds the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pgtrigger

from pmhub.database.locks import Lock

CODES = "pmhub_code"

WITHIN = "\x1f"  # separates a source from the reference within it

OF_PROGRAMME = "(SELECT g.portfolio_id FROM programmes_programme g WHERE g.id = {0})"
OF_PROJECT = (
    "(SELECT coalesce(p.portfolio_id, g.portfolio_id) FROM projects_project p"
    " LEFT JOIN programmes_programme g ON g.id = p.programme_id WHERE p.id = {0})"
)
# SQL for the portfolio of a row NEW that names a project, a programme or the portfolio itself.
OF_PLACE = (
    f"coalesce(NEW.portfolio_id, {OF_PROGRAMME.format('NEW.programme_id')},"
    f" {OF_PROJECT.format('NEW.project_id')})"
)
OF_LINE = (
    "(SELECT g.portfolio_id FROM programmes_programmeline l"
    " JOIN programmes_programme g ON g.id = l.programme_id WHERE l.id = {0})"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record whose code is unique in its portfolio: its table, the `columns` that lead to
    its portfolio, and, as SQL about a row `r`, that portfolio (`home`) and the code in the form in
    which it is compared (`key`). `names` are the fields that make up the code; if it is `optional`,
    `key` is null where none is given."""

    table: str
    columns: tuple[str, ...]
    home: str
    key: str = "pmhub_fold(r.code)"
    names: tuple[str, ...] = ("code",)
    optional: bool = False


KINDS = {
    "programme": Kind("programmes_programme", ("portfolio_id",), "r.portfolio_id"),
    "project": Kind(
        "projects_project",
        ("portfolio_id", "programme_id"),
        f"coalesce(r.portfolio_id, {OF_PROGRAMME.format('r.programme_id')})",
    ),
    "benefit": Kind(
        "benefits_benefit", ("programme_id",), OF_PROGRAMME.format("r.programme_id")
    ),
    "risk": Kind(
        "projects_risk",
        ("project_id", "programme_id"),
        f"coalesce({OF_PROJECT.format('r.project_id')}, {OF_PROGRAMME.format('r.programme_id')})",
    ),
    "dependency": Kind(
        "projects_dependency", ("receiver_id",), OF_PROJECT.format("r.receiver_id")
    ),
    "milestone": Kind("projects_milestone", ("project_id",), OF_PROJECT.format("r.project_id")),
    "resource": Kind("projects_resource", ("portfolio_id",), "r.portfolio_id"),
    # The code of a cost is its reference within its source; not every cost has one.
    "cost": Kind(
        "projects_costactual",
        ("project_id", "programme_line_id"),
        f"coalesce({OF_PROJECT.format('r.project_id')}, {OF_LINE.format('r.programme_line_id')})",
        key=f"CASE WHEN r.source_ref <> '' THEN r.source || chr({ord(WITHIN)}) || r.source_ref END",
        names=("source", "source_ref"),
        optional=True,
    ),
    "commitment": Kind(
        "projects_commitment",
        ("budget_line_id",),
        OF_PROJECT.format(
            "(SELECT b.project_id FROM projects_budgetline b WHERE b.id = r.budget_line_id)"
        ),
        key=f"pmhub_fold(r.source || chr({ord(WITHIN)}) || r.reference)",
        names=("source", "reference"),
    ),
}  # fmt: skip
# Tables that columns refer to, except those of programmes and portfolios.
ABOVE = {
    "project_id": "projects_project",
    "receiver_id": "projects_project",
    "budget_line_id": "projects_budgetline",
    "programme_line_id": "programmes_programmeline",
}
# SQL for the projects that columns of new rows refer to.
PROJECTS = {
    "project_id": "SELECT project_id FROM new_rows",
    "receiver_id": "SELECT receiver_id FROM new_rows",
    "budget_line_id": "SELECT project_id FROM projects_budgetline"
    " WHERE id IN (SELECT budget_line_id FROM new_rows)",
}


def coded(kind: str) -> list[pgtrigger.Trigger]:
    """Return the triggers for the table of a kind of record whose code is unique in its
    portfolio."""
    return [
        _trigger("insert", pgtrigger.Insert, _entering(kind), new="new_rows"),
        _trigger("update", pgtrigger.Update, _following(kind), old="old_rows", new="new_rows"),
        _trigger(
            "delete",
            pgtrigger.Delete,
            _left(kind),
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
    its = KINDS[kind]
    given = f"EXISTS (SELECT FROM new_rows r WHERE {its.key} IS NOT NULL)"  # our own names
    idle = f"IF NOT {given} THEN RETURN NULL; END IF; " if its.optional else ""
    # References of costs are checked at once: a concurrent insert waits at their unique index.
    held = "" if its.optional else _code_lock(kind)
    return f"{idle}{_hold_parents(kind)} {held} {_entered(kind)}"


def _code_lock(kind: str) -> str:
    """Return SQL by which a second transaction that enters the same code waits until the first
    ends.

    The unique index does not make it wait, as it is checked only when the transaction ends; and of
    three that wait for one another there, some would deadlock. A statement that writes several rows
    takes no such lock: it would need too many.
    """
    its = KINDS[kind]
    code = f"concat_ws(chr({ord(WITHIN)}), {its.home}, '{kind}', {its.key})"
    return (
        "IF (SELECT count(*) = 1 FROM new_rows) THEN PERFORM"  # noqa: S608  # our own names
        f" pg_advisory_xact_lock({Lock.CODES:d}, hashtext({code})) FROM new_rows r; END IF;"
    )


def _entered(kind: str) -> str:
    its = KINDS[kind]
    given = f" WHERE {its.key} IS NOT NULL" if its.optional else ""
    return (
        f"INSERT INTO {CODES} (kind, object_id, portfolio_id, key)"  # noqa: S608  # our own names
        f" SELECT '{kind}', r.id, {its.home}, {its.key} FROM new_rows r{given};"
    )


def _hold_parents(kind: str) -> str:
    """Return SQL that locks the parents of new rows, so that none of them moves to another
    portfolio at the same moment (see `_moved_codes`): whoever moves a parent waits until these rows
    can be moved with it, or this transaction waits and then reads the new portfolio.

    The lock is on the row of the parent in `pmhub_code`, not on the parent itself: whoever writes a
    row that refers to the parent, as a computation does with its figures, locks the parent and
    would have to wait too.
    """
    columns = KINDS[kind].columns
    projects = [PROJECTS[column] for column in columns if column in PROJECTS]
    above = [_programmes_of(column) for column in columns if column != "portfolio_id"]
    return " ".join(
        [_locked("project", select, "KEY SHARE") for select in projects]
        + [_locked("programme", select, "KEY SHARE") for select in above]
    )


def _programmes_of(column: str) -> str:
    """Return SQL for the ids of the programmes to which a column of the new rows leads."""
    if column == "programme_id":
        return "SELECT programme_id FROM new_rows"
    here = PROJECTS.get(column, f"SELECT {column} FROM new_rows")  # noqa: S608  # our own names
    table = "projects_project" if column in PROJECTS else ABOVE[column]
    return f"SELECT programme_id FROM {table} WHERE id IN ({here})"  # noqa: S608  # our own names


def _locked(kind: str, ids: str, mode: str) -> str:
    return f"PERFORM 1 FROM {CODES} WHERE kind = '{kind}' AND object_id IN ({ids}) FOR {mode};"


def _following(kind: str) -> str:
    """Return SQL for the trigger of an update: it writes changed codes, and the new portfolio of
    moved rows and of all records below them. It uses full joins, which cannot run as nested loops:
    the plan is made once, often for one row, and is kept for thousands."""
    its = KINDS[kind]
    if its.optional:
        return (
            f"{_unless_changed((*its.names, *its.columns))} {_hold_parents(kind)}"
            f" {_left(kind)} {_entered(kind)}"
        )
    return (
        f"{_unless_changed((*its.names, *its.columns))}"
        f" {_hold_parents(kind)} {_code_lock(kind)} {_rehoused(kind, 'new_rows r', 'true')}"
        f" {' '.join(_moved_codes(kind, _moved(its.columns)))}"
    )


def _left(kind: str) -> str:
    return (
        f"DELETE FROM {CODES} c USING old_rows o"  # noqa: S608  # our own names
        f" WHERE c.kind = '{kind}' AND c.object_id = o.id;"
    )


def _unless_changed(columns: tuple[str, ...]) -> str:
    before, after = _before_and_after(columns)
    return (
        "IF NOT EXISTS (SELECT FROM new_rows n FULL JOIN old_rows o ON o.id = n.id"  # noqa: S608  # our own names
        f" WHERE ({after}) IS DISTINCT FROM ({before})) THEN RETURN NULL; END IF;"
    )


def _moved(columns: tuple[str, ...]) -> str:
    before, after = _before_and_after(columns)
    return (
        "SELECT n.id FROM new_rows n FULL JOIN old_rows o ON o.id = n.id"  # noqa: S608  # our own names
        f" WHERE ({after}) IS DISTINCT FROM ({before})"
    )


def _before_and_after(columns: tuple[str, ...]) -> tuple[str, str]:
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in "on")
    return before, after


def _moved_codes(kind: str, moved: str) -> Iterator[str]:
    """Yield SQL that writes the new portfolio for the codes of the records below moved programmes
    or projects."""
    if kind not in ("programme", "project"):
        return
    # Until then nobody adds rows to the moved records: see `_hold_parents`.
    yield _locked(kind, moved, "UPDATE")
    projects = moved
    if kind == "programme":
        projects = f"SELECT id FROM projects_project WHERE programme_id IN ({moved})"  # noqa: S608  # our own names
        for below in ("project", "benefit", "risk"):
            yield _rehoused(below, f"{KINDS[below].table} r", f"r.programme_id IN ({moved})")
        lines = f"SELECT id FROM {ABOVE['programme_line_id']} WHERE programme_id IN ({moved})"  # noqa: S608  # our own names
        yield _rehoused("cost", f"{KINDS['cost'].table} r", f"r.programme_line_id IN ({lines})")
    for below, column in (
        ("risk", "project_id"), ("milestone", "project_id"), ("dependency", "receiver_id"),
        ("cost", "project_id"),
    ):  # fmt: skip
        yield _rehoused(below, f"{KINDS[below].table} r", f"r.{column} IN ({projects})")
    lines = f"SELECT id FROM {ABOVE['budget_line_id']} WHERE project_id IN ({projects})"  # noqa: S608  # our own names
    yield _rehoused(
        "commitment", f"{KINDS['commitment'].table} r", f"r.budget_line_id IN ({lines})"
    )


def takes_along(kind: str, column: str, *, parent: str) -> pgtrigger.Trigger:
    """Return the trigger on the table of budget lines or programme lines, which records of `kind`
    name in `column`: when a line moves to another `parent`, the codes of these records move to the
    portfolio of that parent."""
    columns = (f"{parent}_id",)
    moved = _moved(columns)
    left = f"SELECT {parent}_id FROM old_rows WHERE id IN ({moved})"  # noqa: S608  # our own names
    return _trigger(
        "carry",
        pgtrigger.Update,
        f"{_unless_changed(columns)} {_locked(parent, left, 'UPDATE')}"
        f" {_rehoused(kind, KINDS[kind].table + ' r', f'r.{column} IN ({moved})')}",
        old="old_rows",
        new="new_rows",
    )


def _rehoused(kind: str, rows: str, condition: str) -> str:
    its = KINDS[kind]
    return (
        f"UPDATE {CODES} c SET portfolio_id = s.home, key = s.key FROM"  # noqa: S608  # our own names
        f" (SELECT r.id, {its.home} AS home, {its.key} AS key FROM {rows} WHERE {condition}) s"
        f" WHERE c.kind = '{kind}' AND c.object_id = s.id"
        " AND (c.portfolio_id, c.key) IS DISTINCT FROM (s.home, s.key);"
    )
