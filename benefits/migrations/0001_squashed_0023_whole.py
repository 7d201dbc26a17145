"""A new database in one step: the tables of all four apps as the steps in its list leave them.

Those steps lead from app to app and back, so that what replaces them is one step for all; it lives
in the app that knows the others. At least one step of each other app stays, for new ones to follow.
Django takes this step where none of what it replaces was applied, and goes the old way elsewhere.

The tables are written by `./test tables`; what Django does not know of them is written here.
"""

from itertools import chain

from django.contrib.postgres.operations import (
    BtreeGistExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations
from django.db.migrations.operations.base import Operation

from benefits.migrations import _tables as benefits
from pmhub.audit import register_sql
from pmhub.database.operations import installation
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
# What ends with its only number, as codes do, or has none, is padded without a pattern, which
# costs ten times as much. What does it is not declared strict, though it is: a strict CASE would be
# called instead of becoming part of a query. Of PL/pgSQL a session plans them once. A restored
# backup makes its indexes with an empty search path: what is called is named with its schema.
STEM = "rtrim(value, '0123456789')"
UNACCENT = "public.unaccent('public.unaccent'::regdictionary, "

FUNCTIONS = f"""
CREATE FUNCTION pmhub_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $pmhub$ BEGIN RETURN
    normalize(
        casefold(normalize(translate(value, {MARKS}, '')) COLLATE pg_unicode_fast)
    ) COLLATE "default"; END $pmhub$;

CREATE FUNCTION pmhub_plain(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $pmhub$ BEGIN RETURN
    casefold(
        {UNACCENT}normalize(translate(value, {MARKS}, ''), NFKC))
        COLLATE pg_unicode_fast
    ) COLLATE "default"; END $pmhub$;

-- Signs by their place, numbers padded with noughts to 18 digits; then what tells apart what is
-- plainly the same.
CREATE FUNCTION pmhub_order(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS $pmhub$ BEGIN RETURN
    CASE WHEN octet_length(value) = length(value)
        AND {STEM} = translate({STEM}, '0123456789', '')
        AND length(value) - length({STEM}) <= 18
    THEN
        translate(
            casefold({STEM} COLLATE pg_unicode_fast) COLLATE "default",
            '{LITERAL}', {PLACES}
        )
        || CASE WHEN value = {STEM} THEN ''
            ELSE lpad(substr(value, length({STEM}) + 1), 18, '0') END
    ELSE
        regexp_replace(
            regexp_replace(
                translate(public.pmhub_plain(value), '{LITERAL}', {PLACES}),
                '(\\d+)', '000000000000000000\\1', 'g'
            ),
            '(?<!\\d)0+(?=\\d{{18}})', '', 'g'
        )
    END || U&'\\0001' || public.pmhub_fold(value); END $pmhub$;
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

# An entry is of a version of its profile, and goes with it.
ENTRIES = """
ALTER TABLE benefits_benefitprofileentry ADD CONSTRAINT profileentry_of_version
    FOREIGN KEY (benefit_id, version_kind, version_number)
    REFERENCES benefits_profileversion (benefit_id, kind, number) ON DELETE CASCADE
"""

# What was named after a column that is called otherwise by now keeps its name.
RENAMED = """
ALTER TABLE programmes_adoptionassessment
    RENAME CONSTRAINT programmes_adoptionassessment_impacted_group_id_not_null
    TO programmes_adoptionassessment_group_id_not_null;
ALTER INDEX programmes_adoptionassessment_impacted_group_id_9cce2b3d
    RENAME TO programmes_adoptionassessment_group_id_6f60a758
"""


def parted(table):
    """Return the SQL that parts an empty table; its indexes and references follow at the end."""
    parts = [PART.format(table=table, part=part, parts=PARTS) for part in range(PARTS)]
    return PARTED.format(table=table, parts="\n".join(parts))


class CreateTables(Operation):
    """Make the tables of several apps. One operation for all: Django renders every related model
    anew with each model that is made by itself."""

    reversible = False

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        vars(state).pop("apps", None)  # rendered when all are known
        for label, create in self.each():
            create.state_forwards(label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for label, create in self.each():
            model = to_state.apps.get_model(label, create.name)
            model._meta.triggers = []  # which pgtrigger would install one by one
            create.database_forwards(label, schema_editor, from_state, to_state)

    def each(self):
        return ((label, create) for label, creates in self.models.items() for create in creates)

    def describe(self):
        return f"Make the tables of {', '.join(self.models)}"


class CreateTriggers(CreateTables):
    """Install the triggers of these tables, in one statement for all."""

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        # What functions say of tables that are not there yet is not looked at.
        schema_editor.execute("SET LOCAL check_function_bodies = off")
        each = (create.options.get("triggers", ()) for _, create in self.each())
        schema_editor.execute(installation(chain.from_iterable(each)), params=None)

    def describe(self):
        return f"Make the triggers of {', '.join(self.models)}"


MODELS = {
    "pmhub": pmhub.MODELS,
    "programmes": programmes.MODELS,
    "projects": projects.MODELS,
    "benefits": benefits.MODELS,
}


class Afterwards(migrations.RunSQL):
    """SQL that needs an index: Django makes those of new tables at the end of the step."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.deferred_sql.append(self.sql)


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
        ("pmhub", "0011_rules_in_sql"),
        ("pmhub", "0012_accounts"),
        ("pmhub", "0013_kept_and_led"),
        ("pmhub", "0014_tokens_end"),
        ("pmhub", "0015_sign_in_rules"),
        ("pmhub", "0016_jobs"),
        ("pmhub", "0017_jobs_hold_places"),
        ("pmhub", "0018_names_apart"),
        ("pmhub", "0019_user_name_once"),
        ("pmhub", "0020_audit"),
        ("pmhub", "0021_saved_views"),
        ("pmhub", "0022_attachments"),
        ("pmhub", "0023_finance_and_resource_owners"),
        ("pmhub", "0024_benefit_reporters"),
        ("pmhub", "0025_answered_in_use"),
        ("pmhub", "0026_order_of_codes"),
        ("pmhub", "0027_attachments_stamped"),
        ("pmhub", "0028_judged_by_others"),
        ("pmhub", "0029_recovery_codes_hashed"),
        ("pmhub", "0030_delegations"),
        ("pmhub", "0032_visits"),
        ("pmhub", "0033_search_table"),
        ("pmhub", "0034_comments_follows_and_preferences"),
        ("pmhub", "0035_favourites"),
        ("pmhub", "0036_search_planned"),
        ("pmhub", "0037_competence_assessed"),
        ("pmhub", "0038_former_codes"),
        ("pmhub", "0039_people"),
        ("pmhub", "0040_custom_fields"),
        ("pmhub", "0041_reorganised"),
        ("pmhub", "0042_triggers_ask_in_sql"),
        ("pmhub", "0043_organisation_units"),
        ("pmhub", "0044_roles_of_portfolios_and_teams"),
        ("pmhub", "0045_webhooks"),
        ("pmhub", "0046_webhooks_of_programmes"),
        ("pmhub", "0047_short_conditions"),
        ("pmhub", "0048_text_by_plpgsql"),
        ("pmhub", "0049_said_by_their_model"),
        ("pmhub", "0050_digests"),
        ("pmhub", "0051_total_order"),
        ("pmhub", "0052_inbox"),
        ("pmhub", "0053_looked_stamp"),
        ("pmhub", "0054_role_givers"),
        ("pmhub", "0055_order_of_changes"),
        ("pmhub", "0056_looked_topics"),
        ("pmhub", "0057_events_by_record"),
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
        ("programmes", "0023_rules_in_sql"),
        ("programmes", "0024_kept_and_led"),
        ("programmes", "0025_ends_last"),
        ("programmes", "0026_base_years"),
        ("programmes", "0027_base_year_bounds"),
        ("programmes", "0028_names_apart"),
        ("programmes", "0029_scenario_name_once"),
        ("programmes", "0030_audit"),
        ("programmes", "0031_objectives_confidence_overrides"),
        ("programmes", "0032_declared_confidence"),
        ("programmes", "0033_project_reports"),
        ("programmes", "0034_words_of_governance"),
        ("programmes", "0035_answered_in_use"),
        ("programmes", "0036_rule_sets"),
        ("programmes", "0037_thresholds_of_before"),
        ("programmes", "0038_templates_of_programmes"),
        ("programmes", "0039_tolerances_boards_and_limits"),
        ("programmes", "0040_judged_by_others"),
        ("programmes", "0041_decisions"),
        ("programmes", "0042_ranges_as_written"),
        ("programmes", "0043_belonging"),
        ("programmes", "0044_acknowledgements"),
        ("programmes", "0045_business_cases"),
        ("programmes", "0046_envelopes"),
        ("programmes", "0047_stages_by_gates"),
        ("programmes", "0048_bounds_and_days_in_order"),
        ("programmes", "0049_board_meetings"),
        ("programmes", "0050_mandates_and_operating_models"),
        ("programmes", "0051_exceptions"),
        ("programmes", "0052_codes_held"),
        ("programmes", "0054_closure"),
        ("programmes", "0055_rules_and_tolerances"),
        ("programmes", "0056_search_table"),
        ("programmes", "0057_control"),
        ("programmes", "0058_scenarios_assume"),
        ("programmes", "0059_search_planned"),
        ("programmes", "0060_limits_one_after_another"),
        ("programmes", "0061_control_closed"),
        ("programmes", "0062_reports_and_packs"),
        ("programmes", "0063_packs_and_corrections_stay"),
        ("programmes", "0064_packs_of_fifty"),
        ("programmes", "0065_end_reports_stay"),
        ("programmes", "0066_closing_from_its_states"),
        ("programmes", "0067_transition"),
        ("programmes", "0068_business_cases_in_order"),
        ("programmes", "0069_competence"),
        ("programmes", "0070_office"),
        ("programmes", "0071_oversight_that_follows"),
        ("programmes", "0072_told_and_asked_again"),
        ("programmes", "0073_people"),
        ("programmes", "0074_kept_as_found"),
        ("programmes", "0075_cases_read"),
        ("programmes", "0076_groups_of_assessments"),
        ("programmes", "0077_custom_fields"),
        ("programmes", "0078_disciplines"),
        ("programmes", "0079_currency_rates"),
        ("programmes", "0080_cases_of_projects"),
        ("programmes", "0081_ranges_of_costs"),
        ("programmes", "0082_days_of_states"),
        ("programmes", "0083_budget_rates"),
        ("programmes", "0084_career"),
        ("programmes", "0085_what_was_said"),
        ("programmes", "0086_reorganised"),
        ("programmes", "0087_triggers_of_all"),
        ("programmes", "0088_cases_discount"),
        ("programmes", "0089_deputies_at_boards"),
        ("programmes", "0090_what_has_ended"),
        ("programmes", "0091_more_currencies"),
        ("programmes", "0092_still_there"),
        ("programmes", "0093_benefits_in_currencies"),
        ("programmes", "0094_ended_programmes"),
        ("programmes", "0095_a_deputy_for_each"),
        ("programmes", "0096_organisation_units"),
        ("programmes", "0097_roles_of_portfolios_and_teams"),
        ("programmes", "0098_goes_or_ends_with_it"),
        ("programmes", "0099_review_without_its_day"),
        ("programmes", "0100_bounds_of_programme_lines"),
        ("programmes", "0101_flows_in_other_currencies"),
        ("programmes", "0102_searched_by_custom_fields"),
        ("programmes", "0103_what_waits_ends"),
        ("programmes", "0104_risks_in_other_currencies"),
        ("programmes", "0105_retired_objectives"),
        ("programmes", "0106_coins_fit"),
        ("programmes", "0107_envelopes_hold"),
        ("programmes", "0108_metric_values_by_moment"),
        ("programmes", "0109_amounts_that_stand"),
        ("programmes", "0110_sentences"),
        ("programmes", "0111_what_lapses"),
        ("programmes", "0112_stays_as_it_is_said"),
        ("programmes", "0113_short_conditions"),
        ("programmes", "0114_options_in_other_currencies"),
        ("programmes", "0115_triggers_together"),
        ("programmes", "0116_said_by_their_model"),
        ("programmes", "0117_falls_with_its_end"),
        ("programmes", "0118_what_falls_with_the_end"),
        ("programmes", "0119_names_and_homes"),
        ("programmes", "0120_total_order"),
        ("programmes", "0121_posts_touch_homes"),
        ("programmes", "0122_contingency_funding"),
        ("programmes", "0123_dis_benefits"),
        ("programmes", "0124_order_of_changes"),
        ("programmes", "0125_first_fiscal_year"),
        ("programmes", "0126_whole_coins"),
        ("programmes", "0127_programme_limits"),
        ("programmes", "0128_who_leads_and_who_wrote"),
        ("programmes", "0129_decisions_about_risks"),
        ("programmes", "0130_ended_programmes_and_drawn_contingency"),
        ("programmes", "0131_figures_leave_touches"),
        ("programmes", "0132_benefits_given_up"),
        ("programmes", "0133_programme_index_of_values"),
        ("programmes", "0134_writers_and_causes"),
        ("programmes", "0135_events_by_record"),
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
        ("projects", "0021_rules_in_sql"),
        ("projects", "0022_kept_and_led"),
        ("projects", "0023_references_in_use"),
        ("projects", "0024_while_programmes_last"),
        ("projects", "0025_audit"),
        ("projects", "0026_actions"),
        ("projects", "0027_commitments_and_capacities"),
        ("projects", "0028_answered_in_use"),
        ("projects", "0029_dependency_messages"),
        ("projects", "0030_templates"),
        ("projects", "0031_shipped_templates"),
        ("projects", "0032_templates_of_programmes"),
        ("projects", "0033_shipped_programme_templates"),
        ("projects", "0034_judged_by_others"),
        ("projects", "0035_commitments_in_use"),
        ("projects", "0036_successors"),
        ("projects", "0037_acts_leave_decisions"),
        ("projects", "0038_belonging"),
        ("projects", "0039_whose_time"),
        ("projects", "0040_baselines_in_words"),
        ("projects", "0041_gates"),
        ("projects", "0042_gates_after_moves"),
        ("projects", "0043_votes_of_others"),
        ("projects", "0044_change_requests"),
        ("projects", "0045_budget_requests_and_transfers"),
        ("projects", "0046_gates_of_programmes"),
        ("projects", "0047_names_and_done_work"),
        ("projects", "0048_outputs_descoped_by_changes"),
        ("projects", "0049_assumptions"),
        ("projects", "0050_gates_ask_for_mandates"),
        ("projects", "0051_exceptions"),
        ("projects", "0052_codes_held"),
        ("projects", "0054_rules_and_tolerances"),
        ("projects", "0055_search_table"),
        ("projects", "0056_control"),
        ("projects", "0057_search_planned"),
        ("projects", "0058_control_closed"),
        ("projects", "0059_lessons_and_standards"),
        ("projects", "0060_stakeholders"),
        ("projects", "0061_words_of_lessons"),
        ("projects", "0062_closing_from_its_states"),
        ("projects", "0063_asked_and_decided_by_who_can"),
        ("projects", "0064_team_maturity"),
        ("projects", "0065_office"),
        ("projects", "0066_work"),
        ("projects", "0067_oversight_that_follows"),
        ("projects", "0068_told_and_asked_again"),
        ("projects", "0069_estimates"),
        ("projects", "0070_people"),
        ("projects", "0071_first_things_first"),
        ("projects", "0072_kept_as_found"),
        ("projects", "0073_custom_fields"),
        ("projects", "0074_disciplines"),
        ("projects", "0075_quality_records"),
        ("projects", "0076_costs_in_other_currencies"),
        ("projects", "0077_deputies_and_cases"),
        ("projects", "0078_cost_ranges"),
        ("projects", "0079_ends_and_belongings"),
        ("projects", "0080_history_of_projects"),
        ("projects", "0081_budgets_in_other_currencies"),
        ("projects", "0082_career"),
        ("projects", "0083_what_was_said"),
        ("projects", "0084_triggers_of_all"),
        ("projects", "0085_lines_marked_by_their_year"),
        ("projects", "0086_inspection_plans"),
        ("projects", "0087_standards_of_plans"),
        ("projects", "0088_held_until_passed"),
        ("projects", "0089_years_of_lines_in_other_currencies"),
        ("projects", "0090_what_has_ended"),
        ("projects", "0091_projects_merged"),
        ("projects", "0092_more_currencies"),
        ("projects", "0093_year_of_lines_kept"),
        ("projects", "0094_still_there"),
        ("projects", "0095_benefits_in_currencies"),
        ("projects", "0096_writes_that_end_nothing"),
        ("projects", "0097_ended_programmes"),
        ("projects", "0098_apart_or_open"),
        ("projects", "0099_goes_along"),
        ("projects", "0100_organisation_units"),
        ("projects", "0101_roles_of_portfolios_and_teams"),
        ("projects", "0102_goes_or_ends_with_it"),
        ("projects", "0103_reversals_by_index"),
        ("projects", "0104_flows_in_other_currencies"),
        ("projects", "0105_searched_by_custom_fields"),
        ("projects", "0106_what_waits_ends"),
        ("projects", "0107_risks_in_other_currencies"),
        ("projects", "0108_retired_objectives"),
        ("projects", "0109_envelopes_hold"),
        ("projects", "0110_amounts_that_stand"),
        ("projects", "0111_sentences"),
        ("projects", "0112_what_lapses"),
        ("projects", "0113_stays_as_it_is_said"),
        ("projects", "0114_short_conditions"),
        ("projects", "0115_options_in_other_currencies"),
        ("projects", "0116_triggers_together"),
        ("projects", "0117_said_by_their_model"),
        ("projects", "0118_falls_with_its_end"),
        ("projects", "0119_what_falls_with_the_end"),
        ("projects", "0120_names_and_homes"),
        ("projects", "0121_asked_for_once"),
        ("projects", "0122_lessons_told_apart"),
        ("projects", "0123_total_order"),
        ("projects", "0124_told_apart_and_found"),
        ("projects", "0125_posts_touch_homes"),
        ("projects", "0126_order_of_changes"),
        ("projects", "0127_told_apart_by_fold"),
        ("projects", "0128_whole_coins"),
        ("projects", "0129_output_limits"),
        ("projects", "0130_gate_criterion"),
        ("projects", "0131_who_leads_and_who_wrote"),
        ("projects", "0132_figures_leave_touches"),
        ("projects", "0133_gate_conditions"),
        ("projects", "0134_events_by_record"),
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
        ("benefits", "0018_baselines_observed"),
        ("benefits", "0019_audit"),
        ("benefits", "0020_profile_versions"),
        ("benefits", "0021_entries_have_versions"),
        ("benefits", "0022_answered_in_use"),
        ("benefits", "0023_judged_by_others"),
        ("benefits", "0024_reviews_of_their_benefit"),
        ("benefits", "0025_codes_held"),
        ("benefits", "0026_handed_over"),
        ("benefits", "0027_search_table"),
        ("benefits", "0028_search_planned"),
        ("benefits", "0029_worth"),
        ("benefits", "0030_office"),
        ("benefits", "0031_forecast_ranges"),
        ("benefits", "0032_kept_as_found"),
        ("benefits", "0033_custom_fields"),
        ("benefits", "0034_anchors"),
        ("benefits", "0035_reorganised"),
        ("benefits", "0036_anchor_days"),
        ("benefits", "0037_claims"),
        ("benefits", "0038_still_there"),
        ("benefits", "0039_benefits_in_currencies"),
        ("benefits", "0040_ended_programmes"),
        ("benefits", "0041_goes_along"),
        ("benefits", "0042_organisation_units"),
        ("benefits", "0043_rates_of_closed_years"),
        ("benefits", "0044_goes_or_ends_with_it"),
        ("benefits", "0045_searched_by_custom_fields"),
        ("benefits", "0046_what_waits_ends"),
        ("benefits", "0047_hand_overs_of_benefits"),
        ("benefits", "0048_retired_objectives"),
        ("benefits", "0049_stays_as_it_is_said"),
        ("benefits", "0050_short_conditions"),
        ("benefits", "0051_said_by_their_model"),
        ("benefits", "0052_falls_with_its_end"),
        ("benefits", "0053_what_falls_with_the_end"),
        ("benefits", "0054_names_and_homes"),
        ("benefits", "0055_asked_for_once"),
        ("benefits", "0056_total_order"),
        ("benefits", "0057_what_had_ended"),
        ("benefits", "0058_posts_touch_homes"),
        ("benefits", "0059_order_of_changes"),
        ("benefits", "0060_benefit_limits"),
        ("benefits", "0061_who_leads_and_who_wrote"),
        ("benefits", "0062_plans_by_name"),
        ("benefits", "0063_benefits_given_up"),
        ("benefits", "0064_money_of_benefits"),
        ("benefits", "0065_events_by_record"),
    ]

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(FUNCTIONS),
        CreateTables(MODELS),
        migrations.RunSQL(parted("programmes_ledgerline")),
        migrations.RunSQL(parted("programmes_metricvalue")),
        CreateTriggers(MODELS),
        Afterwards(ENTRIES),
        Afterwards(RENAMED),
        migrations.RunSQL([register_sql.FILLED, register_sql.KEPT]),
    ]
