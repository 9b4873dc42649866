-- The newest deeds, of one company or of all.
SELECT number::text,
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       action,
       result,
       company_id,
       os_user,
       host,
       database_role,
       app_user
  FROM snapback.audit
 WHERE $1::text IS NULL OR company_id = $1
 ORDER BY number DESC
 LIMIT $2::text::bigint
