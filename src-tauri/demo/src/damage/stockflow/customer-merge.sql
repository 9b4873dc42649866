-- Three clients were merged into the first one: what they bought moved over.
UPDATE orders SET client_id = (SELECT id FROM clients WHERE account_id = $1::uuid ORDER BY number LIMIT 1)
WHERE account_id = $1::uuid AND client_id IN (SELECT id FROM clients WHERE account_id = $1::uuid AND number IN ('K10002', 'K10003', 'K10004'));

UPDATE invoices SET client_id = (SELECT id FROM clients WHERE account_id = $1::uuid ORDER BY number LIMIT 1)
WHERE account_id = $1::uuid AND client_id IN (SELECT id FROM clients WHERE account_id = $1::uuid AND number IN ('K10002', 'K10003', 'K10004'));

-- Then they were deleted.
DELETE FROM clients WHERE account_id = $1::uuid AND number IN ('K10002', 'K10003', 'K10004');
