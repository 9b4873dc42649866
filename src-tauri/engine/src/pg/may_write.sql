-- Whether the session's role may write a row of any table of that schema.
SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
                  AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE'))::text;
