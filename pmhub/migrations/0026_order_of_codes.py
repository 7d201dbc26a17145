from importlib import import_module

from django.db import migrations

first = import_module("pmhub.migrations.0006_collation")

# What ends with its only number, as codes do, or has none, is padded without a pattern, which
# costs ten times as much; the values are those of before, so that indexes stay as they are. It is not
# declared strict, though it is: a strict CASE would be called instead of becoming part of a query.
STEM = "rtrim(value, '0123456789')"
ORDER = f"""
CREATE OR REPLACE FUNCTION pmhub_order(value text) RETURNS text
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE RETURN
    CASE WHEN octet_length(value) = length(value)
        AND {STEM} = translate({STEM}, '0123456789', '')
        AND length(value) - length({STEM}) <= 18
    THEN
        translate(
            casefold({STEM} COLLATE pg_unicode_fast) COLLATE "default",
            '{first.LITERAL}', {first.PLACES}
        )
        || CASE WHEN value = {STEM} THEN ''
            ELSE lpad(substr(value, length({STEM}) + 1), 18, '0') END
    ELSE
        regexp_replace(
            regexp_replace(
                translate(pmhub_plain(value), '{first.LITERAL}', {first.PLACES}),
                '(\\d+)', '000000000000000000\\1', 'g'
            ),
            '(?<!\\d)0+(?=\\d{{18}})', '', 'g'
        )
    END || U&'\\0001' || pmhub_fold(value);
"""


class Migration(migrations.Migration):
    """The order of codes, cheaper: see pmhub/database/collation.py."""

    dependencies = [("pmhub", "0025_answered_in_use")]

    operations = [
        migrations.RunSQL(
            ORDER,
            first.FUNCTIONS[first.FUNCTIONS.index("CREATE FUNCTION pmhub_order") :].replace(
                "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
            ),
        )
    ]
