-- What the session's role may do with each sequence asked for, and which way it counts.
SELECT asked.place::text,
       pg_catalog.has_sequence_privilege(c.oid, 'SELECT')::text,
       pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')::text,
       (s.seqincrement > 0)::text
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (schema, name, place)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.name
  JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
 ORDER BY asked.place
