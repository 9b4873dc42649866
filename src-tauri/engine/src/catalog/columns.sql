-- Their columns in the catalog's order, dropped ones left out.
WITH RECURSIVE base (type, found, in_array, not_null) AS (
    -- What lies under domains and arrays. Only the domains around a value refuse its NULL, not those
    -- of an array's elements.
    SELECT t.oid, t.oid, false, false FROM pg_catalog.pg_type AS t
     UNION ALL
    SELECT base.type,
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
           base.in_array OR t.typtype <> 'd',
           base.not_null OR (t.typtype = 'd' AND t.typnotnull AND NOT base.in_array)
      FROM base
      JOIN pg_catalog.pg_type AS t ON t.oid = base.found
     WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)
), types AS (
    SELECT base.type,
           bool_or(base.not_null) AS not_null,
           bool_or(base.found = ANY ('{oid,regclass,regcollation,regconfig,regdictionary,regnamespace,regoper,regoperator,regproc,regprocedure,regrole,regtype}'::pg_catalog.regtype[])) AS database_bound
      FROM base
     GROUP BY base.type
)
SELECT n.nspname::text,
       c.relname::text,
       a.attnum,
       a.attnotnull,
       a.attname::text,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       a.attnotnull OR types.not_null,
       CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(e.adbin, e.adrelid) END,
       CASE
           WHEN a.attgenerated = 's' THEN 'stored'
           WHEN a.attgenerated = 'v' THEN 'virtual'
           WHEN a.attidentity = 'a' THEN 'identity_always'
           WHEN a.attidentity = 'd' THEN 'identity_by_default'
           ELSE 'none'
       END,
       owned.nspname::text,
       owned.relname::text,
       types.database_bound,
       d.description
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN types ON types.type = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = c.oid AND e.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
  LEFT JOIN (
      SELECT dep.refobjid, dep.refobjsubid, sn.nspname, s.relname
        FROM pg_catalog.pg_depend AS dep
        JOIN pg_catalog.pg_class AS s ON s.oid = dep.objid AND s.relkind = 'S'
        JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
       WHERE dep.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
         AND dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
         AND dep.deptype IN ('a', 'i')
  ) AS owned ON owned.refobjid = c.oid AND owned.refobjsubid = a.attnum
 WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
   AND c.relkind IN ('r', 'p', 'f')
   AND NOT c.relispartition
   AND c.relpersistence <> 't'
 ORDER BY c.oid, a.attnum;
