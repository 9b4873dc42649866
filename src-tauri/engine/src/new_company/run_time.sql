-- What a table made like another one still lacks: its kind, and up to three words. Policies and rights come
-- as the server prints them.
SELECT 'serial', a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), NULL::text
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1::text::regclass AND NOT a.attisdropped AND a.attidentity = ''
   AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'
UNION ALL
SELECT 'security', CASE WHEN c.relforcerowsecurity THEN 'FORCE' END, NULL, NULL
  FROM pg_catalog.pg_class AS c WHERE c.oid = $1::text::regclass AND c.relforcerowsecurity
UNION ALL
SELECT 'security', 'ENABLE', NULL, NULL
  FROM pg_catalog.pg_class AS c WHERE c.oid = $1::text::regclass AND c.relrowsecurity
UNION ALL
SELECT 'policy', p.polname::text,
       CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END
       || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
                        WHEN 'd' THEN ' FOR DELETE' ELSE ' FOR ALL' END
       || ' TO ' || CASE WHEN p.polroles = '{0}' THEN 'PUBLIC' ELSE
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ' ORDER BY r.rolname)
               FROM pg_catalog.pg_roles AS r WHERE r.oid = ANY (p.polroles)) END,
       coalesce('USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
  FROM pg_catalog.pg_policy AS p WHERE p.polrelid = $1::text::regclass
UNION ALL
SELECT 'right', pg_catalog.string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
       CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END, NULL
  FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS g
 WHERE c.oid = $1::text::regclass AND g.grantee <> c.relowner
 GROUP BY g.grantee
UNION ALL
SELECT 'right', 'ALL', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)), NULL
  FROM pg_catalog.pg_class AS c
 WHERE c.oid = $1::text::regclass AND NOT pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')
UNION ALL
-- Last: whoever is not its owner may not change it.
SELECT 'owner', pg_catalog.pg_get_userbyid(c.relowner)::text, NULL, NULL
  FROM pg_catalog.pg_class AS c
 WHERE c.oid = $1::text::regclass AND pg_catalog.pg_get_userbyid(c.relowner) <> current_user
   AND pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')
