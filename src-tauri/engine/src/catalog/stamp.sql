-- A hash over the row versions of the catalog that the other statements here read. Equal stamps mean
-- that nothing was changed in between; the catalog is then not read again.
SELECT pg_catalog.md5(pg_catalog.string_agg(part, ',' ORDER BY part))
  FROM (
      SELECT 'class ' || pg_catalog.sum(pg_catalog.hashtextextended(c.oid || ' ' || c.xmin || ' ' || c.ctid, 0)) AS part
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = ANY ($1)
       UNION ALL
      SELECT 'attribute ' || pg_catalog.sum(pg_catalog.hashtextextended(a.xmin || ' ' || a.ctid, 0))
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = ANY ($1)
       UNION ALL
      SELECT 'default ' || pg_catalog.sum(pg_catalog.hashtextextended(d.oid || ' ' || d.xmin || ' ' || d.ctid, 0))
        FROM pg_catalog.pg_attrdef AS d
       UNION ALL
      SELECT 'constraint ' || pg_catalog.sum(pg_catalog.hashtextextended(k.oid || ' ' || k.xmin || ' ' || k.ctid, 0))
        FROM pg_catalog.pg_constraint AS k
       UNION ALL
      SELECT 'index ' || pg_catalog.sum(pg_catalog.hashtextextended(i.indexrelid || ' ' || i.xmin || ' ' || i.ctid, 0))
        FROM pg_catalog.pg_index AS i
       UNION ALL
      SELECT 'inherits ' || pg_catalog.sum(pg_catalog.hashtextextended(h.inhrelid || ' ' || h.xmin || ' ' || h.ctid, 0))
        FROM pg_catalog.pg_inherits AS h
       UNION ALL
      SELECT 'trigger ' || pg_catalog.sum(pg_catalog.hashtextextended(t.oid || ' ' || t.xmin || ' ' || t.ctid, 0))
        FROM pg_catalog.pg_trigger AS t
       UNION ALL
      SELECT 'type ' || pg_catalog.sum(pg_catalog.hashtextextended(y.oid || ' ' || y.xmin || ' ' || y.ctid, 0))
        FROM pg_catalog.pg_type AS y
        JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
       WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_temp')
       UNION ALL
      SELECT 'enum ' || pg_catalog.sum(pg_catalog.hashtextextended(e.oid || ' ' || e.xmin || ' ' || e.ctid, 0))
        FROM pg_catalog.pg_enum AS e
  ) AS parts
