-- How many rows of each table asked for this transaction has inserted, updated and deleted, whoever did it: what triggers,
-- rules and defaults do is among them, and what earlier transactions of the session did may be. TRUNCATE sets the counts
-- back, but writes the table's entry anew.
SELECT n.nspname::text,
       c.relname::text,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)::text,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)::text,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)::text
  FROM unnest($1::text[], $2::text[]) AS asked (schema_name, table_name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema_name
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.table_name
 WHERE c.xmin::text::bigint <> pg_catalog.pg_current_xact_id()::text::bigint % 4294967296;
