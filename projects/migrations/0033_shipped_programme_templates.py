"""The portfolios of before have the templates of programmes that a new one begins with, unless a code
is taken."""

from django.db import migrations

TEMPLATES = """
INSERT INTO projects_template
    (portfolio_id, code, name, kind, about, delivery_approach, regulated, duration_days, state)
SELECT portfolio.id, shipped.*, 'in_use' FROM programmes_portfolio portfolio CROSS JOIN (VALUES
    ('CHANGE', 'Change programme', 'programme', 'Several projects that change how an organisation works.', 'hybrid', false, 1095),
    ('ESTATES', 'Estates programme', 'programme', 'Building projects that together renew a place.', 'linear', true, 1825)
) shipped (code, name, kind, about, approach, regulated, days) WHERE NOT EXISTS
    (SELECT FROM projects_template there WHERE there.portfolio_id = portfolio.id
     AND upper(there.code) = shipped.code)
"""
ENTRIES = """
INSERT INTO projects_templateentry (template_id, register, title, about, anchor, offset_days)
SELECT template.id, shipped.register, shipped.title, shipped.about, shipped.anchor, shipped.days
FROM projects_template template JOIN (VALUES
    ('CHANGE', 'tranches', 'Groundwork', 'What is to change is agreed, and the first projects run', 'start', 270),
    ('CHANGE', 'tranches', 'Delivery', 'The new capabilities are ready for use', 'finish', -365),
    ('CHANGE', 'tranches', 'Embedding', 'The new way of working is the usual one', 'finish', 0),
    ('CHANGE', 'outcomes', 'People work in the new way', 'The old way is no longer used', 'finish', 0),
    ('CHANGE', 'risks', 'Business areas do not release people for the transition', 'The new capabilities stand unused', 'finish', 0),
    ('CHANGE', 'risks', 'Projects wait for each other', 'One late delivery delays several', 'finish', 0),
    ('ESTATES', 'tranches', 'Enabling', 'Sites are free, consents are granted', 'start', 540),
    ('ESTATES', 'tranches', 'Building', 'The main buildings are handed over', 'finish', -365),
    ('ESTATES', 'tranches', 'Moving in', 'People work in the new places, the old ones are given up', 'finish', 0),
    ('ESTATES', 'outcomes', 'People use the new places', 'The old ones stand empty', 'finish', 0),
    ('ESTATES', 'risks', 'Consents come late', 'Projects cannot start on site', 'finish', 0),
    ('ESTATES', 'risks', 'Building prices rise faster than assumed', 'Tenders exceed the budgets', 'finish', 0)
) shipped (code, register, title, about, anchor, days)
    ON shipped.code = template.code AND template.kind = 'programme'
WHERE NOT EXISTS
    (SELECT FROM projects_templateentry there WHERE there.template_id = template.id)
"""
ROLES = """
INSERT INTO projects_templaterole (template_id, role, about)
SELECT template.id, shipped.role, shipped.about
FROM projects_template template JOIN (VALUES
    ('CHANGE', 'sro', 'Answers for the outcome'),
    ('CHANGE', 'programme_manager', 'Leads it from day to day'),
    ('CHANGE', 'bcm', 'Takes the change into the business'),
    ('CHANGE', 'finance', 'Posts what is spent'),
    ('ESTATES', 'sro', 'Answers for the outcome'),
    ('ESTATES', 'programme_manager', 'Leads it from day to day'),
    ('ESTATES', 'bcm', 'Takes the change into the business'),
    ('ESTATES', 'assurer', 'Reviews it independently')
) shipped (code, role, about) ON shipped.code = template.code AND template.kind = 'programme'
WHERE NOT EXISTS
    (SELECT FROM projects_templaterole there WHERE there.template_id = template.id)
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0032_templates_of_programmes")]

    operations = [
        migrations.RunSQL(TEMPLATES, migrations.RunSQL.noop),
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
    ]
