-- How many of those materialized views are made from another one of them, over however many views, or from a
-- function of the application, which may read any of them.
WITH RECURSIVE asked (oid) AS (
    SELECT c.oid
      FROM unnest($1::text[], $2::text[]) AS named (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = named.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = named.name
), reading (kind, object) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, asked.oid
      FROM asked
     UNION
    SELECT d.refclassid, d.refobjid
      FROM reading
      JOIN pg_catalog.pg_rewrite AS r
        ON reading.kind = 'pg_catalog.pg_class'::regclass AND r.ev_class = reading.object
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
     WHERE d.refobjid <> r.ev_class
), read_by_others (object) AS (
    SELECT d.refobjid
      FROM reading
      JOIN pg_catalog.pg_rewrite AS r
        ON reading.kind = 'pg_catalog.pg_class'::regclass AND r.ev_class = reading.object
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
       AND d.refclassid = 'pg_catalog.pg_class'::regclass
     WHERE d.refobjid <> r.ev_class
)
SELECT (SELECT count(*) FROM asked WHERE asked.oid IN (SELECT object FROM read_by_others))
     + (SELECT count(*) FROM reading WHERE reading.kind = 'pg_catalog.pg_proc'::regclass)
