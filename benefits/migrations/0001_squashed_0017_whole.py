"""A new database in one step: the tables of all four apps as all steps but the last of pmhub, of
programmes and of projects leave them.

Those steps lead from app to app and back, so that what replaces them is one step for all; it lives
in the app that knows the others. The last steps stay, for new ones of their apps to follow. Django
takes this step where none of what it replaces was applied, and goes the old way elsewhere.
"""

from django.contrib.postgres.operations import (
    BtreeGistExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations
from django.db.migrations.operations.base import Operation

from benefits.migrations import _tables as benefits
from pmhub.migrations import _tables as pmhub
from programmes.migrations import _tables as programmes
from projects.migrations import _tables as projects

# How text is compared: see pmhub/database/collation.py.

# Marks of direction and joining: they tell texts apart for nobody.
MARKS = "U&'\\200e\\200f\\061c\\200c\\200d\\00ad'"
# Blanks and signs in the order of the Unicode Collation Algorithm, all before the digits.
SIGNS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
LITERAL = SIGNS.replace("'", "''")
PLACES = "U&'" + "".join(f"\\{place:04x}" for place, _ in enumerate(SIGNS, 2)) + "'"

FUNCTIONS = f"""
CREATE FUNCTION pmhub_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    normalize(
        casefold(normalize(translate(value, {MARKS}, '')) COLLATE pg_unicode_fast)
    ) COLLATE "default";

CREATE FUNCTION pmhub_plain(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    casefold(
        unaccent('unaccent', normalize(translate(value, {MARKS}, ''), NFKC))
        COLLATE pg_unicode_fast
    ) COLLATE "default";

-- Signs by their place, numbers padded with noughts to 18 digits; then what tells apart what is
-- plainly the same.
CREATE FUNCTION pmhub_order(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    regexp_replace(
        regexp_replace(
            translate(pmhub_plain(value), '{LITERAL}', {PLACES}),
            '(\\d+)', '000000000000000000\\1', 'g'
        ),
        '0*(\\d{{18,}})', '\\1', 'g'
    ) || U&'\\0001' || pmhub_fold(value);
"""

# Lines and figures are in 16 tables each, by a hash of their programme.
PARTS = 16
PARTED = """
ALTER TABLE {table} RENAME TO {table}_whole;
CREATE TABLE {table} (
    LIKE {table}_whole INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING IDENTITY
) PARTITION BY HASH (programme_id);
{parts}
DROP TABLE {table}_whole;
ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id, programme_id);
"""
PART = (
    "CREATE TABLE {table}_{part:02} PARTITION OF {table}"
    " FOR VALUES WITH (MODULUS {parts}, REMAINDER {part});"
)


def parted(table):
    """Return the SQL that parts an empty table; its indexes and references follow at the end."""
    parts = [PART.format(table=table, part=part, parts=PARTS) for part in range(PARTS)]
    return PARTED.format(table=table, parts="\n".join(parts))


class CreateTables(Operation):
    """Make the tables of several apps with their triggers. One operation for all: Django renders
    every related model anew with each model that is made by itself."""

    reversible = False

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        vars(state).pop("apps", None)  # rendered when all are known
        for label, create in self.each():
            create.state_forwards(label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for label, create in self.each():
            create.database_forwards(label, schema_editor, from_state, to_state)
        # pgtrigger has installed those of each table; a proxy (of a table of links) makes none.
        for _, create in self.each():
            if create.options.get("proxy"):
                for trigger in create.options["triggers"]:
                    schema_editor.execute(trigger.install_sql, params=None)

    def each(self):
        return ((label, create) for label, creates in self.models.items() for create in creates)

    def describe(self):
        return f"Make the tables of {', '.join(self.models)}"


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("pmhub", "0001_initial"),
        ("pmhub", "0002_roles"),
        ("pmhub", "0003_history"),
        ("pmhub", "0004_storedanswer"),
        ("pmhub", "0005_wrote_at"),
        ("pmhub", "0006_collation"),
        ("pmhub", "0007_composed"),
        ("pmhub", "0008_codes"),
        ("pmhub", "0009_touches"),
        ("pmhub", "0010_kept_and_searched"),
        ("programmes", "0001_initial"),
        ("programmes", "0002_assurance"),
        ("programmes", "0003_rollup_basis"),
        ("programmes", "0004_history"),
        ("programmes", "0005_partition_ledger"),
        ("programmes", "0006_scenarios"),
        ("programmes", "0007_status_report"),
        ("programmes", "0008_outcome"),
        ("programmes", "0009_request_index"),
        ("programmes", "0010_objectives_of_portfolio"),
        ("programmes", "0011_own_objectives"),
        ("programmes", "0012_codes"),
        ("programmes", "0013_request_age"),
        ("programmes", "0014_disclosure_and_drafts"),
        ("programmes", "0015_true_states"),
        ("programmes", "0016_life_cycles"),
        ("programmes", "0017_code_locks"),
        ("programmes", "0018_ranges"),
        ("programmes", "0019_touches"),
        ("programmes", "0020_kept_and_searched"),
        ("programmes", "0021_marks_of_what_is_read"),
        ("programmes", "0022_known_zones"),
        ("projects", "0001_initial"),
        ("projects", "0002_history"),
        ("projects", "0003_no_cycle_once"),
        ("projects", "0004_terminated_on"),
        ("projects", "0005_terminated_before"),
        ("projects", "0006_project_terminated_on"),
        ("projects", "0007_events_may_hold"),
        ("projects", "0008_events"),
        ("projects", "0009_declared_today"),
        ("projects", "0010_codes"),
        ("projects", "0011_true_states"),
        ("projects", "0012_life_cycles"),
        ("projects", "0013_bookings_marked"),
        ("projects", "0014_code_locks"),
        ("projects", "0015_dates_that_agree"),
        ("projects", "0016_dates_together"),
        ("projects", "0017_touches"),
        ("projects", "0018_kept_and_searched"),
        ("projects", "0019_marks_of_what_is_read"),
        ("projects", "0020_whole_estimates"),
        ("benefits", "0001_initial"),
        ("benefits", "0002_history"),
        ("benefits", "0003_benefit_links"),
        ("benefits", "0004_objectives_of_portfolio"),
        ("benefits", "0005_own_objectives"),
        ("benefits", "0006_benefit_reviews"),
        ("benefits", "0007_reviews_of_terminations"),
        ("benefits", "0008_periods_apart"),
        ("benefits", "0009_no_overlap"),
        ("benefits", "0010_codes"),
        ("benefits", "0011_codes_in_use"),
        ("benefits", "0012_life_cycles"),
        ("benefits", "0013_code_locks"),
        ("benefits", "0014_touches"),
        ("benefits", "0015_kept_and_searched"),
        ("benefits", "0016_marks_of_what_is_read"),
        ("benefits", "0017_rules_in_sql"),
    ]

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(FUNCTIONS),
        CreateTables(
            {
                "pmhub": pmhub.MODELS,
                "programmes": programmes.MODELS,
                "projects": projects.MODELS,
                "benefits": benefits.MODELS,
            }
        ),
        migrations.RunSQL(parted("programmes_ledgerline")),
        migrations.RunSQL(parted("programmes_metricvalue")),
    ]
