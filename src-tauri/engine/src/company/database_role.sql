-- Whether the session's role may do everything, and whether it is one of those that a profile names, or a member of one: by list.
SELECT r.rolsuper::text,
       EXISTS (SELECT FROM pg_catalog.pg_roles AS g WHERE g.rolname = ANY ($1::text[]) AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))::text,
       EXISTS (SELECT FROM pg_catalog.pg_roles AS g WHERE g.rolname = ANY ($2::text[]) AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))::text,
       EXISTS (SELECT FROM pg_catalog.pg_roles AS g WHERE g.rolname = ANY ($3::text[]) AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))::text
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = current_user;
