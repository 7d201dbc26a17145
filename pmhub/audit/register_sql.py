"""The SQL of the register itself, which a migration installs.

It does not use pgtrigger, whose triggers a session can switch off by a setting.
"""

FILLED = """
CREATE FUNCTION pmhub_audit_fill() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  said jsonb := coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}');
  asks jsonb := coalesce(nullif(current_setting('pmhub.asks', true), ''), '{}');
BEGIN
  NEW.at := clock_timestamp();
  NEW.place := NULL; NEW.seal := NULL; NEW.sealed_at := NULL;
  NEW.actor := coalesce(NEW.actor, (said->>'user')::bigint, (asks->>'user')::bigint);
  NEW.acting_for := coalesce(nullif(NEW.acting_for, ''), said->>'for', '');
  NEW.reason := coalesce(nullif(NEW.reason, ''), said->>'reason', '');
  NEW.via := coalesce(nullif(NEW.via, ''), said->>'via', asks->>'via', 'sql');
  NEW.request := coalesce(nullif(NEW.request, ''), said->>'request', asks->>'request', '');
  NEW.session := coalesce(nullif(NEW.session, ''), asks->>'session', '');
  NEW.token := coalesce(nullif(NEW.token, ''), asks->>'token', '');
  NEW.address := coalesce(NEW.address, (asks->>'address')::inet);
  RETURN NEW;
END $$;
CREATE TRIGGER audit_fill BEFORE INSERT ON pmhub_auditentry
  FOR EACH ROW EXECUTE FUNCTION pmhub_audit_fill();
"""
UNFILLED = "DROP TRIGGER audit_fill ON pmhub_auditentry; DROP FUNCTION pmhub_audit_fill();"

# Lets a row be sealed once; it can neither be changed otherwise nor deleted.
KEPT = """
CREATE FUNCTION pmhub_audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sealing text[] := ARRAY['place', 'seal', 'sealed_at'];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.place IS NULL AND OLD.seal IS NULL AND OLD.sealed_at IS NULL
       AND NEW.place IS NOT NULL AND NEW.seal IS NOT NULL AND NEW.sealed_at IS NOT NULL
       AND to_jsonb(NEW) - sealing = to_jsonb(OLD) - sealing THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'The audit register is only added to.'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_kept';
END $$;
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON pmhub_auditentry
  FOR EACH ROW EXECUTE FUNCTION pmhub_audit_keep();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON pmhub_auditentry
  FOR EACH STATEMENT EXECUTE FUNCTION pmhub_audit_keep();
INSERT INTO pmhub_audithead (id, place, seal, mark) VALUES (1, 0, '', '');
"""
UNKEPT = """
DROP TRIGGER audit_keep_all ON pmhub_auditentry; DROP TRIGGER audit_keep ON pmhub_auditentry;
DROP FUNCTION pmhub_audit_keep();
"""

# Lets roles other than the owner add rows and seal them.
GRANTED = """
REVOKE UPDATE, DELETE, TRUNCATE ON pmhub_auditentry FROM {role};
GRANT UPDATE (place, seal, sealed_at) ON pmhub_auditentry TO {role};
REVOKE INSERT, DELETE, TRUNCATE ON pmhub_audithead FROM {role};
"""
