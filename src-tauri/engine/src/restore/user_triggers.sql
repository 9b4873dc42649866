-- The application's own triggers that fire when rows of those tables are written, and those of their
-- partitions, each of which has a state of its own. Clones on partitions are internal before 15.
WITH RECURSIVE written (oid) AS (
    SELECT c.oid
      FROM unnest($1::text[], $2::text[]) AS asked (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.name
     UNION
    SELECT h.inhrelid
      FROM written
      JOIN pg_catalog.pg_inherits AS h ON h.inhparent = written.oid
      JOIN pg_catalog.pg_class AS part ON part.oid = h.inhrelid AND part.relispartition
)
SELECT n.nspname::text, c.relname::text, t.tgname::text, t.tgenabled::text
  FROM written
  JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = written.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE t.tgenabled IN ('O', 'A')
   -- On INSERT, DELETE or UPDATE.
   AND t.tgtype & 28 <> 0
   AND (NOT t.tgisinternal
        OR (t.tgparentid <> 0
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.oid = t.tgconstraint AND k.contype <> 't')))
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C"
