-- Materialised views of a schema.
SELECT c.relname::text
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND n.nspname = $1
 ORDER BY c.relname COLLATE "C"
