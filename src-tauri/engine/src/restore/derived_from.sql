-- How many objects of which those materialized views are made, over however many views, stand in the way of making
-- them in any order: another one of them, and a function of the application, which may read any of them.
WITH RECURSIVE asked (oid) AS (
    SELECT c.oid
      FROM unnest($1::text[], $2::text[]) AS named (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = named.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = named.name
), reading (kind, object, is_read) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, asked.oid, false
      FROM asked
     UNION
    SELECT d.refclassid, d.refobjid, true
      FROM reading
      JOIN pg_catalog.pg_rewrite AS r
        ON reading.kind = 'pg_catalog.pg_class'::regclass AND r.ev_class = reading.object
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
     WHERE d.refobjid <> r.ev_class
)
SELECT count(*)
  FROM reading
 WHERE reading.is_read
   AND (reading.kind = 'pg_catalog.pg_proc'::regclass
        OR (reading.kind = 'pg_catalog.pg_class'::regclass AND reading.object IN (SELECT oid FROM asked)))
