-- Unique indexes and exclusion constraints, the primary key first, then those of fewest columns.
-- Columns are given by their numbers; number 0 is an expression.
SELECT n.nspname::text,
       c.relname::text,
       x.relname::text,
       i.indisprimary,
       i.indisexclusion,
       NOT i.indimmediate,
       coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
       i.indnkeyatts,
       i.indkey::text,
       CASE WHEN i.indexprs IS NOT NULL THEN
           ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, place, false)
                   FROM pg_catalog.generate_series(1, i.indnkeyatts) AS place
                  ORDER BY place)
       END,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid),
       -- The columns that the expressions and the predicate use.
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL THEN
           (SELECT pg_catalog.string_agg(used.found[1], ' ')
              FROM pg_catalog.regexp_matches(
                       coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, ''),
                       ':varattno (\d+)', 'g') AS used (found))
       END
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
