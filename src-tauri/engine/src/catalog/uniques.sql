-- Unique indexes and exclusion constraints, the primary key first, then those of fewest columns.
SELECT n.nspname::text,
       c.relname::text,
       x.relname::text,
       i.indisprimary,
       i.indisexclusion,
       NOT i.indimmediate,
       coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
       i.indexprs IS NULL,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, place, false)
               FROM pg_catalog.generate_series(1, i.indnkeyatts) AS place
              ORDER BY place),
       pg_catalog.pg_get_expr(i.indpred, i.indrelid),
       -- Plain columns in the index's order, then those that expressions and the predicate use.
       ARRAY(SELECT a.attname::text
               FROM (SELECT key.number, min(key.place) AS place
                       FROM (SELECT i.indkey[place - 1] AS number, place
                               FROM pg_catalog.generate_series(1, i.indnkeyatts) AS place
                              UNION ALL
                             SELECT used.found[1]::smallint, 1000
                               FROM pg_catalog.regexp_matches(
                                        coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, ''),
                                        ':varattno (\d+)', 'g') AS used (found)) AS key
                      GROUP BY key.number) AS key
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number AND a.attnum > 0
              ORDER BY key.place, a.attnum),
       NOT EXISTS (SELECT FROM pg_catalog.generate_series(1, i.indnkeyatts) AS place
                     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place - 1]
                    WHERE NOT a.attnotnull)
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't'
   AND (i.indisunique OR i.indisexclusion)
   AND i.indisvalid
   AND i.indislive
 ORDER BY c.oid, i.indisprimary DESC, i.indnkeyatts, x.relname COLLATE "C";
