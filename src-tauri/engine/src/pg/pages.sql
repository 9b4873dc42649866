-- How many pages the server last found in each table asked for, with what it stores beside them: estimates, for whoever
-- reads the largest first. A table that was never looked at counts as small.
SELECT n.nspname::text,
       c.relname::text,
       CASE
           WHEN c.relkind = 'p' THEN (
               SELECT coalesce(sum(part.relpages::bigint + coalesce(beside.relpages, 0)), 0)
                 FROM pg_catalog.pg_partition_tree(c.oid) AS tree
                 JOIN pg_catalog.pg_class AS part ON part.oid = tree.relid
                 LEFT JOIN pg_catalog.pg_class AS beside ON beside.oid = part.reltoastrelid
                WHERE tree.isleaf)
           ELSE c.relpages::bigint + coalesce(stored.relpages, 0)
       END::text
  FROM unnest($1::text[], $2::text[]) AS asked (schema_name, table_name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema_name
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.table_name
  LEFT JOIN pg_catalog.pg_class AS stored ON stored.oid = c.reltoastrelid;
