"""Estimates are one value, the most likely, or all three, before others are refused.

A bound that was not given was the most likely value to every figure: it is that now. Bounds without
a most likely value counted for nothing and go; the history keeps them, and says why.
"""

from django.db import migrations

WHY = '{"reason": "Bounds without a most likely value estimate nothing"}'
CONTEXT = "set_config('pghistory.context_metadata', {}, true)"
FIGURES = [
    f"{view}_{figure}"
    for view in ("inherent", "residual", "target")
    for figure in ("cost", "days")
]
BOUNDS_ALONE = " OR ".join(
    f"{each}_most_likely IS NULL AND ({each}_min IS NOT NULL OR {each}_max IS NOT NULL)"
    for each in FIGURES
)
GIVEN = ", ".join(
    f"{each}_{end} = CASE WHEN {each}_most_likely IS NULL"
    f" OR {each}_min IS NULL AND {each}_max IS NULL THEN NULL"
    f" ELSE coalesce({each}_{end}, {each}_most_likely) END"
    for each in FIGURES
    for end in ("min", "max")
)
PARTLY = " OR ".join(
    f"{each}_most_likely IS NOT NULL AND ({each}_min IS NULL) <> ({each}_max IS NULL)"
    for each in FIGURES
)


class Migration(migrations.Migration):
    dependencies = [("projects", "0019_marks_of_what_is_read")]

    operations = [
        migrations.RunSQL(
            [
                f"SELECT {CONTEXT.format(chr(39) + WHY + chr(39))}",
                f"UPDATE projects_risk SET {GIVEN} WHERE {BOUNDS_ALONE}",  # noqa: S608  # our own names
                f"SELECT {CONTEXT.format(chr(39) * 2)}",
                f"UPDATE projects_risk SET {GIVEN} WHERE {PARTLY}",  # noqa: S608  # our own names
            ],
            migrations.RunSQL.noop,
        )
    ]
