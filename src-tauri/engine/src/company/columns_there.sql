-- Which of those columns there are, as schema, table and column; a table without its column counts where the column is empty.
SELECT DISTINCT asked.schema_name, asked.table_name, asked.column_name
  FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (schema_name, table_name, column_name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = asked.schema_name
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = asked.table_name AND c.relkind IN ('r', 'p')
 WHERE asked.column_name = ''
    OR EXISTS (
         SELECT FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attname = asked.column_name AND a.attnum > 0 AND NOT a.attisdropped)
