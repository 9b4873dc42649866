-- Their columns in the catalog's order, dropped ones left out. The planner takes the catalogs for smaller than they
-- are: what is looked up for every column is gathered first.
WITH RECURSIVE columns AS MATERIALIZED (
    SELECT n.nspname, c.relname, c.oid AS relation, a.attnum, a.attname, a.atttypid, a.atttypmod,
           a.attnotnull, a.attgenerated, a.attidentity
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = ANY (pg_catalog.current_setting('snapback.schemas')::text[])
       AND c.relkind IN ('r', 'p', 'f')
       AND NOT c.relispartition
       AND c.relpersistence <> 't'
), base (type, found, in_array, not_null) AS (
    -- What lies under domains and arrays. Only the domains around a value refuse its NULL, not those
    -- of an array's elements.
    SELECT DISTINCT atttypid, atttypid, false, false FROM columns
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
), owned AS MATERIALIZED (
    SELECT dep.refobjid, dep.refobjsubid, sn.nspname, s.relname
      FROM pg_catalog.pg_class AS s
      JOIN pg_catalog.pg_depend AS dep
        ON dep.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.objid = s.oid
      JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
     WHERE s.relkind = 'S'
       AND dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND dep.deptype IN ('a', 'i')
)
SELECT columns.nspname::text,
       columns.relname::text,
       columns.attnum,
       columns.attnotnull,
       columns.attname::text,
       pg_catalog.format_type(columns.atttypid, columns.atttypmod),
       columns.attnotnull OR types.not_null,
       CASE WHEN columns.attgenerated = '' THEN pg_catalog.pg_get_expr(e.adbin, e.adrelid) END,
       CASE
           WHEN columns.attgenerated = 's' THEN 'stored'
           WHEN columns.attgenerated = 'v' THEN 'virtual'
           WHEN columns.attidentity = 'a' THEN 'identity_always'
           WHEN columns.attidentity = 'd' THEN 'identity_by_default'
           ELSE 'none'
       END,
       owned.nspname::text,
       owned.relname::text,
       types.database_bound,
       d.description
  FROM columns
  JOIN types ON types.type = columns.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = columns.relation AND e.adnum = columns.attnum
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = columns.relation AND d.objsubid = columns.attnum
  LEFT JOIN owned ON owned.refobjid = columns.relation AND owned.refobjsubid = columns.attnum
 ORDER BY columns.relation, columns.attnum;
