-- Roles of the demo's StockFlow. Each may exist already: roles belong to the whole server. Passwords are set
-- by whoever sets up the database.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('stockflow_owner', 'LOGIN'),
        ('snapback_reader', 'LOGIN BYPASSRLS'),
        ('plain_reader', 'LOGIN'),
        ('snapback_restorer', 'LOGIN')
    ) AS roles (name, attributes) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        END IF;
    END LOOP;
    GRANT stockflow_owner TO snapback_restorer;
    IF current_setting('server_version_num')::integer >= 150000 THEN
        EXECUTE 'GRANT SET ON PARAMETER session_replication_role TO snapback_restorer';
    END IF;
    -- What a restorer needs once, for the schema that Snapback keeps its reviews in.
    EXECUTE format('GRANT CREATE ON DATABASE %I TO snapback_restorer', current_database());
END
$$;

GRANT CREATE, USAGE ON SCHEMA public TO stockflow_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE stockflow_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO snapback_reader, plain_reader, snapback_restorer;
