"""No event waits for itself, whoever writes what would make it: triggers on dependencies, and on
what the planned order of events rests on.

Driving dependencies lead from an event of the giver to one of the receiver, and the planned order
(`projects.schedule.events`) from there to the later events of the receiver. A promised day without
a milestone counts as given after every event of its giver.

The planned order is that of the baselines that count on the status date, and of those that count
from a later day on: whatever is written has to hold for each of these days.
"""

from collections.abc import Iterator

import pgtrigger

from pmhub.database.codes import OF_PROJECT
from pmhub.database.day_triggers import STATUS_DAY
from pmhub.database.locks import Lock
from projects.models.states import SETTLED

# A place in the planned order as one number: the zone, then the day within it.
ZONE, START, FINISH, PROMISE = 10_000_000, 10_000_000, 30_000_000, 50_000_000


def _place(milestone: str, plan: str) -> str:
    return (
        f"CASE WHEN {milestone}.baseline_on < {plan}.starts_on THEN 0"
        f" WHEN {milestone}.baseline_on > {plan}.finishes_on THEN 4 ELSE 2 END * {ZONE}"
        f" + (coalesce({milestone}.baseline_on, {milestone}.forecast_on, {milestone}.actual_on)"
        " - date '0001-01-01')"
    )


def _status_day(project: str) -> str:
    """Return SQL for the status date of the portfolio of a project."""
    home = OF_PROJECT.format(project)
    return f"(SELECT {STATUS_DAY} FROM programmes_portfolio p WHERE p.id = {home})"  # noqa: S608  # our own names


def _plan(project: str, name: str) -> str:
    """Return a SQL join of the baseline that counts on `plan_day`, or on the status date where that
    is later."""
    return (
        "LEFT JOIN LATERAL (SELECT b.starts_on, b.finishes_on FROM projects_baseline b"  # noqa: S608  # our own names
        f" WHERE b.project_id = {project}"
        f" AND b.approved_on <= greatest(plan_day, {_status_day(project)})"
        f" ORDER BY b.number DESC LIMIT 1) {name} ON true"
    )


# SQL: the days from which another baseline counts, after one before all status dates. To compare
# with the earliest status date first leaves few baselines whose own one has to be looked up.
DAYS = (
    "SELECT date '-infinity' UNION SELECT b.approved_on FROM projects_baseline b"  # noqa: S608  # our own names
    f" WHERE b.approved_on > (SELECT min({STATUS_DAY}) FROM programmes_portfolio p)"
    f" AND b.approved_on > {_status_day('b.project_id')} ORDER BY 1"
)


def _driving(row: str) -> str:
    over = ", ".join(f"'{status}'" for status in SETTLED)
    return f"{row}.giver_id IS NOT NULL AND {row}.drives_schedule AND {row}.status NOT IN ({over})"


# SQL: driving dependencies with the event at each end: the id of a milestone, -1 for a start, -2
# for a finish, -3 for a promise.
LINKS = f"""
    SELECT d.id, d.giver_id, d.receiver_id,
        CASE WHEN gm.id IS NOT NULL THEN gm.id WHEN d.forecast_on IS NOT NULL THEN -3
            WHEN d.kind IN ('SS', 'SF') THEN -1 ELSE -2 END AS gives,
        CASE WHEN gm.id IS NOT NULL THEN {_place("gm", "gp")}
            WHEN d.forecast_on IS NOT NULL THEN {PROMISE}
            WHEN d.kind IN ('SS', 'SF') THEN {START} ELSE {FINISH} END AS gives_at,
        CASE WHEN rm.id IS NOT NULL THEN rm.id
            WHEN d.kind IN ('FS', 'SS') THEN -1 ELSE -2 END AS lands,
        CASE WHEN rm.id IS NOT NULL THEN {_place("rm", "rp")}
            WHEN d.kind IN ('FS', 'SS') THEN {START} ELSE {FINISH} END AS lands_at
    FROM projects_dependency d
    LEFT JOIN projects_milestone gm ON gm.id = d.giver_milestone_id
    LEFT JOIN projects_milestone rm
        ON rm.id = d.receiver_milestone_id AND rm.state <> 'cancelled'
    {_plan("d.giver_id", "gp")} {_plan("d.receiver_id", "rp")}
    WHERE {_driving("d")} AND (gm.id IS NULL OR gm.state <> 'cancelled')
"""  # noqa: S608  # our own names
LEADS_TO = (
    "{0}.receiver_id = {1}.giver_id AND ({0}.lands_at < {1}.gives_at OR {0}.lands = {1}.gives)"
)
ENDS = (
    ("giver", "gives", "'promise ' || d.code"),
    ("receiver", "lands", "''"),
)


def _walked(end: str, event: str, promise: str, side: int) -> str:
    return (
        f"SELECT w.place, {side} AS side, p.id AS project, p.code || ' ' || CASE l.{event}"  # noqa: S608  # our own names
        f" WHEN -1 THEN 'start' WHEN -2 THEN 'finish' WHEN -3 THEN {promise}"
        f" ELSE (SELECT code FROM projects_milestone WHERE id = l.{event}) END AS label"
        " FROM unnest(circle) WITH ORDINALITY AS w(link, place) JOIN link l ON l.id = ids[w.link]"
        f" JOIN projects_dependency d ON d.id = l.id JOIN projects_project p ON p.id = l.{end}_id"
    )


WALK = " UNION ALL ".join(_walked(*end, side) for side, end in enumerate(ENDS))

# A depth-first search from the new links over all that they lead to; each link is visited once.
SEARCH = f"""
    fresh := ARRAY({{fresh}});
    IF cardinality(fresh) = 0 THEN RETURN NULL; END IF;
    PERFORM pg_advisory_xact_lock({Lock.DEPENDENCIES:d});
    FOR plan_day IN {DAYS} LOOP
    WITH RECURSIVE link AS NOT MATERIALIZED ({LINKS}),
    reached AS (SELECT * FROM link WHERE id = ANY(fresh)
        UNION SELECT link.* FROM reached JOIN link ON {LEADS_TO.format("reached", "link")}),
    numbered AS MATERIALIZED
        (SELECT row_number() OVER (ORDER BY id)::int AS place, reached.* FROM reached),
    edge AS MATERIALIZED (SELECT a.place AS tail, b.place AS head FROM numbered a
        JOIN numbered b ON {LEADS_TO.format("a", "b")}),
    counted AS (SELECT place, coalesce(leads, 0) AS leads FROM numbered
        LEFT JOIN (SELECT tail, count(*) AS leads FROM edge GROUP BY tail) e ON tail = place)
    SELECT (SELECT array_agg(id ORDER BY place) FROM numbered),
        (SELECT array_agg(head ORDER BY tail, head) FROM edge),
        (SELECT array_agg(upto - leads ORDER BY place) FROM (SELECT place, leads,
            sum(leads) OVER (ORDER BY place)::int AS upto FROM counted) summed)
        INTO ids, heads, following;
    CONTINUE WHEN heads IS NULL;
    way := '{{{{}}}}';
    last := following || cardinality(heads);
    seen := array_fill(0, ARRAY[cardinality(ids)]);
    FOR root IN 1 .. cardinality(ids) LOOP
        CONTINUE WHEN seen[root] <> 0;
        depth := 1; way[1] := root; seen[root] := 1;
        WHILE depth > 0 LOOP
            here := way[depth];
            IF following[here] < last[here + 1] THEN
                following[here] := following[here] + 1;
                onward := heads[following[here]];
                IF seen[onward] = 0 THEN
                    depth := depth + 1; way[depth] := onward; seen[onward] := 1;
                ELSIF seen[onward] = 1 THEN
                    circle := way[array_position(way, onward) : depth];
                    WITH link AS ({LINKS}), walked AS ({WALK})
                    SELECT jsonb_agg(jsonb_build_array(project, label) ORDER BY place, side)
                        INTO told FROM walked;
                    RAISE EXCEPTION 'Events would wait for themselves: %', (SELECT string_agg(
                        event ->> 1, ' → ') FROM jsonb_array_elements(told) AS event)
                        USING ERRCODE = 'check_violation', DETAIL = told::text,
                        CONSTRAINT = 'dependency_no_cycle';
                END IF;
            ELSE
                seen[here] := 2; depth := depth - 1;
            END IF;
        END LOOP;
    END LOOP;
    END LOOP;
    RETURN NULL;
"""  # noqa: S608  # our own names
DECLARE = [
    ("fresh", "bigint[]"), ("ids", "bigint[]"), ("heads", "int[]"), ("following", "int[]"),
    ("last", "int[]"), ("seen", "int[]"), ("way", "int[]"), ("circle", "int[]"),
    ("depth", "int"), ("here", "int"), ("onward", "int"), ("told", "jsonb"), ("plan_day", "date"),
]  # fmt: skip


def no_circle_by_links() -> list[pgtrigger.Trigger]:
    """Refuse dependencies that make an event wait for itself."""
    columns = ["giver_id", "receiver_id", "giver_milestone_id", "receiver_milestone_id", "kind"]
    drove_so = " AND ".join(f"o.{name} IS NOT DISTINCT FROM n.{name}" for name in columns)
    fresh = f"SELECT n.id FROM new_rows n WHERE {_driving('n')}"  # noqa: S608  # our own names
    before = (
        f"SELECT 1 FROM old_rows o WHERE o.id = n.id AND {_driving('o')} AND {drove_so}"  # noqa: S608  # our own names
        " AND (o.forecast_on IS NULL) = (n.forecast_on IS NULL)"
    )
    return [
        _trigger("insert", pgtrigger.Insert, fresh),
        _trigger("update", pgtrigger.Update, f"{fresh} AND NOT EXISTS ({before})"),
    ]


def no_circle_by_milestones() -> list[pgtrigger.Trigger]:
    """Refuse milestones whose planned order makes an event wait for itself. Only updates are
    checked: a new milestone has no dependency yet."""
    order = (
        "({0}.project_id, {0}.state = 'cancelled', {0}.baseline_on, CASE WHEN {0}.baseline_on"
        " IS NULL THEN coalesce({0}.forecast_on, {0}.actual_on) END)"
    )
    changed = (
        "SELECT n.project_id FROM new_rows n JOIN old_rows o USING (id)"  # noqa: S608  # our own names
        f" WHERE {order.format('n')} IS DISTINCT FROM {order.format('o')}"
    )
    return [_trigger("update", pgtrigger.Update, _landing_in(changed))]


def no_circle_by_baselines() -> list[pgtrigger.Trigger]:
    """Refuse a baseline whose order of events makes an event wait for itself."""
    return list(_by_baselines())


def _by_baselines() -> Iterator[pgtrigger.Trigger]:
    approved = "SELECT project_id FROM {} WHERE approved_on IS NOT NULL"
    new, old = (_landing_in(approved.format(rows)) for rows in ("new_rows", "old_rows"))
    yield _trigger("insert", pgtrigger.Insert, new)
    yield _trigger("update", pgtrigger.Update, new)
    yield _trigger("delete", pgtrigger.Delete, old)


def _landing_in(projects: str) -> str:
    return (
        "SELECT d.id FROM projects_dependency d"  # noqa: S608  # our own names
        f" WHERE d.receiver_id IN ({projects}) AND {_driving('d')}"
    )


TABLES = {
    pgtrigger.Insert: {"new": "new_rows"},
    pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
    pgtrigger.Delete: {"old": "old_rows"},
}


def _trigger(name: str, operation: pgtrigger.Operation, fresh: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"no_circle_{name}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**TABLES[operation]),
        declare=DECLARE,
        # The lock makes two transactions that each add half a circle see one another.
        func=" ".join(SEARCH.format(fresh=fresh).split()),
    )
