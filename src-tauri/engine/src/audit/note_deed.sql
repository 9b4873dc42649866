INSERT INTO snapback.audit (action, result, company_id, os_user, host, app_user, details)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)
