-- What the partitions of a table accept together, and the columns that this is about.
SELECT pg_catalog.string_agg('(' || pg_catalog.pg_get_partition_constraintdef(part.relid) || ')', ' OR ')
           FILTER (WHERE part.isleaf),
       (SELECT pg_catalog.json_agg(DISTINCT a.attname)::text
          FROM pg_catalog.pg_partition_tree($1::text::pg_catalog.regclass) AS whole
          JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = whole.relid
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::smallint[]))
  FROM pg_catalog.pg_partition_tree($1::text::pg_catalog.regclass) AS part
