-- What the session's role may do with a table of sessions: who it is, whether it may end sessions, whether row
-- security hides some. No row where the table is not there.
SELECT current_user::text,
       (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
           AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))::text,
       pg_catalog.row_security_active(c.oid)::text
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
