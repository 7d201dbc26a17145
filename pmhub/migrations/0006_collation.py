from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

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


class Migration(migrations.Migration):
    """How text is compared: see pmhub/database/collation.py."""

    dependencies = [("pmhub", "0005_wrote_at")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION pmhub_order(text); DROP FUNCTION pmhub_plain(text);"
            " DROP FUNCTION pmhub_fold(text);",
        ),
    ]
