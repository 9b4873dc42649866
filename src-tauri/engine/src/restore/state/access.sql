-- How the session's role stands to schema snapback: whether it is there, whether the role may use all
-- of it, whether it may create it, and the database's name quoted.
SELECT (n.oid IS NOT NULL)::text,
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_class AS c
                WHERE c.relnamespace = n.oid
                  AND c.relkind = 'r'
                  AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT')
                      AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                      AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                      AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))), false)::text,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::text,
       pg_catalog.quote_ident(pg_catalog.current_database())
  FROM (SELECT 1) AS one
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'snapback'
