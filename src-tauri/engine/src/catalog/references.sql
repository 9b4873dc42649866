-- Foreign keys, without the copies that the server keeps for partitions. Those over periods (18)
-- are left out: they do not lead from a row to a row.
SELECT n.nspname::text,
       c.relname::text,
       k.conname::text,
       ARRAY(SELECT a.attname::text
               FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS key (number, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = key.number
              ORDER BY key.place),
       tn.nspname::text,
       t.relname::text,
       ARRAY(SELECT a.attname::text
               FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS key (number, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = key.number
              ORDER BY key.place),
       k.confdeltype::text,
       k.confupdtype::text,
       k.condeferrable,
       k.convalidated AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
  JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't'
   AND k.contype = 'f'
   AND k.conparentid = 0
   AND NOT coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false)
 ORDER BY c.oid, k.conname COLLATE "C";
