-- CHECK constraints.
SELECT n.nspname::text,
       c.relname::text,
       k.conname::text,
       pg_catalog.pg_get_constraintdef(k.oid),
       pg_catalog.array_to_string(k.conkey, ' ')
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't'
   AND k.contype = 'c'
 ORDER BY c.oid, k.conname COLLATE "C";
