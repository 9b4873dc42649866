-- Every domain of the application with what it allows.
SELECT pg_catalog.format_type(t.oid, NULL),
       pg_catalog.concat_ws(' ',
           pg_catalog.format_type(t.typbasetype, t.typtypmod),
           CASE WHEN t.typnotnull THEN 'NOT NULL' END,
           (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname COLLATE "C")
              FROM pg_catalog.pg_constraint AS k
             WHERE k.contypid = t.oid AND k.contype = 'c'))
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE t.typtype = 'd' AND n.nspname NOT IN ('pg_catalog', 'information_schema');
