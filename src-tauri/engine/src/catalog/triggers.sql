-- Triggers of the application's own.
SELECT n.nspname::text,
       c.relname::text,
       t.tgname::text,
       t.tgenabled::text
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't'
   AND NOT t.tgisinternal
 ORDER BY c.oid, t.tgname COLLATE "C";
