"""The portfolios of before have the templates that a new one begins with."""

from django.db import migrations

TEMPLATES = """
INSERT INTO projects_template
    (portfolio_id, code, name, about, delivery_approach, regulated, duration_days, state)
SELECT portfolio.id, shipped.*, 'in_use' FROM programmes_portfolio portfolio CROSS JOIN (VALUES
    ('CAPITAL', 'Capital works', 'Building, refurbishment and plant, from brief to handover.', 'linear', true, 730),
    ('DIGITAL', 'Digital change', 'A new or changed digital service, built in increments.', 'iterative', false, 365),
    ('SERVICE', 'Service change', 'A changed way of working, its people and its processes.', 'hybrid', false, 270)
) shipped WHERE NOT EXISTS
    (SELECT FROM projects_template there WHERE there.portfolio_id = portfolio.id)
"""
MILESTONES = """
INSERT INTO projects_templatemilestone
    (template_id, title, kind, anchor, offset_days, key)
SELECT template.id, shipped.title, shipped.kind, shipped.anchor, shipped.days, shipped.key
FROM projects_template template JOIN (VALUES
    ('CAPITAL', 'Brief and budget approved', 'gate', 'start', 0, true),
    ('CAPITAL', 'Concept design approved', 'gate', 'start', 90, true),
    ('CAPITAL', 'Planning permission', 'regulatory', 'start', 180, false),
    ('CAPITAL', 'Contract awarded', 'gate', 'start', 270, true),
    ('CAPITAL', 'Start on site', 'delivery', 'start', 300, true),
    ('CAPITAL', 'Practical completion', 'delivery', 'finish', -60, true),
    ('CAPITAL', 'Approval to occupy', 'regulatory', 'finish', -30, false),
    ('CAPITAL', 'Handed over to operations', 'handover', 'finish', 0, true),
    ('DIGITAL', 'Discovery ends: the need is known', 'gate', 'start', 60, true),
    ('DIGITAL', 'Alpha ends: the way is known', 'gate', 'start', 120, true),
    ('DIGITAL', 'Data protection assessed', 'regulatory', 'start', 120, false),
    ('DIGITAL', 'Beta open to first users', 'delivery', 'start', 210, true),
    ('DIGITAL', 'Live', 'delivery', 'finish', -60, true),
    ('DIGITAL', 'Old service switched off', 'delivery', 'finish', -14, false),
    ('DIGITAL', 'Handed over to the service owner', 'handover', 'finish', 0, true),
    ('SERVICE', 'Future way of working agreed', 'gate', 'start', 45, true),
    ('SERVICE', 'People consulted', 'delivery', 'start', 90, false),
    ('SERVICE', 'Pilot begins', 'delivery', 'start', 120, true),
    ('SERVICE', 'Pilot judged: go on or stop', 'gate', 'start', 180, true),
    ('SERVICE', 'Everybody trained', 'delivery', 'finish', -45, false),
    ('SERVICE', 'New way of working begins', 'delivery', 'finish', -30, true),
    ('SERVICE', 'Handed over to the line', 'handover', 'finish', 0, true)
) shipped (code, title, kind, anchor, days, key) ON shipped.code = template.code
WHERE NOT EXISTS
    (SELECT FROM projects_templatemilestone there WHERE there.template_id = template.id)
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0030_templates")]

    operations = [
        migrations.RunSQL(TEMPLATES, migrations.RunSQL.noop),
        migrations.RunSQL(MILESTONES, migrations.RunSQL.noop),
    ]
