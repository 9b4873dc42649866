-- Triggers of those tables that fire once for a statement that deletes or updates, however few rows it
-- finds, and whether the session's role may disable them.
SELECT n.nspname::text, c.relname::text, t.tgname::text, pg_catalog.pg_has_role(c.relowner, 'USAGE')::text
  FROM unnest($1::text[], $2::text[]) AS asked (schema, name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.name
  JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
 WHERE NOT t.tgisinternal
   AND t.tgenabled IN ('O', 'A')
   AND t.tgtype & 1 = 0
   AND t.tgtype & 24 <> 0
 ORDER BY 1, 2, 3
