-- Every table of the schemas asked for; a partition is a part of its root and not listed.
SELECT n.nspname::text,
       c.relname::text,
       CASE
           WHEN c.relkind = 'p' THEN 'partitioned'
           WHEN c.relkind = 'f' THEN 'foreign'
           WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid) THEN 'inherited'
           ELSE 'ordinary'
       END,
       c.relrowsecurity,
       c.relforcerowsecurity,
       -- A table that was never analyzed is judged by its size, at 100 bytes a row.
       CASE
           WHEN c.relkind = 'p' THEN (
               SELECT coalesce(sum(CASE WHEN part.reltuples >= 0 THEN part.reltuples::bigint
                                        ELSE pg_catalog.pg_relation_size(part.oid) / 100 END), 0)::bigint
                 FROM pg_catalog.pg_partition_tree(c.oid) AS tree
                 JOIN pg_catalog.pg_class AS part ON part.oid = tree.relid
                WHERE tree.isleaf)
           WHEN c.reltuples >= 0 THEN c.reltuples::bigint
           WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid) / 100
           ELSE 0
       END,
       d.description
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't';
