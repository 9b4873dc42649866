-- Foreign keys, without the copies that the server keeps for partitions. Those over periods (18)
-- compare by containment and are left out: they do not lead from a row to a row.
SELECT n.nspname::text,
       c.relname::text,
       k.conname::text,
       pg_catalog.array_to_string(k.conkey, ' '),
       tn.nspname::text,
       t.relname::text,
       pg_catalog.array_to_string(k.confkey, ' '),
       -- Names where the target is not among the tables that are read.
       CASE WHEN tn.nspname <> ALL (pg_catalog.current_setting('snapback.schemas')::text[]) OR t.relispartition THEN
           ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS key (number, place)
                   JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = key.number
                  ORDER BY key.place)
       END,
       k.confdeltype::text,
       k.confupdtype::text,
       k.condeferrable,
       k.convalidated
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
   AND NOT k.conpfeqop && ARRAY(SELECT o.oid FROM pg_catalog.pg_operator AS o WHERE o.oprname = '<@')
 ORDER BY c.oid, k.conname COLLATE "C";
