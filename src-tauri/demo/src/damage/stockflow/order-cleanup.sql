-- Somebody tidied up what looked like old drafts: the open orders are gone.
DELETE FROM orders WHERE account_id = $1::uuid AND status IN ('draft', 'confirmed', 'packed');

-- Their reservations were "corrected" along the way.
UPDATE inventory SET reserved = 0 WHERE account_id = $1::uuid AND reserved > 0;

-- And a count was entered for the wrong place: twelve products lost what they had.
INSERT INTO movements (account_id, product_id, location, kind, quantity, balance, document, reason)
SELECT account_id, product_id, location, 'adjustment', -on_hand, 0, 'Count 2026', 'Counted in the wrong place'
FROM inventory
WHERE account_id = $1::uuid AND on_hand > 0 AND (product_id, location) IN (
    SELECT product_id, location FROM inventory WHERE account_id = $1::uuid AND on_hand > 0 ORDER BY product_id, location LIMIT 12
);
