-- The expressions of a table's computed columns.
SELECT a.attname::text,
       pg_catalog.pg_get_expr(e.adbin, e.adrelid)
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
 WHERE n.nspname = $1
   AND c.relname = $2
   AND a.attgenerated <> ''
   AND NOT a.attisdropped
