-- A hash over the row versions of the catalog that the other statements here read. Equal stamps mean
-- that nothing was changed in between; the catalog is then not read again. A changed row is another version:
-- it lies elsewhere, and another transaction made it.
SELECT pg_catalog.md5(pg_catalog.string_agg(part, ',' ORDER BY part))
  FROM (
      SELECT 'class ' || pg_catalog.sum(pg_catalog.hashtidextended(c.ctid, c.xmin::text::bigint)) AS part
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = ANY ($1)
       UNION ALL
      SELECT 'attribute ' || pg_catalog.sum(pg_catalog.hashtidextended(a.ctid, a.xmin::text::bigint))
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = ANY ($1)
         -- Those of an index change with its own row.
         AND c.relkind NOT IN ('i', 'I')
       UNION ALL
      SELECT 'default ' || pg_catalog.sum(pg_catalog.hashtidextended(d.ctid, d.xmin::text::bigint))
        FROM pg_catalog.pg_attrdef AS d
       UNION ALL
      SELECT 'constraint ' || pg_catalog.sum(pg_catalog.hashtidextended(k.ctid, k.xmin::text::bigint))
        FROM pg_catalog.pg_constraint AS k
       UNION ALL
      SELECT 'index ' || pg_catalog.sum(pg_catalog.hashtidextended(i.ctid, i.xmin::text::bigint))
        FROM pg_catalog.pg_index AS i
       UNION ALL
      SELECT 'inherits ' || pg_catalog.sum(pg_catalog.hashtidextended(h.ctid, h.xmin::text::bigint))
        FROM pg_catalog.pg_inherits AS h
       UNION ALL
      SELECT 'trigger ' || pg_catalog.sum(pg_catalog.hashtidextended(t.ctid, t.xmin::text::bigint))
        FROM pg_catalog.pg_trigger AS t
       UNION ALL
      SELECT 'type ' || pg_catalog.sum(pg_catalog.hashtidextended(y.ctid, y.xmin::text::bigint))
        FROM pg_catalog.pg_type AS y
        JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
       WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_temp')
       UNION ALL
      SELECT 'enum ' || pg_catalog.sum(pg_catalog.hashtidextended(e.ctid, e.xmin::text::bigint))
        FROM pg_catalog.pg_enum AS e
       UNION ALL
      SELECT 'comment ' || pg_catalog.sum(pg_catalog.hashtidextended(d.ctid, d.xmin::text::bigint))
        FROM pg_catalog.pg_description AS d
       UNION ALL
      -- Another database, or one that was put back to an earlier moment, may have row versions of the same names.
      SELECT 'database ' || d.oid || ' of a server that runs since ' || pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())
        FROM pg_catalog.pg_database AS d
       WHERE d.datname = pg_catalog.current_database()
  ) AS parts
