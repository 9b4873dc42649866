-- Schemas that hold tables of an application: neither the system's nor ours, nor those of an extension.
SELECT n.nspname::text
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname NOT IN ('information_schema', 'snapback')
   AND n.nspname NOT LIKE 'pg\_%'
   AND EXISTS (SELECT FROM pg_catalog.pg_class AS c
                WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                      AND d.objid = n.oid AND d.deptype = 'e')
 ORDER BY n.nspname COLLATE "C"
